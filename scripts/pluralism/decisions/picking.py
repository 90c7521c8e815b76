"""Picking: from the predictions of an ADM to the response picked for each item under a target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate, most_voted, response_scores
from pluralism.decisions.scoring import PredictionError, prediction_error
from pluralism.decisions.selection import Indices, Scale, level_array, nearest_responses
from pluralism.errors import UserError
from pluralism.targets.target import Target

ResponseLevels = list[list[dict[str, float]]]
"""Per item and response, attribute -> level."""
ResponseTexts = list[list[dict[str, str]]]
"""Per item and response, attribute (or "" for a pick) -> text."""


@dataclass(frozen=True)
class CombinedPredictions:
    """What an ADM predicts for every response of every item, its samples combined.

    Attributes:
        levels: the combined scores of the samples; None for an ADM that picks a response outright.
        counts: per item and response, how many samples picked it; None for an ADM that predicts levels.
        picked: the response of each item that most samples picked; None for an ADM that predicts levels.
        reasonings: the reasoning of the first sample that has one.
    """

    levels: ResponseLevels | None
    counts: list[list[int]] | None
    picked: Indices | None
    reasonings: ResponseTexts


def combine(
    table: pd.DataFrame, items: Sequence[Item], aggregate: Aggregate = "mean", *, first_vote_wins: bool = False
) -> CombinedPredictions:
    """Combine the samples of predictions.

    Args:
        table: from `read_predictions`; of one target if they are target-bound.
        items: the items that they are about.
        aggregate: how to combine scores; picks are counted.
        first_vote_wins: as for `most_voted`.

    Raises:
        UserError: a response has no prediction.
    """
    reasonings = _first_reasonings(table, items)
    if table["attribute"].isna().all():
        votes = _votes(table, items)
        picked = most_voted(votes, first_vote_wins=first_vote_wins)
        return CombinedPredictions(None, _vote_counts(votes, items), picked, reasonings)
    return CombinedPredictions(_combined_levels(table, items, aggregate), None, None, reasonings)


def pick(combined: CombinedPredictions, target: Target, scale: Scale | None = None) -> Indices:
    """Pick a response of each item: the nearest to the target by its levels, or the one that most samples picked.

    The first of the nearest responses wins. `scale` as for `distances`.

    Raises:
        UserError: the target names an attribute that was not predicted.
    """
    if combined.picked is not None:
        return combined.picked
    assert combined.levels is not None
    predicted = list(combined.levels[0][0])
    target.check(predicted, "predicted")
    return nearest_responses(level_array(combined.levels, predicted), predicted, target, scale)


def level_error(combined: CombinedPredictions, items: Sequence[Item]) -> PredictionError:
    """How far the combined levels are from the labels; NaN for picks."""
    levels = combined.levels
    return prediction_error(levels or [], [item.labels for item in items] if levels else [])


def _first_reasonings(table: pd.DataFrame, items: Sequence[Item]) -> ResponseTexts:
    reasonings: ResponseTexts = [[{} for _ in item.responses] for item in items]
    given = table[table["reasoning"] != ""].sort_values("sample", kind="stable")
    given = given.drop_duplicates(["item", "response", "attribute"])
    for item, response, attribute, text in zip(
        given["item"], given["response"], given["attribute"].fillna(""), given["reasoning"], strict=True
    ):
        reasonings[item][response][attribute] = text
    return reasonings


def _votes(table: pd.DataFrame, items: Sequence[Item]) -> Indices:
    """The response that each sample picks, shape (samples, items); -1 where there is none."""
    picked = table[table["score"] == 1]
    votes = np.full((int(table["sample"].max()) + 1, len(items)), -1, dtype=np.intp)
    votes[picked["sample"], picked["item"]] = picked["response"]
    if (missing := (votes < 0).all(axis=0)).any():
        raise UserError(f"predictions: no sample picks a response of item {missing.argmax()}")
    return votes


def _vote_counts(votes: Indices, items: Sequence[Item]) -> list[list[int]]:
    return [
        np.bincount(of_item[of_item >= 0], minlength=len(item.responses)).tolist()
        for of_item, item in zip(votes.T, items, strict=True)
    ]


def _combined_levels(table: pd.DataFrame, items: Sequence[Item], aggregate: Aggregate) -> ResponseLevels:
    levels: ResponseLevels = [[{} for _ in item.responses] for item in items]
    combined = response_scores(table, aggregate)
    for item, response, attribute, score in zip(
        combined["item"], combined["response"], combined["attribute"], combined["score"], strict=True
    ):
        levels[item][response][attribute] = float(score)
    expected = set(table["attribute"].unique())
    for index, responses in enumerate(levels):
        if any(set(scores) != expected for scores in responses):
            raise UserError(f"predictions: a response of item {index} lacks a score for one of {sorted(expected)}")
    return levels
