"""Opinion surveys: an item is a question, its responses are the options, an attribute is a group of people.

A response's level is the share of the group that chose the option. A file has a row per question, with the shares of
each group as a list; or a row per question, option and group, with a share; or a row per answer of a respondent,
perhaps with a weight, and shares are counted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.column_source import Column, Columns, RecordSource, Word
from pluralism.datasets.ratings import Part, RatedItem, RatedResponse, computed_level, level, number_of
from pluralism.datasets.records import Record, as_list, is_missing, opened, plain, text_of, value_of
from pluralism.datasets.row_values import ResponseColumns, annotators
from pluralism.datasets.source import FORMATS
from pluralism.errors import KeyFault, UserError, shown

Group = Annotated[dict[Column, Word], Field(min_length=1)]
"""Column -> the value that the rows of a group have there."""
LARGEST_WEIGHT = 1e12
"""Of an answer, so that sums of them stay finite."""
MOST_KNOWN = 10
"""Names that a message lists at most."""


@FORMATS.register("survey")
class Survey(RecordSource):
    """A row per question, whose columns are `responses` and `shares`; or rows of one option each, of `response`."""

    prompt: Column = Field("question", description="The column of the question.")
    responses: Columns | None = Field(None, description="With a row per question: the way to its options, or columns.")
    shares: dict[str, Columns] = Field({}, description="Attribute -> the group's shares, as many as there are options.")
    shares_by_attribute: Column | None = Field(
        None, description="In place of shares: the column of an object that has them by the attributes' names."
    )
    response: Column | None = Field(None, description="With a row per option: its column.")
    share: Column | None = Field(
        None, description="The column of the share of a row's group that chose its option; none: a row is an answer."
    )
    weight: Column | None = Field(
        None, description="Of rows that are answers: how much each counts; none: equally much."
    )
    group: Column | None = Field(None, description="The column that has the attribute's name in the rows of its group.")
    groups: dict[str, Group] = Field({}, description="Attribute -> column -> the value that rows of its group have.")
    leave_out: tuple[Word, ...] = Field((), description="Options that are no responses, such as Refused.")

    @model_validator(mode="after")
    def _one_layout(self) -> Self:
        if (self.response is None) == (self.responses is None):
            raise KeyFault("responses: expected either this key, of a row per question, or response, of one per option")
        if self.responses is not None:
            if bool(self.shares) == (self.shares_by_attribute is not None):
                raise KeyFault("shares: expected either this key or shares_by_attribute")
            ResponseColumns(self.responses, self.shares).check()
        elif self.group is None and not self.groups:
            raise KeyFault("group: this key is missing; it, or groups, says which rows are of which attribute")
        if self.share is not None and self.weight is not None:
            raise KeyFault("weight: expected this key or share")
        return self

    def read(self, path: Path, attributes: AttributeSet) -> Iterator[RatedItem]:
        """The questions of a file."""
        return self._questions(path, attributes) if self.responses is not None else self._counted(path, attributes)

    def _questions(self, path: Path, attributes: AttributeSet) -> Iterator[RatedItem]:
        columns = ResponseColumns(self.responses or (), self.shares)
        by_name = self.shares_by_attribute
        if missing := [name for name in attributes.names if name not in self.shares and by_name is None]:
            known = ", ".join(self.shares)
            raise UserError(f"{missing[0]}, which the attribute file has, has no shares; there are those of: {known}")
        there: dict[str, None] = {}
        for record, question, part in self.records(path, [*columns.all, *([by_name] if by_name else [])]):
            if by_name is None:
                found = columns.read(record, attributes)
            else:
                shares = _shares(record, by_name)
                there.update(dict.fromkeys(shares))
                found = _by_name(record, columns, shares, f"{record.place}: {by_name}", attributes)
            yield RatedItem(record.place, question, [one for one in found if self._is_response(one.text)], part)
        if by_name is not None:
            _check_there(path, attributes, there, by_name)

    def _is_response(self, option: str) -> bool:
        return bool(option) and plain(option) not in self.leave_out

    def _group(self, name: str) -> Mapping[str, str]:
        if (group := self.groups.get(name) or ({self.group: name} if self.group is not None else None)) is None:
            there = ", ".join(self.groups)
            raise UserError(f"{name}, which the attribute file has, is no group; there are: {there}")
        return group

    def _counted(self, path: Path, attributes: AttributeSet) -> Iterator[RatedItem]:
        groups = {name: self._group(name) for name in attributes.names}
        used = (self.response, self.share, self.weight, *(column for group in groups.values() for column in group))
        found: dict[str, _Question] = {}
        there: dict[str, None] = {}
        response = self.response or ""
        for record, question, part in self.records(path, [name for name in used if name is not None]):
            if self.group is not None and not is_missing(value := value_of(record, self.group)):
                there[plain(value)] = None
            option = text_of(value_of(record, response), f"{record.place}: {response}")
            if not self._is_response(option):
                continue
            asked = found.setdefault(question, _Question(record.place, part))
            if part != asked.part:
                raise UserError(f"{record.place}: {self.split} is not that of another row of the same question")
            asked.options.setdefault(option, {})
            for name, group in groups.items():
                if all(plain(value_of(record, column)) == value for column, value in group.items()):
                    there[name] = None
                    self._add(asked.options[option], name, record, attributes)
        _check_there(path, attributes, there, self.group or "groups")
        for question, asked in found.items():
            yield RatedItem(asked.place, question, self._responses(asked, attributes), asked.part)

    def _add(self, given: dict[str, float | None], name: str, record: Record, attributes: AttributeSet) -> None:
        """Add a row of a group to what is known of its option; a share that is missing is not known."""
        if self.share is None:
            given[name] = (given.get(name) or 0.0) + self._weight(record)
        elif name in given:
            raise UserError(f"{record.place}: a second share of {name} for the same option, expected one")
        else:
            given[name] = level(value_of(record, self.share), name, attributes, record.place)

    def _weight(self, record: Record) -> float:
        if self.weight is None:
            return 1.0
        value = value_of(record, self.weight)
        if is_missing(value):
            return 0.0
        weight = number_of(value)
        if weight is None or not 0 <= weight <= LARGEST_WEIGHT:
            expected = f"a number from 0 to {LARGEST_WEIGHT:g}"
            raise UserError(f"{record.place}: {self.weight} is {shown(value)}, expected {expected}")
        return weight

    def _responses(self, asked: "_Question", attributes: AttributeSet) -> list[RatedResponse]:
        """The options of a question; one that has no row of a group that answered was chosen by nobody in it."""
        if self.share is not None:
            answered = {name for given in asked.options.values() for name in given}
            shares = [{**dict.fromkeys(answered, 0.0), **given} for given in asked.options.values()]
            return [
                RatedResponse(option, annotators({name: [share] for name, share in of.items()}))
                for option, of in zip(asked.options, shares, strict=True)
            ]
        totals = {name: sum(of.get(name) or 0.0 for of in asked.options.values()) for name in attributes.names}
        return [
            RatedResponse(
                option,
                [
                    {
                        name: computed_level((given.get(name) or 0.0) / total, name, attributes, asked.place)
                        for name, total in totals.items()
                        if total
                    }
                ],
            )
            for option, given in asked.options.items()
        ]


def _check_there(path: Path, attributes: AttributeSet, there: Iterable[str], column: str) -> None:
    """Raise a `UserError` if no row of a file is of the group of an attribute."""
    known = list(there)
    if missing := [name for name in attributes.names if name not in known]:
        more = f" and {len(known) - MOST_KNOWN} others" if len(known) > MOST_KNOWN else ""
        listed = f"{', '.join(map(shown, known[:MOST_KNOWN]))}{more}" or "none"
        text = f"no row is of {shown(missing[0])}, which the attribute file has; there are: {listed}"
        raise UserError(f"{path}: {column}: {text}")


def _shares(record: Record, column: str) -> Mapping[str, Any]:
    """The shares of a question by the attributes' names; none where they are missing."""
    if is_missing(value := value_of(record, column)):
        return {}
    shares = opened(value, f"{record.place}: {column}")
    if not isinstance(shares, Mapping):
        raise UserError(
            f"{record.place}: {column} is {shown(shares)}, expected an object of attributes and their shares"
        )
    return shares


def _by_name(
    record: Record, columns: ResponseColumns, shares: Mapping[str, Any], place: str, attributes: AttributeSet
) -> list[RatedResponse]:
    """The options of a question, with the shares that an object has by the attributes' names."""
    options = columns.texts(record)
    given = {name: as_list(shares.get(name), f"{place}: {name}") for name in attributes.names}
    for name, values in given.items():
        if values and len(values) != len(options):
            raise UserError(f"{place}: {name} has {len(values)} shares, expected {len(options)}, one per option")
    return [
        RatedResponse(
            option,
            annotators(
                {name: [level(of[number], name, attributes, place)] if of else [None] for name, of in given.items()}
            ),
        )
        for number, option in enumerate(options)
        if option
    ]


@dataclass
class _Question:
    """A question while its rows are read: option -> attribute -> share, or the weights of the answers."""

    place: str
    part: Part
    options: dict[str, dict[str, float | None]] = field(default_factory=dict)
