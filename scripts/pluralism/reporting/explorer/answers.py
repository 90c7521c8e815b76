"""The answers of an ADM: the rows of its predictions, gathered by the answer that gave them."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import pandas as pd

from pluralism.decisions.selection import Bools, Indices
from pluralism.statistics.samples import NONE

USED = ["item", "response", "attribute", "sample", "target", "score", "reasoning", "position", "query"]
"""The columns of predictions that the explorer reads."""
MOST_CHARACTERS = 2_000_000
"""Of the reasonings of an ADM; of one that wrote more, the explorer shows those of first samples."""

Kept = Literal["all", "first", "none"]
"""Which reasonings are shown: of all samples; those of `input_output.json`, of the first sample that has one; none."""
Value = TypeVar("Value", bound=Hashable)

_ROW = ["item", "target", "response", "attribute"]
_ANSWER = ["item", "target", "attribute", "sample", "query"]


class Numbered(Generic[Value]):
    """Distinct values, numbered from 0 as they come."""

    def __init__(self) -> None:
        """None yet."""
        self._places: dict[Value, int] = {}

    def __call__(self, value: Value) -> int:
        """The number of a value."""
        return self._places.setdefault(value, len(self._places))

    @property
    def values(self) -> list[Value]:
        """The values by their numbers."""
        return list(self._places)


@dataclass(frozen=True)
class Answers:
    """The answers of an ADM by item, target, attribute and sample.

    Attributes:
        rows: its predictions in this order, those of an answer as they were shown; targets and attributes as places in
            the lists of the dataset, NONE where there is none.
        picks: its decisions, shape (targets, items).
        seen: whether a model has seen the responses in an order; an ADM that asks none shows them to nobody.
    """

    rows: pd.DataFrame
    picks: Indices
    seen: bool

    @cached_property
    def starts(self) -> Indices:
        """The first row of each answer."""
        keys = self.rows[_ANSWER].to_numpy()
        changes: Indices = np.flatnonzero((keys[1:] != keys[:-1]).any(axis=1)) + 1
        return np.concatenate([[0], changes])

    def column(self, name: str) -> Indices:
        """Item, target, attribute, sample or query of each answer."""
        values: Indices = self.rows[name].to_numpy(dtype=np.intp)[self.starts]
        return values

    def of_answers(self, name: str) -> list[list[Any]]:
        """The values of a column, a list per answer."""
        values, ends = self.rows[name].tolist(), [*self.starts[1:].tolist(), len(self.rows)]
        return [values[start:end] for start, end in zip(self.starts.tolist(), ends, strict=True)]

    @cached_property
    def responses(self) -> list[tuple[int, ...]]:
        """The responses that each answer is about."""
        return list(map(tuple, self.of_answers("response")))

    @cached_property
    def shown_together(self) -> list[bool]:
        """Whether an answer is about several responses, which were shown in this order, as far as it is known."""
        positions = self.of_answers("position")
        return [self.seen and len(places) > 1 and places == list(range(len(places))) for places in positions]

    @cached_property
    def kept(self) -> Kept:
        """Which of its reasonings are shown."""
        characters = int(self.rows["reasoning"].str.len().sum())
        return "none" if characters == 0 else "all" if characters <= MOST_CHARACTERS else "first"

    @cached_property
    def reasonings(self) -> list[list[str]]:
        """The reasonings that are shown, those of an answer by response; "" where there is none."""
        if self.kept != "first":
            return self.of_answers("reasoning")
        given = self.rows[(self.rows["reasoning"] != "") & self._decides]
        first = given.drop_duplicates(["item", "target", "attribute", "response"]).index
        texts = self.rows["reasoning"].where(self.rows.index.isin(first), "")
        return replace(self, rows=self.rows.assign(reasoning=texts)).of_answers("reasoning")

    @property
    def _decides(self) -> Bools:
        """Whether a row has a level, or is about the response that most samples picked."""
        item, target, response, attribute = (self.rows[name].to_numpy() for name in _ROW)
        decides: Bools = (attribute != NONE) | (response == self.picks[np.maximum(target, 0), item])
        return decides


def answers(
    predictions: pd.DataFrame, picks: Indices, targets: Sequence[str], attributes: Sequence[str], *, seen: bool
) -> Answers:
    """Gather predictions, with the columns `USED`, by answer.

    Args:
        predictions: of an ADM.
        picks: as for `Answers`.
        targets: of the dataset, by name.
        attributes: of the dataset, by name.
        seen: as for `Answers`.
    """
    known = {"target": targets, "attribute": attributes}
    places = {name: pd.Index(values).get_indexer(pd.Index(predictions[name])) for name, values in known.items()}
    rows = predictions.assign(**places).sort_values([*_ANSWER, "position", "response"], kind="stable")
    return Answers(rows.reset_index(drop=True), picks, seen)


def parts(items: int, size: int) -> Iterator[range]:
    """Ranges of that many items each, but for the last."""
    return (range(first, min(first + size, items)) for first in range(0, items, size))


def answers_by_item(found: Answers, items: int) -> list[range]:
    """The places of the answers about each item."""
    bounds = np.searchsorted(found.column("item"), np.arange(items + 1)).tolist()
    return [range(start, end) for start, end in pairwise(bounds)]


def answers_value(found: Answers, places: Sequence[range]) -> dict[str, Any]:
    """What the page shows of the answers about some items.

    Args:
        found: all answers of an ADM.
        places: those of each of these items, from `answers_by_item`.
    """
    # Texts about an item are alike, as are those with one beginning: next to each other they take less room.
    by_item = [{text for place in of_item for text in found.reasonings[place]} - {""} for of_item in places]
    texts = list(dict.fromkeys(text for of_item in by_item for text in sorted(of_item)))
    numbers = {text: number for number, text in enumerate(texts)} | {"": NONE}
    responses = Numbered[tuple[int, ...]]()
    columns = {name: found.column(name).tolist() for name in ("target", "attribute", "sample")}
    items = [_item_value(found, of_item, columns, numbers.__getitem__, responses) for of_item in places]
    return {"texts": texts, "responses": responses.values, "items": items}


def _item_value(
    found: Answers,
    places: range,
    columns: dict[str, list[int]],
    number: Callable[[str], int],
    responses: Numbered[tuple[int, ...]],
) -> dict[str, Any]:
    named = {name: values[places.start : places.stop] for name, values in columns.items()}
    return {
        **{name: values if any(value != NONE for value in values) else None for name, values in named.items()},
        "responses": [responses(found.responses[place]) for place in places],
        "reasonings": [[number(text) for text in found.reasonings[place]] for place in places],
    }
