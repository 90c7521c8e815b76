"""The smallest difference that is found four times in five: against the normal approximation of large studies."""

import warnings

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from pluralism.statistics.differences import Sides
from pluralism.statistics.power import detectable_differences, shares, smallest_found


def one_difference(*numbers: float) -> Sides:
    """A single difference: the two shares, their sizes, the correlation of their errors and the degrees of freedom."""
    return Sides(*(np.array([number]) for number in numbers))


def needed(*numbers: float, comparisons: int = 1) -> float:
    """The smallest detectable difference of such a study."""
    return float(detectable_differences(one_difference(*numbers), comparisons)[0])


def normal_needs(disagreement: float, size: float, correlation: float, comparisons: int = 1) -> float:
    """The difference that is as many standard errors as a normal test needs."""

    def lacks(difference: float) -> float:
        chances = np.array([disagreement + difference, disagreement - difference]) / 2
        one, other = np.sqrt(chances * (1 - chances) / size)
        error = np.sqrt(one**2 + other**2 - 2 * correlation * one * other)
        return float(difference - (norm.isf(0.025 / comparisons) + norm.isf(0.2)) * error)

    return float(brentq(lacks, 0, disagreement))


@pytest.mark.parametrize("correlation", [-0.7, 0.0, 0.7])
@pytest.mark.parametrize("comparisons", [1, 20])
def test_in_a_large_study_it_is_that_of_a_normal_test(correlation: float, comparisons: int) -> None:
    found = needed(0.2, 0.1, 30_000, 30_000, correlation, 1e9, comparisons=comparisons)
    assert found == pytest.approx(normal_needs(0.3, 30_000, correlation, comparisons), rel=0.03)


@pytest.mark.parametrize("sizes", [(60, 3000), (3000, 60), (40, 40)])
@pytest.mark.parametrize("first_is_better", [True, False])
def test_drawn_studies_find_it_four_times_in_five(sizes: tuple[int, int], first_is_better: bool) -> None:
    """The share of the better ADM keeps its size; outcomes are drawn, intervals are Newcombe's."""
    draw = np.random.default_rng(0)
    both = (0.5, 0.0, *sizes) if first_is_better else (0.0, 0.5, *sizes[::-1])
    difference = needed(*both, 0.0, 1e9)
    chances = (0.5 + difference) / 2, (0.5 - difference) / 2
    better, worse = (draw.binomial(size, chance, 4000) for size, chance in zip(sizes, chances, strict=True))
    shares_ = better / sizes[0], worse / sizes[1]
    low = proportion_confint(better, sizes[0], method="wilson")[0]
    high = proportion_confint(worse, sizes[1], method="wilson")[1]
    found = shares_[0] - shares_[1] > np.hypot(shares_[0] - low, high - shares_[1])
    assert found.mean() == pytest.approx(0.8, abs=0.025)


def test_the_shares_differ_by_the_difference_and_disagree_as_often_as_before_or_as_it_needs() -> None:
    first, second = shares(np.array([0.3, 0.1, 0.0, 1.0]), np.array([0.1, 0.4, 0.2, 1.0]))
    assert first == pytest.approx([0.2, 0.4, 0.2, 1])
    assert second == pytest.approx([0.1, 0, 0, 0])


def test_fewer_degrees_of_freedom_need_as_much_more_as_students_quantile() -> None:
    # In a large study with few prompts, only the quantile of the test grows.
    few, many = (needed(0.2, 0.1, 30_000, 30_000, 0.0, freedom) for freedom in (2, 1e9))
    expected = (student.ppf(0.975, 2) + norm.isf(0.2)) / (norm.isf(0.025) + norm.isf(0.2))
    assert few / many == pytest.approx(expected, rel=0.04)


def test_two_prompts_have_one_degree_of_freedom_and_find_only_what_is_far_larger_than_its_error() -> None:
    assert needed(0.2, 0.1, 1e6, 1e6, 0.0, 1) == pytest.approx(
        (student.ppf(0.975, 1) + norm.isf(0.2)) * np.sqrt(2 * 0.15 * 0.85 / 1e6), rel=0.05
    )
    assert np.isnan(needed(0.2, 0.1, 1e6, 1e6, 0.0, 0))


def test_with_very_few_outcomes_no_difference_is_found() -> None:
    assert np.isnan(needed(0.5, 0.0, 2, 2, 0.0, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # No share that is drawn is beyond 1.
        small = needed(0.9, 0.1, 8, 8, 0.0, 7)
    assert 0.65 < small < 0.8


def test_what_is_found_is_the_smallest_of_those_that_are() -> None:
    size = 400.0

    def of(difference: np.ndarray) -> Sides:
        ones, half = np.ones(len(difference)), difference / 2
        return Sides(0.3 + half, np.maximum(0.3 - half, 0), size * ones, size * ones, 0 * ones, 1e9 * ones)

    (found,) = smallest_found(of, np.array([1e9]), 1)
    error = np.sqrt(2 * 0.3 * 0.7 / size)
    assert found == pytest.approx((norm.isf(0.025) + norm.isf(0.2)) * error, rel=0.03)


@pytest.mark.parametrize("size", [10, 17, 21, 32])
def test_where_errors_cancel_out_a_difference_is_found_too(size: int) -> None:
    almost = needed(0.3, 0.1, size, size, 1 - 1e-9, size - 1)
    assert needed(0.3, 0.1, size, size, 1.0, size - 1) == pytest.approx(almost, abs=1e-3)
