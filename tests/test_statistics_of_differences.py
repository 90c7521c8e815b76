"""How intervals and tests of paired differences are put together: against other libraries, geometry, and by hand."""

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from pluralism.statistics.differences import Sides, betweens, both_ways, sides
from pluralism.statistics.intervals import estimate_drawn, estimate_mean
from pluralism.statistics.linearised import Between, Linearised, ratios


def one_difference(*numbers: float) -> Sides:
    """A single difference: the two shares, their sizes, the correlation of their errors and the degrees of freedom."""
    return Sides(*(np.array([number]) for number in numbers))


def reaches(share: float, size: int, quantile: float) -> tuple[float, float]:
    """How far Wilson's interval reaches down and up from a share, by statsmodels."""
    low, high = proportion_confint(share * size, size, alpha=2 * norm.sf(quantile), method="wilson")
    return share - low, high - share


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.7, 1.0])
def test_correlated_ends_are_put_together_like_the_sides_of_a_triangle(correlation: float) -> None:
    """By the law of cosines: the correlation is the cosine of the angle between the two errors."""
    quantile = student.ppf(0.975, 12)
    (down, up), (other_down, other_up) = reaches(0.3, 50, quantile), reaches(0.1, 80, quantile)
    direction = np.array([correlation, np.sqrt(1 - correlation**2)])
    found = one_difference(0.3, 0.1, 50, 80, correlation, 12).estimates()[0]
    assert found.low == pytest.approx(0.2 - np.linalg.norm([down, 0] - other_up * direction))
    assert found.high == pytest.approx(0.2 + np.linalg.norm([up, 0] - other_down * direction))
    assert found.standard_error == pytest.approx((found.high - found.low) / (2 * norm.ppf(0.975)))


@pytest.mark.parametrize("share", [0.5, 0.4, 0.3])
def test_errors_that_cancel_out_leave_an_interval_without_width(share: float) -> None:
    for size in range(3, 60):
        found = one_difference(share, 1 - share, size, size, 1.0, size - 1).estimates()[0]
        assert [found.low, found.high] == pytest.approx([2 * share - 1] * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("between", "prompts", "capped"), [(Between(0.008, 0.007, 4.0), 30, False), (Between(0.0005, 0.0004, 9.0), 6, True)]
)
def test_for_targets_like_these_the_variances_are_added_with_the_freedom_of_their_sum(
    between: Between, prompts: int, capped: bool
) -> None:
    quantile = student.ppf(0.975, prompts)
    (down, up), (other_down, other_up) = reaches(0.3, 50, quantile), reaches(0.1, 50, quantile)
    # In units of a standard error: by prompt, the mean of both sides.
    lower, upper = np.hypot(down, other_up) / quantile, np.hypot(up, other_down) / quantile
    by_prompt = ((lower + upper) / 2) ** 2
    both = (by_prompt + between.excess) ** 2 / (by_prompt**2 / prompts + between.variance**2 / between.freedom)
    assert (both > prompts) == capped
    wider = student.ppf(0.975, min(both, prompts))
    found = one_difference(0.3, 0.1, 50, 50, 0.0, prompts).estimates_drawn([between])[0]
    assert found.value == pytest.approx(0.2)
    assert found.low == pytest.approx(0.2 - wider * np.sqrt(lower**2 + between.excess))
    assert found.high == pytest.approx(0.2 + wider * np.sqrt(upper**2 + between.excess))


def test_for_targets_like_these_an_interval_is_never_narrower_than_that_of_the_targets_alone() -> None:
    found = one_difference(0.3, 0.1, 50, 50, 0.0, 6).estimates_drawn([Between(0.002, 0.0, 1.0)])[0]
    half = student.ppf(0.975, 1) * np.sqrt(0.002)
    assert [found.low, found.high] == pytest.approx([0.2 - half, 0.2 + half])


def test_two_prompts_are_enough_for_an_interval_and_a_test() -> None:
    made = one_difference(0.3, 0.1, 40, 40, 0.0, 1)
    quantile = student.ppf(0.975, 1)
    (down, up), (other_down, other_up) = reaches(0.3, 40, quantile), reaches(0.1, 40, quantile)
    found = made.estimates()[0]
    assert [found.low, found.high] == pytest.approx([0.2 - np.hypot(down, other_up), 0.2 + np.hypot(up, other_down)])
    assert made.low(student.isf(made.p_values() / 2, 1))[0] == pytest.approx(0, abs=1e-9)
    drawn = made.estimates_drawn([Between(0.002, 0.001, 1.0)])[0]
    by_prompt = ((np.hypot(down, other_up) + np.hypot(up, other_down)) / 2 / quantile) ** 2
    assert (by_prompt + 0.001) ** 2 / (by_prompt**2 + 0.002**2) > 1  # But no more freedom than the prompts have.
    assert drawn.low == pytest.approx(max(-1, 0.2 - np.hypot(np.hypot(down, other_up), quantile * np.sqrt(0.001))))


@pytest.mark.parametrize("difference", [0.001, 0.02, 0.05])
def test_a_p_value_near_1_is_exact_too(difference: float) -> None:
    made = one_difference(0.2 + difference, 0.2, 50, 50, 0.0, 30)
    (p_value,) = made.p_values()
    assert p_value > 0.4
    assert made.low(student.isf(np.array([p_value / 2]), 30))[0] == pytest.approx(0, abs=1e-9)


def test_a_difference_for_targets_like_these_stays_within_1() -> None:
    made = one_difference(0.9, 0.05, 20, 20, -0.5, 19)
    turned = one_difference(0.05, 0.9, 20, 20, -0.5, 19)
    between = [Between(0.3, 0.3, 2.0)]
    assert made.estimates_drawn(between).high.tolist() == [1]
    assert turned.estimates_drawn(between).low.tolist() == [-1]


def test_the_correlation_of_two_shares_is_that_of_what_prompts_add_to_their_errors() -> None:
    draw, bottom = np.random.default_rng(0), np.full((2, 12), 8)
    first, noise = draw.integers(0, 4, size=(2, 12)), draw.integers(0, 2, size=12)
    tops = first, np.array([3 - first[0], first[1]]) + noise  # One against the other, and one with it.
    made = both_ways(ratios(tops[0], bottom), ratios(tops[1], bottom))
    expected = [np.corrcoef(tops[0][place], tops[1][place])[0, 1] for place in range(2)]
    assert min(expected) < -0.1 < 0.1 < max(expected)
    assert made.correlation == pytest.approx(expected)


def test_a_correlation_is_not_beyond_1_by_rounding() -> None:
    draw = np.random.default_rng(2)
    for _ in range(200):
        top = draw.random((1, 7))
        made, less, turned = (ratios(one, np.ones((1, 7))) for one in (top, top / 3, 1 - top))
        assert both_ways(made, less).correlation.max() <= 1
        assert both_ways(made, turned).correlation.min() >= -1


def test_shares_that_do_not_vary_over_prompts_are_not_correlated() -> None:
    half = ratios(np.ones((1, 10)), np.full((1, 10), 2))
    assert both_ways(half, half).correlation.tolist() == [0]


def test_few_prompts_with_errors_are_drawn_towards_the_number_of_prompts_less_than_for_an_accuracy() -> None:
    """One outcome of 100 in 10 prompts: its errors are of one prompt, as many as the prior counts."""
    top = np.zeros((1, 10))
    top[0, 0] = 1
    made = ratios(top, np.full((1, 10), 10))
    raw = 0.01 * 0.99 / made.variance[0]
    assert both_ways(made, made).first_size[0] == pytest.approx(np.sqrt(raw * 10), rel=0.05)


def test_differences_scatter_over_targets_as_pairs_do() -> None:
    weights = np.full((3, 2), 0.5)
    first = Linearised(np.array([0.5, 0.3, np.nan]), np.array([[0.1, -0.1], [0.2, -0.2], [0, 0]]), weights)
    second = Linearised(np.array([0.1, 0.3, np.nan]), np.array([[0.1, -0.1], [0.1, -0.1], [0, 0]]), weights)
    (found,) = betweens([(first, second)])
    # Differences of .4 and 0, whose mean has the variance .08 / 2; by prompt the first has no error, the second .02.
    assert found.variance == pytest.approx(0.04)
    assert found.excess == pytest.approx(0.04 - 0.02 / 2)
    assert found.freedom == 1
    (alike,) = betweens([(first, first)])
    assert (alike.variance, alike.excess) == (0, 0)


def test_several_pairs_are_the_same_as_each_by_itself() -> None:
    draw = np.random.default_rng(1)
    pairs = []
    for _ in range(3):
        outcome = draw.integers(0, 3, size=(2, 15))  # only the first right, only the second, both or none
        pairs.append(tuple(ratios(outcome == way, np.ones((2, 15))) for way in (0, 1)))
    together = sides([(first, second) for first, second in pairs])
    for place, (first, second) in enumerate(pairs):
        alone = sides([(first, second)])
        assert together.estimates()[place] == alone.estimates()[0]
        assert together.p_values()[place] == pytest.approx(alone.p_values()[0])
        mean = float((first.values - second.values).mean())
        assert together.estimates()[place].value == pytest.approx(mean)


def test_prompts_of_which_nothing_is_scored_do_not_count() -> None:
    right, scored = np.array([[1, 0, 1, 1, 1.0], [1, 1, 0, 1, 0]]), np.ones((2, 5))
    with_empty = ratios(np.hstack([right, np.zeros((2, 3))]), np.hstack([scored, np.zeros((2, 3))]))
    alone = ratios(right, scored)
    assert with_empty.freedom.tolist() == [4, 4]
    for estimate in (estimate_mean, estimate_drawn):
        found, expected = estimate(with_empty), estimate(alone)
        assert [found.low, found.high] == pytest.approx([expected.low, expected.high])


def test_the_mean_of_nothing_is_one_value_that_is_missing_and_counts_no_prompt() -> None:
    nothing = ratios(np.zeros((2, 6)), np.zeros((2, 6))).mean()
    assert np.isnan(nothing.values).tolist() == [True]
    assert nothing.weights.tolist() == nothing.influence.tolist() == [[0] * 6]
    assert np.isnan(nothing.prompts).tolist() == [True]


def test_prompts_of_unequal_weight_count_as_fewer() -> None:
    # Weights .5, .25 and .25: 1 / (1/4 + 1/16 + 1/16).
    assert ratios(np.ones((1, 3)), np.array([[2, 1, 1]])).prompts == pytest.approx([8 / 3])
