"""Annotations: what each annotator of a response gave, which the labels are made of."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item, Levels, check_levels
from pluralism.errors import UserError
from pluralism.files import read_json

MOST_ANNOTATIONS = 1000
"""Of a response."""

Annotations = Sequence[Levels]
"""The levels that each annotator gave to one response, in [0, 1]; who gave them is not known."""

ItemAnnotations = Sequence[Annotations] | None
"""For each response of an item its annotations; None where they are not known."""

ResponseKey = tuple[str, str]
"""A prompt, and a response to it."""


def response_keys(items: Collection[Item]) -> set[ResponseKey]:
    """All responses of items, with their prompts."""
    return {(item.prompt, response) for item in items for response in item.responses}


def matched(items: Sequence[Item], found: Mapping[ResponseKey, Annotations]) -> list[ItemAnnotations]:
    """The annotations of items, by the texts of prompt and response; None where those of a response are not found.

    They keep the attributes that the items have.
    """
    by_item = [
        [
            [{name: levels[name] for name in labels} for levels in found.get((item.prompt, response), ())]
            for response, labels in zip(item.responses, item.labels, strict=True)
        ]
        for item in items
    ]
    return [responses if all(responses) else None for responses in by_item]


def as_json(annotations: Sequence[ItemAnnotations]) -> list[Any]:
    """The annotations of items as they are stored in `data/{dataset}/annotations.json`."""
    return [
        None if responses is None else [[dict(levels) for levels in given] for given in responses]
        for responses in annotations
    ]


def read_annotations(path: Path, items: Sequence[Item], attributes: AttributeSet) -> list[ItemAnnotations]:
    """Read `data/{dataset}/annotations.json`: an entry per item, null where the annotations are not known.

    Raises:
        UserError: the file is not found, does not fit the items, or has a fault; names file, item and response.
    """
    values = read_json(path)
    if not isinstance(values, list) or len(values) != len(items):
        found = f"{len(values)} entries" if isinstance(values, list) else "no list"
        raise UserError(f"{path}: {found}, expected a list of {len(items)}, one per item")
    return [
        None if value is None else _item(value, len(item.responses), attributes.names, f"{path}: item {index}")
        for index, (item, value) in enumerate(zip(items, values, strict=True))
    ]


def _item(value: Any, responses: int, names: Sequence[str], place: str) -> Sequence[Annotations]:
    if not isinstance(value, list) or len(value) != responses:
        raise UserError(f"{place}: expected null or a list of {responses}, one per response")
    for position, given in enumerate(value):
        at = f"{place}: response {position}"
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_ANNOTATIONS:
            raise UserError(f"{at}: expected a list of 1 to {MOST_ANNOTATIONS} annotations")
        for number, levels in enumerate(given):
            check_levels(levels, f"{at}: annotation {number}")
            if set(levels) != set(names):
                raise UserError(f"{at}: annotation {number}: expected a level of each of {', '.join(names)}")
    return value
