"""Attention of packed queries to the texts of a cache: by flash attention, or else by texts padded to blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch

from pluralism.engines.local.kernels import Pair, attend, can_use_flash, flash_attention
from pluralism.engines.local.kv_cache import DeviceTensors

BLOCKS = 4
"""Into how many blocks the texts of a cache are cut at most, each with at least as many texts."""


class CacheAttention:
    """Which text of a cache each packed query attends to, and how many positions of it are visible."""

    def __init__(self, texts: Sequence[int], visible: Sequence[int], number: int) -> None:
        """Group the queries by text.

        Args:
            texts: the text that each query attends to.
            visible: how many of its positions the query sees, at least one.
            number: of texts in the cache.
        """
        self._queries: list[list[int]] = [[] for _ in range(number)]
        for query, text in enumerate(texts):
            self._queries[text].append(query)
        self._visible = visible
        self._padded: _PaddedAttention | None = None

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """Attend to the cache.

        Args:
            query: packed, shape (queries, heads, size).
            pair: the cache's keys and values, shape (texts, positions, key heads, size).
            scaling: factor of the scores.

        Returns:
            The attended values, shape (queries, heads, size), and the log-sum-exp of the scores, (queries, heads).
        """
        if can_use_flash(query) and self._flash is not None:
            return self._flash.attend(query, pair, scaling)
        if self._padded is None:
            # On a GPU the launches of more kernels would cost more than padding does.
            self._padded = _PaddedAttention(self._queries, self._visible, BLOCKS if query.device.type == "cpu" else 1)
        return self._padded.attend(query, pair, scaling)

    @cached_property
    def _flash(self) -> "_FlashAttention | None":
        return _flash(self._queries, self._visible)


def _flash(queries: Sequence[Sequence[int]], visible: Sequence[int]) -> "_FlashAttention | None":
    """All texts in one launch, if the queries to a text all see the same of it, or each one position more.

    The former is what tokens after a text see, the latter what its own tokens see.
    """
    texts = [text for text, grouped in enumerate(queries) if grouped]
    seen = [[visible[query] for query in queries[text]] for text in texts]
    causal = any(len(set(counts)) > 1 for counts in seen)
    if causal and any(counts != list(range(counts[0], counts[0] + len(counts))) for counts in seen):
        return None
    return _FlashAttention(texts, [queries[text] for text in texts], [counts[-1] for counts in seen], causal)


class _FlashAttention:
    """One launch for all texts that have queries."""

    def __init__(
        self, texts: Sequence[int], queries: Sequence[Sequence[int]], visible: Sequence[int], causal: bool
    ) -> None:
        order = [query for grouped in queries for query in grouped]
        self._texts, self._causal = texts, causal
        self._longest = max(map(len, queries)), max(visible)
        self._orders: DeviceTensors | None = None
        # Queries to one text mostly stand side by side, and then nothing has to be sorted.
        if order != list(range(len(order))):
            back = sorted(range(len(order)), key=order.__getitem__)
            self._orders = DeviceTensors(torch.int64, there=order, back=back)
        starts = list(accumulate(map(len, queries), initial=0))
        self._counts = DeviceTensors(torch.int32, query_starts=starts, visible=visible)
        self._starts: tuple[int, DeviceTensors] | None = None

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `CacheAttention.attend`."""
        orders = self._orders.on(query.device) if self._orders else None
        keys, values = (tensor.flatten(0, 1) for tensor in pair)
        attended, total = flash_attention(
            query[orders["there"]] if orders else query,
            keys,
            values,
            **self._counts.on(query.device),
            **self._key_starts(pair[0].shape[1]).on(query.device),
            longest=self._longest,
            causal=self._causal,
            scaling=scaling,
        )
        return (attended[orders["back"]], total[orders["back"]]) if orders else (attended, total)

    def _key_starts(self, width: int) -> DeviceTensors:
        """Where the texts begin, by the positions of each: the same in all layers."""
        if self._starts is None or self._starts[0] != width:
            self._starts = width, DeviceTensors(torch.int32, key_starts=[text * width for text in (*self._texts, 0)])
        return self._starts[1]


class _PaddedAttention:
    """Texts of like length in a block, with a mask for what is not visible."""

    def __init__(self, queries: Sequence[Sequence[int]], visible: Sequence[int], most: int) -> None:
        blocks: list[_Block] = []
        back: dict[int, int] = {}
        start = 0
        for first, end in _cut(len(queries), most):
            width = max(map(len, queries[first:end]))
            if width == 0:
                continue
            blocks.append(_block(queries[first:end], visible, first))
            for grouped in queries[first:end]:
                back |= {query: start + index for index, query in enumerate(grouped)}
                start += width
        self._blocks = blocks
        self._back = DeviceTensors(torch.int64, back=[back[query] for query in range(len(back))])

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `CacheAttention.attend`."""
        attended, total = zip(*(block.attend(query, pair, scaling) for block in self._blocks), strict=True)
        back = self._back.on(query.device)["back"]
        return torch.cat(attended)[back], torch.cat(total)[back]


@dataclass
class _Block:
    """Neighbouring texts of a cache, and the packed queries to them.

    Attributes:
        texts: the first and the end of them.
        positions: as many as any query sees.
        numbers: `queries`, those to each text, shape (texts, queries), padded with query 0; and `visible`, how many
            positions each of them sees, the same shape, or (texts, 1) where it is the same for all.
        mask: made of `visible`, at the first use.
    """

    texts: tuple[int, int]
    positions: int
    numbers: DeviceTensors
    mask: torch.Tensor | None = None

    def mask_on(self, repeats: int, like: torch.Tensor) -> torch.Tensor:
        """What to add to the scores: shape (texts, 1, queries * repeats or 1, positions); the same in all layers."""
        if self.mask is None or self.mask.device != like.device:
            visible = self.numbers.on(like.device)["visible"]
            if visible.shape[1] > 1:
                visible = visible.repeat_interleave(repeats, dim=1)
            hidden = torch.arange(self.positions, device=like.device) >= visible.unsqueeze(-1)
            zeros = torch.zeros(hidden.shape, dtype=like.dtype, device=like.device)
            self.mask = zeros.masked_fill(hidden, -torch.inf).unsqueeze(1)
        return self.mask

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """As `CacheAttention.attend`, for the texts of the block; returns shapes (texts * queries, ..)."""
        first, end = self.texts
        keys, values = (tensor[first:end, : self.positions].transpose(1, 2) for tensor in pair)
        queries = self.numbers.on(query.device)["queries"]
        texts, key_heads, _, size = keys.shape
        count, heads = queries.shape[1], query.shape[1]
        repeats = heads // key_heads
        grouped = query[queries].view(texts, count, key_heads, repeats, size).transpose(1, 2)
        grouped = grouped.reshape(texts, key_heads, count * repeats, size)
        attended, total = attend(grouped, keys, values, self.mask_on(repeats, query), scaling)

        def packed(tensor: torch.Tensor, width: int) -> torch.Tensor:
            by_head = tensor.reshape(texts, key_heads, count, repeats, width).transpose(1, 2)
            return by_head.reshape(texts * count, heads, width)

        return packed(attended, size), packed(total.unsqueeze(-1), 1).squeeze(-1)


def _cut(number: int, most: int) -> list[tuple[int, int]]:
    """Blocks of texts. They stand more or less in order of length, so that blocks need less padding than the whole."""
    blocks = min(most, max(number // most, 1))
    return [(number * block // blocks, number * (block + 1) // blocks) for block in range(blocks)]


def _block(queries: Sequence[Sequence[int]], visible: Sequence[int], first: int) -> _Block:
    """The block of texts from `first` on, by the queries to each of them."""
    width = max(map(len, queries))
    seen = [[visible[query] for query in grouped] for grouped in queries]
    positions = max(count for counts in seen for count in counts)
    if all(len(set(counts)) <= 1 for counts in seen):  # then one mask serves all queries to a text
        seen = [counts[:1] or [1] for counts in seen]
    else:
        seen = [[*counts, *[1] * (width - len(counts))] for counts in seen]
    padded = [[*grouped, *[0] * (width - len(grouped))] for grouped in queries]
    return _Block((first, first + len(queries)), positions, DeviceTensors(torch.int64, queries=padded, visible=seen))
