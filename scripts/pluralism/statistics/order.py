"""Order effects, from the shuffles that the predictions hold: picks by position, and decisions that flip."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from pluralism.statistics.accuracy import Row
from pluralism.statistics.intervals import Bootstrap, estimate, ratio
from pluralism.statistics.outcomes import Benchmark, Bools, Indices
from pluralism.statistics.samples import Samples

TARGETS = ("target_high", "target_low")
"""Order effects are counted under these."""


def order_bias_rows(benchmark: Benchmark, bootstrap: Bootstrap, entries: Sequence[Samples]) -> list[Row]:
    """How often the response at each position is picked by a single sample, by the number of responses.

    An ADM that never sees the responses together has no rows.
    """
    sizes = benchmark.response_counts
    counts = np.zeros((int(sizes.max()), len(sizes)))  # by position and item
    for entry, picks, usable in _single_picks(benchmark, entries):
        samples, items = np.nonzero(usable)
        np.add.at(counts, (entry.positions[samples, items, picks[samples, items]], items), 1)
    rows: list[Row] = []
    for size in np.unique(sizes[counts.any(axis=0)]).tolist():
        found = bootstrap.sums(np.where(sizes == size, counts, 0)[:size])
        total = found.sum(axis=1)
        rows += [
            {
                "n_responses": size,
                "position": position,
                "n": int(total[0]),
                **estimate(ratio(found[:, position], total)).columns("picked"),
                "expected": 1 / size,
            }
            for position in range(size)
        ]
    return rows


def flip_rows(benchmark: Benchmark, bootstrap: Bootstrap, entries: Sequence[Samples]) -> list[Row]:
    """The share of pairs of samples that showed the responses in different orders and picked different ones."""
    counts = np.zeros((2, len(benchmark.labels)))  # pairs, and those that flip, by item
    for entry, picks, usable in _single_picks(benchmark, entries):
        for a, b in combinations(range(len(picks)), 2):
            other_order = (entry.positions[a] != entry.positions[b]).any(axis=1) & usable[a] & usable[b]
            counts += [other_order, other_order & (picks[a] != picks[b])]
    if not counts[0].any():
        return []
    drawn = bootstrap.sums(counts)
    return [{"n": int(drawn[0, 0]), **estimate(ratio(drawn[:, 1], drawn[:, 0])).columns("flipped")}]


def _single_picks(benchmark: Benchmark, entries: Sequence[Samples]) -> Iterator[tuple[Samples, Indices, Bools]]:
    """(samples, what each picks, where that is known along with the order shown) under high and low.

    Picks that do not depend on the target are counted once.
    """
    for entry in entries:
        in_order = entry.in_one_order()
        if not entry.attributes:
            targets = TARGETS[:1] if entry.target is None else tuple({entry.target} & set(TARGETS))
        else:
            targets = TARGETS if entry.target is None else tuple({entry.target} & set(TARGETS))
        for name in targets:
            target = benchmark.targets.get(name, {})
            if entry.attributes and not (target and set(target) <= set(entry.attributes)):
                continue
            picks = entry.own_picks(target, benchmark.grid)
            yield entry, picks, in_order & (picks >= 0)
