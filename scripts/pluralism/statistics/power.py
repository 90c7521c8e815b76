"""The smallest true difference that a test finds four times in five, by simulation from a study's own variances."""

from functools import lru_cache

import numpy as np
from scipy.stats import t as student

from pluralism.decisions.selection import Array
from pluralism.statistics.differences import Sides

POWER, SIGNIFICANCE = 0.8, 0.05
STUDIES = 2000
"""Simulated for each difference that is tried."""
HALVINGS = 14


def detectable_differences(sides: Sides, comparisons: int) -> Array:
    """The true difference that is found with `POWER` after Holm's correction, in [0, 1]; NaN if none is.

    The two ADMs disagree as often as in this study, or as often as the difference needs; the shares scatter as here.
    Holm's correction is that of the first of its steps, which a difference must pass if it is the only one.

    Args:
        sides: of the pairs.
        comparisons: the size of the family that Holm's correction is over.
    """
    quantile = np.asarray(student.ppf(1 - SIGNIFICANCE / (2 * comparisons), np.maximum(sides.freedom, 1)))
    ahead = sides.swapped(sides.first < sides.second)
    low, high = np.zeros(len(ahead.first)), np.ones(len(ahead.first))
    found_at_most = _power(ahead, high, quantile) >= POWER
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = _power(ahead, middle, quantile) >= POWER
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    return np.where(found_at_most & (sides.freedom >= 1), high, np.nan)


def _power(sides: Sides, difference: Array, quantile: Array) -> Array:
    """The share of studies with this true difference in which the test finds it."""
    disagreement = np.maximum((sides.first + sides.second) / 2, difference / 2)
    first = np.minimum(disagreement + difference / 2, 1)
    second = first - difference
    one, other = (errors[:, None] for errors in _errors())
    other = sides.correlation * one + np.sqrt(1 - sides.correlation**2) * other
    drawn = [
        np.clip(share + np.sqrt(share * (1 - share) / size) * error, 0, 1)
        for share, size, error in ((first, sides.first_size, one), (second, sides.second_size, other))
    ]
    studies = Sides(drawn[0], drawn[1], sides.first_size, sides.second_size, sides.correlation, sides.freedom)
    power: Array = (studies.low(quantile) > 0).mean(axis=0)
    return power


@lru_cache(maxsize=1)
def _errors() -> tuple[Array, Array]:
    """Standard normal errors of the two shares, the same for every difference, so that power rises smoothly with it."""
    one, other = np.random.default_rng(0).standard_normal((2, STUDIES))
    return one, other
