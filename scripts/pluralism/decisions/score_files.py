"""Reading the scores of a study, as `results/{dataset}/scores.csv` keeps them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pluralism.errors import UserError

KEYS = ["dataset", "experiment", "adm", "target"]
MEASURES = ["n_scored", "n_tied", "accuracy", "alignment_score", "mse", "mae"]


def read_scores(paths: Sequence[Path]) -> pd.DataFrame:
    """Read score tables and put them below each other.

    Raises:
        UserError: a file is missing, is no CSV, lacks a column, is empty, holds text where a number belongs, or two
            rows score the same ADM on the same target.
    """
    table = pd.concat([_read_file(path) for path in paths], ignore_index=True)
    if (twice := table.duplicated(KEYS)).any():
        places = ", ".join(map(str, paths))
        raise UserError(f"{places}: scored more than once: {', '.join(table.loc[twice, KEYS].iloc[0])}")
    return table


def _read_file(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(KEYS, str))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except ValueError as error:  # What pandas raises for text that is not CSV, or not UTF-8, or empty.
        raise UserError(f"{path}: not a readable CSV file: {error}") from None
    if missing := [name for name in KEYS + MEASURES if name not in table]:
        raise UserError(f"{path}: the column {missing[0]} is missing")
    if table.empty:
        raise UserError(f"{path}: holds no scores")
    for name in KEYS:
        if (unnamed := table[name].isna().to_numpy()).any():
            raise UserError(f"{path}: line {unnamed.argmax() + 2}: {name} is empty")
    for name in MEASURES:
        numbers = pd.to_numeric(table[name], errors="coerce")
        if (wrong := (numbers.isna() & table[name].notna()).to_numpy()).any():
            row = int(wrong.argmax())
            raise UserError(f"{path}: line {row + 2}: {name} is {table[name].iloc[row]!r}, expected a number")
        table[name] = numbers
    return table[KEYS + MEASURES]
