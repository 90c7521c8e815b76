"""Reading tables: CSV and Parquet files, with one clear line about a file that has a fault."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from pluralism.errors import UserError


def read_csv(
    path: Path, columns: Sequence[str], numbers: Iterable[str] = (), hint: str = "", **options: Any
) -> pd.DataFrame:
    """Read a CSV file as a frame of the given columns.

    Args:
        path: the file.
        columns: those that it must have; others are left out.
        numbers: the columns of numbers; an empty cell is NaN.
        hint: what a user can do if the file is not found.
        options: further arguments of `pandas.read_csv`.

    Raises:
        UserError: the file is not found or not CSV, lacks a column, or has text where a number belongs.
    """
    with _reading(path, "not a readable CSV file", ValueError, hint):
        table: pd.DataFrame = pd.read_csv(path, **options)
    _check_columns(path, columns, table.columns)
    for name in numbers:
        values = pd.to_numeric(table[name], errors="coerce")
        if (wrong := (values.isna() & table[name].notna()).to_numpy()).any():
            row = int(wrong.argmax())
            raise UserError(f"{path}: line {row + 2}: {name} is {table[name].iloc[row]!r}, expected a number")
        table[name] = values
    return table[list(columns)]


def read_parquet(path: Path, columns: Sequence[str], required: Iterable[str]) -> pd.DataFrame:
    """Read columns of a Parquet file; one that is neither required nor in the file is empty.

    Raises:
        UserError: the file is not found or cut off, or lacks a required column.
    """
    from pyarrow.parquet import ParquetFile

    with _reading(path, "not a readable Parquet file, remove it to make it again", (OSError, ValueError)):
        known = ParquetFile(path).schema_arrow.names
        table = pd.read_parquet(path, columns=[name for name in columns if name in known])
    _check_columns(path, required, known)
    return table.reindex(columns=list(columns))


@contextmanager
def _reading(
    path: Path, message: str, faults: type[Exception] | tuple[type[Exception], ...], hint: str = ""
) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such file" + (f"; {hint}" if hint else "")) from None
    except faults as error:  # for what is not CSV, not UTF-8, or empty, pandas raises a ValueError
        raise UserError(f"{path}: {message}: {error}") from None


def _check_columns(path: Path, required: Iterable[str], found: Collection[str]) -> None:
    if missing := [name for name in required if name not in found]:
        raise UserError(f"{path}: the column {missing[0]} is missing; found: {', '.join(found)}")
