"""Steerability by dose: how the levels of the picks follow the wanted level of one attribute, all others unnamed.

Each statistic is a mean over items, or a ratio of two, so that what a prompt adds to its error is known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pluralism.datasets.attributes import ALL
from pluralism.decisions.selection import Array, Bools, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.differences import Pair, sides
from pluralism.statistics.intervals import Estimate, estimate_mean
from pluralism.statistics.linearised import Clusters, Linearised, ratio, ratios, stacked
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.sets import is_dose


@dataclass(frozen=True)
class Doses:
    """The picks of an ADM under the doses of one attribute, next to the oracle's, on the items where it varies.

    Attributes:
        attribute: the index of the attribute.
        wanted: its wanted levels, ascending, shape (doses,).
        clusters: the prompts of all items.
        varies: the items whose responses differ in the attribute, shape (items,). The others count nowhere.
        levels: of the picks, shape (doses, items, attributes).
        oracle: of the first of the responses that are nearest by label, likewise.
        labels: the levels of all responses in the attribute, shape (items, responses); NaN where there is none.
    """

    attribute: int
    wanted: Array
    clusters: Clusters
    varies: Bools
    levels: Array
    oracle: Array
    labels: Array

    @cached_property
    def weights(self) -> Array:
        """With which levels add up to the slope of their regression on the wanted level, shape (doses,)."""
        centred = self.wanted - self.wanted.mean()
        weights: Array = centred / np.sum(centred**2)
        return weights

    @property
    def steepest(self) -> float:
        """The largest slope that levels from 0 to 1 can have."""
        return float(np.maximum(self.weights, 0).sum())

    def mean(self, values: Array, count: Array | float = 1.0) -> Linearised:
        """The mean over the items that vary, or the ratio to the mean of `count`; both of shape (items,)."""
        sums = (self.clusters.sums(part * self.varies) for part in (values, count))
        return ratios(*(of_prompts[None] for of_prompts in sums))

    def both_ways(self, values: Array, count: Array | float = 1.0) -> Pair:
        """The means of what is above 0 and of what is below, whose difference is the mean."""
        return self.mean(np.maximum(values, 0), count), self.mean(np.maximum(-values, 0), count)

    def slope(self, levels: Array, attribute: int | None = None) -> Pair:
        """The slope of the level of an attribute, this one or another, on the wanted level, in units of `steepest`."""
        followed = levels[:, :, self.attribute if attribute is None else attribute]
        # The weights add up to 0; so a level that no dose moves has a slope of exactly 0.
        return self.both_ways(self.weights @ (followed - followed[0]) / self.steepest)

    def range_reached(self) -> Pair:
        """How far the level moves from the lowest to the highest dose, of how far the oracle's does."""
        own, best = (levels[-1] - levels[0] for levels in (self.levels, self.oracle))
        return self.both_ways(own[:, self.attribute], best[:, self.attribute])

    def steps(self, levels: Array, *, rising: bool) -> Linearised:
        """The share of steps from a dose to the next in which the level rises, or does not fall."""
        step = np.diff(levels[:, :, self.attribute], axis=0)
        return self.mean((step > 0 if rising else step >= 0).mean(axis=0))

    def miscalibration(self) -> Linearised:
        """How much farther from the wanted level the pick is than the oracle's; mean over the doses, too."""
        return self._farther(np.abs(self.levels[:, :, self.attribute] - self.wanted[:, None]))

    def random_miscalibration(self) -> Linearised:
        """What a random pick is expected to have."""
        return self._farther(np.nanmean(np.abs(self.labels - self.wanted[:, None, None]), axis=2))

    def _farther(self, distance: Array) -> Linearised:
        nearest = np.abs(self.oracle[:, :, self.attribute] - self.wanted[:, None])
        return self.mean((distance - nearest).mean(axis=0))

    def response(self, dose: int, levels: Array) -> Linearised:
        """The mean level at a dose."""
        return self.mean(levels[dose, :, self.attribute])

    def random_level(self) -> Linearised:
        """The mean level that a random pick is expected to have, at any dose."""
        return self.mean(np.nanmean(self.labels, axis=1))

    def orthogonality(self, levels: Array) -> Linearised:
        """Of the movement from the pick at the lowest dose to that at the highest, the part across the attribute.

        The length across over the whole length, in the space of all attributes; mean over the items with a movement.
        """
        moved = levels[-1] - levels[0]
        whole = np.linalg.norm(moved, axis=1)
        across = np.linalg.norm(np.delete(moved, self.attribute, axis=1), axis=1)
        return self.mean(ratio(across, whole + (whole == 0)), whole > 0)


def all_doses(benchmark: Benchmark, clusters: Clusters, picks: Indices, decided: Indices) -> Iterator[Doses]:
    """The doses of each attribute that varies on an item, where all are among the targets `decided`.

    Args:
        benchmark: with all targets.
        clusters: its prompts.
        picks: of an ADM, shape (targets, items).
        decided: the targets that it decided for.
    """
    every = np.arange(len(benchmark.prompts))
    for place, name in enumerate(benchmark.attributes):
        found = [
            (target.levels[name], row)
            for row, target in enumerate(benchmark.targets)
            if is_dose(target.name) and target.attributes == (name,)
        ]
        rows = np.array([row for _, row in sorted(found)], dtype=np.intp)
        wanted = np.array([level for level, _ in sorted(found)])
        varies: Bools = np.logical_or.reduce(benchmark.scored[rows], axis=0)
        if len(np.unique(wanted)) < 2 or not np.isin(rows, decided).all() or not varies.any():
            continue
        yield Doses(
            attribute=place,
            wanted=wanted,
            clusters=clusters,
            varies=varies,
            levels=benchmark.labels[every, picks[rows]],
            oracle=benchmark.labels[every, benchmark.by_label.right[rows].argmax(axis=-1)],
            labels=benchmark.labels[:, :, place],
        )


def steerability_rows(
    benchmark: Benchmark, clusters: Clusters, picks: Indices, decided: Indices
) -> dict[str, list[TableRow]]:
    """The rows of the tables about doses, by table; arguments as for `all_doses`. Empty without doses."""
    doses = list(all_doses(benchmark, clusters, picks, decided))
    groups = {ALL: doses} if doses else {}
    groups |= {benchmark.attributes[entry.attribute]: [entry] for entry in doses}
    return {
        "dose_response": [{"attribute": name, **row} for name, group in groups.items() for row in _curve(group)],
        "steerability": [{"attribute": name, **_summary(group)} for name, group in groups.items()],
        "dose_slopes": [
            {"steered_attribute": benchmark.attributes[entry.attribute], "attribute": name, **_slopes(entry, place)}
            for entry in doses
            for place, name in enumerate(benchmark.attributes)
        ],
    }


def _mean(parts: Sequence[Linearised]) -> Estimate:
    """The mean over attributes of shares, one or none each."""
    return estimate_mean(stacked(list(parts)))


def _mean_of_both_ways(parts: Sequence[Pair], largest: float = 1.0) -> Estimate:
    """The mean over attributes of statistics that may be negative, in units of the largest that they can be."""
    up, down = (stacked(list(way)) for way in zip(*parts, strict=True))
    return sides([(up, down)]).estimates()[0].times(largest)


def _count(group: Sequence[Doses]) -> TableRow:
    return {"n_items": sum(int(entry.varies.sum()) for entry in group)}


def _curve(group: Sequence[Doses]) -> Iterator[TableRow]:
    """A row per wanted level, with means over the attributes of a group, which share the levels."""
    random = _mean([entry.random_level() for entry in group])
    for dose, wanted in enumerate(group[0].wanted.tolist()):
        level = _mean([entry.response(dose, entry.levels) for entry in group])
        best = _mean([entry.response(dose, entry.oracle) for entry in group])
        yield {
            "wanted": wanted,
            **_count(group),
            **level.columns("level"),
            "oracle_level": best.value,
            "random_level": random.value,
        }


def _summary(group: Sequence[Doses]) -> TableRow:
    """Means over the attributes of a group."""

    def mean(statistic: Callable[[Doses], Linearised]) -> Estimate:
        return _mean([statistic(entry) for entry in group])

    steepest = group[0].steepest
    slope = _mean_of_both_ways([entry.slope(entry.levels) for entry in group], steepest)
    best = _mean_of_both_ways([entry.slope(entry.oracle) for entry in group], steepest)
    return {
        **_count(group),
        **slope.columns("slope"),
        "oracle_slope": best.value,
        **_mean_of_both_ways([entry.range_reached() for entry in group]).columns("range_reached"),
        **mean(lambda of: of.steps(of.levels, rising=False)).columns("monotonicity"),
        **mean(lambda of: of.steps(of.levels, rising=True)).columns("rising"),
        "oracle_rising": mean(lambda of: of.steps(of.oracle, rising=True)).value,
        **mean(Doses.miscalibration).columns("miscalibration"),
        "random_miscalibration": mean(Doses.random_miscalibration).value,
        **mean(lambda of: of.orthogonality(of.levels)).columns("orthogonality"),
        "oracle_orthogonality": mean(lambda of: of.orthogonality(of.oracle)).value,
    }


def _slopes(entry: Doses, attribute: int) -> TableRow:
    own, best = (
        _mean_of_both_ways([entry.slope(levels, attribute)], entry.steepest) for levels in (entry.levels, entry.oracle)
    )
    return {**_count([entry]), **own.columns("slope"), "oracle_slope": best.value}
