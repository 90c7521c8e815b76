"""A table of rated responses: CSV, Parquet, JSON or JSON lines, whose columns the config names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.column_source import Column, Columns, ColumnSource
from pluralism.datasets.ratings import RatedResponse
from pluralism.datasets.records import Record
from pluralism.datasets.row_values import ResponseColumns
from pluralism.datasets.source import FORMATS
from pluralism.errors import KeyFault


@FORMATS.register("table")
class Table(ColumnSource):
    """A row per response, whose column is `response`; or a row per item, whose columns are `responses`."""

    response: Column | None = Field(
        None, description="Of a table with a row per response: its column. Rows with the same prompt are an item."
    )
    responses: Columns | None = Field(None, description="With a row per item: the columns of its responses.")

    @model_validator(mode="after")
    def _responses(self) -> Self:
        if (self.response is None) == (self.responses is None):
            raise KeyFault("responses: expected either this key, of a row per item, or response, of a row per response")
        if self.responses is not None and not self.ratings:
            raise KeyFault("ratings: this key is missing; it says which columns rate which response")
        self._columns(self.ratings).check()
        return self

    def _columns(self, ratings: Mapping[str, Sequence[str]]) -> ResponseColumns:
        responses = self.responses or [self.response or ""]
        return ResponseColumns(responses, ratings, self.reasons, self.values)

    def _ratings(self, attributes: AttributeSet) -> Mapping[str, Sequence[str]]:
        """Without the key, the columns are called as the attributes."""
        return self.ratings or {name: (name,) for name in attributes.names}

    @property
    def has_annotators(self) -> bool:
        """Whether a column names them, or ratings are lists."""
        return super().has_annotators or self._columns(self.ratings).has_annotators

    def names_of(self, attributes: AttributeSet) -> Iterable[str]:
        """The attributes that have columns."""
        return self._ratings(attributes)

    def columns(self, attributes: AttributeSet) -> Sequence[str]:
        """Those of responses, ratings and reasonings."""
        return self._columns(self._ratings(attributes)).all

    def row(self, record: Record, attributes: AttributeSet) -> Sequence[RatedResponse]:
        """The one response of a record, or all of an item."""
        return self._columns(self._ratings(attributes)).read(record, attributes)

    def item_key(self, record: Record, prompt: str, texts: Sequence[str]) -> Any:
        """Rows per response share the prompt."""
        return prompt if self.responses is None else super().item_key(record, prompt, texts)
