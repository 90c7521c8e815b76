"""Predictions: what an ADM predicts of each response, and their file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralism.errors import UserError, shown
from pluralism.files import replacing
from pluralism.tables import Kind, read_parquet, typed_table


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
        score: in [0, 1]; for an attribute beyond it, where the protocol does not bound scores.
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


LARGEST = 1e100
"""Of scores that the protocol does not bound; the squares of larger ones are none."""
COLUMNS = [entry.name for entry in fields(Prediction)]
REQUIRED = [entry.name for entry in fields(Prediction) if entry.default is MISSING]
"""The columns of every file; older files lack the others."""
_KEY = ["item", "response", "attribute", "sample", "target"]
CHECKED = [*_KEY, "score", "spread"]
"""The columns that `check_rows` looks at."""
_NUMBERS, _TEXTS = ("score", "spread"), ("attribute", "target", "reasoning")
KINDS: Mapping[str, Kind] = {
    name: "number" if name in _NUMBERS else "text" if name in _TEXTS else "whole" for name in COLUMNS
}
"""Column -> its kind."""


LARGEST_SPREAD = 0.5
"""Of a number in [0, 1]."""


def prediction_table(rows: Sequence[Prediction]) -> pd.DataFrame:
    """Predictions as a frame with the columns of `Prediction`."""
    return pd.DataFrame([vars(row) for row in rows], columns=COLUMNS)


def write_predictions(rows: Sequence[Prediction] | pd.DataFrame, path: Path) -> None:
    """Write `predictions.parquet`, completely or not at all, from predictions or from their frame."""
    table = rows if isinstance(rows, pd.DataFrame) else prediction_table(rows)
    types = {"attribute": "string", "target": "string", "reasoning": "string", "spread": "float64"}
    with replacing(path) as (draft,):
        table[COLUMNS].astype(types).to_parquet(draft, index=False)


def read_predictions(path: Path, columns: Sequence[str] = COLUMNS, *, bounded: bool = True) -> pd.DataFrame:
    """Read `predictions.parquet` as a frame with the given columns of `Prediction`, to save memory where few are used.

    A column that is not required and not in the file is empty.

    Args:
        path: the file.
        columns: of the frame.
        bounded: whether a predicted level must be from 0 to 1.

    Raises:
        UserError: the file is not found, is cut off, lacks a required column, or has one of another kind; or see
            `check_rows`.
    """
    wanted = dict.fromkeys([*columns, *CHECKED])
    table = read_parquet(path, {name: KINDS[name] for name in wanted}, REQUIRED)
    try:
        check_rows(table, bounded=bounded)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    return table[list(columns)]


def checked_predictions(
    rows: Sequence[Prediction], responses: Sequence[int], attributes: Collection[str], *, bounded: bool = True
) -> None:
    """Raise a `UserError` unless rows are predictions of some items; arguments as for the two checks below."""
    import pyarrow as pa

    if not rows:
        raise UserError("there are no predictions")
    if (other := next((row for row in rows if not isinstance(row, Prediction)), None)) is not None:
        raise UserError(f"a prediction is {shown(other)}, expected a pluralism.predictions.Prediction")
    for place, row in enumerate(rows):
        check_numbers(place, row)
    try:
        table = pa.table({name: pa.array([getattr(row, name) for row in rows]) for name in COLUMNS})
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise UserError(f"the predictions have values of several kinds: {error}") from None
    typed = typed_table(table, KINDS)
    check_rows(typed, bounded=bounded)
    check_predictions(typed, responses, attributes)


def check_numbers(place: int, row: Prediction) -> None:
    """Raise a `UserError` unless the score and the spread at a place are numbers; a spread may be None, and not NaN.

    A file cannot tell NaN, as a miscalculated spread would be, from none.
    """
    for name, value in (("score", row.score), ("spread", row.spread)):
        is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        if not is_number and (name, value) != ("spread", None):
            raise UserError(f"{row_words(place, vars(row))}: {name} is {shown(value)}, expected a number")
        if name == "spread" and isinstance(value, float | np.floating) and np.isnan(value):
            raise UserError(f"{row_words(place, vars(row))}: spread is nan, expected a number, or none")


def row_words(place: int, row: Mapping[Any, Any]) -> str:
    """Which row it is, and what it scores: "row 3: item 0, response 1, care, sample 0"."""
    names = [row[name] for name in ("attribute", "target") if isinstance(row[name], str)]
    words = [f"item {row['item']}", f"response {row['response']}", *names, f"sample {row['sample']}"]
    return f"row {place}: {', '.join(words)}"


def check_predictions(table: pd.DataFrame, responses: Sequence[int], attributes: Collection[str]) -> None:
    """Raise a `UserError` unless predictions are of some items, each sample of all responses of its item.

    Args:
        table: with the columns of `Prediction`.
        responses: the number of responses of each item.
        attributes: those of the dataset.
    """
    check_scores(table, responses, attributes)
    groups = table.groupby(["target", "attribute", "item", "sample"], dropna=False)["score"].agg(["size", "sum"])
    item = groups.index.get_level_values("item").to_numpy()
    if (short := groups["size"].to_numpy() != np.asarray(responses)[item]).any():
        raise UserError(f"a response of item {item[short.argmax()]} lacks a score")
    check_samples(groups.index.to_frame(index=False))
    for (_, attribute), group in table.groupby(["target", "attribute"], dropna=False)["item"]:
        if missing := set(range(len(responses))) - set(group.unique()):
            about = f" of {attribute}" if isinstance(attribute, str) else ""
            raise UserError(f"item {min(missing)} has no prediction{about}")
    if table["attribute"].isna().all() and (other := groups["sum"].to_numpy() != 1).any():
        raise UserError(f"a sample of item {item[other.argmax()]} does not pick one response")


def check_samples(found: pd.DataFrame) -> None:
    """Raise a `UserError` unless an item has each sample, from 0 to its last, of every attribute.

    Items may differ in their number: one with more responses is shown in more orders.

    Args:
        found: the combinations of target, attribute, item and sample that have scores, each once.
    """
    found = found.astype({"target": "string", "attribute": "string"}).fillna({"target": "", "attribute": ""})
    found["last"] = found.groupby(["target", "item"])["sample"].transform("max")
    there = found.groupby(["target", "attribute", "item"])["sample"].transform("size")
    if (short := (there <= found["last"]).to_numpy()).any():
        keys = ["target", "attribute", "item", "last"]
        target, attribute, item, last = (found[key].iloc[short.argmax()] for key in keys)
        same = found[(found["target"] == target) & (found["attribute"] == attribute) & (found["item"] == item)]
        missing = min({*range(last + 1)} - {*same["sample"]})
        about = "".join(f" of {name}" for name in (attribute, target) if name)
        raise UserError(f"item {item} has no sample {missing}{about}, expected each from 0 to {last}")


def check_rows(table: pd.DataFrame, *, bounded: bool = True) -> None:
    """Raise a `UserError` unless there are predictions, each with numbers in range, and none twice.

    Args:
        table: with the columns `CHECKED`.
        bounded: whether a predicted level must be from 0 to 1.
    """
    if table.empty:
        raise UserError("there are no predictions")
    for name in ("attribute", "target"):
        if table[name].isna().any() and table[name].notna().any():
            raise UserError(f"row {int(table[name].isna().argmax())}: {name} is missing, other rows have one")
    score, spread = table["score"], table["spread"]
    if table["attribute"].isna().all():
        scores = ("score", score.isin([0, 1]), "1 for the pick and 0 for others")
    elif bounded:
        scores = ("score", score.between(0, 1), "a number from 0 to 1")
    else:
        scores = ("score", score.between(-LARGEST, LARGEST), f"a number from {-LARGEST:g} to {LARGEST:g}")
    spreads = ("spread", spread.isna() | spread.between(0, LARGEST_SPREAD), f"0 to {LARGEST_SPREAD} or none")
    for name, fits, expected in (scores, spreads):
        if not fits.all():
            row = int(fits.argmin())
            words = row_words(row, table.iloc[row].to_dict())
            raise UserError(f"{words}: {name} is {table[name].iloc[row]}, expected {expected}")
    if (twice := table.duplicated(_KEY)).any():
        first = table[twice].iloc[0]
        raise UserError(f"sample {first['sample']} scores response {first['response']} of item {first['item']} twice")


def check_scores(table: pd.DataFrame, responses: Sequence[int], attributes: Collection[str]) -> None:
    """Raise a `UserError` unless each row is a score of a known response and attribute.

    Arguments as for `check_predictions`.
    """
    item, response = table["item"].to_numpy(), table["response"].to_numpy()
    known = item < len(responses)
    known[known] = response[known] < np.asarray(responses, dtype=np.intp)[item[known]]
    if not known.all():
        row = int(known.argmin())
        raise UserError(f"response {response[row]} of item {item[row]} is not among the eval items")
    if (wrong := table["position"].to_numpy() >= np.asarray(responses, dtype=np.intp)[item]).any():
        row = int(wrong.argmax())
        expected = f"a whole number from 0 to {responses[item[row]] - 1}"
        raise UserError(f"row {row}: position is {table['position'].iloc[row]}, expected {expected}")
    if (last := table["sample"].max()) >= len(table) > 0:
        raise UserError(f"sample {last} of {len(table)} rows, expected samples that count from 0")
    if unknown := set(table["attribute"].dropna().unique()) - set(attributes):
        raise UserError(f"unknown attribute {shown(min(unknown))}; allowed: {', '.join(attributes)}")
