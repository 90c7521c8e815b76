"""Side effects: how far steering moves the attributes that a target does not name."""

import numpy as np

from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.differences import both_ways
from pluralism.statistics.intervals import estimates
from pluralism.statistics.linearised import Clusters, ratios
from pluralism.statistics.table_columns import TableRow


def side_effect_rows(benchmark: Benchmark, clusters: Clusters, picks: Indices, unaligned: Indices) -> list[TableRow]:
    """A row per target set and attribute that one of its targets does not name: how its level moves, over items.

    In the mean movement, ups and downs cancel out; in the mean absolute movement, both count. Both picks, the ADM's and
    the unaligned ADM's, have shape (targets, items).
    """
    moved = _levels(benchmark, picks) - _levels(benchmark, unaligned)
    named = np.array([[name in target.levels for name in benchmark.attributes] for target in benchmark.targets])
    places: list[tuple[str, str, int]] = []
    up, down = [], []
    for set_name, members in benchmark.sets.items():
        for place, attribute in enumerate(benchmark.attributes):
            if (free := members[~named[members, place]]).size:
                places.append((set_name, attribute, len(free)))
                up.append(np.maximum(moved[free, :, place], 0).sum(axis=0))
                down.append(np.maximum(-moved[free, :, place], 0).sum(axis=0))
    if not places:
        return []
    n_items = np.array([[count] for *_, count in places]) * clusters.sums(np.ones(len(benchmark.prompts)))
    ups, downs = (clusters.sums(np.array(way)) for way in (up, down))
    movement = both_ways(ratios(ups, n_items), ratios(downs, n_items)).estimates()
    absolute = estimates(ratios(ups + downs, n_items))
    return [
        {
            "target_set": set_name,
            "attribute": attribute,
            "n": count * len(benchmark.prompts),
            **movement[row].columns("movement"),
            **absolute[row].columns("absolute_movement"),
        }
        for row, (set_name, attribute, count) in enumerate(places)
    ]


def _levels(benchmark: Benchmark, picks: Indices) -> Array:
    """The labels of the picks, shape (targets, items, attributes)."""
    return benchmark.labels[np.arange(len(benchmark.prompts)), picks]
