"""Paired differences: the share that goes one way minus the share that goes the other way, with intervals and tests.

Two ADMs differ where only the first or only the second is right. Both shares have an interval that holds when they are
rare; the interval of their difference is put together from these (MOVER: Newcombe 1998, Zou & Donner 2008). The test is
the same interval turned round: 1 - p is the highest level at which it leaves out 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from pluralism.decisions.selection import Array, Bools
from pluralism.statistics.intervals import NO_VARIANCE, Estimates, critical, size_in, standard_error, wilson_ends
from pluralism.statistics.linearised import Between, Linearised, ratio, stacked

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
        squared = below**2 - 2 * self.correlation * below * above + above**2
        # Where errors cancel out, rounding must not leave less than nothing.
        return self.first - self.second - np.sqrt(np.maximum(squared, 0))

    def estimates(self) -> Estimates:
        """First - second with intervals; NaN where there is no degree of freedom."""
        return self._between(*self._reach(critical(self.freedom)))

    def estimates_drawn(self, betweens: Sequence[Between]) -> Estimates:
        """The same with intervals for targets like these; NaN where there is one target.

        To the error by prompt, on either side, comes that by target in squares; the quantile is that of the degrees of
        freedom of both together. It is never narrower than that of the targets alone, by Student's t of so few.
        """
        quantile = critical(self.freedom)
        excess, variance, freedom = (
            np.array([getattr(between, name) for between in betweens]) for name in ("excess", "variance", "freedom")
        )
        reach = self._reach(quantile)
        by_prompt = (sum(reach) / (2 * quantile)) ** 2
        uncertainty = by_prompt**2 / np.maximum(self.freedom, 1) + variance**2 / freedom
        known = uncertainty > NO_VARIANCE**2
        both = np.where(known, ratio((by_prompt + excess) ** 2, np.where(known, uncertainty, 1)), self.freedom)
        scale = critical(np.where(np.isnan(freedom), np.nan, np.minimum(both, self.freedom))) / quantile
        by_target = critical(freedom) * np.sqrt(variance)
        reach_of_both = (scale * np.sqrt(side**2 + quantile**2 * excess) for side in reach)
        return self._between(*(np.maximum(side, by_target) for side in reach_of_both))

    def _reach(self, quantile: Array) -> tuple[Array, Array]:
        """How far the interval reaches down and up from first - second."""
        difference = self.first - self.second
        return difference - self.low(quantile), -self.swapped().low(quantile) - difference

    def _between(self, down: Array, up: Array) -> Estimates:
        difference, known = self.first - self.second, self.freedom >= 1
        low, high = (np.where(known, np.clip(end, -1, 1), np.nan) for end in (difference - down, difference + up))
        return Estimates(difference, low, high, standard_error(low, high))

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


def betweens(pairs: Sequence[Pair]) -> list[Between]:
    """How much each difference scatters over the targets."""
    differences = [
        Linearised(first.values - second.values, first.influence - second.influence, first.weights)
        for first, second in pairs
    ]
    return [difference.between() for difference in differences]


def _correlation(covariance: Array, first: Array, second: Array) -> Array:
    scale = np.sqrt(first * second)
    known = scale > NO_VARIANCE
    return np.where(known, np.clip(covariance / np.where(known, scale, 1), -1, 1), 0)
