"""Numbers reported elsewhere, next to ours."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from pluralism.decisions.score_files import LARGEST
from pluralism.errors import UserError, shown
from pluralism.statistics.intervals import Estimate
from pluralism.statistics.table_columns import TableRow
from pluralism.tables import read_csv

COLUMNS = ["source", "dataset", "adm", "target_set", "measure", "value"]
KEYS = COLUMNS[:-1]
MEASURES = ("accuracy", "alignment_score", "n_scored", "mse", "mae")
INSIDE, OUTSIDE, NOT_RUN = "inside", "outside", "not run"

Measured = Mapping[tuple[str, str], Mapping[tuple[str, str], Estimate]]
"""(experiment, ADM) -> (target set, measure) -> our value; the target set is "" for measures without one."""


def read_reference_numbers(path: Path) -> pd.DataFrame:
    """Read `reference_numbers.csv`.

    Raises:
        UserError: the file is not found, is not CSV, lacks a column, or has an unknown measure, an invalid value or a
            number twice.
    """
    table = read_csv(path, COLUMNS, numbers=["value"])
    for row, measure in enumerate(table["measure"], start=2):
        if measure not in MEASURES:
            raise UserError(f"{path}: row {row}: measure is {shown(measure)}, expected one of {', '.join(MEASURES)}")
    for row, (measure, value) in enumerate(zip(table["measure"], table["value"], strict=True), start=2):
        most = LARGEST[measure]
        if math.isnan(value):
            raise UserError(f"{path}: row {row}: value is '', expected a number")
        if not 0 <= value <= most:
            raise UserError(f"{path}: row {row}: {measure} is {value:g}, expected a number from 0 to {most}")
    if (twice := table.duplicated(KEYS).to_numpy()).any():
        raise UserError(f"{path}: row {twice.argmax() + 2}: this number of the same source is there twice")
    return table


def reproduction_rows(references: pd.DataFrame, dataset: str, measured: Measured) -> list[TableRow]:
    """A row per reference number of a dataset and experiment that ran its ADM, or one that says "not run"."""
    rows: list[TableRow] = []
    for source, adm, target_set, measure, value in references.loc[
        references["dataset"] == dataset, ["source", "adm", "target_set", "measure", "value"]
    ].itertuples(index=False):
        shared: TableRow = {"adm": adm, "target_set": target_set, "measure": measure, "reference": value}
        found = [
            (experiment, numbers[target_set, measure])
            for (experiment, name), numbers in measured.items()
            if name == adm and (target_set, measure) in numbers
        ]
        rows += [
            {
                "source": source,
                "experiment": experiment,
                **shared,
                "ours": ours.value,
                "ours_low": ours.low,
                "ours_high": ours.high,
                "verdict": verdict(value, ours),
            }
            for experiment, ours in found
        ] or [{"source": source, "experiment": "", **shared, "verdict": NOT_RUN}]
    return rows


def verdict(reference: float, ours: Estimate) -> str:
    """Whether a number lies in our interval, or equals our number where it has no interval, as for counts."""
    if math.isnan(ours.low):
        return INSIDE if reference == ours.value else OUTSIDE
    return INSIDE if ours.low <= reference <= ours.high else OUTSIDE


def measured_numbers(accuracy: Sequence[TableRow], errors: Mapping[str, Estimate]) -> dict[tuple[str, str], Estimate]:
    """The numbers of one ADM that can have a reference; `accuracy` from `accuracy_rows`."""
    nan = math.nan
    numbers = {("", name): found for name, found in errors.items()}
    for row in accuracy:
        name = str(row["target_set"])
        numbers[name, "n_scored"] = Estimate(_number(row["n_scored"]), nan, nan, nan)
        for measure in ("accuracy", "alignment_score"):
            value, low, high = (_number(row[f"{measure}{end}"]) for end in ("", "_low", "_high"))
            numbers[name, measure] = Estimate(value, low, high, nan)
    return numbers


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
