"""What is kept of people: `results/{dataset}/people/choices.csv` and `targets.csv`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pluralism.errors import UserError
from pluralism.files import replacing
from pluralism.tables import check_filled, read_csv
from pluralism.targets.people.choices import Person, Picked
from pluralism.targets.people.inference import InferredTarget, Wanted

TRAIN, TEST = "train", "test"
CHOICES = ["person", "item", "response", "part"]
TARGETS = ["target", "person", "choices", "n_choices", "attribute"]
NUMBERS = ["level", "level_low", "level_high", "weight", "weight_low", "weight_high"]


@dataclass(frozen=True)
class People:
    """People, and what is inferred of them.

    Attributes:
        people: in the order of their numbers.
        inferred: number of choices, ascending -> the targets of the people in their order, then that of everyone.
    """

    people: Sequence[Person]
    inferred: dict[int, list[InferredTarget]]


def target_rows(found: Sequence[InferredTarget]) -> Iterator[dict[str, Any]]:
    """A row per target and attribute."""
    for entry in found:
        keys = dict(zip(TARGETS, (entry.stem, entry.person, entry.choices, entry.used), strict=False))
        yield from ({**keys, **vars(wanted)} for wanted in entry.wanted)


def write_people(folder: Path, found: People) -> None:
    """Write both files, whole or not at all."""
    choices = [
        (person.name, choice.item, choice.response, part)
        for person in found.people
        for part, picked in ((TRAIN, person.train), (TEST, person.test))
        for choice in picked
    ]
    targets = [row for entries in found.inferred.values() for row in target_rows(entries)]
    with replacing(folder / "choices.csv", folder / "targets.csv") as (choices_draft, targets_draft):
        pd.DataFrame(choices, columns=CHOICES).to_csv(choices_draft, index=False)
        pd.DataFrame(targets, columns=TARGETS + NUMBERS).to_csv(targets_draft, index=False)


def read_people(folder: Path) -> People:
    """Read what `write_people` wrote.

    Raises:
        UserError: a file is not found or has a fault.
    """
    path = folder / "choices.csv"
    table = read_csv(path, CHOICES, numbers=["item", "response"])
    check_filled(path, table, ["item", "response"])
    parts: dict[str, dict[str, list[Picked]]] = {}
    for name, item, response, part in table.itertuples(index=False):
        parts.setdefault(name, {TRAIN: [], TEST: []}).setdefault(part, []).append(Picked(int(item), int(response)))
    people = [Person(name, tuple(of[TRAIN]), tuple(of[TEST])) for name, of in parts.items()]
    inferred = _read_targets(folder / "targets.csv")
    if faulty := [number for number, entries in inferred.items() if len(entries) != len(people) + 1]:
        raise UserError(
            f"{folder}: {len(people)} people, and others whose targets are inferred from {faulty[0]} choices"
        )
    return People(people, inferred)


def _read_targets(path: Path) -> dict[int, list[InferredTarget]]:
    numbers = ["choices", "n_choices", *NUMBERS]
    table = read_csv(path, TARGETS + NUMBERS, numbers=numbers)
    check_filled(path, table, numbers)
    found: dict[int, list[InferredTarget]] = {}
    for _, rows in table.groupby(["choices", "target"], sort=False):
        wanted = tuple(Wanted(*values) for values in rows[["attribute", *NUMBERS]].itertuples(index=False))
        stem, person = (str(rows[name].iloc[0]) for name in ("target", "person"))
        choices, used = (int(rows[name].iloc[0]) for name in ("choices", "n_choices"))
        found.setdefault(choices, []).append(InferredTarget(stem, person, choices, used, wanted))
    return found
