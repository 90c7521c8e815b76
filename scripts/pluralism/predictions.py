"""Predictions: what an ADM predicts of each response, and their file."""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

import pandas as pd

from pluralism.files import replacing
from pluralism.tables import read_parquet


@dataclass(frozen=True)
class Prediction:
    """One row of `predictions.parquet`: one response's score in one sample.

    Attributes:
        item: index of the item in eval.json.
        response: index of the response in the item.
        attribute: what the score measures; None when the ADM picked a response outright, and then the score is 1 for
            the response picked and 0 for the others.
        sample: which of several independent answers this is.
        target: the target's name for target-bound ADMs; None when the prediction serves every target.
        score: in [0, 1].
        reasoning: the text that came with the score.
        position: where the response stood in the order shown, from 0.
        query: index of the query that gave this row; rows of one query share one generation, and its token counts.
        prompt_tokens: of that generation.
        output_tokens: of that generation.
        spread: standard deviation of the score in the model's own distribution, in [0, 0.5]; None where the model wrote
            the score, which is then not the mean of its distribution.
    """

    item: int
    response: int
    attribute: str | None
    sample: int
    target: str | None
    score: float
    reasoning: str
    position: int
    query: int
    prompt_tokens: int
    output_tokens: int
    spread: float | None = None


COLUMNS = [entry.name for entry in fields(Prediction)]
REQUIRED = [entry.name for entry in fields(Prediction) if entry.default is MISSING]
"""The columns of every file; older files lack the others."""


def prediction_table(rows: Sequence[Prediction]) -> pd.DataFrame:
    """Predictions as a frame with the columns of `Prediction`."""
    return pd.DataFrame([vars(row) for row in rows], columns=COLUMNS)


def write_predictions(rows: Sequence[Prediction] | pd.DataFrame, path: Path) -> None:
    """Write `predictions.parquet`, completely or not at all, from predictions or from their frame."""
    table = rows if isinstance(rows, pd.DataFrame) else prediction_table(rows)
    types = {"attribute": "string", "target": "string", "reasoning": "string", "spread": "float64"}
    with replacing(path) as (draft,):
        table[COLUMNS].astype(types).to_parquet(draft, index=False)


def read_predictions(path: Path, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Read `predictions.parquet` as a frame with the given columns of `Prediction`, to save memory where few are used.

    A column that is not required and not in the file is empty.

    Raises:
        UserError: the file is not found, is cut off, or lacks a required column.
    """
    return read_parquet(path, columns, REQUIRED)
