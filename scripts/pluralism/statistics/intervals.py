"""Intervals by the cluster bootstrap: prompts are drawn with replacement, each with all its items and targets.

The outcomes of one prompt under many targets are alike, so that resampling single outcomes would give intervals that
are too narrow. Every statistic here is a ratio of sums, so the outcomes are summed by prompt once; a resample is then a
vector of multinomial weights, and all resamples of all statistics are one matrix product.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from pluralism.decisions.selection import Array, Indices

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Bootstrap:
    """Resamples of the prompts of a dataset, shared by everything that is compared.

    Attributes:
        prompts: the number of each item's prompt, shape (items,).
        weights: how often a resample has a prompt, shape (1 + resamples, prompts). The first row has each once, so that
            the first value of all draws is the estimate itself.
    """

    prompts: Indices
    weights: Array

    def by_prompt(self, values: NDArray[Any]) -> Array:
        """Sum the last axis, items, by prompt."""
        if self.weights.shape[1] == len(self.prompts):
            return np.asarray(values, dtype=float)[..., np.argsort(self.prompts)]
        member = np.zeros((len(self.prompts), self.weights.shape[1]))
        member[np.arange(len(self.prompts)), self.prompts] = 1
        return np.asarray(values, dtype=float) @ member

    def sums(self, values: NDArray[Any]) -> Array:
        """Sums over the items of each resample: shape (statistics, items) -> (1 + resamples, statistics)."""
        return self.weights @ self.by_prompt(values).T


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval, and the standard error."""

    value: float
    low: float
    high: float
    standard_error: float

    def columns(self, name: str) -> dict[str, object]:
        """The value and its interval as the columns name, name_low and name_high."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


def estimate_from(value: float, influence: Array, bounds: tuple[float, float] | None = None) -> Estimate:
    """The interval of a value from what each prompt adds to its error.

    Args:
        value: the statistic.
        influence: how far each prompt moves the value, linearised, shape (prompts,); they sum to 0.
        bounds: the range that the value can have; None if it has none.
    """
    count = len(influence)
    if np.isnan(value) or count < 2:
        return Estimate(value, np.nan, np.nan, np.nan)
    error = float(np.sqrt(count / (count - 1) * np.sum(influence**2)))
    low, high = value + error * t.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2], count - 1)
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Estimate(value, float(low), float(high), error)


def make_bootstrap(prompts: Indices, seed: int, resamples: int = RESAMPLES) -> Bootstrap:
    """Draw the resamples; none of a single prompt, which does not show how much prompts differ.

    `prompts` holds the number of each item's prompt, from 0, shape (items,).
    """
    count = int(prompts.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples * (count > 1))
    return Bootstrap(prompts, np.vstack([np.ones(count), drawn]))


def ratio(top: NDArray[Any], bottom: NDArray[Any]) -> Array:
    """`top / bottom`, NaN where `bottom` is 0."""
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    quotient: Array = np.divide(top, bottom, out=np.full(shape, np.nan), where=bottom != 0)
    return quotient


def mean_over(values: Array, members: Indices) -> Array:
    """Mean over some columns, without the NaN; NaN where all are. Shape (rows,)."""
    chosen = values[:, members]
    known = ~np.isnan(chosen)
    return ratio(np.where(known, chosen, 0).sum(axis=1), known.sum(axis=1))


def estimate(draws: Array) -> Estimate:
    """The percentile interval of draws, shape (1 + resamples,), of which the first is the estimate itself."""
    value, resampled = float(draws[0]), draws[1:][~np.isnan(draws[1:])]
    if np.isnan(value) or not resampled.size:
        return Estimate(value, np.nan, np.nan, np.nan)
    low, high = np.percentile(resampled, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(value, float(low), float(high), float(resampled.std()))
