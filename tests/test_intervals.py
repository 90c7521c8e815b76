"""Intervals, paired differences and power: against other libraries, brute force, and studies with a known truth."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.sandwich_covariance import cov_cluster

from dev.coverage import accuracy_of, covered, decisions, drawn_study, families, item_chances, ours, p_values_of, paired
from pluralism.decisions.selection import Bools
from pluralism.statistics.differences import Sides, betweens, sides
from pluralism.statistics.intervals import (
    NOT_NEGATIVE,
    critical,
    effective_size,
    estimate_drawn,
    estimate_from,
    estimate_mean,
    estimates,
    wilson_ends,
)
from pluralism.statistics.linearised import Clusters, Linearised, ratios
from pluralism.statistics.power import detectable_differences

RIGHT = arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(2, 12)))
"""Right or wrong, by target and prompt."""


def everything(right: Bools) -> Linearised:
    """The accuracy under each target, all prompts scored."""
    return ratios(right, np.ones(right.shape))


def test_wilsons_ends_are_those_of_statsmodels() -> None:
    low, high = wilson_ends(np.array([0.0, 0.3, 1.0]), np.array([20.0, 20, 20]), norm.ppf(0.975))
    theirs = [proportion_confint(count, 20, method="wilson") for count in (0, 6, 20)]
    assert np.column_stack([low, high]) == pytest.approx(np.array(theirs))


def test_sums_are_by_prompt() -> None:
    made = Clusters(np.array([0, 1, 0, 2, 1]))
    assert made.sums(np.array([[1, 2, 3, 4, 5], [0, 0, 1, 0, 1]])).tolist() == [[4, 7, 4], [1, 1, 0]]


def test_the_influence_of_a_prompt_is_how_far_a_little_more_of_it_moves_the_value() -> None:
    draw = np.random.default_rng(1)
    bottom = draw.integers(1, 4, size=(3, 6)).astype(float)
    top = bottom * draw.random((3, 6))
    made, more = ratios(top, bottom), 1e-6
    for prompt in range(6):
        weights = np.ones(6)
        weights[prompt] += more
        moved = (top @ weights) / (bottom @ weights)
        assert (moved - made.values) / more == pytest.approx(made.influence[:, prompt], abs=1e-5)


def test_the_variance_by_prompt_is_that_of_a_regression_with_clustered_errors() -> None:
    draw = np.random.default_rng(2)
    prompts = draw.integers(0, 15, size=60)
    right = (draw.random(60) < 0.7).astype(float)
    made = Clusters(prompts)
    ours_ = ratios(made.sums(right[None]), made.sums(np.ones((1, 60))))
    fitted = sm.OLS(right, np.ones(60)).fit()
    theirs = cov_cluster(fitted, prompts, use_correction=False)[0, 0]
    assert ours_.variance[0] == pytest.approx(theirs)


def test_two_way_clustering_adds_what_targets_scatter_beyond_their_prompts() -> None:
    """In a balanced study: variance by prompt + by target - by both, with the correction of the targets' number."""
    draw = np.random.default_rng(3)
    right = draw.random((5, 300)) < draw.random((5, 1))
    made = everything(right)
    residual = right - right.mean()
    by_target = 5 / 4 * np.sum((residual.sum(axis=1) / right.size) ** 2)
    by_both = 5 / 4 * np.sum(((right - right.mean(axis=1, keepdims=True)) / right.size) ** 2)
    between = made.between()
    assert between.variance == pytest.approx(by_target)
    assert between.excess == pytest.approx(by_target - by_both)
    found, fixed = estimate_drawn(made), estimate_mean(made)
    assert found.low < fixed.low < fixed.high < found.high
    share, total = right.mean(), float(made.mean().variance[0]) + between.excess
    freedom = total**2 / (float(made.mean().variance[0]) ** 2 / 299 + by_target**2 / 4)
    low, high = wilson_ends(np.array(share), share * (1 - share) / total, student.ppf(0.975, freedom))
    assert [found.low, found.high] == pytest.approx([float(low), float(high)], abs=0.01)


def test_few_targets_that_happen_to_scatter_little_do_not_prove_that_others_would() -> None:
    # Right on 60 and 61 of 84: less than the prompts alone would make two targets differ.
    right = np.array([np.arange(84) < 60, np.arange(84)[::-1] < 61])
    made = everything(right)
    assert made.between().excess == 0
    drawn, these = estimate_drawn(made), estimate_mean(made)
    assert drawn.low < these.low < these.high < drawn.high
    share, by_target = right.mean(), (1 / 84) ** 2 / 4
    alone = wilson_ends(np.array(share), share * (1 - share) / by_target, student.ppf(0.975, 1))
    assert drawn.low <= alone[0] + 1e-9
    assert drawn.high >= alone[1] - 1e-9
    nothing = everything(np.zeros(right.shape, dtype=bool))
    pair = (made, nothing)
    difference, fixed = sides([pair]).estimates_drawn(betweens([pair]))[0], sides([pair]).estimates()[0]
    assert difference.low < fixed.low < fixed.high < difference.high
    assert difference.low <= share - student.ppf(0.975, 1) * np.sqrt(by_target) + 1e-9


def test_intervals_for_targets_like_these_hold_with_two_targets() -> None:
    draw = np.random.default_rng(12)
    ends = drawn_ends([drawn_study(draw, 84, 2, 0.7, 0.3) for _ in range(300)])
    assert np.mean([low <= 0.7 <= high for low, high in ends]) > 0.93


def test_one_outcome_per_prompt_is_as_many_outcomes_as_prompts() -> None:
    share, prompts = np.array([0.9]), np.array([40.0])
    assert effective_size(share, share * (1 - share) / prompts, prompts, prior=3.0) == pytest.approx(prompts)
    assert effective_size(np.array([1.0]), np.array([0.0]), prompts, prior=3.0) == pytest.approx(prompts)


def test_few_prompts_with_errors_do_not_prove_that_outcomes_are_independent() -> None:
    """One wrong outcome in 10 prompts of 10 each: as if there were 100 outcomes, but it is drawn towards 10."""
    right = np.ones((10, 10), dtype=bool)
    right[0, 0] = False
    mean = everything(right).mean()
    raw = 0.99 * 0.01 / mean.variance[0]
    size = effective_size(mean.values, mean.variance, mean.prompts, prior=3.0)[0]
    assert raw == pytest.approx(110, rel=0.01)
    assert size == pytest.approx(raw**0.25 * 10**0.75, rel=0.05)  # The errors are of one prompt, against three.


def test_prompts_that_count_unequally_are_worth_fewer_and_each_is_a_degree_of_freedom() -> None:
    # As the page on numbers has it. The first of four prompts has 4 items, the others have one each, one of them wrong.
    items = np.array([[4.0, 1.0, 1.0, 1.0]])
    share, influence = 6 / 7, (np.array([4, 0, 1, 1]) - 6 / 7 * items[0]) / 7
    n, v = 49 / 19, np.sum(influence**2)
    m = share * (1 - share) / v
    assert m > n
    worth = n * (1 / 7) ** 2 / ((1 / 7) ** 2 + n * v)
    drawn = np.exp((worth * np.log(m) + 3 * np.log(n)) / (worth + 3))
    found = estimates(ratios(np.array([[4.0, 0.0, 1.0, 1.0]]), items))
    expected = wilson_ends(np.array(share), drawn, student.ppf(0.975, 3))
    assert (found.low[0], found.high[0]) == pytest.approx([float(end) for end in expected])


def test_a_mean_without_an_upper_end_is_never_negative() -> None:
    values = np.random.default_rng(4).lognormal(size=(1, 30))
    found = estimates(ratios(values, np.ones((1, 30))), NOT_NEGATIVE)[0]
    error = values.std(ddof=1) / np.sqrt(30)
    reach = np.exp(student.ppf(0.975, 29) * error / values.mean())
    assert [found.low, found.high] == pytest.approx([values.mean() / reach, values.mean() * reach])


def test_a_statistic_without_bounds_has_students_interval() -> None:
    values = np.random.default_rng(5).normal(size=30)
    found = estimate_from(float(values.mean()), (values - values.mean()) / 30)
    expected = student.interval(0.95, 29, values.mean(), values.std(ddof=1) / np.sqrt(30))
    assert [found.low, found.high] == pytest.approx(list(expected))


@given(RIGHT)
def test_an_interval_holds_its_value_and_stays_in_its_range(right: Bools) -> None:
    made = everything(right)
    found = [estimate_mean(made), *([estimate_drawn(made)] if len(right) > 1 else [])]
    for one in found:
        assert 0 <= one.low <= one.value <= one.high <= 1
        assert one.low < one.high


@given(RIGHT, st.randoms(use_true_random=False))
def test_the_order_of_prompts_and_targets_does_not_matter(right: Bools, order: object) -> None:
    rows, columns = (list(range(size)) for size in right.shape)
    for places in (rows, columns):
        order.shuffle(places)  # type: ignore[attr-defined]
    made, shuffled = everything(right), everything(right[rows][:, columns])
    for estimate in (estimate_mean, estimate_drawn):
        a, b = (estimate(one) for one in (made, shuffled))
        assert [a.value, a.low, a.high] == pytest.approx([b.value, b.low, b.high], nan_ok=True)


@given(RIGHT)
def test_wrong_in_place_of_right_mirrors_the_interval(right: Bools) -> None:
    a, b = (estimate_mean(everything(one)) for one in (right, ~right))
    assert [a.low, a.high] == pytest.approx([1 - b.high, 1 - b.low])


@given(RIGHT, RIGHT)
def test_a_difference_turned_round_is_its_negative_and_the_test_agrees_with_the_interval(a: Bools, b: Bools) -> None:
    shape = tuple(min(sizes) for sizes in zip(a.shape, b.shape, strict=True))
    a, b = (one[: shape[0], : shape[1]] for one in (a, b))
    first, second = everything(a & ~b), everything(b & ~a)
    forth, back = sides([(first, second)]), sides([(second, first)])
    ends, turned = forth.estimates()[0], back.estimates()[0]
    assert [ends.low, ends.high] == pytest.approx([-turned.high, -turned.low])
    p_value = forth.p_values()[0]
    assert p_value == pytest.approx(back.p_values()[0])
    if abs(p_value - 0.05) > 1e-6:
        assert (p_value < 0.05) == (not ends.low <= 0 <= ends.high)


def test_adms_that_are_always_right_together_do_not_differ() -> None:
    never = np.zeros((3, 20), dtype=bool)
    made = sides([(everything(never), everything(never))])
    found = made.estimates()[0]
    assert made.p_values()[0] == 1
    assert found.value == 0
    assert found.low == -found.high < 0  # Twenty prompts do not rule out that the next ones differ.


def test_where_nothing_is_correlated_the_ends_are_put_together_as_by_newcombe() -> None:
    made = Sides(*(np.array([value]) for value in (0.3, 0.1, 50.0, 50.0, 0.0, 1e9)))
    (low, above), (below, high) = (proportion_confint(count, 50, method="wilson") for count in (15, 5))
    found = made.estimates()[0]
    assert found.low == pytest.approx(0.2 - np.hypot(0.3 - low, high - 0.1))
    assert found.high == pytest.approx(0.2 + np.hypot(above - 0.3, 0.1 - below))


def test_the_p_value_is_the_level_at_which_the_interval_ends_at_0() -> None:
    made = Sides(*(np.array([value]) for value in (0.3, 0.1, 50.0, 60.0, -0.2, 30.0)))
    p_value = made.p_values()[0]
    assert made.low(student.isf(np.array([p_value / 2]), 30))[0] == pytest.approx(0, abs=1e-9)


def test_targets_that_favour_different_adms_do_not_show_which_is_better_for_others() -> None:
    a = np.repeat([[True], [True], [False], [True]], 60, axis=1)
    pair = [(everything(a), everything(~a))]
    made = sides(pair)
    these, others = made.estimates()[0], made.estimates_drawn(betweens(pair))[0]
    assert these.value == others.value == 0.5
    assert these.low > 0.4
    assert others.low < 0


@pytest.mark.parametrize("targets", [1, 10])
@pytest.mark.parametrize("accuracy", [0.7, 0.97])
def test_intervals_hold_the_truth_as_often_as_they_say(targets: int, accuracy: float) -> None:
    draw = np.random.default_rng(6)
    chances = item_chances(draw, (1500, 40), accuracy, 0.5)
    right = decisions(draw, chances, targets)
    scored = draw.random(right.shape) < 0.9
    assert covered(ours(accuracy_of(right, scored)), accuracy) > 93


def test_intervals_for_targets_like_these_hold_where_targets_are_drawn_anew() -> None:
    draw = np.random.default_rng(7)
    made = [drawn_study(draw, 60, 10, 0.7, 0.7) for _ in range(300)]
    held = [np.mean([low <= 0.7 <= high for low, high in ends(made)]) for ends in (fixed_ends, drawn_ends)]
    assert held[0] < 0.8
    assert held[1] > 0.92


def fixed_ends(made: list[Linearised]) -> list[tuple[float, float]]:
    return [(one.low, one.high) for one in map(estimate_mean, made)]


def drawn_ends(made: list[Linearised]) -> list[tuple[float, float]]:
    return [(one.low, one.high) for one in map(estimate_drawn, made)]


def test_equally_good_adms_are_rarely_found_different_however_skewed_their_differences() -> None:
    draw = np.random.default_rng(8)
    adms = families(draw, 600, 20, 10, "skewed, 0.93")
    p_values = p_values_of([(adms[0], adms[1]), (adms[0], adms[2]), (adms[1], adms[2])])
    assert np.mean(3 * p_values.min(axis=0) < 0.05) < 0.05


def test_a_difference_that_is_called_detectable_is_found_four_times_in_five() -> None:
    draw, difference, family = np.random.default_rng(9), 0.15, 10
    for _ in range(6):
        difference = float(np.mean(detectable_differences(two_adms(draw, 100, difference), family)))
    found = two_adms(draw, 1500, difference).p_values() < 0.05 / family
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


def two_adms(draw: np.random.Generator, studies: int, difference: float) -> Sides:
    """Two ADMs on 84 items and 10 targets, right in 70% and in so much more."""
    chances = [item_chances(draw, (studies, 84), accuracy, 0.5) for accuracy in (0.7 + difference, 0.7)]
    return paired(*(decisions(draw, chance, 10) for chance in chances))


def test_more_comparisons_and_fewer_prompts_need_a_larger_difference() -> None:
    def needed(prompts: int, comparisons: int) -> float:
        made = Sides(*(np.array([value]) for value in (0.15, 0.1, prompts, prompts, 0.0, prompts - 1.0)))
        return float(detectable_differences(made, comparisons)[0])

    assert needed(300, 1) < needed(300, 10) < needed(300, 55)
    assert needed(300, 1) < needed(100, 1)
    # Two independent shares of .125 + half the difference each: 2.8 standard errors of a normal test.
    assert needed(100_000, 1) == pytest.approx(2.8 * np.sqrt(2 * 0.125 * 0.875 / 100_000), rel=0.03)


def test_a_single_prompt_shows_neither_an_interval_nor_a_test() -> None:
    one = everything(np.array([[True], [False]]))
    assert np.isnan(estimate_mean(one).low)
    assert np.isnan(estimate_drawn(one).low)
    made = sides([(one, one)])
    assert np.isnan([made.p_values()[0], made.estimates().low[0], detectable_differences(made, 1)[0]]).all()


def test_the_quantile_is_students() -> None:
    assert critical(np.array([19.0, 1e9])) == pytest.approx([2.093024, 1.959964])
