"""Reading the results of one ADM in one experiment."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.roles import Role
from pluralism.decisions.selection import Indices
from pluralism.errors import UserError
from pluralism.predictions import read_predictions
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.samples import NONE, Samples, samples

_USED = ["item", "response", "attribute", "sample", "target", "score", "position", "query"]
_USED += ["prompt_tokens", "output_tokens"]


@dataclass(frozen=True)
class CellSource:
    """Where the results of one ADM in one experiment are, and how they are read.

    Attributes:
        folder: `results/{dataset}/{experiment}/{adm}`.
        aggregate: how its scores in the samples are combined, as for its decisions.
        role: what it is to the study.
    """

    folder: Path
    aggregate: Aggregate = "mean"
    role: Role = Role.CONTENDER


@dataclass(frozen=True)
class Cell:
    """One ADM in one experiment.

    Attributes:
        experiment: its name.
        adm: its name.
        role: what it is to the study.
        picks: index of the response picked, shape (targets, items).
        samples: what it predicted, an entry per target that it looked at.
        predictions: the same as a table, without the reasonings.
    """

    experiment: str
    adm: str
    role: Role
    picks: Indices
    samples: list[Samples]
    predictions: pd.DataFrame


def read_cell(source: CellSource, benchmark: Benchmark) -> Cell:
    """Read `predictions.parquet` and `decisions.parquet` of one ADM in one experiment.

    Args:
        source: where they are.
        benchmark: items and targets.

    Raises:
        UserError: a file is missing or cut off, or does not cover the items and targets.
    """
    folder = source.folder
    predictions = read_predictions(folder / "predictions.parquet", _USED)
    try:
        entries = samples(predictions, benchmark, source.aggregate)
    except UserError as error:
        raise UserError(f"{folder / 'predictions.parquet'}: {error}") from None
    picks = read_picks(folder / "decisions.parquet", benchmark)
    return Cell(folder.parent.name, folder.name, source.role, picks, entries, predictions)


def read_picks(path: Path, benchmark: Benchmark) -> Indices:
    """Read `decisions.parquet` as picks, shape (targets, items).

    Raises:
        UserError: the file is missing or cut off, lacks a target or an item, or names a response that is not there.
    """
    table = read_decisions(path)
    shape = benchmark.scored.shape
    target = pd.Categorical(table["target"], benchmark.names).codes.astype(np.intp)
    item, response = (table[name].to_numpy(dtype=np.intp) for name in ("item", "response"))
    known = (target >= 0) & (item >= 0) & (item < shape[1])
    wrong = known & ((response < 0) | (response >= benchmark.response_counts[np.where(known, item, 0)]))
    if wrong.any():
        row = int(wrong.argmax())
        raise UserError(f"{path}: response {response[row]} of item {item[row]} is not among the eval items")
    picks = np.full(shape, NONE)
    picks[target[known], item[known]] = response[known]
    if (missing := np.argwhere(picks == NONE)).size:
        place, at = missing[0]
        raise UserError(f"{path}: no decision on item {at} under the target {benchmark.names[place]}")
    return picks


def read_decisions(path: Path) -> pd.DataFrame:
    """Read `decisions.parquet`: columns target, item, response.

    Raises:
        UserError: the file is missing, is cut off, or lacks a column.
    """
    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not a readable Parquet file: {error}") from None
    if missing := [name for name in ("target", "item", "response") if name not in table]:
        raise UserError(f"{path}: the column {missing[0]} is missing")
    return table
