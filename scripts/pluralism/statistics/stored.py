"""Reading the tables of `results/{dataset}/statistics/`."""

from pathlib import Path

import pandas as pd

from pluralism.errors import UserError
from pluralism.statistics.table_columns import COLUMNS

_TEXT = [
    "source",
    "experiment",
    "adm",
    "adm_a",
    "adm_b",
    "baseline_experiment",
    "baseline",
    "target_set",
    "attribute",
    "measure",
    "verdict",
    "flag",
    "note",
    "test",
    "steered_to",
    "scored_on",
]


def read_statistics(folder: Path, table: str) -> pd.DataFrame:
    """Read one table; text that is missing is "".

    Args:
        folder: `results/{dataset}/statistics`.
        table: a name in `COLUMNS`.

    Raises:
        UserError: the file is missing, is no CSV, lacks a column, or holds text where a number belongs.
    """
    path = folder / f"{table}.csv"
    try:
        found = pd.read_csv(path, dtype=dict.fromkeys(_TEXT, str))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except ValueError as error:
        raise UserError(f"{path}: not a readable CSV file: {error}") from None
    if missing := [name for name in COLUMNS[table] if name not in found]:
        raise UserError(f"{path}: the column {missing[0]} is missing")
    for name in COLUMNS[table]:
        found[name] = found[name].fillna("") if name in _TEXT else _numbers(found[name], path)
    return found[COLUMNS[table]]


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    if (wrong := (numbers.isna() & column.notna()).to_numpy()).any():
        row = int(wrong.argmax())
        raise UserError(f"{path}: line {row + 2}: {column.name} is {column.iloc[row]!r}, expected a number")
    return numbers
