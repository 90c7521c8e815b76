"""Predicted and true levels: errors, rank correlation, calibration, and whether the spread predicts the error.

A predicted level combines a response's scores over the samples by the ADM's `aggregate`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import spearmanr

from pluralism.datasets.attributes import ALL
from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import NOT_NEGATIVE, SHARE, Estimate, estimates
from pluralism.statistics.linearised import Clusters, ratio, ratios
from pluralism.statistics.samples import Samples
from pluralism.statistics.table_columns import TableRow

BINS = 10


def level_rows(benchmark: Benchmark, entries: Sequence[Samples]) -> list[TableRow]:
    """MSE, MAE and Spearman's correlation of the predicted level with the label, by attribute and of all."""
    rows: list[TableRow] = []
    for attribute, (predicted, true) in _pairs(benchmark, entries):
        error = predicted - true
        rows.append(
            {
                "attribute": attribute,
                "n": len(error),
                "mse": float(np.mean(error**2)),
                "mae": float(np.mean(np.abs(error))),
                "spearman": spearman(predicted, true),
            }
        )
    return rows


def calibration_rows(benchmark: Benchmark, clusters: Clusters, entries: Sequence[Samples]) -> list[TableRow]:
    """Mean predicted and mean true level in ten bins of the predicted level, by attribute and of all.

    The mean true level has an interval, from the prompts with a response in the bin.
    """
    rows: list[TableRow] = []
    items = [np.indices(entry.scores.shape[1:], dtype=float)[0] for entry in entries]
    for attribute, (predicted, true, item) in _pairs(benchmark, entries, items):
        bins = bin_of(predicted)
        counts = np.bincount(bins, minlength=BINS)
        mean = ratio(np.bincount(bins, weights=predicted, minlength=BINS), counts)
        of_items = (len(benchmark.labels), BINS)
        places = item.astype(np.intp) * BINS + bins
        sums, numbers = (
            clusters.sums(np.bincount(places, weights, minlength=np.prod(of_items)).reshape(of_items).T)
            for weights in (true, None)
        )
        mean_true = estimates(ratios(sums, numbers))
        rows += [
            {
                "attribute": attribute,
                "bin_low": place / BINS,
                "bin_high": (place + 1) / BINS,
                "n": int(counts[place]),
                "mean_predicted": mean[place],
                **mean_true[place].columns("mean_true"),
            }
            for place in range(BINS)
        ]
    return rows


def spread_rows(benchmark: Benchmark, entries: Sequence[Samples]) -> list[TableRow]:
    """Standard deviation over the samples, and its Spearman correlation with the absolute error of the level.

    By attribute and of all; of responses with 2 samples or more.
    """
    rows: list[TableRow] = []
    with np.errstate(invalid="ignore", divide="ignore"):
        spreads = [_deviation(entry.scores) for entry in entries]
    for attribute, (predicted, true, spread) in _pairs(benchmark, entries, spreads):
        known = ~np.isnan(spread)
        if known.any():
            error = np.abs(predicted - true)[known]
            rows.append(
                {
                    "attribute": attribute,
                    "n": int(known.sum()),
                    "mean_spread": float(spread[known].mean()),
                    "spearman": spearman(spread[known], error),
                }
            )
    return rows


def error_estimates(
    benchmark: Benchmark, clusters: Clusters, entries: Sequence[Samples], *, bounded: bool = True
) -> dict[str, Estimate]:
    """MSE and MAE of all attributes with intervals; empty where no level was predicted.

    `bounded`: whether a predicted level must be from 0 to 1, and with it the errors.
    """
    if not entries[0].attributes:
        return {}
    errors = np.stack([entry.levels() - _labels(benchmark, entry) for entry in entries])
    known = ~np.isnan(errors)
    counts = clusters.sums(known.sum(axis=(0, 2, 3))[None])
    sums = {"mse": errors**2, "mae": np.abs(errors)}
    return {
        name: estimates(
            ratios(clusters.sums(np.where(known, values, 0).sum(axis=(0, 2, 3))[None]), counts),
            SHARE if bounded else NOT_NEGATIVE,
        )[0]
        for name, values in sums.items()
    }


def spearman(a: Array, b: Array) -> float:
    """Spearman's rank correlation; NaN where one side is constant."""
    if len(a) < 2 or np.all(a == a[0]) or np.all(b == b[0]):
        return np.nan
    return float(spearmanr(a, b).statistic)


def bin_of(predicted: Array) -> Indices:
    """The bin of each level, from 0; a level on a border belongs to the upper bin, 1 to the last."""
    # Rounding moves means of samples off a border like 0.3.
    bins: Indices = np.clip(np.floor(predicted * BINS + 1e-9), 0, BINS - 1).astype(np.intp)
    return bins


def _pairs(
    benchmark: Benchmark, entries: Sequence[Samples], *more: Sequence[Array]
) -> Iterator[tuple[str, list[Array]]]:
    """(attribute, [predicted levels, true levels, further columns]), all attributes together first."""
    if not (names := entries[0].attributes):
        return
    columns = [
        np.stack([entry.levels() for entry in entries]),
        np.stack([_labels(benchmark, entry) for entry in entries]),
        *(np.stack(arrays) for arrays in more),
    ]
    known = ~np.isnan(columns[0])
    yield ALL, [column[known] for column in columns]
    for place, name in enumerate(names):
        yield name, [column[..., place][known[..., place]] for column in columns]


def _labels(benchmark: Benchmark, entry: Samples) -> Array:
    return benchmark.labels[:, :, [benchmark.attributes.index(name) for name in entry.attributes]]


def _deviation(scores: Array) -> Array:
    """Standard deviation over the first axis, with n - 1; NaN where there are fewer than 2."""
    known = ~np.isnan(scores)
    counts = known.sum(axis=0)
    mean = np.where(known, scores, 0).sum(axis=0) / counts
    squares = np.where(known, (scores - mean) ** 2, 0).sum(axis=0)
    deviation: Array = np.where(counts > 1, np.sqrt(squares / (counts - 1)), np.nan)
    return deviation
