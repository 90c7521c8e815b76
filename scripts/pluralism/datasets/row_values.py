"""The responses of a record with their ratings: columns that belong together, and the lists in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Levels
from pluralism.datasets.ratings import RatedResponse, level
from pluralism.datasets.records import Record, as_list, lists, text_of, value_of
from pluralism.errors import KeyFault, UserError

Given = Mapping[str, Sequence[float | None]]
"""Attribute -> what each annotator gave to a response; None where one gave nothing."""


@dataclass(frozen=True)
class ResponseColumns:
    """Which columns are of responses, and which say what of these.

    Attributes:
        responses: one per response, or a way to a list of all.
        ratings: attribute -> as many columns. Where those of responses lead to a list, so do these, of as many values;
            a list that is left is of annotators.
        reasonings: attribute -> as many columns.
        words: those that stand for a number.
    """

    responses: Sequence[str]
    ratings: Mapping[str, Sequence[str]]
    reasonings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)

    def check(self) -> None:
        """Raise a `KeyFault` unless each response has its columns."""
        for key, of in (("ratings", self.ratings), ("reasons", self.reasonings)):
            for name, columns in of.items():
                if len(columns) != len(self.responses):
                    raise KeyFault(
                        f"{key}.{name}: {len(columns)} columns, expected {len(self.responses)}, as of responses"
                    )
                for column, response in zip(columns, self.responses, strict=True):
                    if lists(column) < lists(response):
                        raise KeyFault(f"{key}.{name}: {column!r} leads to no list, expected one as {response!r} does")

    @property
    def has_annotators(self) -> bool:
        """Whether a list of ratings is left for each response."""
        return any(
            lists(column) > lists(response)
            for columns in self.ratings.values()
            for column, response in zip(columns, self.responses, strict=True)
        )

    @property
    def all(self) -> list[str]:
        """All columns."""
        others = [*self.ratings.values(), *self.reasonings.values()]
        return [*self.responses, *(column for columns in others for column in columns)]

    def texts(self, record: Record) -> list[str]:
        """The texts of the responses; "" for one that is missing."""
        return [
            text_of(value, f"{record.place}: {self.responses[0]}") for value in self._values(record, self.responses)
        ]

    def read(self, record: Record, attributes: AttributeSet) -> list[RatedResponse]:
        """The responses of a record that are not missing, with their ratings of the attributes."""
        texts = self.texts(record)
        return self.rated(record, attributes, texts, self.levels(record, attributes, len(texts)))

    def rated(
        self, record: Record, attributes: AttributeSet, texts: Sequence[str], given: Sequence[Given]
    ) -> list[RatedResponse]:
        """Responses that are not missing, with what was given to each, and why where columns say it."""
        why = self.per_response(record, attributes, len(texts), reasons=True)
        return [
            RatedResponse(
                text,
                annotators(levels),
                {name: text_of(value, f"{record.place}: reasons.{name}") for name, value in reasons.items()},
            )
            for text, levels, reasons in zip(texts, given, why, strict=True)
            if text
        ]

    def levels(self, record: Record, attributes: AttributeSet, responses: int) -> list[Given]:
        """For each response what was given to it."""
        return [
            {
                name: [level(one, name, attributes, record.place, self.words) for one in flat(value)]
                for name, value in values.items()
            }
            for values in self.per_response(record, attributes, responses)
        ]

    def per_response(
        self, record: Record, attributes: AttributeSet, responses: int, *, reasons: bool = False
    ) -> list[dict[str, Any]]:
        """For each response the values of columns, by attribute, of those that the attribute file has."""
        columns = self.reasonings if reasons else self.ratings
        found = {name: self._values(record, of) for name, of in columns.items() if name in attributes.names}
        for name, values in found.items():
            if not values:
                values.extend([None] * responses)  # the list is missing
            elif len(values) != responses:
                count = f"{len(values)} values, expected {responses}, one per response"
                raise UserError(f"{record.place}: {columns[name][0]} has {count}")
        return [{name: values[place] for name, values in found.items()} for place in range(responses)]

    def _values(self, record: Record, columns: Sequence[str]) -> list[Any]:
        found: list[Any] = []
        for column, response in zip(columns, self.responses, strict=True):
            value = value_of(record, column)
            found += as_list(value, f"{record.place}: {column}") if lists(response) else [value]
        return found


def flat(value: Any) -> list[Any]:
    """The values of a list, and of the lists in it; of any other value that one."""
    return [inner for entry in value for inner in flat(entry)] if isinstance(value, list | tuple) else [value]


def annotators(given: Given) -> list[Levels]:
    """Attribute -> what each annotator gave, or None: for each annotator the levels of the attributes that were rated.

    Where there are more for one attribute than for another, it is not known which belong together, and each is alone.
    """
    if len({len(levels) for levels in given.values()}) > 1:
        return [{name: found} for name, levels in given.items() for found in levels if found is not None]
    rows = [
        {name: found for name, found in zip(given, levels, strict=True) if found is not None}
        for levels in zip(*given.values(), strict=True)
    ]
    return [row for row in rows if row]
