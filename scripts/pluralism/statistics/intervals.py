"""Intervals that hold at every accuracy: Wilson's, on the effective number of outcomes that the prompts give.

The variance by prompt is told as the number of independent outcomes, each 0 or 1, that would scatter as much, and
Wilson's interval is computed with that number. So it has a width at 100%, too, and is wider on the side that has room.
docs/reference/numbers.md has the sources, dev/coverage.py the simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from pluralism.decisions.selection import Array
from pluralism.statistics.linearised import Between, Linearised, ratio, squares

LEVEL = 0.95
PRIOR_PROMPTS = 3.0
"""How many prompts' worth of errors it takes until the outcomes of a prompt count as more than one; by simulation."""

ONE = 1 + 1e-9
"""One outcome, but for rounding."""

Bounds = tuple[float, float]
SHARE: Bounds = (0.0, 1.0)
NOT_NEGATIVE: Bounds = (0.0, np.inf)
NO_VARIANCE = 1e-15
"""A variance below it is that of rounding."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval, and the standard error: half the interval in units of the normal's quantile."""

    value: float
    low: float
    high: float
    standard_error: float

    def columns(self, name: str) -> dict[str, object]:
        """The value and its interval as the columns name, name_low and name_high."""
        return {name: self.value, **self.ends(name)}

    def ends(self, name: str) -> dict[str, object]:
        """The interval as the columns name_low and name_high."""
        return {f"{name}_low": self.low, f"{name}_high": self.high}

    def times(self, factor: float) -> "Estimate":
        """The same in another unit, as 100 for percent."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.standard_error * factor)


@dataclass(frozen=True)
class Estimates:
    """Several values with their intervals; each array has shape (statistics,)."""

    values: Array
    low: Array
    high: Array
    standard_error: Array

    def __getitem__(self, place: int) -> Estimate:
        return Estimate(*(float(part[place]) for part in (self.values, self.low, self.high, self.standard_error)))


def estimates(linearised: Linearised, bounds: Bounds = SHARE) -> Estimates:
    """The interval of each statistic; `bounds` is the range that it can have."""
    if bounds == NOT_NEGATIVE:
        return _on_log_scale(linearised)
    return wilson(linearised.values, size_in(linearised, bounds), linearised.freedom, bounds)


def estimate_mean(linearised: Linearised, bounds: Bounds = SHARE) -> Estimate:
    """The mean over statistics, one per target, with its interval for these targets."""
    return estimates(linearised.mean(), bounds)[0]


def estimate_drawn(linearised: Linearised, bounds: Bounds = SHARE) -> Estimate:
    """The mean over statistics, one per target, with its interval for targets like these.

    Two-way clustering by prompt and target (Cameron, Gelbach & Miller 2011): to the variance by prompt comes that by
    target, less what of it the prompts explain, which is in both. One target does not show how much targets differ, and
    gives no interval. It is never narrower than that of the targets alone, by Student's t of so few.
    """
    mean, between = linearised.mean(), linearised.between()
    if np.isnan(between.variance):
        return Estimate(float(mean.values[0]), np.nan, np.nan, np.nan)
    size = size_in(mean, bounds)
    shares = _shares(mean, bounds)
    widened, freedom = with_targets(shares, size, mean.freedom, between, bounds)
    both = wilson(mean.values, widened, freedom, bounds)[0]
    by_target = between.variance / (bounds[1] - bounds[0]) ** 2
    scatter = shares * (1 - shares)
    if not by_target > NO_VARIANCE or not scatter > 0:
        return both
    # Few targets may scatter less than they do on average, and then hide in what the prompts explain.
    alone = wilson(mean.values, scatter / by_target, np.array([between.freedom]), bounds)[0]
    low, high = np.minimum(both.low, alone.low), np.maximum(both.high, alone.high)
    return Estimate(both.value, float(low), float(high), float(standard_error(low, high)))


def estimate_from(value: float, influence: Array) -> Estimate:
    """Student's interval of a single value without a range, from what each prompt adds to its error.

    `influence`: how far each prompt moves the value, linearised, shape (prompts,); they sum to 0.
    """
    count = len(influence)
    if np.isnan(value) or count < 2:
        return Estimate(value, np.nan, np.nan, np.nan)
    error = float(np.sqrt(count / (count - 1) * squares(influence)))
    half = float(critical(np.array(count - 1))) * error
    return Estimate(value, value - half, value + half, error)


def with_targets(
    share: Array, size: Array, freedom: Array, between: Between, bounds: Bounds = SHARE
) -> tuple[Array, Array]:
    """The effective number of outcomes and the degrees of freedom where targets are drawn, too.

    The degrees of freedom of the sum of both variances are those of Satterthwaite (1946).
    """
    width = (bounds[1] - bounds[0]) ** 2
    by_prompt, excess = share * (1 - share) / size, between.excess / width
    if (freedom < 1).any():
        return size, freedom
    variance = by_prompt + excess
    uncertainty = by_prompt**2 / np.maximum(freedom, 1) + (between.variance / width) ** 2 / between.freedom
    has_scatter = share * (1 - share) > 0
    return (
        np.where(has_scatter, ratio(share * (1 - share), variance), size),
        np.where(has_scatter, np.maximum(ratio(variance**2, uncertainty), 1), freedom),
    )


def size_in(linearised: Linearised, bounds: Bounds = SHARE, prior: float = PRIOR_PROMPTS) -> Array:
    """The effective number of outcomes of each statistic in its range."""
    variance = linearised.variance / (bounds[1] - bounds[0]) ** 2
    return effective_size(_shares(linearised, bounds), variance, linearised.prompts, prior)


def effective_size(share: Array, variance: Array, prompts: Array, prior: float) -> Array:
    """How many independent outcomes, each 0 or 1, would scatter as much as a share does.

    Where the errors are those of few prompts, these do not tell how alike the outcomes of a prompt are. So the number
    is drawn towards that of the prompts, as if the outcomes of a prompt were one: a weighted geometric mean, `prior`
    against the number of prompts that the errors are spread over. With one outcome per prompt nothing changes.

    Args:
        share: in [0, 1].
        variance: of the share, by prompt.
        prompts: how many of equal weight there are.
        prior: how many prompts' worth the number of prompts counts.
    """
    rarer = np.minimum(share, 1 - share)
    all_alike = rarer**2 < NO_VARIANCE
    spread = np.where(all_alike, 0, prompts * ratio(rarer**2, rarer**2 + prompts * variance))
    raw = np.where(all_alike, prompts, share * (1 - share) / np.maximum(variance, NO_VARIANCE))
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.exp((spread * np.log(raw) + prior * np.log(prompts)) / (spread + prior))
    size: Array = np.where(raw > prompts, drawn, raw)
    return size


def wilson(values: Array, size: Array, freedom: Array, bounds: Bounds = SHARE) -> Estimates:
    """Wilson's interval (1927), with an effective number of outcomes and Student's t in place of the normal.

    NaN where there is no value or no degree of freedom.
    """
    low, high = bounds
    quantile = critical(freedom)
    ends = (low + (high - low) * end for end in wilson_ends((values - low) / (high - low), size, quantile))
    below, above = (np.where(freedom >= 1, np.clip(end, low, high), np.nan) for end in ends)
    # Rounding must not leave out the value where it is an end.
    below, above = np.minimum(below, values), np.maximum(above, values)
    return Estimates(values, below, above, standard_error(below, above))


def standard_error(low: Array, high: Array) -> Array:
    """Half of the interval in units of the normal's quantile."""
    return (high - low) / (2 * float(norm.ppf((1 + LEVEL) / 2)))


def wilson_ends(share: Array, size: Array, quantile: Array | float) -> tuple[Array, Array]:
    """Both ends of Wilson's interval of a share in [0, 1].

    Where the share is that of one outcome or less, the end towards it is that of a Poisson count of one (Brown, Cai &
    DasGupta 2001): Wilson's own would leave out true shares at which one such outcome is the rule rather than none.
    """
    squared = quantile**2 / size
    middle = (share + squared / 2) / (1 + squared)
    half = quantile / (1 + squared) * np.sqrt(share * (1 - share) / size + squared / (4 * size))
    low, high = middle - half, middle + half
    poisson = poisson_share(quantile)
    low = np.where(size * share <= ONE, np.minimum(low, poisson * share), low)
    high = np.where(size * (1 - share) <= ONE, np.maximum(high, 1 - poisson * (1 - share)), high)
    return low, high


def poisson_share(quantile: Array | float) -> Array:
    """What is left of a share at its lower end, where it is that of one outcome, by a Poisson count of one."""
    return np.asarray(-np.log1p(-2 * norm.sf(quantile)))


def critical(freedom: Array | Sequence[float]) -> Array:
    """The quantile of Student's t that a two-sided interval at `LEVEL` needs."""
    return np.asarray(student.ppf((1 + LEVEL) / 2, np.maximum(freedom, 1)))


def _shares(linearised: Linearised, bounds: Bounds) -> Array:
    low, high = bounds
    return (linearised.values - low) / (high - low)


def _on_log_scale(linearised: Linearised) -> Estimates:
    """Of means without an upper end: Student's t on the logarithm; a mean of 0 has no interval."""
    values, freedom = linearised.values, linearised.freedom
    with np.errstate(invalid="ignore"):
        correction = np.where(freedom >= 1, ratio(freedom + 1, np.maximum(freedom, 0)), np.nan)
        error = np.sqrt(linearised.variance * correction)
    reach = np.exp(critical(freedom) * ratio(error, values))
    return Estimates(values, values / reach, values * reach, error)
