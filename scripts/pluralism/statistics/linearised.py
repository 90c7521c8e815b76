"""Statistics with what each prompt adds to their errors.

A study has few prompts, each with the outcomes of many targets, which are alike; so a prompt with all its outcomes is
what would be drawn again. The influences of the prompts, by linearisation, are what variances are computed from.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.decisions.selection import Array, Indices


@dataclass(frozen=True)
class Clusters:
    """The prompts of a dataset, each with all its items.

    Attributes:
        prompts: the number of each item's prompt, from 0, shape (items,).
    """

    prompts: Indices

    @cached_property
    def count(self) -> int:
        """How many prompts there are."""
        return int(self.prompts.max()) + 1

    @cached_property
    def _in_order(self) -> tuple[Indices, Indices]:
        order = np.argsort(self.prompts, kind="stable")
        return order, np.searchsorted(self.prompts[order], np.arange(self.count))

    def sums(self, values: NDArray[Any]) -> Array:
        """Sum the last axis, items, by prompt: shape (.., items) -> (.., prompts)."""
        order, starts = self._in_order
        sums: Array = np.add.reduceat(np.asarray(values, dtype=float)[..., order], starts, axis=-1)
        return sums


@dataclass(frozen=True)
class Linearised:
    """Statistics with what each prompt adds to their errors.

    Attributes:
        values: shape (statistics,); NaN where there is nothing to count.
        influence: how far each prompt moves the value, shape (statistics, prompts); they sum to 0.
        weights: how much each prompt counts, shape (statistics, prompts); they sum to 1.
    """

    values: Array
    influence: Array
    weights: Array

    @cached_property
    def variance(self) -> Array:
        """Of the values, by prompt, shape (statistics,)."""
        return squares(self.influence)

    @cached_property
    def prompts(self) -> Array:
        """How many prompts of equal weight count as much (Kish, Survey Sampling, 1965), shape (statistics,)."""
        return ratio(1.0, squares(self.weights))

    @cached_property
    def freedom(self) -> Array:
        """Degrees of freedom of the variance: the prompts that count, less one."""
        counted: Array = (self.weights > 0).sum(axis=1) - 1.0
        return counted

    def only(self, places: Indices) -> "Linearised":
        """Some of the statistics."""
        return Linearised(self.values[places], self.influence[places], self.weights[places])

    def known(self) -> "Linearised":
        """The statistics that have a value."""
        return self.only(np.flatnonzero(~np.isnan(self.values)))

    def mean(self) -> "Linearised":
        """The mean of the statistics that have a value, as one statistic."""
        known = self.known()
        if not len(known.values):
            nothing = np.zeros((1, self.weights.shape[1]))
            return Linearised(np.array([np.nan]), nothing, nothing)
        parts = (known.values, known.influence, known.weights)
        return Linearised(*(part.mean(axis=0, keepdims=True) for part in parts))

    def between(self) -> "Between":
        """How much the statistics, one per target, scatter beyond what their prompts explain."""
        known = self.known()
        count = len(known.values)
        if count < 2:
            return Between(np.nan, np.nan, np.nan)
        correction = 1 / (count * (count - 1))
        variance = correction * float(squares(known.values - known.values.mean()))
        return Between(variance, max(0.0, variance - correction * float(known.variance.sum())), count - 1.0)


@dataclass(frozen=True)
class Between:
    """How much the mean over targets scatters when other targets are drawn.

    Attributes:
        variance: of the mean, by target; NaN of fewer than two targets.
        excess: what of it the prompts do not explain, not negative.
        freedom: degrees of freedom.
    """

    variance: float
    excess: float
    freedom: float


def ratios(top: NDArray[Any], bottom: NDArray[Any]) -> Linearised:
    """Sums over prompts divided by other sums; both of shape (statistics, prompts), `bottom` not negative."""
    top, bottom = np.broadcast_arrays(top, bottom)
    total = bottom.sum(axis=1)
    values, weights = ratio(top.sum(axis=1), total), ratio(bottom, total[:, None])
    influence = ratio(top, total[:, None]) - values[:, None] * weights
    return Linearised(values, np.nan_to_num(influence), np.nan_to_num(weights))


def stacked(statistics: "list[Linearised]") -> Linearised:
    """Several, below each other."""
    return Linearised(
        np.concatenate([one.values for one in statistics]),
        np.concatenate([one.influence for one in statistics]),
        np.concatenate([one.weights for one in statistics]),
    )


def ratio(top: NDArray[Any] | float, bottom: NDArray[Any] | float) -> Array:
    """`top / bottom`, NaN where `bottom` is 0."""
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    quotient: Array = np.divide(top, bottom, out=np.full(shape, np.nan), where=np.asarray(bottom) != 0)
    return quotient


def squares(values: Array) -> Array:
    """Sum of squares over the last axis."""
    total: Array = np.einsum("...i,...i->...", values, values)
    return total
