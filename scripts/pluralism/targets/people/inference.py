"""The targets of people: what is inferred from the first k choices of each, and from those of all people together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from pluralism.datasets.items import Item
from pluralism.targets.people.choices import Person, Picked
from pluralism.targets.people.posterior import Choice, Posterior, infer, interval
from pluralism.targets.sets import PEOPLE
from pluralism.targets.target import Target

EVERYONE = "everyone"
"""The file name of the target that is inferred from the choices of all people together."""
DIGITS, LEAST_WEIGHT = 3, 0.001
"""Decimals of the levels and weights of a target; the largest weight is 1."""


@dataclass(frozen=True)
class Wanted:
    """What is inferred of an attribute, with 95% intervals.

    Attributes:
        attribute: its name.
        level: wanted, in [0, 1].
        level_low: the lower end of its interval.
        level_high: the upper end.
        weight: how much the squared distance from the level counts in the utility of a response.
        weight_low: the lower end of its interval.
        weight_high: the upper end.
    """

    attribute: str
    level: float
    level_low: float
    level_high: float
    weight: float
    weight_low: float
    weight_high: float


@dataclass(frozen=True)
class InferredTarget:
    """What a person wants, as far as some of their choices tell.

    Attributes:
        stem: the file name of the target: person0001, or everyone.
        person: the name in the file of choices; empty for everyone.
        choices: how many of a person's choices are used at most.
        used: how many there were to use.
        wanted: of each attribute.
    """

    stem: str
    person: str
    choices: int
    used: int
    wanted: tuple[Wanted, ...]

    def target(self, *, largest: bool = True) -> Target:
        """The alignment target; `largest`: of as many choices as the study's targets are inferred from."""
        most = max(entry.weight for entry in self.wanted)
        name = f"{PEOPLE}/{self.stem}"
        return Target(
            name if largest else f"{name}_{self.choices}",
            {entry.attribute: round(entry.level, DIGITS) for entry in self.wanted},
            {entry.attribute: max(round(entry.weight / most, DIGITS), LEAST_WEIGHT) for entry in self.wanted},
        )


def stems(people: int) -> list[str]:
    """The file names of the targets of so many people, whose own names no path has; then that of everyone's."""
    return [*(f"person{number:04d}" for number in range(1, people + 1)), EVERYONE]


def numbers_of_choices(people: Sequence[Person], wanted: Sequence[int]) -> list[int]:
    """The numbers of choices to infer from: those wanted, up to as many as a person has for it, which is the last."""
    most = max(len(person.train) for person in people)
    return sorted({min(number, most) for number in wanted})


def infer_targets(
    people: Sequence[Person], items: Sequence[Item], attributes: Sequence[str], choices: int, seed: int
) -> list[InferredTarget]:
    """Infer the target of each person from their first choices, and that of everyone from all of these.

    Args:
        people: of a file.
        items: that they chose in.
        attributes: of the items.
        choices: how many are used of each person at most.
        seed: of the draws.
    """
    levels = [np.array([[label[name] for name in attributes] for label in item.labels]) for item in items]

    def known(picked: Sequence[Picked]) -> list[Choice]:
        return [Choice(levels[choice.item], choice.response) for choice in picked]

    own = [known(person.train[:choices]) for person in people]
    together = list(chain.from_iterable(own))
    drawn = (infer(group, len(attributes), seed) for group in (own, [together]))
    wanted = chain.from_iterable(_wanted(posterior, attributes) for posterior in drawn)
    names = [*(person.name for person in people), ""]
    counts = [*map(len, own), len(together)]
    return [
        InferredTarget(stem, name, choices, used, found)
        for stem, name, used, found in zip(stems(len(people)), names, counts, wanted, strict=True)
    ]


def _wanted(posterior: Posterior, attributes: Sequence[str]) -> Iterator[tuple[Wanted, ...]]:
    """What each person wants of each attribute."""
    levels, weights = posterior.best
    columns = np.stack([levels, *interval(posterior.levels), weights, *interval(posterior.weights)], axis=-1)
    for person in columns.tolist():
        yield tuple(Wanted(name, *values) for name, values in zip(attributes, person, strict=True))
