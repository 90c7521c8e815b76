"""The file of people's choices: where it is, its columns, and its rows as text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pluralism.errors import UserError, shown
from pluralism.files import USER_PATH, check_file, is_text, parse_json, read_text
from pluralism.tables import MOST_ROWS, check_columns, count_rows, read_csv

LARGEST_LINES = 2**30
"""Bytes of a file of JSON lines."""
FORMS = (".csv", ".parquet", ".jsonl")
Column = Annotated[str, Field(strict=True, min_length=1, max_length=1000)]


class PeopleFile(BaseModel):
    """A file of people's choices among the responses of eval items, and the names of its columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[Path, USER_PATH] = Field(description="CSV, Parquet or JSON lines, by its suffix; a row per choice.")
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
    """A row of the file, as it is written there.

    Attributes:
        place: file and row, for messages.
        person: who chose.
        item: an index or a prompt.
        pick: what was picked.
        responses: name of a column -> the text of a response; empty where the file has none.
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
    rows = [
        ChoiceRow(
            place,
            cells[source.person],
            cells[source.item],
            cells[source.pick],
            {name: cells[name] for name in source.responses or ()},
        )
        for place, cells in _cells(source)
    ]
    if not rows:
        raise UserError(f"{source.file}: holds no choices, expected a row of {', '.join(source.columns)} for each")
    for row in rows:
        if not row.person.strip() or not is_text(row.person):
            raise UserError(
                f"{row.place}: {source.person} is {shown(row.person)}, expected a name or number of a person"
            )
    return rows


def _cells(source: PeopleFile) -> Iterator[tuple[str, dict[str, str]]]:
    """(file and row, column -> text) of each row."""
    match source.file.suffix.lower():
        case ".csv":
            table = read_csv(source.file, source.columns)
            for row, cells in enumerate(table.to_dict("records"), start=2):
                yield f"{source.file}: row {row}", {str(name): str(text) for name, text in cells.items()}
        case ".parquet":
            yield from _parquet_cells(source)
        case ".jsonl":
            for number, line in enumerate(read_text(source.file, "JSON lines", LARGEST_LINES).split("\n"), start=1):
                if line.strip():
                    place = f"{source.file}: line {number}"
                    yield place, _texts(parse_json(line, place), source, place)
        case _:
            check_file(source.file, "choices")
            raise UserError(f"{source.file}: expected a name that ends in {', '.join(FORMS)}")


def _parquet_cells(source: PeopleFile) -> Iterator[tuple[str, dict[str, str]]]:
    from pyarrow.parquet import read_schema, read_table

    if (rows := count_rows(source.file)) > MOST_ROWS:
        raise UserError(f"{source.file}: {rows} rows, expected at most {MOST_ROWS}")
    check_columns(source.file, source.columns, read_schema(source.file).names)
    try:
        found = read_table(source.file, columns=source.columns).to_pylist()
    except (OSError, ValueError) as error:
        raise UserError(f"{source.file}: not a readable Parquet file: {error}") from None
    for number, cells in enumerate(found, start=1):
        place = f"{source.file}: row {number}"
        yield place, _texts(cells, source, place)


def _texts(cells: Any, source: PeopleFile, place: str) -> dict[str, str]:
    """The cells of a row that are read, as texts; whole numbers are written out."""
    if not isinstance(cells, Mapping):
        raise UserError(f"{place}: {shown(cells)}, expected an object of {', '.join(source.columns)}")
    if missing := [name for name in source.columns if name not in cells]:
        raise UserError(f"{place}: {missing[0]} is missing; found: {', '.join(map(str, cells)) or 'nothing'}")
    return {name: _text(cells[name], name, place) for name in source.columns}


def _text(value: Any, name: str, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():  # as pandas writes whole numbers next to missing ones
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UserError(f"{place}: {name} is {shown(value)}, expected text or a whole number")
    return str(value)
