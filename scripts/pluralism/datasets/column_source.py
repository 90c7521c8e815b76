"""Formats of records whose columns the config names: what all have, and how rows of an item belong together."""

import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.file_source import FileSource
from pluralism.datasets.items import Levels
from pluralism.datasets.ratings import EVAL, TRAIN, Part, RatedItem, RatedResponse
from pluralism.datasets.records import (
    COLUMN_FORM,
    Record,
    is_column,
    is_missing,
    plain,
    read_records,
    text_of,
    value_of,
)
from pluralism.errors import UserError, shown

log = logging.getLogger(__name__)

PARTS = {TRAIN: TRAIN, **dict.fromkeys((EVAL, "evaluation", "test", "validation", "valid", "val", "dev"), EVAL)}
"""The words of a split column, in small letters."""


def _column(text: str) -> str:
    if not text.strip() or not is_column(text):
        raise ValueError(f"invalid column, expected {COLUMN_FORM}")
    return text


def _word(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected text; put it in quotes")  # YAML takes yes, no, on and off for truth values
    return plain(value) if isinstance(value, str | int | float) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Column = Annotated[str, AfterValidator(_column)]
"""A name or a way, see `records`."""
Columns = Annotated[
    tuple[Column, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""One, or several."""


Word = Annotated[str, BeforeValidator(_word), WithJsonSchema({"type": ["string", "number"]})]
"""A value of a raw file as `plain` has it; YAML may read it as a number."""
RatedNumber = Annotated[float, Field(strict=True, ge=-1e6, le=1e6, allow_inf_nan=False)]
"""What a word stands for."""


@dataclass(frozen=True)
class Row:
    """What a record says of an item: some of its responses, with what one or more annotators gave.

    Attributes:
        place: file and row.
        item: rows with the same are of one item.
        prompt: of the item.
        responses: those that the row has.
        annotator: who rated; rows of several give the ratings of the same responses. None where nobody is named.
        part: of the split.
    """

    place: str
    item: Any
    prompt: str
    responses: Sequence[RatedResponse]
    annotator: str | None = None
    part: Part = None


class RecordSource(FileSource):
    """Records, of which a column is the prompt."""

    prompt: Column = Field("prompt", description="The column of the prompt: a text, or a list of messages.")
    split: Column | None = Field(None, description="The column that says train, or eval, test or validation.")
    separator: str | None = Field(
        None, min_length=1, max_length=1, description="Between the cells of a CSV file; none: a comma, in .tsv a tab."
    )

    @property
    def split_column(self) -> str | None:
        """As the config names it."""
        return self.split

    def records(self, path: Path, columns: Sequence[str]) -> Iterator[tuple[Record, str, Part]]:
        """The records of a file that have a prompt, with it and with their part of the split."""
        others = [name for name in (self.prompt, self.split) if name is not None]
        empty = 0
        for record in read_records(path, [*others, *columns], self.separator):
            if prompt := text_of(value_of(record, self.prompt), f"{record.place}: {self.prompt}"):
                yield record, prompt, None if self.split is None else part_of(record, self.split)
            else:
                empty += 1
        if empty:
            log.warning("%s: %d rows without a prompt are left out", path, empty)


class ColumnSource(RecordSource):
    """Records with columns that the config names."""

    ratings: dict[str, Columns] = Field(
        {}, description="Attribute -> the column of its ratings, or one per column of responses."
    )
    values: dict[Word, RatedNumber] = Field(
        {}, description="Words in place of ratings -> the number that each stands for."
    )
    reasons: dict[str, Columns] = Field(
        {}, description="As ratings: the columns of why a response has its rating; the reasonings of train items."
    )
    annotator: Column | None = Field(None, description="The column that says who rated; none: a row is no annotator's.")
    item: Column | None = Field(None, description="The column that rows of an item share; none: that of the prompt.")

    @property
    def has_annotators(self) -> bool:
        """Whether a column names them."""
        return self.annotator is not None

    @abstractmethod
    def columns(self, attributes: AttributeSet) -> Sequence[str]:
        """The columns of responses and of what is said of them."""

    @abstractmethod
    def row(self, record: Record, attributes: AttributeSet) -> Sequence[RatedResponse]:
        """The responses of a record, with their ratings."""

    def names_of(self, attributes: AttributeSet) -> Iterable[str]:
        """The attributes that have columns."""
        return self.ratings

    def item_key(self, record: Record, prompt: str, texts: Sequence[str]) -> Any:
        """What the rows of an item share, where no column says it: each is one, but for those of several annotators."""
        return record.place if self.annotator is None else (prompt, *sorted(texts))

    def read(self, path: Path, attributes: AttributeSet) -> Iterator[RatedItem]:
        """The items of a file."""
        known = list(self.names_of(attributes))
        if missing := [name for name in attributes.names if name not in known]:
            there = ", ".join(known)
            raise UserError(f"{missing[0]}, which the attribute file has, has no column of ratings; there are: {there}")
        return gathered(self._rows(path, attributes))

    def _rows(self, path: Path, attributes: AttributeSet) -> Iterator[Row]:
        others = [name for name in (self.annotator, self.item) if name is not None]
        for record, prompt, part in self.records(path, [*others, *self.columns(attributes)]):
            responses = self.row(record, attributes)
            shared = self.item_key(record, prompt, [response.text for response in responses])
            yield Row(
                place=record.place,
                item=shared if self.item is None else _given(record, self.item),
                prompt=prompt,
                responses=responses,
                annotator=None if self.annotator is None else _given(record, self.annotator),
                part=part,
            )


def _given(record: Record, column: str) -> str:
    if is_missing(value := value_of(record, column)):
        raise UserError(f"{record.place}: {column} is {shown(value)}, expected a value")
    return plain(value)


def part_of(record: Record, column: str) -> str:
    """The part that a split column says; a `UserError` if it is none of `PARTS`."""
    value = value_of(record, column)
    if (part := PARTS.get(str(value).strip().lower())) is None:
        raise UserError(f"{record.place}: {column} is {shown(value)}, expected one of {', '.join(PARTS)}")
    return part


@dataclass
class _Item:
    """An item while its rows are gathered: text and number of a response -> what is known of it."""

    first: Row
    ratings: dict[tuple[str, int], list[Levels]] = field(default_factory=dict)
    reasonings: dict[tuple[str, int], Mapping[str, str]] = field(default_factory=dict)
    seen: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    unnamed: Counter[str] = field(default_factory=Counter)


def gathered(rows: Iterable[Row]) -> Iterator[RatedItem]:
    """The items of rows, in the order in which each begins.

    A response is known by its text, and one of several with the same text by its number. Rows of the same item add
    responses; rows of other annotators add ratings to responses that are known.

    Raises:
        UserError: rows of an item have other prompts or parts, or an annotator rates a response twice.
    """
    items: dict[Any, _Item] = {}
    for row in rows:
        item = items.setdefault(row.item, _Item(row))
        for what, here, there in (("prompt", row.prompt, item.first.prompt), ("split", row.part, item.first.part)):
            if here != there:
                raise UserError(f"{row.place}: the {what} is {shown(here)}, another row of the item has {shown(there)}")
        _add(item, row)
    for item in items.values():
        yield RatedItem(
            place=item.first.place,
            prompt=item.first.prompt,
            responses=[
                RatedResponse(key[0], ratings, item.reasonings.get(key, {})) for key, ratings in item.ratings.items()
            ],
            part=item.first.part,
        )


def _add(item: _Item, row: Row) -> None:
    count = item.unnamed if row.annotator is None else Counter[str]()
    for response in row.responses:
        key = response.text, count[response.text]
        count[response.text] += 1
        if row.annotator is not None:
            seen = item.seen.setdefault(row.annotator, set())
            if key in seen:
                text = f"{shown(row.annotator)} rates the response {shown(response.text)} for the second time"
                raise UserError(f"{row.place}: {text}, expected one row of an annotator and a response")
            seen.add(key)
        item.ratings.setdefault(key, []).extend(response.ratings)
        item.reasonings.setdefault(key, response.reasonings)
