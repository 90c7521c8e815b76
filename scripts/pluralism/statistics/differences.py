"""Paired differences: the share that goes one way minus the share that goes the other way, with intervals and tests.

Two ADMs differ where only the first or only the second is right. Both shares have an interval that holds when they are
rare; the interval of their difference is put together from these (MOVER: Newcombe 1998, Zou & Donner 2008). The test is
the same interval turned round: 1 - p is the highest level at which it leaves out 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from pluralism.decisions.scoring import Bools
from pluralism.decisions.selection import Array
from pluralism.statistics.intervals import NO_VARIANCE, Estimates, critical, size_in, wilson_ends, with_targets
from pluralism.statistics.linearised import Linearised, stacked

PRIOR_PROMPTS = 1.0
"""As in `intervals`; here there are two shares that both err to the safe side. By simulation."""
STEPS = 50
"""Halvings until a p-value is exact."""
FARTHEST = 1e3
"""Quantile of Student's t beyond which a p-value is 0 for all purposes."""


@dataclass(frozen=True)
class Sides:
    """The two shares of each of several differences; all arrays have shape (differences,).

    Attributes:
        first: the share that goes the first way, in [0, 1].
        second: the share that goes the second way; they exclude each other.
        first_size: effective number of outcomes.
        second_size: the same of the second.
        correlation: of the two shares' errors.
        freedom: degrees of freedom.
    """

    first: Array
    second: Array
    first_size: Array
    second_size: Array
    correlation: Array
    freedom: Array

    def swapped(self, where: Bools | bool = True) -> "Sides":
        """The two ways exchanged."""
        pairs = ((self.first, self.second), (self.first_size, self.second_size))
        (first, second), (size, other) = ((np.where(where, b, a), np.where(where, a, b)) for a, b in pairs)
        return Sides(first, second, size, other, self.correlation, self.freedom)

    def low(self, quantile: Array) -> Array:
        """The lower end of the interval of first - second, for a quantile of Student's t."""
        below = self.first - wilson_ends(self.first, self.first_size, quantile)[0]
        above = wilson_ends(self.second, self.second_size, quantile)[1] - self.second
        return self.first - self.second - np.sqrt(below**2 - 2 * self.correlation * below * above + above**2)

    def estimates(self) -> Estimates:
        """First - second with intervals; NaN where there is no degree of freedom."""
        quantile = critical(self.freedom)
        known = self.freedom >= 1
        low, high = (np.where(known, end, np.nan) for end in (self.low(quantile), -self.swapped().low(quantile)))
        return Estimates(self.first - self.second, low, high, (high - low) / (2 * quantile))

    def p_values(self) -> Array:
        """Of the two-sided tests that the shares are equal."""
        larger_first = self.swapped(self.first < self.second)
        inside, outside = np.zeros(len(self.first)), np.full(len(self.first), FARTHEST)
        for _ in range(STEPS):
            middle = (inside + outside) / 2
            excludes = larger_first.low(middle) > 0
            inside, outside = np.where(excludes, middle, inside), np.where(excludes, outside, middle)
        p_values = 2 * student.sf(inside, np.maximum(self.freedom, 1))
        return np.where(self.freedom >= 1, p_values, np.nan)


Pair = tuple[Linearised, Linearised]
"""The shares that go the first and the second way, a statistic per target; both of the same decisions."""


def sides(pairs: Sequence[Pair]) -> Sides:
    """The means over targets, for these targets."""
    first, second = (stacked([pair[way].mean() for pair in pairs]) for way in (0, 1))
    return both_ways(first, second)


def both_ways(first: Linearised, second: Linearised) -> Sides:
    """Differences of statistics in [0, 1], a difference per statistic."""
    covariance = np.einsum("ij,ij->i", first.influence, second.influence)
    correlation = _correlation(covariance, first.variance, second.variance)
    first_size, second_size = (size_in(way, prior=PRIOR_PROMPTS) for way in (first, second))
    return Sides(first.values, second.values, first_size, second_size, correlation, first.freedom)


def sides_drawn(pairs: Sequence[Pair]) -> Sides:
    """The means over targets, for targets like these; no degree of freedom where there is one target."""
    parts = [_drawn(pair, sides([pair])) for pair in pairs]
    return Sides(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _drawn(pair: Pair, these: Sides) -> tuple[Array, ...]:
    first, second = pair
    difference = Linearised(first.values - second.values, first.influence - second.influence, first.weights)
    of_first, of_second, of_both = (part.between() for part in (first, second, difference))
    if np.isnan(of_both.variance):
        nothing = np.full(1, np.nan)
        return these.first, these.second, these.first_size, these.second_size, nothing, nothing
    first_size, _ = with_targets(these.first, these.first_size, these.freedom, of_first)
    second_size, _ = with_targets(these.second, these.second_size, these.freedom, of_second)
    variances = [
        part.mean().variance + between.excess
        for part, between in ((first, of_first), (second, of_second), (difference, of_both))
    ]
    covariance = (variances[0] + variances[1] - variances[2]) / 2
    correlation = _correlation(covariance, variances[0], variances[1])
    # Of a share whose variance is that of the difference, so that the degrees of freedom are those of the difference.
    _, freedom = with_targets(
        np.full(1, 0.5), 0.25 / np.maximum(variances[2] - of_both.excess, NO_VARIANCE), these.freedom, of_both
    )
    return these.first, these.second, first_size, second_size, correlation, freedom


def _correlation(covariance: Array, first: Array, second: Array) -> Array:
    scale = np.sqrt(first * second)
    known = scale > NO_VARIANCE
    return np.where(known, np.clip(covariance / np.where(known, scale, 1), -1, 1), 0)
