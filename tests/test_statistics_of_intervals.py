"""Intervals at the edges: other ranges than from 0 to 1, two prompts, one outcome, and rare ones."""

import numpy as np
import pytest
from scipy.stats import chi2, norm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from pluralism.statistics.intervals import (
    NOT_NEGATIVE,
    Estimate,
    effective_size,
    estimate_drawn,
    estimate_from,
    estimate_mean,
    estimates,
    size_in,
    wilson_ends,
    with_targets,
)
from pluralism.statistics.linearised import Between, Clusters, Linearised, ratios

MISSING = [True] * 3


def of_estimate(found: Estimate) -> list[float]:
    """Its numbers."""
    return [found.value, found.low, found.high, found.standard_error]


def one(value: float) -> np.ndarray:
    """A single statistic."""
    return np.array([value])


def test_in_another_range_an_interval_is_that_of_the_share_of_the_range() -> None:
    draw = np.random.default_rng(0)
    share = ratios(draw.random((3, 12)) < [[0.2], [0.5], [0.9]], np.ones((3, 12)))
    moved = Linearised(5 * share.values - 2, 5 * share.influence, share.weights)
    for estimate in (estimate_mean, estimate_drawn):
        in_shares, found = estimate(share), estimate(moved, (-2.0, 3.0))
        value, low, high, error = of_estimate(in_shares)
        assert of_estimate(found) == pytest.approx([5 * value - 2, 5 * low - 2, 5 * high - 2, 5 * error])
    narrow = Linearised(share.values / 2 + 0.25, share.influence / 2, share.weights)
    value, low, high, error = of_estimate(estimate_drawn(share))
    in_half = [value / 2 + 0.25, low / 2 + 0.25, high / 2 + 0.25, error / 2]
    assert of_estimate(estimate_drawn(narrow, (0.25, 0.75))) == pytest.approx(in_half)


def test_two_prompts_give_an_interval_and_one_or_no_value_gives_none() -> None:
    found = estimate_from(3.0, np.array([0.5, -0.5]))
    half = student.ppf(0.975, 1) * 1.0  # The two values are 2 and 4, the standard error of their mean is 1.
    assert of_estimate(found) == pytest.approx([3, 3 - half, 3 + half, 1])
    shares = ratios(np.array([[0.0, 1.0]]), np.ones((1, 2)))
    assert 0 <= estimate_mean(shares).low < 0.5 < estimate_mean(shares).high <= 1
    amounts = ratios(np.array([[2.0, 4.0]]), np.ones((1, 2)))
    reach = np.exp(student.ppf(0.975, 1) / 3)
    assert of_estimate(estimates(amounts, NOT_NEGATIVE)[0]) == pytest.approx([3, 3 / reach, 3 * reach, 1])
    for missing in (
        estimate_from(3.0, np.array([0.0])),
        estimate_from(np.nan, np.array([0.1, 0.2, -0.3])),
        estimate_mean(ratios(np.ones((1, 1)), np.ones((1, 1)))),
        estimates(ratios(np.ones((1, 1)), np.ones((1, 1))), NOT_NEGATIVE)[0],
    ):
        assert np.isnan(of_estimate(missing)[1:]).tolist() == MISSING


def test_a_value_in_another_unit_is_so_with_its_ends_and_its_error() -> None:
    assert Estimate(0.5, 0.25, 0.625, 0.125).times(100) == Estimate(50, 25, 62.5, 12.5)


def test_variances_by_prompt_and_by_target_are_added_with_the_freedom_of_their_sum() -> None:
    by_prompt, between = 0.7 * 0.3 / 50, Between(0.004, 0.003, 3.0)
    size, freedom = with_targets(one(0.7), one(50), one(6), between)
    assert size == pytest.approx([0.7 * 0.3 / (by_prompt + 0.003)])
    assert freedom == pytest.approx([(by_prompt + 0.003) ** 2 / (by_prompt**2 / 6 + 0.004**2 / 3)])
    # In a range of 10, variances are a hundred times as large.
    stretched = with_targets(one(0.7), one(50), one(6), Between(0.4, 0.3, 3.0), (-5.0, 5.0))
    assert np.array(stretched) == pytest.approx(np.array([size, freedom]))


def test_where_targets_are_drawn_freedom_is_at_least_1() -> None:
    _, freedom = with_targets(one(0.7), one(50), one(1), Between(0.01, 0.001, 1.0))
    assert freedom.tolist() == [1]
    by_prompt = 0.7 * 0.3 / 20
    _, freedom = with_targets(one(0.7), one(20), one(1), Between(0.002, 0.001, 1.0))
    assert freedom == pytest.approx([(by_prompt + 0.001) ** 2 / (by_prompt**2 + 0.002**2)])


def test_where_nothing_can_be_told_of_both_scatters_the_prompts_alone_count() -> None:
    for share, freedom in ((0.7, 0), (1.0, 6)):
        found = with_targets(one(share), one(50), one(freedom), Between(0.004, 0.003, 3.0))
        assert [part.tolist() for part in found] == [[50], [freedom]]


def test_targets_that_do_not_scatter_beyond_their_prompts_leave_the_size_and_take_freedom() -> None:
    size, freedom = with_targets(one(0.7), one(50), one(6), Between(0.004, 0.0, 3.0))
    by_prompt = 0.7 * 0.3 / 50
    assert size == pytest.approx(50)
    assert freedom == pytest.approx(by_prompt**2 / (by_prompt**2 / 6 + 0.004**2 / 3))


@pytest.mark.parametrize("wrong", [[3, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [3, 1, 2, 0, 0, 0], [0, 2, 2, 2, 0, 0]])
def test_the_number_of_outcomes_is_drawn_towards_that_of_prompts_by_how_many_prompts_err(wrong: list[int]) -> None:
    """Errors in some of 6 prompts with 10 outcomes each: as many prompts err as Kish's number of their errors."""
    errors = np.array(wrong)
    made = ratios(10 - errors[None], np.full((1, 6), 10))
    raw = float(made.values[0] * (1 - made.values[0]) / np.var(1 - errors / 10) * 6)
    assert raw > 6
    kish = errors.sum() ** 2 / (errors**2).sum()
    expected = np.average(np.log([raw, 6]), weights=[kish, 3])
    assert size_in(made) == pytest.approx([np.exp(expected)])
    for share in (made.values, 1 - made.values):
        assert effective_size(share, made.variance, made.prompts, 3.0) == pytest.approx([np.exp(expected)])


def test_outcomes_that_scatter_more_than_one_per_prompt_would_count_as_fewer() -> None:
    assert effective_size(one(0.5), one(0.05), one(20), 3.0) == pytest.approx([0.25 / 0.05])


def test_two_errors_in_a_million_are_not_none() -> None:
    share = one(2e-6)
    assert effective_size(share, share / 1e6, one(1e3), 3.0)[0] > 1.5e3
    assert effective_size(one(0.0), one(0.0), one(1e3), 3.0).tolist() == [1e3]


@pytest.mark.parametrize("quantile", [norm.ppf(0.975), student.ppf(0.975, 8)])
def test_the_end_towards_a_single_outcome_is_that_of_a_poisson_count_of_1(quantile: float) -> None:
    one_sided = 2 * norm.sf(quantile)
    least = chi2.ppf(one_sided, 2) / 2  # The rate at which one outcome or more are that rare.
    for outcomes in (1.0, 0.4):
        share = np.array([outcomes / 20, 1 - outcomes / 20])
        low, high = wilson_ends(share, np.array([20.0, 20]), quantile)
        assert [low[0], high[1]] == pytest.approx([least * outcomes / 20, 1 - least * outcomes / 20])
        # The other end is Wilson's own.
        wilson = proportion_confint(outcomes, 20, alpha=one_sided, method="wilson")
        assert [high[0], low[1]] == pytest.approx([wilson[1], 1 - wilson[1]])


def test_of_two_outcomes_both_ends_are_wilsons() -> None:
    low, high = wilson_ends(np.array([2 / 20, 18 / 20]), np.array([20.0, 20]), norm.ppf(0.975))
    expected = [proportion_confint(count, 20, method="wilson") for count in (2, 18)]
    assert np.column_stack([low, high]) == pytest.approx(np.array(expected))


def test_the_end_towards_one_outcome_is_never_nearer_than_wilsons() -> None:
    # With a small quantile, a Poisson count of one could well be one more often than that.
    low, high = wilson_ends(np.array([1 / 20, 19 / 20]), np.array([20.0, 20]), 0.1)
    own = proportion_confint(1, 20, alpha=2 * norm.sf(0.1), method="wilson")[0]
    assert [low[0], high[1]] == pytest.approx([own, 1 - own])


def test_prompts_are_told_apart_by_their_number_and_one_is_enough() -> None:
    assert Clusters(np.array([0, 0, 0])).sums(np.array([[1, 2, 4]])).tolist() == [[7]]
    assert Clusters(np.array([1, 0])).count == 2


def test_two_targets_tell_how_much_targets_differ() -> None:
    made = ratios(np.array([[1.0, 0, 0, 0], [1, 1, 1, 0]]), np.ones((2, 4)))
    between = made.between()
    # Values of .25 and .75: the variance of their mean is .125 / 2; each has 3/16 / 4 by prompt.
    assert between.variance == pytest.approx(0.0625)
    assert between.freedom == 1
    assert between.excess == pytest.approx(0.0625 - (3 / 64 + 3 / 64) / 2)
    assert np.isnan(ratios(np.ones((1, 4)), np.ones((1, 4))).between().variance)
