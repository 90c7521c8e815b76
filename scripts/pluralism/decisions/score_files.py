"""Reading the scores of a study: `results/{dataset}/scores.csv`."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pluralism.errors import UserError
from pluralism.tables import read_csv

KEYS = ["dataset", "experiment", "adm", "target"]
COUNTS = ("n_scored", "n_tied")
LARGEST = {**dict.fromkeys(COUNTS, 2**31), "accuracy": 100, "alignment_score": 100, "mse": math.inf, "mae": math.inf}
"""Predicted levels, and so their errors, may have no bounds (`Protocol.bounds_scores`)."""
MEASURES = list(LARGEST)


def read_scores(paths: Sequence[Path]) -> pd.DataFrame:
    """Read score tables and put them below each other.

    Raises:
        UserError: a file is not found, is not CSV, lacks a column, is empty, has text where a number belongs or a
            number out of range, or two rows score the same ADM on the same target.
    """
    table = pd.concat([_read_file(path) for path in paths], ignore_index=True)
    if (twice := table.duplicated(KEYS)).any():
        places = ", ".join(map(str, paths))
        raise UserError(f"{places}: scored more than once: {', '.join(table.loc[twice, KEYS].iloc[0])}")
    return table


def allowed(measure: str) -> str:
    """What is allowed for a measure, in words."""
    most = LARGEST[measure]
    return "a number from 0 on" if most == math.inf else f"a number from 0 to {most}"


def _read_file(path: Path) -> pd.DataFrame:
    table = read_csv(path, KEYS + MEASURES, numbers=MEASURES)
    if table.empty:
        raise UserError(f"{path}: holds no scores")
    for name, most in LARGEST.items():
        values = table[name]
        wrong, expected = (values < 0) | (values > most) | (values == math.inf), allowed(name)
        if name in COUNTS:
            wrong, expected = wrong | (values % 1 != 0), "a whole number from 0 on"
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise UserError(f"{path}: row {row + 2}: {name} is {values[row]:g}, expected {expected}")
    _check_empty(path, table)
    for name in KEYS:
        if (unnamed := (table[name] == "").to_numpy()).any():
            raise UserError(f"{path}: row {unnamed.argmax() + 2}: {name} is empty")
    return table


def _check_empty(path: Path, table: pd.DataFrame) -> None:
    """Raise a `UserError` unless what is empty says that nothing is scored, or that no level is predicted.

    A mean over the targets leaves empty scores out: a lost one would change it without a word.
    """
    scored, empty = table["n_scored"] > 0, table[MEASURES].isna()
    for name in ("accuracy", "alignment_score"):
        if (wrong := (empty[name] == scored).to_numpy()).any():
            row = int(wrong.argmax())
            found = "'', expected a number" if scored[row] else f"{table[name][row]:g}, expected none"
            raise UserError(f"{path}: row {row + 2}: {name} is {found}: {table['n_scored'][row]} items are scored")
    if (wrong := (empty["mse"] != empty["mae"]).to_numpy()).any():
        raise UserError(f"{path}: row {wrong.argmax() + 2}: expected both of mse and mae, or none")
