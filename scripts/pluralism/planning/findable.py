"""What a study compares, and how small a difference it finds; `statistics.beforehand` works out the latter."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

from pluralism.decisions.roles import Role
from pluralism.planning.checks import Problem
from pluralism.study.study import Study

Counted = Literal["here", "published", "most"]
"""How the number of items is known: they are here; others reported it; the split takes no more."""
ITEMS: dict[Counted, str] = {"here": "{} items", "published": "{} items as published", "most": "at most {} items"}

Range = tuple[float, float]
"""Percentage points, from the most favourable case to the least."""

DISAGREEMENTS = (0.2, 0.4)
"""Assumed: on how many of the decisions only one of two ADMs is right."""
CORRELATION = 0.5
"""Assumed: how alike this is under several targets on a prompt, as an intraclass correlation."""
NEXT_TO_NOTHING = 30.0
"""Percentage points: a grid that may miss such a difference shows next to nothing."""


@dataclass(frozen=True)
class Family:
    """ADMs that are compared with each other in each of some experiments.

    Attributes:
        dataset: its name.
        experiments: their names.
        adms: how many each of them compares.
    """

    dataset: str
    experiments: tuple[str, ...]
    adms: int

    @property
    def comparisons(self) -> int:
        """What Holm's correction is over: the pairs of an experiment's ADMs, as in the table `comparisons`."""
        return comb(self.adms, 2)

    @property
    def place(self) -> str:
        """The family in messages."""
        return f"{self.dataset}, {', '.join(self.experiments)}"


@dataclass(frozen=True)
class Findable:
    """The differences between two ADMs of a family that are found with power 0.8 after Holm's correction.

    Attributes:
        family: where.
        items: how many eval items are decided.
        whole: how many there are without a limit.
        counted: how this is known.
        ran: the experiments whose results say so; empty where it rests on assumptions.
        one: at the target `high`.
        sampled: on a sampled target set; None if there is none.
        targets: how many are in such a set.
    """

    family: Family
    items: int
    whole: int
    counted: Counted
    ran: tuple[str, ...]
    one: Range
    sampled: Range | None
    targets: int

    @property
    def line(self) -> str:
        """In words."""
        family = self.family
        items = items_text(self.items, self.whole, self.counted)
        comparisons = _counted(family.comparisons, "comparison")
        targets = _counted(self.targets, "sampled one")
        sampled = f", {_points(self.sampled)} on {targets}" if self.sampled is not None else ""
        basis = f"; from the results of {', '.join(self.ran)}" if self.ran else ""
        return (
            f"{family.dataset}: {items}, {family.adms} ADMs in {', '.join(family.experiments)} "
            f"({comparisons}): differences over {_points(self.one)} points at one target{sampled} "
            f"are found (power 0.8, after Holm{basis})."
        )


def items_text(items: int, whole: int, counted: Counted) -> str:
    """How many items are decided, in words, and how many there are without a limit."""
    of_all = ITEMS[counted].format(whole)
    return of_all if items == whole else f"{items} items (limit; {of_all} without)"


def families(study: Study, dataset: str) -> list[Family]:
    """The families of a dataset; experiments with equally many ADMs together, ceilings left out."""
    counts = Counter(cell.experiment for cell in study.cells(dataset) if cell.maker.role is not Role.CEILING)
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for experiment, count in counts.items():
        by_count[count].append(experiment)
    return [Family(dataset, tuple(names), count) for count, names in by_count.items() if count > 1]


def assumptions(found: Sequence[Findable]) -> str:
    """What the lines that rest on no results assume; empty if all rest on results."""
    assumed = [one for one in found if not one.ran]
    if not assumed:
        return ""
    low, high = (f"{100 * share:.0f}" for share in DISAGREEMENTS)
    text = (
        f"Assumed: on {low} to {high}% of the decisions only one of two ADMs is right; under two targets on a prompt, "
        f"this correlates by {CORRELATION:g}."
    )
    return text if all(one.counted == "here" for one in assumed) else f"{text} Where items are missing, none is tied."


def warnings(found: Sequence[Findable]) -> Iterator[Problem]:
    """A note for each family whose grid shows next to nothing."""
    for one in found:
        missed = min(high for _, high in (one.one, one.sampled or one.one))
        if missed > NEXT_TO_NOTHING:
            text = (
                f"the grid shows next to nothing: differences up to {_number(missed)} points may be missed; more "
                "items, or fewer ADMs in an experiment, show more"
            )
            yield Problem(one.family.place, text, "note")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _points(ends: Range) -> str:
    low, high = map(_number, ends)
    return low if low == high else f"{low}-{high}"


def _number(points: float) -> str:
    return f"{points:.0f}" if points >= 10 else f"{points:.1f}"
