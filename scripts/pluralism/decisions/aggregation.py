"""How the samples of a score are combined. Happens after inference: a change needs no new answers."""

from functools import partial
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
    """Combine scores, shape (samples, ..), over the samples; NaN is a missing sample, or a missing result."""
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


def response_scores(predictions: pd.DataFrame, aggregate: Aggregate, *, sort: bool = True) -> pd.DataFrame:
    """Combine the scores of each response over its samples: columns item, response, attribute, score.

    Args:
        predictions: with the columns of `Prediction`.
        aggregate: how to combine them.
        sort: by item, response and attribute; else in the order of the predictions.
    """
    groups = predictions.groupby(["item", "response", "attribute"], sort=sort)["score"]
    combined = groups.mean() if aggregate == "mean" else groups.agg(partial(_of_all, aggregate=aggregate))
    return combined.reset_index()


def _of_all(scores: Any, aggregate: Aggregate) -> Any:
    """Over the first axis, without NaN."""
    if aggregate == "median":
        return np.median(scores, axis=0)
    from scipy.stats import trim_mean

    return trim_mean(scores, TRIMMED, axis=0)
