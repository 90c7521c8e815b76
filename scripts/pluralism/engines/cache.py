"""A cache of keys and values that grows into room set aside, where transformers' own copies all of it at every step."""

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

ROOM = 64
"""Places that are set aside whenever the cache has to be copied."""


class RoomyLayer(DynamicLayer):
    """One layer's keys and values, each of shape (rows, heads, places, head size); views of a larger buffer."""

    _buffers: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append new places, and return all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        filled = self.get_seq_length()
        length = filled + key_states.shape[-2]
        if self._buffers is None or length > self._buffers[0].shape[-2]:
            self._buffers = (
                _with_room(self.keys, key_states, filled, length),
                _with_room(self.values, value_states, filled, length),
            )
        keys, values = (buffer[:, :, :length] for buffer in self._buffers)
        keys[:, :, filled:] = key_states
        values[:, :, filled:] = value_states
        self.keys, self.values = keys, values
        return keys, values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep the rows `indices`, in that order; a row may be named several times."""
        super().batch_select_indices(indices.to(self.device))
        self._buffers = None


def _with_room(old: torch.Tensor | None, new: torch.Tensor, filled: int, length: int) -> torch.Tensor:
    rows, heads, _, size = new.shape
    buffer = new.new_empty((rows, heads, length + ROOM, size))
    if filled and old is not None:
        buffer[:, :, :filled] = old
    return buffer


def roomy_cache() -> Cache:
    """An empty cache for any model whose layers all attend to everything before them."""
    return Cache(layer_class_to_replicate=RoomyLayer)
