"""People: how often an ADM picks what a person picked, against how many choices their target is inferred from.

A person's other choices are the test, the same for every number. An ADM decides them under three targets: the person's
own; that of everyone, which the choices of all people together give; and the best fixed target, that of the study with
which most of the person's choices for inference agree. People are what would be drawn again: each counts the same, and
the intervals are over people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pluralism.decisions.selection import Array, Indices, nearest_responses
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.differences import sides
from pluralism.statistics.intervals import Estimate, estimate_mean
from pluralism.statistics.linearised import Linearised, ratios
from pluralism.statistics.reading import Cell
from pluralism.statistics.table_columns import BEST_FIXED, EVERYONE, PERSON, TableRow
from pluralism.targets.people.choices import Person
from pluralism.targets.people.stored import People, target_rows
from pluralism.targets.target import Target


@dataclass(frozen=True)
class Test:
    """The choices of a person that no target is inferred from.

    Attributes:
        items: in which the person chose, shape (choices,).
        picks: the responses picked.
    """

    items: Indices
    picks: Indices


@dataclass(frozen=True)
class Point:
    """The targets of people at a number of choices.

    Attributes:
        choices: how many of a person's choices are used at most.
        target_of: whose target it is: the person's, everyone's, or the best fixed one.
        targets: of each person.
        oracle: the share of the person's picks that are nearest by label to the target, shape (people,).
    """

    choices: int
    target_of: str
    targets: Sequence[Target]
    oracle: Array


@dataclass(frozen=True)
class Curve:
    """The people of a dataset with test choices, and their targets; `chance`: of a random pick, shape (people,)."""

    tests: Sequence[Test]
    points: Sequence[Point]
    chance: Array


def make_curve(found: People, benchmark: Benchmark) -> Curve | None:
    """The people who have test choices among the items of a benchmark, which a limit may cut; None without any."""
    tests = [_test(person, benchmark) for person in found.people]
    kept = [place for place, test in enumerate(tests) if len(test.items)]
    if not kept:
        return None
    tests = [tests[place] for place in kept]
    points = []
    largest = max(found.inferred)
    for choices, entries in found.inferred.items():
        own = [entries[place].target(largest=choices == largest) for place in kept]
        everyone = entries[-1].target(largest=choices == largest)
        fixed = [_best_fixed(found.people[place], choices, benchmark) for place in kept]
        for target_of, targets in ((PERSON, own), (EVERYONE, [everyone] * len(kept)), (BEST_FIXED, fixed)):
            oracle = _shares(
                tests, [_by_label(test, target, benchmark) for test, target in zip(tests, targets, strict=True)]
            )
            points.append(Point(choices, target_of, targets, oracle))
    chance = np.array([np.mean(1 / benchmark.response_counts[test.items]) for test in tests])
    return Curve(tests, points, chance)


def people_rows(curve: Curve, benchmark: Benchmark, cell: Cell) -> Iterator[TableRow]:
    """A row per number of choices and origin of the target; none of targets that the ADM does not decide for.

    Args:
        curve: from `make_curve`.
        benchmark: with all targets.
        cell: the ADM.
    """
    decide = _Decider(cell, benchmark)
    right: dict[tuple[int, str], list[Array]] = {}
    for point in curve.points:
        picks = [decide(target, test.items) for target, test in zip(point.targets, curve.tests, strict=True)]
        if any(found is None for found in picks):
            continue
        known = [found for found in picks if found is not None]
        right[point.choices, point.target_of] = [
            (found == test.picks).astype(float) for found, test in zip(known, curve.tests, strict=True)
        ]
    for point in curve.points:
        own, everyone = (right.get((point.choices, target_of)) for target_of in (point.target_of, EVERYONE))
        if own is None:
            continue
        gains = own is not everyone and everyone is not None
        gain = _gain(own, everyone or own) if gains else Estimate(np.nan, np.nan, np.nan, np.nan)
        yield {
            "choices": point.choices,
            "target_of": point.target_of,
            "n_people": len(curve.tests),
            "n_choices": sum(len(test.items) for test in curve.tests),
            **estimate_mean(_over_people(np.array([one.mean() for one in own]))).times(100).columns("accuracy"),
            **gain.times(100).columns("gain"),
            "oracle_accuracy": 100 * float(point.oracle.mean()),
            "random_accuracy": 100 * float(curve.chance.mean()),
        }


def people_target_rows(found: People) -> list[TableRow]:
    """What is inferred of each person and of everyone, a row per attribute and number of choices; names nobody."""
    rows = (row for entries in found.inferred.values() for row in target_rows(entries))
    return [{name: value for name, value in row.items() if name != "person"} for row in rows]


class _Decider:
    """What an ADM picks under any target: what it decided where the study has the target, else by its levels."""

    def __init__(self, cell: Cell, benchmark: Benchmark) -> None:
        self._scale = benchmark.scale
        self._decided: dict[str, Indices] = {
            benchmark.names[place]: picks for place, picks in zip(cell.targets, cell.picks, strict=True)
        }
        entry = cell.samples[0]
        serves_all = entry.target is None
        self._levels = entry.levels() if serves_all and entry.attributes else None
        self._attributes = entry.attributes
        self._outright = cell.picks[0] if serves_all and not entry.attributes else None

    def __call__(self, target: Target, items: Indices) -> Indices | None:
        """The responses picked of some items; None where the ADM has not decided for the target and cannot."""
        if (decided := self._decided.get(target.name, self._outright)) is not None:
            return decided[items]
        if self._levels is None or not set(target.attributes) <= set(self._attributes):
            return None
        return nearest_responses(self._levels[items], self._attributes, target, self._scale)


def _test(person: Person, benchmark: Benchmark) -> Test:
    inside = [choice for choice in person.test if choice.item < len(benchmark.labels)]
    items, picks = (np.array([getattr(one, name) for one in inside], dtype=np.intp) for name in ("item", "response"))
    return Test(items, picks)


def _best_fixed(person: Person, choices: int, benchmark: Benchmark) -> Target:
    """The target with which most of a person's first choices agree, by label; the first of several.

    Responses that are equally near share what a pick of one of them counts.
    """
    inside = [choice for choice in person.train[:choices] if choice.item < len(benchmark.labels)]
    items, picks = ([getattr(choice, name) for choice in inside] for name in ("item", "response"))
    right = benchmark.by_label.right[benchmark.compared][:, items]
    agrees = (right[:, np.arange(len(items)), picks] / right.sum(axis=2)).sum(axis=1)
    best = int(benchmark.compared[np.argmax(agrees)])
    return benchmark.targets[best]


def _by_label(test: Test, target: Target, benchmark: Benchmark) -> Indices:
    return nearest_responses(benchmark.labels[test.items], benchmark.attributes, target, benchmark.scale)


def _shares(tests: Sequence[Test], picks: Sequence[Indices]) -> Array:
    return np.array([np.mean(test.picks == found) for test, found in zip(tests, picks, strict=True)])


def _over_people(values: Array) -> Linearised:
    """The mean over people, in which each counts the same."""
    return ratios(values[None], np.ones((1, len(values))))


def _gain(own: Sequence[Array], other: Sequence[Array]) -> Estimate:
    """How much more often the first is right, on the same choices."""
    up, down = (
        _over_people(np.array([np.maximum(way * (one - two), 0).mean() for one, two in zip(own, other, strict=True)]))
        for way in (1, -1)
    )
    return sides([(up, down)]).estimates()[0]
