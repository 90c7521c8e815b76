"""Reading the tables of `results/{dataset}/statistics/`."""

import math
from pathlib import Path

import pandas as pd

from pluralism.errors import UserError
from pluralism.statistics.table_columns import COLUMNS, TEXT
from pluralism.tables import read_csv

RANGES = {
    **dict.fromkeys(("accuracy", "random_accuracy", "oracle_accuracy", "alignment_score"), (0, 100)),
    **dict.fromkeys(
        ("tie_rate", "steering_error", "picked", "flipped", "expected", "mean_true", "saved", "differs"), (0, 1)
    ),
    **dict.fromkeys(("p_value", "p_holm", "p_equivalence", "absolute_movement"), (0, 1)),
    **dict.fromkeys(("movement", "spearman"), (-1, 1)),
    **dict.fromkeys(("mse", "mae", "mean_spread"), (0, math.inf)),
}
"""Column -> the least and the largest number that it can hold; the bounds of intervals are not checked."""
COUNTS = ("n", "n_targets", "n_items", "n_scored", "n_tied", "n_responses", "n_people", "n_choices")
"""Columns of whole numbers from 0 on, filled in every row without a note."""
MEAN_COUNTS = frozenset({("variance", "n")})
"""(table, column) whose numbers are means of counts, where items differ in them."""
COUNTED = (
    *("accuracy", "alignment_score", "steering_error", "difference", "movement", "absolute_movement"),
    *("mse", "mae", "mean_predicted", "mean_true", "mean_spread", "picked", "flipped", "skill"),
)
"""Columns that are filled where the row's `n_scored` or `n` is above 0."""
ROUNDING = 1e-9


def read_statistics(folder: Path, table: str) -> pd.DataFrame:
    """Read one table, a name in `COLUMNS`; missing text is "".

    Raises:
        UserError: the file is not found, is not CSV, lacks a column, has text where a number belongs, lacks a number,
            or has one that such a column cannot hold.
    """
    path, columns = folder / f"{table}.csv", COLUMNS[table]
    found = read_csv(path, columns, [name for name in columns if name not in TEXT])
    # A row with a note says in it why there is no number.
    noted = found["note"] != "" if "note" in columns else pd.Series(data=False, index=found.index)
    for name in set(COUNTS).intersection(columns):
        is_mean = (table, name) in MEAN_COUNTS
        fits = (found[name] >= 0) & (is_mean | (found[name] % 1 == 0))
        expected = "a number from 0 on" if is_mean else "a whole number from 0 on"
        _check(path, found[name], fits | (noted & found[name].isna()), expected)
    for name, (least, most) in RANGES.items():
        if name in columns:
            fits = found[name].isna() | found[name].between(least - ROUNDING, most + ROUNDING)
            _check(path, found[name], fits, "a number from 0 on" if most == math.inf else f"{least} to {most}")
    for count in {"n", "n_scored"}.intersection(columns):
        for name in set(COUNTED).intersection(columns):
            _check(
                path, found[name], found[name].notna() | ~(found[count] > 0) | noted, f"a number, as {count} is above 0"
            )
    return found


def _check(path: Path, values: pd.Series, fits: pd.Series, expected: str) -> None:
    """Raise a `UserError` about the first value that does not fit; an empty cell is NaN."""
    if not fits.all():
        row = int(fits.to_numpy().argmin())
        found = "''" if math.isnan(values[row]) else f"{values[row]:g}"
        raise UserError(f"{path}: row {row + 2}: {values.name} is {found}, expected {expected}")
