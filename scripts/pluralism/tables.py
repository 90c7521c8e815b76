"""Reading tables: CSV and Parquet files, with one clear line about a file that has a fault."""

import csv
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from pluralism.errors import UserError, shown
from pluralism.files import check_file


def read_csv(path: Path, columns: Sequence[str], numbers: Iterable[str] = (), hint: str = "") -> pd.DataFrame:
    """Read a CSV file as a frame of the given columns, of text as it is written in the cells.

    Args:
        path: the file.
        columns: those that it must have; others are left out.
        numbers: the columns of numbers; an empty cell is NaN.
        hint: what a user can do if the file is not found.

    Raises:
        UserError: the file is not found, not UTF-8 text or not CSV, lacks a column or has one twice; a row has more or
            fewer cells than the header, or text where a number belongs. Rows count from 1, the header, as in a
            spreadsheet.
    """
    check_file(path, "CSV", hint)
    row = 1
    cells: list[list[str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = filter(None, csv.reader(stream, strict=True))  # blank ones are left out
            if not (header := next(lines, [])):
                raise UserError(f"{path}: the file is empty, expected a row of column names")
            places = _places(path, columns, header)
            for row, line in enumerate(lines, start=2):
                if len(line) != len(header):
                    raise UserError(
                        f"{path}: row {row} has {len(line)} cells, expected {len(header)} as in the header; "
                        "a cell with a comma stands in quotes"
                    )
                cells.append([line[place] for place in places])
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: after row {row}: not UTF-8 text: {error.reason}") from None
    except csv.Error as error:  # also a cell of more than 131,072 characters
        raise UserError(f"{path}: after row {row}: not CSV: {error}") from None
    table = pd.DataFrame(cells, columns=list(columns), dtype=str)
    for name in numbers:
        table[name] = _numbers(path, name, table[name].tolist())
    return table


def _places(path: Path, columns: Sequence[str], header: Sequence[str]) -> list[int]:
    """Where the columns are in each row."""
    check_columns(path, columns, header)
    for name in columns:
        if header.count(name) > 1:
            raise UserError(f"{path}: the column {name} is there {header.count(name)} times, expected once")
    return [header.index(name) for name in columns]


def _numbers(path: Path, name: str, texts: Sequence[str]) -> list[int] | list[float]:
    """The numbers of a column: whole ones if all are."""
    try:
        return [int(text) for text in texts]
    except ValueError:
        pass
    values = []
    for row, text in enumerate(texts, start=2):
        try:
            values.append(float(text or "nan"))
        except ValueError:
            raise UserError(f"{path}: row {row}: {name} is {shown(text)}, expected a number") from None
    return values


def read_parquet(path: Path, columns: Sequence[str], required: Iterable[str]) -> pd.DataFrame:
    """Read columns of a Parquet file; one that is neither required nor in the file is empty.

    Raises:
        UserError: the file is not found or cut off, or lacks a required column.
    """
    from pyarrow.parquet import ParquetFile

    check_file(path, "Parquet")
    try:
        known = ParquetFile(path).schema_arrow.names
        table = pd.read_parquet(path, columns=[name for name in columns if name in known])
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not a readable Parquet file, remove it to make it again: {error}") from None
    check_columns(path, required, known)
    return table.reindex(columns=list(columns))


def check_columns(path: Path, required: Iterable[str], found: Collection[str]) -> None:
    """Raise a `UserError` unless all required columns are found."""
    if missing := [name for name in required if name not in found]:
        raise UserError(f"{path}: the column {missing[0]} is missing; found: {', '.join(found)}")
