"""Decisions: from predictions to the response picked under each target, and the file that tells of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pluralism.datasets.items import Item, Levels
from pluralism.decisions.aggregation import Aggregate, response_scores
from pluralism.decisions.scoring import PredictionError, prediction_error
from pluralism.decisions.selection import Grid, level_array, nearest_responses
from pluralism.errors import UserError

Picks = NDArray[np.intp]
"""Index of the response picked, one per item."""


@dataclass(frozen=True)
class Outlook:
    """What an ADM thinks of every response of every item, taken together over its samples.

    Exactly one of `levels` and `counts` is there.

    Attributes:
        levels: per item and response, attribute -> its scores in the samples, taken together.
        counts: per item and response, how many samples picked it.
        reasonings: per item and response, attribute (or "" for a pick) -> the reasoning of the first sample with one.
    """

    levels: list[list[dict[str, float]]] | None
    counts: list[list[int]] | None
    reasonings: list[list[dict[str, str]]]


def outlook(table: pd.DataFrame, items: Sequence[Item], aggregate: Aggregate = "mean") -> Outlook:
    """Take predictions together over samples.

    Args:
        table: predictions (`read_predictions`), those of one target if they are target-bound.
        items: the items that they are about.
        aggregate: how scores are taken together; picks are counted.

    Raises:
        UserError: there is a response without a prediction.
    """
    reasonings: list[list[dict[str, str]]] = [[{} for _ in item.responses] for item in items]
    said = table[table["reasoning"] != ""].sort_values("sample", kind="stable")
    said = said.drop_duplicates(["item", "response", "attribute"])
    for item, response, attribute, text in zip(
        said["item"], said["response"], said["attribute"].fillna(""), said["reasoning"], strict=True
    ):
        reasonings[item][response][attribute] = text
    if table["attribute"].isna().all():
        counts = [[0 for _ in item.responses] for item in items]
        votes = table.groupby(["item", "response"], as_index=False)["score"].sum()
        for item, response, count in zip(votes["item"], votes["response"], votes["score"], strict=True):
            counts[item][response] = int(count)
        if (unasked := next((index for index, row in enumerate(counts) if not any(row)), None)) is not None:
            raise UserError(f"predictions: none picks a response of item {unasked}")
        return Outlook(None, counts, reasonings)
    levels: list[list[dict[str, float]]] = [[{} for _ in item.responses] for item in items]
    together = response_scores(table, aggregate, sort=False)
    for item, response, attribute, score in zip(
        together["item"], together["response"], together["attribute"], together["score"], strict=True
    ):
        levels[item][response][attribute] = float(score)
    expected = set(table["attribute"].unique())
    for index, responses in enumerate(levels):
        if any(set(scores) != expected for scores in responses):
            raise UserError(f"predictions: a response of item {index} lacks a score for one of {sorted(expected)}")
    return Outlook(levels, None, reasonings)


def pick(view: Outlook, target: Levels, name: str, grid: Grid | None = None) -> Picks:
    """Pick a response of each item: the nearest to the target by its scores, or the one that most samples picked.

    The first response wins a tie. With a `grid`, distances are counted in the steps of this scale.

    Raises:
        UserError: the target names an attribute that was not predicted.
    """
    if view.counts is not None:
        return np.array([np.argmax(counts) for counts in view.counts], dtype=np.intp)
    assert view.levels is not None
    predicted = list(view.levels[0][0])
    if missing := [attribute for attribute in target if attribute not in predicted]:
        raise UserError(f"target {name} names {missing[0]}, which was not predicted; predicted: {', '.join(predicted)}")
    return nearest_responses(level_array(view.levels, predicted), predicted, target, grid)


def level_error(view: Outlook, items: Sequence[Item]) -> PredictionError:
    """How far the scores, taken together, are from the labels; NaN for picks."""
    return prediction_error(view.levels or [], [item.labels for item in items] if view.levels else [])


class OutputWriter:
    """Words `input_output.json`. What the targets share, the items and the predictions, is encoded once."""

    def __init__(self, view: Outlook, items: Sequence[Item]) -> None:
        """Encode the items and what the ADM thinks of them."""
        self._view = view
        self._inputs = [_encode(item.as_json()) for item in items]
        if view.levels is not None:
            self._infos = [_encode({"predictions": levels}) for levels in view.levels]
        else:
            self._infos = [_encode({"sample_counts": counts}) for counts in view.counts or []]

    def text(self, picks: Picks, target: Levels) -> str:
        """The file's text for one target's picks, an item per line."""
        entries = [
            f'{{"input": {self._inputs[item]}, "output": {{"selected_response_index": {picked}, '
            f'"reasoning": {_encode(self._reasoning(item, picked, target))}, "choice_info": {self._infos[item]}}}}}'
            for item, picked in enumerate(picks.tolist())
        ]
        return "[\n" + ",\n".join(entries) + "\n]\n"

    def _reasoning(self, item: int, picked: int, target: Levels) -> str:
        texts = self._view.reasonings[item][picked]
        if self._view.counts is not None:
            return texts.get("", "")
        return " ".join(f"{attribute}: {texts[attribute]}" for attribute in target if attribute in texts)


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
