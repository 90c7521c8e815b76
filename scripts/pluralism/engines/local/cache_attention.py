"""Attention of packed queries to the texts of a cache: by flash attention, or else by texts padded to blocks."""

from collections.abc import Callable, Sequence
from itertools import accumulate, chain, pairwise
from math import ceil

import torch

from pluralism.engines.local.kernels import Pair, attend, can_use_flash, flash_attention

BLOCKS = 4
"""Into how many blocks the texts of a cache are cut at most, each with at least as many texts."""
PADDING = 1.5
"""Up to this part of what is visible, padding costs less than another block does."""
FEW_POSITIONS = 1024
"""Of all texts together: padding costs nothing then."""
WIDTHS = 16
"""Positions of a block are a multiple of it on a CPU, since a kernel is made for each size."""
MANY_QUERIES = 64
"""To a text, as those of whole prompts are."""
Way = Callable[[torch.Tensor, Pair, float], Pair]
"""See `CacheAttention.attend`."""


class CacheAttention:
    """Which text of a cache each packed query attends to, and how many positions of it are visible."""

    def __init__(self, texts: Sequence[int], visible: Sequence[int], number: int) -> None:
        """Group the queries by text.

        Args:
            texts: the text that each query attends to.
            visible: how many of its positions the query sees.
            number: of texts in the cache.
        """
        self._queries: list[list[int]] = [[] for _ in range(number)]
        for query, text in enumerate(texts):
            self._queries[text].append(query)
        # Attention needs one position at least: a query to nothing sees one, which is masked afterwards.
        self._visible = [max(count, 1) for count in visible]
        self._to_nothing = [query for query, count in enumerate(visible) if count == 0]
        self._ways: dict[torch.device, Way] = {}

    def attend(self, query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        """Attend to the cache. All layers have the same shapes, but may lie on several devices.

        Args:
            query: packed, shape (queries, heads, size).
            pair: the cache's keys and values, shape (texts, positions, key heads, size).
            scaling: factor of the scores.

        Returns:
            The attended values, shape (queries, heads, size), and the log-sum-exp of the scores, (queries, heads).
        """
        if query.device not in self._ways:
            flash = _flash(self._queries, self._visible, pair[0]) if can_use_flash(query) else None
            repeats = query.shape[1] // pair[0].shape[2]
            self._ways[query.device] = flash or _padded(self._queries, self._visible, pair[0], repeats)
        attended, total = self._ways[query.device](query, pair, scaling)
        if self._to_nothing:
            total[self._to_nothing] = -torch.inf
        return attended, total


def _flash(queries: Sequence[Sequence[int]], visible: Sequence[int], keys: torch.Tensor) -> Way | None:
    """All texts that have queries in one launch, if all queries to a text see the same, or each one position more.

    The former is what tokens after a text see, the latter what its own tokens see.
    """
    texts = [text for text, grouped in enumerate(queries) if grouped]
    queries = [queries[text] for text in texts]
    seen = [[visible[query] for query in grouped] for grouped in queries]
    causal = any(len(set(counts)) > 1 for counts in seen)
    if causal and any(counts != list(range(counts[0], counts[0] + len(counts))) for counts in seen):
        return None
    width, last = keys.shape[1], [counts[-1] for counts in seen]
    longest = max(map(len, queries)), max(last)
    query_starts, key_starts, ends = (
        torch.tensor(numbers, dtype=torch.int32, device=keys.device)
        for numbers in (list(accumulate(map(len, queries), initial=0)), [text * width for text in (*texts, 0)], last)
    )
    order = list(chain(*queries))
    in_order = order == list(range(len(order)))  # mostly: then nothing has to be sorted
    back = torch.tensor(sorted(range(len(order)), key=order.__getitem__), device=keys.device)
    there = torch.tensor(order, device=keys.device)

    def attend_at_once(query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        attended, total = flash_attention(
            query if in_order else query[there],
            *(tensor.flatten(0, 1) for tensor in pair),
            query_starts=query_starts,
            key_starts=key_starts,
            visible=ends,
            longest=longest,
            causal=causal,
            scaling=scaling,
        )
        return (attended, total) if in_order else (attended[back], total[back])

    return attend_at_once


def _padded(queries: Sequence[Sequence[int]], visible: Sequence[int], keys: torch.Tensor, repeats: int) -> Way:
    """Texts of like length in a block, with a mask for what is not visible.

    They are more or less in order of length, so that blocks need less padding than the whole. On a GPU the launches of
    more kernels would cost more than padding does.
    """
    lengths = [max((visible[query] for query in grouped), default=0) for grouped in queries]
    are_alike = max(lengths) * len(lengths) <= max(PADDING * sum(lengths), FEW_POSITIONS)
    most = 1 if are_alike or keys.device.type != "cpu" else BLOCKS
    number = min(most, max(len(queries) // most, 1))
    if keys.device.type == "cpu" and max(map(len, queries)) >= MANY_QUERIES:
        number = len(queries)  # a block per text: the calls cost nothing then, and padding would
    cuts = [len(queries) * block // number for block in range(number + 1)]
    blocks: list[Way] = []
    places: dict[int, int] = {}
    start = 0
    for first, end in pairwise(cuts):
        if width := max(map(len, queries[first:end])):
            blocks.append(_block(queries[first:end], visible, first, keys, repeats))
            for grouped in queries[first:end]:
                places |= {query: start + index for index, query in enumerate(grouped)}
                start += width
    back = torch.tensor([places[query] for query in range(len(places))], device=keys.device)

    def attend_by_block(query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        attended, total = zip(*(block(query, pair, scaling) for block in blocks), strict=True)
        return torch.cat(attended)[back], torch.cat(total)[back]

    return attend_by_block


def _positions(visible: int, width: int) -> int:
    """How many positions of a cache of some width a block looks at: nearly all are all, which needs no copy of them."""
    return width if visible * PADDING >= width else min(ceil(visible / WIDTHS) * WIDTHS, width)


def _block(
    queries: Sequence[Sequence[int]], visible: Sequence[int], first: int, keys: torch.Tensor, repeats: int
) -> Way:
    """Attention to neighbouring texts of a cache, from `first` on, by the queries to each of them.

    The way returns shapes (texts * queries, ..), where queries are as many as any text has.
    """
    texts, key_heads, size = len(queries), keys.shape[2], keys.shape[3]
    count = max(map(len, queries))
    seen = [[visible[query] for query in grouped] for grouped in queries]
    positions = _positions(max(chain(*seen)), keys.shape[1])
    if all(len(set(counts)) <= 1 for counts in seen):  # then one mask serves all queries to a text
        shown = torch.tensor([counts[:1] or [1] for counts in seen], device=keys.device)
    else:
        shown = torch.tensor([[*counts, *[1] * (count - len(counts))] for counts in seen], device=keys.device)
        shown = shown.repeat_interleave(repeats, dim=1)
    mask = None
    if any(count < positions for count in chain(*seen)) or texts > 1:
        hidden = torch.arange(positions, device=keys.device) >= shown.unsqueeze(-1)
        mask = torch.zeros(hidden.shape, dtype=keys.dtype, device=keys.device).masked_fill(hidden, -torch.inf)
        mask = mask.unsqueeze(1)
    padded = torch.tensor([[*grouped, *[0] * (count - len(grouped))] for grouped in queries], device=keys.device)

    def packed(tensor: torch.Tensor, width: int) -> torch.Tensor:
        by_head = tensor.reshape(texts, key_heads, count, repeats, width).transpose(1, 2)
        return by_head.reshape(texts * count, key_heads * repeats, width)

    def attend_to_block(query: torch.Tensor, pair: Pair, scaling: float) -> Pair:
        keys, values = (tensor[first : first + texts, :positions].transpose(1, 2) for tensor in pair)
        grouped = query[padded].view(texts, count, key_heads, repeats, size).transpose(1, 2)
        grouped = grouped.reshape(texts, key_heads, count * repeats, size)
        attended, total = attend(grouped, keys, values, mask, scaling)
        return packed(attended, size), packed(total.unsqueeze(-1), 1).squeeze(-1)

    return attend_to_block
