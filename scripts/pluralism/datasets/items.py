"""Items: a prompt, its responses, and for each response a label per attribute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import read_json

Levels = Mapping[str, float]
"""Attribute -> level in [0, 1]; a response's labels, its predicted scores, or an alignment target."""


@dataclass(frozen=True)
class Item:
    """One prompt with its responses.

    Attributes:
        prompt: what the responses answer.
        responses: two or more texts.
        labels: for each response, attribute -> level in [0, 1].
        reasonings: for each response, attribute -> why it has that level; None for eval items.
    """

    prompt: str
    responses: tuple[str, ...]
    labels: tuple[Levels, ...]
    reasonings: tuple[Mapping[str, str], ...] | None = None

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
    if not isinstance(responses, list) or not responses or not all(isinstance(text, str) for text in responses):
        raise UserError(f"{place}: responses is not a list of texts")
    lists = {"labels": labels} if reasonings is None else {"labels": labels, "reasonings": reasonings}
    for name, entries in lists.items():
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            raise UserError(f"{place}: {name} is not a list of objects, one per response")
        if len(entries) != len(responses):
            raise UserError(f"{place}: {len(responses)} responses but {len(entries)} {name}")
    for position, levels in enumerate(labels):
        check_levels(levels, f"{place}: label {position}")
    return Item(value["prompt"], tuple(responses), tuple(labels), tuple(reasonings) if reasonings is not None else None)


def check_levels(levels: Any, place: str) -> None:
    """Raise a `UserError` unless `levels` maps attribute names to numbers in [0, 1]."""
    if not isinstance(levels, Mapping):
        raise UserError(f"{place}: expected an object of attribute: level")
    for attribute, level in levels.items():
        if isinstance(level, bool) or not isinstance(level, int | float) or not 0 <= level <= 1:
            raise UserError(f"{place}: {attribute} is {shown(level)}, expected a number from 0 to 1")


def read_items(path: Path) -> list[Item]:
    """Read `data/{dataset}/{train,eval}.json`; raises a `UserError` that names file and item."""
    values = read_json(path)
    if not isinstance(values, list):
        raise UserError(f"{path}: expected a list of items")
    return [item_from_json(value, f"{path}: item {index}") for index, value in enumerate(values)]


def check_attributes(items: Sequence[Item], attributes: Sequence[str], path: Path) -> None:
    """Raise a `UserError` if a response of `items` lacks a label for one of `attributes`."""
    for index, item in enumerate(items):
        for position, levels in enumerate(item.labels):
            if missing := [name for name in attributes if name not in levels]:
                raise UserError(f"{path}: item {index}: label {position} lacks {', '.join(missing)}")
