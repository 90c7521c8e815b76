"""Keys and values of several texts, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from pluralism.engines.local.kernels import Pair


@dataclass
class Level:
    """Keys and values of several texts.

    Attributes:
        lengths: of the texts, in tokens.
        layers: for each layer keys and values, shape (texts, places, key heads, size); text fills its first places.
    """

    lengths: list[int] = field(default_factory=list)
    layers: list[Pair] = field(default_factory=list)

    def extend(self, others: Sequence["Level"]) -> None:
        """Add the texts of other levels behind these, in as many places as the longest needs."""
        parts = [level for level in (self, *others) if level.lengths]
        self.lengths = [length for level in parts for length in level.lengths]
        layers = zip(*(level.layers for level in parts), strict=True)
        self.layers = [
            (_stack([keys for keys, _ in pairs]), _stack([values for _, values in pairs])) for pairs in layers
        ]

    def select(self, texts: Sequence[int]) -> None:
        """Keep these texts, in this order, and no more places than they need."""
        self.lengths = [self.lengths[text] for text in texts]
        width = max(self.lengths, default=0)
        self.layers = [(_chosen(keys, texts, width), _chosen(values, texts, width)) for keys, values in self.layers]


class OnDevices:
    """Lists of numbers as tensors, brought once to each device that asks for them: layers may lie on several."""

    def __init__(self, dtype: torch.dtype, **lists: object) -> None:
        """Take lists by name, rectangular where they are nested."""
        self._dtype, self._lists = dtype, lists
        self._tensors: dict[torch.device, dict[str, torch.Tensor]] = {}

    def on(self, device: torch.device) -> dict[str, torch.Tensor]:
        """The tensors on a device, by name."""
        if device not in self._tensors:
            self._tensors[device] = {
                name: torch.tensor(numbers, dtype=self._dtype, device=device) for name, numbers in self._lists.items()
            }
        return self._tensors[device]


def room(like: torch.Tensor, texts: int, places: int) -> torch.Tensor:
    """Zeros of shape (texts, places, heads, size), heads and size being the last two dimensions of `like`.

    They lie in memory as the device's kernels read them: on a CPU head by head, on a GPU place by place.
    """
    heads, size = like.shape[-2:]
    if like.device.type == "cpu":
        return like.new_zeros((texts, heads, places, size)).transpose(1, 2)
    return like.new_zeros((texts, places, heads, size))


def with_room(tensor: torch.Tensor, texts: int, places: int) -> torch.Tensor:
    """A copy with room for more texts and more places."""
    wider = room(tensor, tensor.shape[0] + texts, tensor.shape[1] + places)
    wider[: tensor.shape[0], : tensor.shape[1]] = tensor
    return wider


def _stack(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """All along the first dimension, filled up with zeros to the places of the widest."""
    stacked = room(parts[0], sum(part.shape[0] for part in parts), max(part.shape[1] for part in parts))
    start = 0
    for part in parts:
        stacked[start : start + part.shape[0], : part.shape[1]] = part
        start += part.shape[0]
    return stacked


def _chosen(tensor: torch.Tensor, texts: Sequence[int], places: int) -> torch.Tensor:
    """Some texts, and the first of their places."""
    chosen = room(tensor, len(texts), places)
    chosen[:] = tensor[list(texts), :places]
    return chosen
