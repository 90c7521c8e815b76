"""Steerability by dose: how the levels of the picks follow the wanted level of one attribute, all others unnamed.

Each statistic is a mean over items, or a ratio of two, so that what a prompt adds to its error is known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pluralism.decisions.scoring import Bools
from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import estimate_from, ratio
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.sets import is_dose

ALL = "all"
SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Statistic:
    """A statistic with what each prompt adds to its error.

    Attributes:
        value: NaN if no item has it.
        influence: linearised, shape (prompts,); the sum is 0.
        present: the prompts that have an item that counts, shape (prompts,).
    """

    value: float
    influence: Array
    present: Bools

    def columns(self, name: str, bounds: tuple[float, float]) -> TableRow:
        """Value and interval; `bounds`: what values it can have."""
        return estimate_from(self.value, self.influence[self.present], bounds).columns(name)


def ratio_of_means(top: Array, bottom: Array, prompts: Indices) -> Statistic:
    """The sum of `top` over that of `bottom`, both of shape (items,), with the items' prompts, shape (items,).

    A prompt adds (top - value * bottom) / sum of bottom: Taylor linearisation (Woodruff 1971).
    """
    count = int(prompts.max()) + 1
    value = float(ratio(top.sum(), bottom.sum()))
    added = ratio(top - value * bottom, bottom.sum())
    influence, counted = (np.bincount(prompts, weights=part, minlength=count) for part in (added, bottom != 0))
    return Statistic(value, influence.astype(float), counted > 0)


def mean_statistic(parts: Sequence[Statistic]) -> Statistic:
    """The mean of those that have a value; each counts the same."""
    known = [part for part in parts if not np.isnan(part.value)] or parts
    return Statistic(
        float(np.mean([part.value for part in known])),
        np.mean([part.influence for part in known], axis=0),
        np.any([part.present for part in known], axis=0),
    )


@dataclass(frozen=True)
class Doses:
    """The picks of an ADM under the doses of one attribute, next to the oracle's, on the items where it varies.

    Attributes:
        attribute: the index of the attribute.
        wanted: its wanted levels, ascending, shape (doses,).
        prompts: of all items, shape (items,).
        varies: the items whose responses differ in the attribute, shape (items,). The others count nowhere.
        levels: of the picks, shape (doses, items, attributes).
        oracle: of the first of the responses that are nearest by label, likewise.
        labels: the levels of all responses in the attribute, shape (items, responses); NaN where there is none.
    """

    attribute: int
    wanted: Array
    prompts: Indices
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

    def mean(self, values: Array, count: Array | None = None) -> Statistic:
        """The mean over the items that vary, or the ratio to the mean of `count`; both of shape (items,)."""
        bottom = np.ones(len(self.varies)) if count is None else count
        return ratio_of_means(values * self.varies, bottom * self.varies, self.prompts)

    def slope(self, levels: Array, attribute: int | None = None) -> Statistic:
        """The slope of the level of an attribute, this one or another, on the wanted level of this one."""
        followed = levels[:, :, self.attribute if attribute is None else attribute]
        # The weights add up to 0; so a level that no dose moves has a slope of exactly 0.
        return self.mean(self.weights @ (followed - followed[0]))

    def range_reached(self) -> Statistic:
        """How far the level moves from the lowest to the highest dose, of how far the oracle's does."""
        own, best = (levels[-1] - levels[0] for levels in (self.levels, self.oracle))
        return self.mean(own[:, self.attribute], best[:, self.attribute])

    def steps(self, levels: Array, *, rising: bool) -> Statistic:
        """The share of steps from a dose to the next in which the level rises, or does not fall."""
        step = np.diff(levels[:, :, self.attribute], axis=0)
        return self.mean((step > 0 if rising else step >= 0).mean(axis=0))

    def miscalibration(self) -> Statistic:
        """How much farther from the wanted level the pick is than the oracle's; mean over the doses, too."""
        return self._farther(np.abs(self.levels[:, :, self.attribute] - self.wanted[:, None]))

    def random_miscalibration(self) -> Statistic:
        """What a random pick is expected to have."""
        return self._farther(np.nanmean(np.abs(self.labels - self.wanted[:, None, None]), axis=2))

    def _farther(self, distance: Array) -> Statistic:
        nearest = np.abs(self.oracle[:, :, self.attribute] - self.wanted[:, None])
        return self.mean((distance - nearest).mean(axis=0))

    def response(self, levels: Array) -> list[Statistic]:
        """The mean level at each dose."""
        return [self.mean(of_dose) for of_dose in levels[:, :, self.attribute]]

    def random_level(self) -> Statistic:
        """The mean level that a random pick is expected to have, at any dose."""
        return self.mean(np.nanmean(self.labels, axis=1))

    def orthogonality(self, levels: Array) -> Statistic:
        """Of the way from the pick at the lowest dose to that at the highest, the part across the attribute.

        The length across over the length of the whole, in the space of all attributes; mean over the items with a way.
        """
        way = levels[-1] - levels[0]
        whole = np.linalg.norm(way, axis=1)
        across = np.linalg.norm(np.delete(way, self.attribute, axis=1), axis=1)
        return self.mean(ratio(across, whole + (whole == 0)), (whole > 0).astype(float))


def all_doses(benchmark: Benchmark, picks: Indices, decided: Indices) -> Iterator[Doses]:
    """The doses of each attribute that varies on an item, where all are among the targets `decided`.

    Args:
        benchmark: with all targets.
        picks: of an ADM, shape (targets, items).
        decided: the targets that it decided for.
    """
    every = np.arange(len(benchmark.prompts))
    for place, name in enumerate(benchmark.attributes):
        found = [
            (target.levels[name], row)
            for row, target in enumerate(benchmark.targets)
            if is_dose(target.name) and name in target.levels
        ]
        rows = np.array([row for _, row in sorted(found)], dtype=np.intp)
        varies: Bools = np.logical_or.reduce(benchmark.scored[rows], axis=0)
        if len(rows) < 2 or not np.isin(rows, decided).all() or not varies.any():
            continue
        wanted = np.array([level for level, _ in sorted(found)])
        yield Doses(
            attribute=place,
            wanted=wanted,
            prompts=benchmark.prompts,
            varies=varies,
            levels=benchmark.labels[every, picks[rows]],
            oracle=benchmark.labels[every, benchmark.by_label.right[rows].argmax(axis=-1)],
            labels=benchmark.labels[:, :, place],
        )


def steerability_rows(benchmark: Benchmark, picks: Indices, decided: Indices) -> dict[str, list[TableRow]]:
    """The rows of the tables about doses, by table; arguments as for `all_doses`. Empty without doses."""
    doses = list(all_doses(benchmark, picks, decided))
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


def _count(group: Sequence[Doses]) -> TableRow:
    return {"n_items": sum(int(entry.varies.sum()) for entry in group)}


def _curve(group: Sequence[Doses]) -> Iterator[TableRow]:
    """A row per wanted level, with means over the attributes of a group, which share the levels."""
    levels, oracle = (
        [mean_statistic(of_dose) for of_dose in zip(*responses, strict=True)]
        for responses in (
            [entry.response(entry.levels) for entry in group],
            [entry.response(entry.oracle) for entry in group],
        )
    )
    random = mean_statistic([entry.random_level() for entry in group])
    for wanted, level, best in zip(group[0].wanted.tolist(), levels, oracle, strict=True):
        yield {
            "wanted": wanted,
            **_count(group),
            **level.columns("level", SHARE),
            "oracle_level": best.value,
            "random_level": random.value,
        }


def _summary(group: Sequence[Doses]) -> TableRow:
    """Means over the attributes of a group."""

    def mean(statistic: Callable[[Doses], Statistic]) -> Statistic:
        return mean_statistic([statistic(entry) for entry in group])

    steepest = group[0].steepest
    return {
        **_count(group),
        **mean(lambda of: of.slope(of.levels)).columns("slope", (-steepest, steepest)),
        "oracle_slope": mean(lambda of: of.slope(of.oracle)).value,
        **mean(Doses.range_reached).columns("range_reached", (-1, 1)),
        **mean(lambda of: of.steps(of.levels, rising=False)).columns("monotonicity", SHARE),
        **mean(lambda of: of.steps(of.levels, rising=True)).columns("rising", SHARE),
        "oracle_rising": mean(lambda of: of.steps(of.oracle, rising=True)).value,
        **mean(Doses.miscalibration).columns("miscalibration", SHARE),
        "random_miscalibration": mean(Doses.random_miscalibration).value,
        **mean(lambda of: of.orthogonality(of.levels)).columns("orthogonality", SHARE),
        "oracle_orthogonality": mean(lambda of: of.orthogonality(of.oracle)).value,
    }


def _slopes(entry: Doses, attribute: int) -> TableRow:
    return {
        **_count([entry]),
        **entry.slope(entry.levels, attribute).columns("slope", (-entry.steepest, entry.steepest)),
        "oracle_slope": entry.slope(entry.oracle, attribute).value,
    }
