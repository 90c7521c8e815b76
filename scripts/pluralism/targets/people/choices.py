"""Rows of a file of choices, matched to items: the people, and what of their choices is for inference and for test."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np

from pluralism.datasets.items import Item
from pluralism.datasets.records import plain
from pluralism.errors import UserError, shown
from pluralism.targets.people.file import ChoiceRow

FEWEST_CHOICES = 2
"""Of a person: one to infer a target from, and one to test it."""
INDEX = re.compile(r"([0-9]{1,300})(\.0)?")


@dataclass(frozen=True)
class Picked:
    """A person's choice: the index of an item, and that of the response picked."""

    item: int
    response: int


@dataclass(frozen=True)
class Person:
    """A person and what they chose.

    Attributes:
        name: as in the file.
        train: the choices that the target is inferred from, in the order in which they are taken.
        test: all other choices.
    """

    name: str
    train: tuple[Picked, ...]
    test: tuple[Picked, ...]


def make_people(rows: Sequence[ChoiceRow], items: Sequence[Item], seed: int) -> list[Person]:
    """The people of a file, in the order in which they come in it.

    Half of a person's choices are for inference, one more where their number is odd. Chance chooses them and their
    order, by the seed and the person's name: whoever else is in the file changes nothing.

    Raises:
        UserError: an item or a response is unknown, or a person chose twice in an item, or just once in all.
    """
    by_prompt: dict[str, list[int]] = {}
    for place, entry in enumerate(items):
        by_prompt.setdefault(plain(entry.prompt), []).append(place)
    found: dict[str, dict[int, Picked]] = {}
    for row in rows:
        item = _item(row, items, by_prompt)
        picked = found.setdefault(row.person, {})
        if item in picked:
            raise UserError(
                f"{row.place}: {shown(row.person)} picks a response of item {item} again, expected one pick"
            )
        picked[item] = Picked(item, _response(row, items[item].responses))
    for name, picked in found.items():
        if len(picked) < FEWEST_CHOICES:
            where = next(row.place for row in rows if row.person == name)
            raise UserError(
                f"{where}: {shown(name)} has one choice, expected at least {FEWEST_CHOICES}: "
                "to infer a target, and to test it"
            )
    return [_halved(name, list(picked.values()), seed) for name, picked in found.items()]


def names_of(rows: Sequence[ChoiceRow]) -> list[str]:
    """The people of a file, in the order in which they come in it."""
    return list(dict.fromkeys(row.person for row in rows))


def _halved(name: str, picked: list[Picked], seed: int) -> Person:
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    # By item, so that the order of the rows changes nothing.
    picked = sorted(picked, key=lambda choice: choice.item)
    order = np.random.default_rng([seed, digest]).permutation(len(picked))
    train, test = np.split(order, [(len(picked) + 1) // 2])
    return Person(name, *(tuple(picked[place] for place in part.tolist()) for part in (train, test)))


def _item(row: ChoiceRow, items: Sequence[Item], by_prompt: dict[str, list[int]]) -> int:
    """The index of the item that a row is about: its prompt's, or the number that it names."""
    found = by_prompt.get(row.item, [])
    if not found and (index := _index(row.item)) is not None:
        if index >= len(items):
            raise UserError(f"{row.place}: unknown item {shown(row.item)}, expected 0 to {len(items) - 1}, or a prompt")
        return index
    texts = set(filter(None, row.responses.values()))
    fits = [place for place in found if texts <= set(map(plain, items[place].responses))]
    if not found:
        raise UserError(f"{row.place}: unknown item {shown(row.item)}, expected a prompt or an index of an eval item")
    if not fits:
        raise UserError(f"{row.place}: no item of the prompt {shown(row.item)} has all of these responses")
    if len(fits) > 1:
        raise UserError(
            f"{row.place}: {len(fits)} items have the prompt {shown(row.item)}, "
            f"expected the index of one, such as {fits[0]}"
        )
    return fits[0]


def _response(row: ChoiceRow, responses: Sequence[str]) -> int:
    """The index of the response that a row picks.

    A name of a column, a letter and an index are of the responses as the row has them, where it has some: the person
    may have seen them in another order than that of the item.
    """
    texts = list(map(plain, responses))
    seen = list(row.responses.values()) or texts
    text = _named(row.pick, row.responses)
    if text is None and row.pick not in seen and (place := _place(row.pick, len(seen))) is not None:
        if not row.responses:
            return place  # of two responses with the same text the one that is meant
        text = seen[place]
    if (text or row.pick) in texts:
        return texts.index(text or row.pick)
    if text:
        raise UserError(f"{row.place}: the item has no response {shown(text)}, which {shown(row.pick)} stands for")
    last = ascii_uppercase[min(len(seen), len(ascii_uppercase)) - 1]
    raise UserError(
        f"{row.place}: unknown pick {shown(row.pick)}, expected the text of a response, A to {last}, "
        f"or 0 to {len(seen) - 1}"
    )


def _named(pick: str, responses: Mapping[str, str]) -> str | None:
    """The text in the column that a pick names, or whose name ends with it; None where it is not one column."""
    names = [pick] if pick in responses else [name for name in responses if pick and name.endswith(pick)]
    return responses[names[0]] if len(names) == 1 else None


def _place(pick: str, responses: int) -> int | None:
    """The place that a letter or an index stands for; None where it is neither."""
    if len(pick) == 1 and pick.upper() in (letters := ascii_uppercase[:responses]):
        return letters.index(pick.upper())
    index = _index(pick)
    return index if index is not None and index < responses else None


def _index(text: str) -> int | None:
    """The index that a text is; pandas writes 3 as 3.0 where other cells are empty."""
    found = INDEX.fullmatch(text)
    return int(found[1]) if found else None
