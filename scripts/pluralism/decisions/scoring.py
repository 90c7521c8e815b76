"""Scoring: how well picks fit a target by the labels, and how well predicted levels fit the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pluralism.datasets.items import Levels
from pluralism.decisions.selection import Array, Bools, Indices, Scale, distances
from pluralism.targets.target import Target


@dataclass(frozen=True)
class Outcomes:
    """How picks turned out; all arrays have the shape of the picks. Where an item is not scored, 0 or False.

    Attributes:
        picks: index of the response picked.
        correct: whether it is among the responses that are nearest by label.
        alignment: 1 - distance / largest distance of the item, in [0, 1].
        steering_error: (distance - smallest of the item) / (largest - smallest of the item), in [0, 1].
    """

    picks: Indices
    correct: Bools
    alignment: Array
    steering_error: Array


@dataclass(frozen=True)
class LabelDistances:
    """How far the labels of the responses are from the targets. Picks are scored with these distances.

    Attributes:
        distances: shape (.., items, responses), from `distances`; NaN where an item has fewer responses.
    """

    distances: Array

    @cached_property
    def nearest(self) -> Array:
        """The smallest distance of each item, shape (.., items)."""
        smallest: Array = np.nanmin(self.distances, axis=-1)
        return smallest

    @cached_property
    def farthest(self) -> Array:
        """The largest distance of each item, shape (.., items)."""
        largest: Array = np.nanmax(self.distances, axis=-1)
        return largest

    @cached_property
    def scored(self) -> Bools:
        """Whether an item's responses differ in distance, shape (.., items). The others tie, and do not count."""
        return self.farthest > self.nearest

    @cached_property
    def right(self) -> Bools:
        """The responses that are right to pick, shape (.., items, responses)."""
        right: Bools = self.distances == self.nearest[..., None]
        return right

    def outcomes(self, picks: Indices) -> Outcomes:
        """Compare picks, shape (.., items), with the labels."""
        distance = np.take_along_axis(self.distances, picks[..., None], axis=-1)[..., 0]
        nearest, farthest, scored = self.nearest, self.farthest, self.scored
        return Outcomes(
            picks=picks,
            correct=scored & (distance == nearest),
            alignment=1 - np.divide(distance, farthest, out=np.ones(distance.shape), where=scored),
            steering_error=np.divide(
                distance - nearest, farthest - nearest, out=np.zeros(distance.shape), where=scored
            ),
        )


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
    """How far predicted levels are from the labels, over all items, responses and attributes; NaN without any."""

    mse: float
    mae: float


def score_picks(
    labels: Array,
    attributes: Sequence[str],
    picks: Sequence[int] | Indices,
    target: Target,
    scale: Scale | None = None,
) -> PickScore:
    """Score one pick per item, the index of a response; other arguments as for `distances`, with labels as levels."""
    if len(picks) == 0:
        return PickScore(0, 0, np.nan, np.nan)
    by_label = LabelDistances(distances(labels, attributes, target, scale))
    found, scored = by_label.outcomes(np.asarray(picks)), by_label.scored
    n_scored = int(scored.sum())
    return PickScore(
        n_scored=n_scored,
        n_tied=len(picks) - n_scored,
        accuracy=100 * float(found.correct[scored].mean()) if n_scored else np.nan,
        alignment_score=100 * float(found.alignment[scored].mean()) if n_scored else np.nan,
    )


def prediction_error(predictions: Sequence[Sequence[Levels]], labels: Sequence[Sequence[Levels]]) -> PredictionError:
    """Compare predicted with true levels, both per item and response; an attribute without label is left out."""
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
