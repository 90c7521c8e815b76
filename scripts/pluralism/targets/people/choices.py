"""Rows of a file of choices, matched to items: the people, and what of their choices is for inference and for test."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np

from pluralism.datasets.items import Item
from pluralism.errors import UserError, shown
from pluralism.targets.people.file import ChoiceRow

FEWEST_CHOICES = 2
"""Of a person: one to infer a target from, and one to test it."""


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
        by_prompt.setdefault(entry.prompt.strip(), []).append(place)
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
    found = by_prompt.get(row.item.strip(), [])
    if not found and row.item.strip().isascii() and row.item.strip().isdecimal():
        if len(row.item.strip()) > 9 or int(row.item) >= len(items):
            raise UserError(f"{row.place}: unknown item {shown(row.item)}, expected 0 to {len(items) - 1}, or a prompt")
        return int(row.item)
    texts = {text.strip() for text in row.responses.values()}
    fits = [place for place in found if texts <= {text.strip() for text in items[place].responses}]
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
    """The index of the response that a row picks."""
    pick = row.pick.strip()
    named = [text for column, text in row.responses.items() if pick and column.endswith(pick)]
    text = named[0].strip() if len(named) == 1 else pick
    for place, response in enumerate(responses):
        if text == response.strip():
            return place
    if len(pick) == 1 and pick.upper() in (letters := ascii_uppercase[: len(responses)]):
        return letters.index(pick.upper())
    if pick.isascii() and pick.isdecimal() and len(pick) < 9 and int(pick) < len(responses):
        return int(pick)
    last = ascii_uppercase[len(responses) - 1]
    raise UserError(
        f"{row.place}: unknown pick {shown(row.pick)}, expected the text of a response, A to {last}, "
        f"or 0 to {len(responses) - 1}"
    )
