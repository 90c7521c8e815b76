"""Numbers reported elsewhere, next to ours."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import norm

from pluralism.decisions.score_files import LARGEST, allowed
from pluralism.errors import UserError, shown
from pluralism.statistics.accuracy import Measures
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Estimate, estimate_mean
from pluralism.statistics.table_columns import SIGNIFICANCE, TableRow
from pluralism.tables import check_filled, read_csv

RESTS_ON = ["items", "samples", "temperature", "prompts"]
"""What a number rests on, besides its dataset and its ADM; empty where it is not known."""
COLUMNS = ["source", "dataset", "adm", "target_set", "measure", "value", *RESTS_ON]
KEYS = COLUMNS[:5]
POINTS = {"accuracy": 1.0, "alignment_score": 1.0, "mse": 0.01, "mae": 0.01}
"""Measure -> what a percentage point of the margin is worth in its unit; a count has no margin."""
MEASURES = (*POINTS, "n_scored")
EQUIVALENT, DIFFERENT, UNDECIDED, NOT_RUN = "equivalent", "different", "undecided", "not run"


@dataclass(frozen=True)
class Measured:
    """The numbers of one ADM in one experiment.

    Attributes:
        experiment: its name.
        adm: its name.
        numbers: (target set, measure) -> our value; the target set is "" for measures without one.
        basis: each of `RESTS_ON`, as text.
    """

    experiment: str
    adm: str
    numbers: Mapping[tuple[str, str], Estimate]
    basis: Mapping[str, str]


def read_reference_numbers(path: Path) -> pd.DataFrame:
    """Read `reference_numbers.csv`.

    Raises:
        UserError: the file is not found, is not CSV, lacks a column, or has an unknown measure, an invalid value or a
            number twice.
    """
    table = read_csv(path, COLUMNS, numbers=["value"], optional=RESTS_ON)
    for row, measure in enumerate(table["measure"], start=2):
        if measure not in MEASURES:
            raise UserError(f"{path}: row {row}: measure is {shown(measure)}, expected one of {', '.join(MEASURES)}")
    check_filled(path, table, ["value"])
    for row, (measure, value) in enumerate(zip(table["measure"], table["value"], strict=True), start=2):
        if not 0 <= value <= LARGEST[measure] or value == math.inf:
            raise UserError(f"{path}: row {row}: {measure} is {value:g}, expected {allowed(measure)}")
    if (twice := table.duplicated(KEYS).to_numpy()).any():
        raise UserError(f"{path}: row {twice.argmax() + 2}: this number of the same source is there twice")
    return table


def reproduction_rows(
    references: pd.DataFrame, dataset: str, measured: Sequence[Measured], margin: float
) -> list[TableRow]:
    """A row per reference number of a dataset and experiment that ran its ADM, or one that says "not run".

    Args:
        references: from `read_reference_numbers`.
        dataset: whose numbers.
        measured: ours.
        margin: as for `compared`.
    """
    rows: list[TableRow] = []
    for reference in references[references["dataset"] == dataset].to_dict("records"):
        place, value = (reference["target_set"], reference["measure"]), reference["value"]
        shared: TableRow = {name: reference[name] for name in ("source", "adm", "target_set", "measure")}
        shared["reference"] = value
        rows += [
            {
                **shared,
                "experiment": ours.experiment,
                **ours.numbers[place].columns("ours"),
                **compared(value, ours.numbers[place], margin * POINTS.get(reference["measure"], math.nan)),
                "basis": basis_words(reference, ours.basis),
            }
            for ours in measured
            if ours.adm == reference["adm"] and place in ours.numbers
        ] or [{**shared, "experiment": "", "verdict": NOT_RUN, "basis": basis_words(reference, {})}]
    return rows


def compared(reference: float, ours: Estimate, margin: float) -> TableRow:
    """Our number compared with one that is taken as it stands: two one-sided tests, each at 0.05.

    Equivalent: both reject that ours is off by the margin or more, to either side. Different: not equivalent, and our
    95% interval does not hold the reference. A count has no interval; it is equivalent if it is equal.

    Args:
        reference: the number.
        ours: ours, with its standard error.
        margin: in the unit of the number, above 0; NaN for a count.

    Returns:
        difference, margin, p_equivalence (the larger of the two) and verdict.
    """
    difference = ours.value - reference
    if math.isnan(margin):
        return {"difference": difference, "verdict": EQUIVALENT if difference == 0 else DIFFERENT}
    error = ours.standard_error
    distance = margin - abs(difference)
    # Without any scatter, the number is what it is.
    p_value = float(norm.sf(distance / error)) if error > 0 else math.nan if math.isnan(error) else float(distance <= 0)
    is_outside = not math.isnan(ours.low) and not ours.low <= reference <= ours.high
    verdict = EQUIVALENT if p_value < SIGNIFICANCE else DIFFERENT if is_outside else UNDECIDED
    return {"difference": difference, "margin": margin, "p_equivalence": p_value, "verdict": verdict}


def basis_words(reference: Mapping[Any, Any], ours: Mapping[str, str]) -> str:
    """What the two numbers rest on, theirs / ours: "items 336 / 60; samples 5 / 1; ..", with ? for what is unknown."""
    return "; ".join(f"{name} {reference[name] or '?'} / {ours.get(name) or '?'}" for name in RESTS_ON)


def measured_numbers(
    benchmark: Benchmark, measured: Measures, errors: Mapping[str, Estimate]
) -> dict[tuple[str, str], Estimate]:
    """The numbers of one ADM that can have a reference; `measured` and `errors` with these items and targets."""
    numbers = {("", name): found for name, found in errors.items()}
    for name, members in benchmark.sets.items():
        numbers[name, "n_scored"] = Estimate(float(benchmark.scored[members].sum()), math.nan, math.nan, math.nan)
        own = measured.only(members)
        for measure, values in (("accuracy", own.accuracy), ("alignment_score", own.alignment_score)):
            numbers[name, measure] = estimate_mean(values).times(100)
    return numbers
