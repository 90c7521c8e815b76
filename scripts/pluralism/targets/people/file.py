"""The file of people's choices: where it is, its columns, and its rows as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pluralism.datasets.records import Record, plain, read_records, value_of
from pluralism.errors import UserError, shown
from pluralism.files import USER_PATH, is_text

Column = Annotated[str, Field(strict=True, min_length=1, max_length=1000)]


class PeopleFile(BaseModel):
    """A file of people's choices among the responses of eval items, and the names of its columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[Path, USER_PATH] = Field(
        description="CSV, Parquet or JSON (lines), by its ending; a row per choice."
    )
    person: Column = Field("person", description="The column that says who chose.")
    item: Column = Field("item", description="The column of the item: its index among the eval items, or its prompt.")
    pick: Column = Field(
        "pick", description="The column of the response picked: its text, letter or index, or the name of its column."
    )
    responses: Annotated[tuple[Column, ...], Field(min_length=2)] | None = Field(
        None, description="The columns of the responses' texts, where a pick is the name of one, or its end."
    )

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys([self.person, self.item, self.pick, *(self.responses or ())]))


@dataclass(frozen=True)
class ChoiceRow:
    """A row of the file; its texts are `plain`.

    Attributes:
        place: file and row, for messages.
        person: who chose.
        item: an index or a prompt.
        pick: what was picked.
        responses: name of a column -> the text of a response, "" for a missing one, in the order in which the person
            saw them; empty where the file has no such columns.
    """

    place: str
    person: str
    item: str
    pick: str
    responses: Mapping[str, str]


def read_rows(source: PeopleFile) -> list[ChoiceRow]:
    """Read a file of choices.

    Raises:
        UserError: the file is not found, has another form, lacks a column or holds no choice; a cell is no text, or
            names no person.
    """
    rows = [_row(record, source) for record in read_records(source.file, source.columns)]
    if not rows:
        raise UserError(f"{source.file}: holds no choices, expected a row of {', '.join(source.columns)} for each")
    for row in rows:
        if not row.person or not is_text(row.person):
            raise UserError(
                f"{row.place}: {source.person} is {shown(row.person)}, expected a name or number of a person"
            )
    return rows


def _row(record: Record, source: PeopleFile) -> ChoiceRow:
    cells = {name: _text(record, name) for name in source.columns}
    responses = {name: cells[name] for name in source.responses or ()}
    return ChoiceRow(record.place, cells[source.person], cells[source.item], cells[source.pick], responses)


def _text(record: Record, column: str) -> str:
    """A cell as `plain` text."""
    value = value_of(record, column)
    if value is None:
        return ""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not (whole or isinstance(value, str)):
        raise UserError(f"{record.place}: {column} is {shown(value)}, expected text or a whole number")
    return plain(value)
