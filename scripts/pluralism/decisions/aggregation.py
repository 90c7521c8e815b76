"""How the samples of a score are combined. Happens after inference: a change needs no new answers."""

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Aggregate = Literal["mean", "median", "trimmed_mean"]
"""mean: of all samples; median: the middle one; trimmed_mean: the mean without the lowest and the highest samples."""

AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)

TRIMMED = 0.2
"""The share that a trimmed mean leaves out at each end, rounded down: of 5 samples one at each end, of fewer none."""


def over_samples(scores: NDArray[np.float64], aggregate: Aggregate) -> NDArray[np.float64]:
    """Combine scores, shape (samples, ..), over the samples; NaN is a missing sample, or a missing result.

    Scores that a model wrote are whole points of 100. They are combined as such, and divided by 100 at the end, so that
    equal sums are equal levels: in levels, .1 + .2 is more than .3 + .0.
    """
    points = np.rint(100 * scores)
    whole = ((points / 100 == scores) | np.isnan(scores)).all(axis=0)
    return _combined(np.where(whole, points, scores), aggregate) / np.where(whole, 100, 1)


def _combined(scores: NDArray[np.float64], aggregate: Aggregate) -> NDArray[np.float64]:
    known = ~np.isnan(scores)
    counts = known.sum(axis=0)
    result = np.full(counts.shape, np.nan)
    if aggregate == "mean":
        np.divide(np.where(known, scores, 0).sum(axis=0), counts, out=result, where=counts > 0)
        return result
    ascending = np.sort(scores, axis=0)  # NaN comes last.
    for count in np.unique(counts[counts > 0]):
        result[counts == count] = _of_all(ascending[:count, counts == count], aggregate)
    return result


def response_scores(predictions: pd.DataFrame, aggregate: Aggregate) -> pd.DataFrame:
    """Combine the scores of each response over its samples: columns item, response, attribute, score.

    Args:
        predictions: with the columns of `Prediction`.
        aggregate: how to combine them.

    Returns:
        In the order of the predictions.
    """
    keys = ["item", "response", "attribute"]
    groups = predictions.groupby(keys, sort=False)
    group, place = groups.ngroup().to_numpy(), groups.cumcount().to_numpy()
    scores = np.full((place.max(initial=-1) + 1, groups.ngroups), np.nan)
    scores[place, group] = predictions["score"]
    return predictions[keys].drop_duplicates().assign(score=over_samples(scores, aggregate)).reset_index(drop=True)


def most_voted(votes: NDArray[np.intp], *, first_vote_wins: bool) -> NDArray[np.intp]:
    """The response of each item with most of the votes, shape (items,).

    Args:
        votes: the response that each sample picked, shape (samples, items); negative where there is none.
        first_vote_wins: which of several responses with most votes is picked: the one voted for first, in the order of
            the samples; else the first of the item.
    """
    counts = (votes[..., None] == np.arange(votes.max(initial=0) + 1)).sum(axis=0)
    most = counts == counts.max(axis=1, keepdims=True)
    picked: NDArray[np.intp] = most.argmax(axis=1)
    if first_vote_wins:
        of_items = votes.T
        first = (np.take_along_axis(most, np.maximum(of_items, 0), axis=1) & (of_items >= 0)).argmax(axis=1)
        picked = of_items[np.arange(len(of_items)), first]
    return picked


def _of_all(scores: NDArray[np.float64], aggregate: Aggregate) -> Any:
    """Over the first axis, without NaN."""
    if aggregate == "median":
        return np.median(scores, axis=0)
    from scipy.stats import trim_mean

    return trim_mean(scores, TRIMMED, axis=0)
