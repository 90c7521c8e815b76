"""Ratings -> labels: what annotators gave to the responses of an item, on the scale of the raw data.

A label is the mean of what the annotators gave; where labels are levels, the level nearest to it, of two the one nearer
to the middle of the scale, so that the two responses of a comparison stay each other's opposite. A response without a
rating for one of the attributes has no label and is left out, and so is an item with fewer than two others.
"""

import logging
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pluralism.datasets.annotations import Annotations, ItemAnnotations
from pluralism.datasets.attributes import AttributeSet, on_scale
from pluralism.datasets.items import FEWEST_RESPONSES, Item, Levels, check_count
from pluralism.datasets.records import is_missing, plain
from pluralism.errors import UserError, shown
from pluralism.tables import NUMBER

Part = str | None
"""`TRAIN` or `EVAL`; None where the workflow splits."""
TRAIN, EVAL = "train", "eval"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RatedResponse:
    """A response as the raw data has it.

    Attributes:
        text: of the response.
        ratings: of each annotator, the levels in [0, 1] that this one gave, of some attributes or of all.
        reasonings: attribute -> why, where the raw data says it.
    """

    text: str
    ratings: Sequence[Levels]
    reasonings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RatedItem:
    """An item as the raw data has it; `place` names file and row for messages."""

    place: str
    prompt: str
    responses: Sequence[RatedResponse]
    part: Part = None


@dataclass(frozen=True)
class Labelled:
    """An item with labels.

    Attributes:
        item: the item.
        part: of the split.
        annotations: for each response what each annotator gave who rated all attributes.
    """

    item: Item
    part: Part
    annotations: Sequence[Annotations]


def labelled(rated: Iterable[RatedItem], attributes: AttributeSet, place: str) -> list[Labelled]:
    """The items that have labels; the log says how many responses and items have none, and where: `place`.

    Raises:
        UserError: an item has too many responses, or none has a label for every attribute.
    """
    items: list[Labelled] = []
    lacking: Counter[str] = Counter()
    small = 0
    for one in rated:
        labels = [_labels(response.ratings, attributes) for response in one.responses]
        lacking.update(name for found in labels for name in attributes.names if name not in found)
        kept = [
            (response, found)
            for response, found in zip(one.responses, labels, strict=True)
            if len(found) == len(attributes.names)
        ]
        if len(kept) < FEWEST_RESPONSES:
            small += 1
            continue
        check_count(len(kept), one.place)
        items.append(Labelled(_item(one.prompt, kept, attributes), one.part, _whole(kept, attributes)))
    without = ", ".join(f"{name} {count}" for name, count in lacking.items())
    if not items:
        detail = f"; responses without a rating, by attribute: {without}" if without else ""
        raise UserError(f"the raw data: none of {small} items has two responses with a label of each attribute{detail}")
    if without:
        log.warning("%s: responses that are left out, by the attribute without a rating: %s", place, without)
    if small:
        log.warning("%s: %d items are left out: fewer than two of their responses have labels", place, small)
    return items


def _whole(kept: Sequence[tuple[RatedResponse, Levels]], attributes: AttributeSet) -> list[Annotations]:
    """What each annotator gave; nothing of one who rated some of the attributes only."""
    return [
        [
            {name: levels[name] for name in attributes.names}
            for levels in response.ratings
            if all(name in levels for name in attributes.names)
        ]
        for response, _ in kept
    ]


def _labels(ratings: Sequence[Levels], attributes: AttributeSet) -> Levels:
    given = {name: [levels[name] for levels in ratings if name in levels] for name in attributes.names}
    return {name: _mean(values, attributes) for name, values in given.items() if values}


def _mean(values: Sequence[float], attributes: AttributeSet) -> float:
    if len(set(values)) == 1:
        return values[0]
    if attributes.continuous:
        return math.fsum(values) / len(values)
    mean = math.fsum(map(attributes.unrounded, values)) / len(values)
    return min(attributes.levels, key=lambda of: (round(abs(attributes.unrounded(of) - mean), 9), abs(of - 0.5)))


def _item(prompt: str, kept: Sequence[tuple[RatedResponse, Levels]], attributes: AttributeSet) -> Item:
    return Item(
        prompt=prompt,
        responses=tuple(response.text for response, _ in kept),
        labels=tuple(levels for _, levels in kept),
        reasonings=tuple(
            {name: response.reasonings.get(name) or attributes.sentence(name, levels[name]) for name in levels}
            for response, levels in kept
        ),
    )


def annotations_of(found: Iterable[Labelled], items: Sequence[Item]) -> list[ItemAnnotations]:
    """The annotations of some of the items; None where a response has none."""
    known = {_key(one.item): one.annotations if all(one.annotations) else None for one in found}
    return [known.get(_key(item)) for item in items]


def _key(item: Item) -> tuple[Any, ...]:
    """A response may have other ratings beside other responses."""
    return item.prompt, item.responses, tuple(tuple(sorted(levels.items())) for levels in item.labels)


def level(
    value: Any, name: str, attributes: AttributeSet, place: str, words: Mapping[str, float] | None = None
) -> float | None:
    """The level of a rating as the raw data has it; None where there is none.

    Args:
        value: a number, as it is or as a text, or one of `words`.
        name: of the attribute.
        attributes: say which scale ratings are on, and whether they are levels.
        place: file and row, for messages.
        words: those that stand for a number on the scale.

    Raises:
        UserError: it is no number, or none that the attribute file allows.
    """
    if (number := (words or {}).get(plain(value), number_of(value))) is None:
        if is_missing(value):
            return None
        known = f", or one of {', '.join(words)}" if words else ""
        raise UserError(f"{place}: {name} is {shown(value)}, expected a number{known}")
    found = attributes.from_scale(number, name)
    if not attributes.may_be_label(found):
        raise UserError(f"{place}: {name} is {shown(value)}, expected {_expected(attributes, name, found)}")
    return found


def computed_level(found: float, name: str, attributes: AttributeSet, place: str) -> float:
    """A level that was computed, as labels have it; a `UserError` that names `place` where labels are other levels."""
    if attributes.continuous:
        return found
    if not attributes.is_level(found):
        value = on_scale(found, attributes.scale_of(name))
        raise UserError(f"{place}: {name} is {value:.4g}, expected {_expected(attributes, name, found)}")
    return attributes.nearest(found)


def number_of(value: Any) -> float | None:
    """A finite number, as it is or as a text; None for any other value."""
    if isinstance(value, str):
        value = float(value) if NUMBER.fullmatch(value.strip()) else math.nan
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _expected(attributes: AttributeSet, name: str, found: float) -> str:
    """Which ratings the attribute file allows in place of that of a level, on the scale of the raw data."""
    lowest, highest = attributes.scale_of(name)
    bounds = f"a number from {lowest:g} to {highest:g}"
    if not 0 <= found <= 1:
        return f"{bounds}, the `scale` of the attribute file"
    if attributes.continuous:
        return bounds
    allowed = ", ".join(f"{attributes.to_scale(grid, name):g}" for grid in attributes.levels)
    return f"one of {allowed}; with `labels: continuous` in the attribute file, {bounds}"
