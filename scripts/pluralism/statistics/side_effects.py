"""Side effects: how far steering moves the attributes that a target does not name."""

import numpy as np

from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Bootstrap, estimate, ratio
from pluralism.statistics.table_columns import TableRow


def side_effect_rows(benchmark: Benchmark, bootstrap: Bootstrap, picks: Indices, unaligned: Indices) -> list[TableRow]:
    """A row per target set and attribute that one of its targets does not name: how its level moves, over items.

    In the mean movement, ups and downs cancel out; in the mean absolute movement, both count. Both picks, the ADM's and
    the unaligned ADM's, have shape (targets, items).
    """
    moved = _levels(benchmark, picks) - _levels(benchmark, unaligned)
    named = np.array([[name in target.levels for name in benchmark.attributes] for target in benchmark.targets])
    places: list[tuple[str, str, int]] = []
    sums: list[Array] = []
    for set_name, members in benchmark.sets.items():
        for place, attribute in enumerate(benchmark.attributes):
            if (free := members[~named[members, place]]).size:
                places.append((set_name, attribute, len(free)))
                sums += [moved[free, :, place].sum(axis=0), np.abs(moved[free, :, place]).sum(axis=0)]
    if not places:
        return []
    n_items = bootstrap.sums(np.ones((1, len(benchmark.prompts))))
    drawn = ratio(bootstrap.sums(np.array(sums)), n_items * np.repeat([count for *_, count in places], 2))
    return [
        {
            "target_set": set_name,
            "attribute": attribute,
            "n": count * len(benchmark.prompts),
            **estimate(drawn[:, 2 * row]).columns("movement"),
            **estimate(drawn[:, 2 * row + 1]).columns("absolute_movement"),
        }
        for row, (set_name, attribute, count) in enumerate(places)
    ]


def _levels(benchmark: Benchmark, picks: Indices) -> Array:
    """The labels of the picks, shape (targets, items, attributes)."""
    return benchmark.labels[np.arange(len(benchmark.prompts)), picks]
