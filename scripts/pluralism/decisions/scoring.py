"""Scoring: how well picks fit a target by the labels, and how well predicted levels fit the labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pluralism.datasets.items import Levels
from pluralism.decisions.selection import Array, Grid, distances


@dataclass(frozen=True)
class PickScore:
    """How well picks fit a target.

    Attributes:
        n_scored: items that count.
        n_tied: items left out, since all their responses are equally near to the target.
        accuracy: percent of the scored items whose pick is among the responses nearest by label; NaN if none is scored.
        alignment_score: mean over the scored items of 100 * (1 - distance of the pick / largest distance of the item);
            NaN if none is scored.
    """

    n_scored: int
    n_tied: int
    accuracy: float
    alignment_score: float


@dataclass(frozen=True)
class PredictionError:
    """How far predicted scores are from the labels, over all items, responses and attributes predicted.

    NaN where nothing was predicted.
    """

    mse: float
    mae: float


def score_picks(
    labels: Array,
    attributes: Sequence[str],
    picks: Sequence[int] | NDArray[np.intp],
    target: Levels,
    grid: Grid | None = None,
) -> PickScore:
    """Score one pick per item.

    Args:
        labels: shape (items, responses, attributes), from `level_array`.
        attributes: the names along its last axis; they include the target's.
        picks: index of the response picked, one per item.
        target: attribute -> wanted level.
        grid: the scale in whose steps distances are counted; None to compare levels as they are written.
    """
    if len(picks) == 0:
        return PickScore(0, 0, np.nan, np.nan)
    to_target = distances(labels, attributes, target, grid)
    nearest, farthest = np.nanmin(to_target, axis=1), np.nanmax(to_target, axis=1)
    of_pick = to_target[np.arange(len(picks)), picks]
    scored = farthest > nearest
    n_scored = int(scored.sum())
    if n_scored == 0:
        return PickScore(0, len(picks), np.nan, np.nan)
    return PickScore(
        n_scored=n_scored,
        n_tied=len(picks) - n_scored,
        accuracy=100 * float((of_pick == nearest)[scored].mean()),
        alignment_score=100 * float((1 - of_pick[scored] / farthest[scored]).mean()),
    )


def prediction_error(
    predictions: Sequence[Sequence[Levels]], labels: Sequence[Sequence[Mapping[str, float]]]
) -> PredictionError:
    """Compare predicted with true levels; `predictions` and `labels` hold one entry per item, and in it per response.

    A predicted attribute that has no label is left out.
    """
    errors = np.array(
        [
            score - levels[attribute]
            for item_scores, item_labels in zip(predictions, labels, strict=True)
            for scores, levels in zip(item_scores, item_labels, strict=True)
            for attribute, score in scores.items()
            if attribute in levels
        ]
    )
    if errors.size == 0:
        return PredictionError(np.nan, np.nan)
    return PredictionError(mse=float(np.mean(errors**2)), mae=float(np.mean(np.abs(errors))))
