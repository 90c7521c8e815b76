"""Items: a prompt, its responses, and for each response a label per attribute."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluralism.datasets.attributes import AttributeSet
from pluralism.errors import UserError, shown
from pluralism.files import read_json

FEWEST_RESPONSES, MOST_RESPONSES = 2, 26
"""Of an item; each has a letter."""

Levels = Mapping[str, float]
"""Attribute -> level in [0, 1]; a response's labels, its predicted scores, or an alignment target."""


@dataclass(frozen=True)
class Item:
    """One prompt with its responses.

    Attributes:
        prompt: what the responses answer.
        responses: 2 to 26 texts.
        labels: for each response, attribute -> level in [0, 1]; all of the same attributes.
        reasonings: for each response, attribute -> why it has that level; None for most eval items, where nothing reads
            them.
    """

    prompt: str
    responses: tuple[str, ...]
    labels: tuple[Levels, ...]
    reasonings: tuple[Mapping[str, str], ...] | None = None

    @property
    def first_equal(self) -> tuple[int, ...]:
        """For each response the index of the first one with its text: its own, unless responses are equal."""
        return tuple(map(self.responses.index, self.responses))

    def as_json(self) -> dict[str, Any]:
        """The item as it is stored in `data/{dataset}/{train,eval}.json`."""
        value: dict[str, Any] = {
            "prompt": self.prompt,
            "responses": list(self.responses),
            "labels": [dict(levels) for levels in self.labels],
        }
        if self.reasonings is not None:
            value["reasonings"] = [dict(texts) for texts in self.reasonings]
        return value


def item_from_json(value: Any, place: str) -> Item:
    """Read one stored item from parsed JSON; other keys are ignored.

    Raises:
        UserError: a key is missing or has an invalid value, or the lists differ in length; begins with `place`.
    """
    if not isinstance(value, Mapping):
        raise UserError(f"{place}: expected an object with prompt, responses and labels")
    for key in ("prompt", "responses", "labels"):
        if key not in value:
            raise UserError(f"{place}: the key '{key}' is missing")
    responses, labels, reasonings = value["responses"], value["labels"], value.get("reasonings")
    if not isinstance(value["prompt"], str):
        raise UserError(f"{place}: prompt is not a text")
    if not isinstance(responses, list) or not all(isinstance(text, str) for text in responses):
        raise UserError(f"{place}: responses is not a list of texts")
    check_count(len(responses), place)
    lists = {"labels": labels} if reasonings is None else {"labels": labels, "reasonings": reasonings}
    for name, entries in lists.items():
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            raise UserError(f"{place}: {name} is not a list of objects, one per response")
        if len(entries) != len(responses):
            raise UserError(f"{place}: {len(responses)} responses but {len(entries)} {name}")
    for position, levels in enumerate(labels):
        check_levels(levels, f"{place}: label {position}")
        check_same_attributes(levels, labels[0], f"{place}: label {position}")
    for position, texts in enumerate(reasonings or ()):
        if other := [name for name, text in texts.items() if not isinstance(text, str)]:
            raise UserError(f"{place}: reasoning {position}: {other[0]} is {shown(texts[other[0]])}, expected a text")
    return Item(value["prompt"], tuple(responses), tuple(labels), tuple(reasonings) if reasonings is not None else None)


def check_levels(levels: Any, place: str, *, bounded: bool = True) -> None:
    """Raise a `UserError` unless `levels` maps attribute names to numbers, in [0, 1] where they are `bounded`."""
    if not isinstance(levels, Mapping):
        raise UserError(f"{place}: expected an object of attribute: level")
    for attribute, level in levels.items():
        is_number = isinstance(level, int | float) and not isinstance(level, bool) and math.isfinite(level)
        if not (is_number and (0 <= level <= 1 or not bounded)):
            bounds = " from 0 to 1" if bounded else ""
            raise UserError(f"{place}: {attribute} is {shown(level)}, expected a number{bounds}")


def check_count(responses: int, place: str) -> None:
    """Raise a `UserError` unless an item may have so many responses."""
    if not FEWEST_RESPONSES <= responses <= MOST_RESPONSES:
        raise UserError(f"{place}: {responses} responses, expected {FEWEST_RESPONSES} to {MOST_RESPONSES}")


def check_same_attributes(levels: Levels, first: Levels, place: str) -> None:
    """Raise a `UserError` unless a label has the attributes of the first one."""
    if missing := [name for name in first if name not in levels]:
        raise UserError(f"{place} lacks {', '.join(missing)}, which the first label has")
    if extra := [name for name in levels if name not in first]:
        raise UserError(f"{place} has {', '.join(map(shown, extra))}, which the first label does not have")


def read_items(path: Path, attributes: AttributeSet | None = None, *, may_be_empty: bool = False) -> list[Item]:
    """Read `data/{dataset}/{train,eval}.json`.

    Args:
        path: the file.
        attributes: those that every label has, with their levels; None to accept any.
        may_be_empty: whether there may be no items, as in the train items of a study without examples.

    Raises:
        UserError: the file is not found or has a fault; names file and item.
    """
    values = read_json(path)
    if not isinstance(values, list):
        raise UserError(f"{path}: expected a list of items")
    if not values and not may_be_empty:
        raise UserError(f"{path}: holds no items, expected at least one")
    items = [item_from_json(value, f"{path}: item {index}") for index, value in enumerate(values)]
    for index, item in enumerate(items):
        check_same_attributes(item.labels[0], items[0].labels[0], f"{path}: item {index}: label 0")
    if attributes is not None:
        check_labels(items, attributes, str(path))
    return items


def check_labels(items: Sequence[Item], attributes: AttributeSet, place: str) -> None:
    """Raise a `UserError` unless every response has a label for each attribute that it may have."""
    check_attributes(items, attributes.names, place)
    fits = {
        label: attributes.may_be_label(label) for item in items for levels in item.labels for label in levels.values()
    }
    for index, item in enumerate(items):
        for position, levels in enumerate(item.labels):
            for name in attributes.names:
                if not fits[levels[name]]:
                    at = f"{place}: item {index}: label {position}"
                    raise UserError(f"{at}: {name} is {levels[name]}, expected {attributes.expected_labels}")


def check_attributes(items: Sequence[Item], attributes: Sequence[str], place: str) -> None:
    """Raise a `UserError` if a response of `items` lacks a label for one of `attributes`."""
    for index, item in enumerate(items):
        for position, levels in enumerate(item.labels):
            if missing := [name for name in attributes if name not in levels]:
                raise UserError(f"{place}: item {index}: label {position} lacks {', '.join(missing)}")
