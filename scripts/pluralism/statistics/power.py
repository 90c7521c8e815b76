"""The smallest true difference that a test finds four times in five, by simulation from a study's own variances."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.stats import t as student

from pluralism.decisions.selection import Array
from pluralism.statistics.differences import Sides
from pluralism.statistics.table_columns import SIGNIFICANCE

POWER = 0.8
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
    ahead = sides.swapped(sides.first < sides.second)

    def of(difference: Array) -> Sides:
        first, second = shares(ahead.first + ahead.second, difference)
        return replace(ahead, first=first, second=second)

    return smallest_found(of, sides.freedom, comparisons)


def shares(disagreement: Array, difference: Array) -> tuple[Array, Array]:
    """The shares on which only the better, and only the worse of two ADMs is right, with a true difference."""
    first = np.minimum((np.maximum(disagreement, difference) + difference) / 2, 1)
    return first, first - difference


def smallest_found(of: Callable[[Array], Sides], freedom: Array, comparisons: int) -> Array:
    """The smallest of each of several differences that is found; NaN if none is.

    Args:
        of: true differences -> the two shares in studies with these; shape (differences,).
        freedom: degrees of freedom, shape (differences,).
        comparisons: the size of the family that Holm's correction is over.
    """
    quantile = np.asarray(student.ppf(1 - SIGNIFICANCE / (2 * comparisons), np.maximum(freedom, 1)))
    low, high = np.zeros(len(freedom)), np.ones(len(freedom))
    found_at_most = _power(of(high), quantile) >= POWER
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = _power(of(middle), quantile) >= POWER
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    return np.where(found_at_most & (freedom >= 1), high, np.nan)


def _power(sides: Sides, quantile: Array) -> Array:
    """The share of studies with these true shares in which the test finds the first the larger."""
    one, other = (errors[:, None] for errors in _errors())
    other = sides.correlation * one + np.sqrt(1 - sides.correlation**2) * other
    drawn = [
        np.clip(share + np.sqrt(share * (1 - share) / size) * error, 0, 1)
        for share, size, error in ((sides.first, sides.first_size, one), (sides.second, sides.second_size, other))
    ]
    studies = replace(sides, first=drawn[0], second=drawn[1])
    power: Array = (studies.low(quantile) > 0).mean(axis=0)
    return power


@lru_cache(maxsize=1)
def _errors() -> tuple[Array, Array]:
    """Standard normal errors of the two shares, the same for every difference, so that power rises smoothly with it."""
    one, other = np.random.default_rng(0).standard_normal((2, STUDIES))
    return one, other
