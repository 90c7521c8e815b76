"""Order effects, from the orders in which samples showed the responses: picks by position, and picks that flip."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from pluralism.decisions.selection import Bools, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import estimates
from pluralism.statistics.linearised import Clusters, ratios
from pluralism.statistics.samples import Samples
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.sets import EXTREMES


def order_bias_rows(benchmark: Benchmark, clusters: Clusters, entries: Sequence[Samples]) -> list[TableRow]:
    """How often a single sample picks the response at each position, by the number of responses.

    An ADM that never sees the responses together has no rows.
    """
    sizes = benchmark.response_counts
    counts = np.zeros((int(sizes.max()), len(sizes)))  # by position and item
    for entry, picks, usable in _single_picks(benchmark, entries):
        samples, items = np.nonzero(usable)
        np.add.at(counts, (entry.positions[samples, items, picks[samples, items]], items), 1)
    rows: list[TableRow] = []
    for size in np.unique(sizes[counts.any(axis=0)]).tolist():
        found = clusters.sums(np.where(sizes == size, counts, 0)[:size])
        picked = estimates(ratios(found, found.sum(axis=0, keepdims=True)))
        rows += [
            {
                "n_responses": size,
                "position": position,
                "n": int(found.sum()),
                **picked[position].columns("picked"),
                "expected": 1 / size,
            }
            for position in range(size)
        ]
    return rows


def flip_rows(benchmark: Benchmark, clusters: Clusters, entries: Sequence[Samples]) -> list[TableRow]:
    """The share of pairs of samples that showed the responses in different orders and picked different ones."""
    counts = np.zeros((2, len(benchmark.labels)))  # pairs, and those that flip, by item
    for entry, picks, usable in _single_picks(benchmark, entries):
        for a, b in combinations(range(len(picks)), 2):
            other_order = (entry.positions[a] != entry.positions[b]).any(axis=1) & usable[a] & usable[b]
            counts += [other_order, other_order & (picks[a] != picks[b])]
    if not counts[0].any():
        return []
    pairs, flips = clusters.sums(counts)
    return [{"n": int(pairs.sum()), **estimates(ratios(flips[None], pairs[None]))[0].columns("flipped")}]


def _single_picks(benchmark: Benchmark, entries: Sequence[Samples]) -> Iterator[tuple[Samples, Indices, Bools]]:
    """(samples, the picks of each, where picks and order are known) under high and low; once if target-free."""
    extremes = [target for target in benchmark.targets if target.name in EXTREMES]
    for entry in entries:
        if entry.target is not None and entry.target not in EXTREMES:
            continue
        in_order = entry.in_one_order()
        own = [entry.own_picks(target, benchmark.scale) for target in extremes if entry.can_serve(target)]
        for picks in own if entry.attributes else [entry.own_votes()]:
            yield entry, picks, in_order & (picks >= 0)
