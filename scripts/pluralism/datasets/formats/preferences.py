"""Preferences: rated, compared or ranked responses, an item per record; the config names the columns.

A comparison of two responses is a number on the scale of the attribute file, the higher the better the second one is:
its level is that of the number, and the first response has the rest to 1. A rank, 1 for the best of k, has the level
1 - (rank - 1) / (k - 1).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

from pydantic import Field, model_validator

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.column_source import Columns, ColumnSource
from pluralism.datasets.ratings import RatedResponse, computed_level, level, number_of
from pluralism.datasets.records import Record, is_missing, lists, value_of
from pluralism.datasets.row_values import Given, ResponseColumns, flat
from pluralism.datasets.source import FORMATS
from pluralism.errors import KeyFault, UserError, shown


@FORMATS.register("preferences")
class Preferences(ColumnSource):
    """A record per item, or per item and annotator."""

    responses: Columns = Field(description="The columns of the responses, or the way to a list of them.")
    comparisons: dict[str, Columns] = Field(
        {}, description="Attribute -> the columns that say how much better the second of two responses is."
    )
    ranks: dict[str, Columns] = Field(
        {}, description="Attribute -> the column of ranks, 1 for the best, or one per column of responses."
    )

    @model_validator(mode="after")
    def _columns_of_responses(self) -> Self:
        if not (self.ratings or self.comparisons or self.ranks):
            raise KeyFault("ratings: expected this key, comparisons or ranks")
        names = [*self.ratings, *self.comparisons, *self.ranks]
        if twice := [name for name in names if names.count(name) > 1]:
            raise KeyFault(
                f"ratings: {twice[0]} has columns in another key, too, expected one of ratings, comparisons, ranks"
            )
        self._rated.check()
        replace(self._rated, ratings=self.ranks).check()
        return self

    @property
    def _rated(self) -> ResponseColumns:
        return ResponseColumns(self.responses, self.ratings, self.reasons, self.values)

    @property
    def has_annotators(self) -> bool:
        """Whether a column names them, or a rating, a rank or a comparison is a list."""
        compared = any(lists(column) for columns in self.comparisons.values() for column in columns)
        ranked = replace(self._rated, ratings=self.ranks).has_annotators
        return super().has_annotators or self._rated.has_annotators or ranked or compared

    def names_of(self, attributes: AttributeSet) -> Iterable[str]:
        """The attributes that have columns."""
        return [*self.ratings, *self.comparisons, *self.ranks]

    def columns(self, attributes: AttributeSet) -> Sequence[str]:
        """Those of responses, and of what is said of them."""
        others = [*self.comparisons.values(), *self.ranks.values()]
        return [*self._rated.all, *(column for columns in others for column in columns)]

    def row(self, record: Record, attributes: AttributeSet) -> Sequence[RatedResponse]:
        """All responses of the item."""
        texts = self._rated.texts(record)
        known = sum(map(bool, texts))
        parts = (
            self._rated.levels(record, attributes, len(texts)),
            self._ranked(record, attributes, len(texts), known),
            self._compared(record, attributes, len(texts)),
        )
        given = [{name: levels for one in of for name, levels in one.items()} for of in zip(*parts, strict=True)]
        return self._rated.rated(record, attributes, texts, given)

    def _ranked(self, record: Record, attributes: AttributeSet, responses: int, ranked: int) -> list[Given]:
        """For each of the responses the levels of its ranks; `ranked` of them have texts."""
        values = ResponseColumns(self.responses, self.ranks).per_response(record, attributes, responses)
        return [
            {
                name: [_rank_level(one, ranked, name, attributes, record.place) for one in flat(value)]
                for name, value in of.items()
            }
            for of in values
        ]

    def _compared(self, record: Record, attributes: AttributeSet, responses: int) -> list[Given]:
        """For each of two responses the levels of its comparisons with the other."""
        if not self.comparisons:
            return [{}] * responses
        if responses != 2:
            raise UserError(f"{record.place}: {responses} responses, expected two, which are compared")
        second = {
            name: [
                level(one, name, attributes, record.place, self.values)
                for column in columns
                for one in flat(value_of(record, column))
            ]
            for name, columns in self.comparisons.items()
            if name in attributes.names
        }
        first = {
            name: [_rest(one, name, attributes, f"{record.place}: of the first response") for one in levels]
            for name, levels in second.items()
        }
        return [first, second]


def _rank_level(value: Any, ranked: int, name: str, attributes: AttributeSet, place: str) -> float | None:
    if is_missing(value):
        return None
    rank = number_of(value)
    if rank is None or not 1 <= rank <= ranked:
        raise UserError(f"{place}: {name} is {shown(value)}, expected a rank from 1 to {ranked}")
    found = 1 - (rank - 1) / (ranked - 1) if ranked > 1 else 1.0
    return computed_level(found, name, attributes, f"{place}: of rank {rank:g} of {ranked}")


def _rest(level: float | None, name: str, attributes: AttributeSet, place: str) -> float | None:
    if level is None:
        return None
    return computed_level(
        1 - (level if attributes.continuous else attributes.unrounded(level)), name, attributes, place
    )
