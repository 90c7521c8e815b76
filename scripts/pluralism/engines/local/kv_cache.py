"""Keys and values of several texts, side by side."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

import torch

from pluralism.engines.local.kernels import Pair

OWN_PAGES = 2**18
"""Bytes from which a tensor has pages of its own on a CPU. They are given back with it, where the C library would keep
the holes that caches leave as they grow."""


@dataclass
class KVCache:
    """Keys and values of several texts.

    Attributes:
        lengths: of the texts, in tokens.
        layers: for each layer keys and values, shape (texts, positions, key heads, size); the text comes first.
    """

    lengths: list[int] = field(default_factory=list)
    layers: list[Pair] = field(default_factory=list)

    def extend(self, others: Sequence["KVCache"]) -> None:
        """Take the texts of other caches, which are empty then, after these; the longest says how many positions."""
        parts = [part for part in (self, *others) if part.lengths]
        self.lengths = [length for part in parts for length in part.lengths]
        waiting = [deque(part.layers) for part in parts]
        for part in parts:
            part.layers = []
        while waiting and waiting[0]:  # layer by layer: no more than one is there twice
            keys, values = zip(*(layers.popleft() for layers in waiting), strict=True)
            self.layers.append((_concatenated(keys), _concatenated(values)))

    def select(self, texts: Sequence[int]) -> None:
        """Keep these texts, in this order, and no more positions than they need."""
        self.lengths = [self.lengths[text] for text in texts]
        width = max(self.lengths, default=0)
        for layer, (keys, values) in enumerate(self.layers):
            self.layers[layer] = _selected(keys, texts, width), _selected(values, texts, width)

    def enlarge(self, texts: int, positions: int = 0, layers: slice = slice(None)) -> None:
        """Make room for so many more texts and positions, filled with zeros."""
        for layer in range(len(self.layers))[layers]:
            keys, values = self.layers[layer]
            self.layers[layer] = _enlarged(keys, texts, positions), _enlarged(values, texts, positions)


def index_of(*lists: Sequence[int]) -> Callable[[torch.device], tuple[torch.Tensor, ...]]:
    """An index of lists of numbers, copied once to each device that needs it: layers may lie on several."""
    return cache(lambda device: tuple(torch.tensor(numbers, dtype=torch.int64, device=device) for numbers in lists))


def cache_tensor(like: torch.Tensor, texts: int, positions: int) -> torch.Tensor:
    """Zeros of shape (texts, positions, heads, size), heads and size being the last two dimensions of `like`.

    The order in memory is the one that the device's kernels read best: head by head on a CPU, position by position on
    a GPU.
    """
    heads, size = like.shape[-2:]
    if like.device.type != "cpu":
        return like.new_zeros((texts, positions, heads, size))
    shape = texts, heads, positions, size
    number = prod(shape)
    if number * like.itemsize < OWN_PAGES:
        return like.new_zeros(shape).transpose(1, 2)
    pages = mmap(-1, number * like.itemsize, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    return torch.frombuffer(pages, dtype=like.dtype, count=number).view(shape).transpose(1, 2)


def _enlarged(tensor: torch.Tensor, texts: int, positions: int) -> torch.Tensor:
    larger = cache_tensor(tensor, tensor.shape[0] + texts, tensor.shape[1] + positions)
    larger[: tensor.shape[0], : tensor.shape[1]] = tensor
    return larger


def _concatenated(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """All along the first dimension, padded with zeros to the positions of the widest."""
    whole = cache_tensor(parts[0], sum(part.shape[0] for part in parts), max(part.shape[1] for part in parts))
    start = 0
    for part in parts:
        whole[start : start + part.shape[0], : part.shape[1]] = part
        start += part.shape[0]
    return whole


def _selected(tensor: torch.Tensor, texts: Sequence[int], positions: int) -> torch.Tensor:
    """Some texts, and the first of their positions."""
    selected = cache_tensor(tensor, len(texts), positions)
    selected[:] = tensor[list(texts), :positions]
    return selected
