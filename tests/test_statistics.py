"""Statistics of accuracies and comparisons: each against a case worked by hand or given by a library."""

import math

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import permutation_test

from pluralism.datasets.items import Item
from pluralism.decisions.scoring import Outcomes
from pluralism.statistics.accuracy import accuracy_rows, draws
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.comparisons import (
    baseline_rows,
    comparison_rows,
    mcnemar_exact,
    random_signs,
    sign_flip,
    smallest_detectable_difference,
)
from pluralism.statistics.intervals import estimate, make_bootstrap
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, SECOND, adm_result, benchmark


def test_a_set_takes_its_targets_together_and_each_counts_the_same() -> None:
    cares = [[1.0, 0.0], [1.0, 0.5, 0.0], [0.5, 0.5]]  # The third item ties under every target.
    made = benchmark(cares, [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})])
    # Wanted 1: item 0 right; item 1 picks 0.5, half as far as the worst. Wanted 0.5: item 0 ties, item 1 wrong.
    resamples = make_bootstrap(made.prompts, seed=0)
    (row,) = accuracy_rows(made, adm_result(made, resamples, [[0, 1, 0], [0, 0, 1]]).draws)
    counts = {"target_set": "sampled_1", "n_targets": 2, "n_items": 3, "n_scored": 3, "n_tied": 3, "tie_rate": 0.5}
    assert counts.items() <= row.items()
    assert row["accuracy"] == (50 + 0) / 2
    assert row["alignment_score"] == ((100 + 50) / 2 + 0) / 2
    assert row["steering_error"] == ((0 + 0.5) / 2 + 1) / 2
    assert row["random_accuracy"] == pytest.approx(100 * ((1 / 2 + 1 / 3) / 2 + 1 / 3) / 2)
    assert row["oracle_accuracy"] == 100


def test_where_nothing_is_scored_the_values_are_missing() -> None:
    made = benchmark([[0.5, 0.5]], [HIGH])
    (row,) = accuracy_rows(made, adm_result(made, make_bootstrap(made.prompts, seed=0), [[0]]).draws)
    assert (row["n_scored"], row["tie_rate"]) == (0, 1)
    assert all(math.isnan(float(row[name])) for name in ("accuracy", "accuracy_low", "oracle_accuracy"))  # type: ignore[arg-type]


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).normal(size=200)
    drawn = make_bootstrap(np.arange(200), seed=2).sums(values[None])[:, 0] / 200
    ours = estimate(drawn)
    theirs = scipy_bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=3)
    assert ours.value == pytest.approx(values.mean())
    assert [ours.low, ours.high] == pytest.approx(list(theirs.confidence_interval), abs=0.02)
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.06)


def test_an_item_that_recurs_with_its_prompt_does_not_make_an_interval_narrower() -> None:
    values = np.random.default_rng(1).normal(size=(1, 30))
    once = make_bootstrap(np.arange(30), seed=2).sums(values) / 30
    four_times = make_bootstrap(np.tile(np.arange(30), 4), seed=2).sums(np.tile(values, 4)) / 120
    assert estimate(four_times[:, 0]) == pytest.approx(estimate(once[:, 0]))


def test_an_interval_holds_the_true_accuracy_at_about_the_stated_rate() -> None:
    """True accuracy 60%; a prompt's outcomes under 5 targets go together, so intervals by outcome are too narrow."""
    prompts, targets, studies = 80, 5, 300
    draw = np.random.default_rng(7)
    by_prompt, by_outcome = (
        make_bootstrap(np.arange(prompts), 8, 400),
        make_bootstrap(np.arange(prompts * targets), 9, 400),
    )
    held = {"by_prompt": 0, "by_outcome": 0}
    for _ in range(studies):
        ability = draw.beta(1.2, 0.8, size=prompts)
        correct = draw.random((targets, prompts)) < ability
        blank = np.zeros(correct.shape)
        entry = Outcomes(blank.astype(np.intp), correct, blank, blank)
        scored = by_prompt.sums(np.ones(correct.shape))
        found = estimate(draws(entry, by_prompt, scored).accuracy.mean(axis=1))
        held["by_prompt"] += found.low <= 60 <= found.high
        loose = estimate(by_outcome.sums(correct.reshape(1, -1))[:, 0] / correct.size)
        held["by_outcome"] += loose.low <= 0.6 <= loose.high
    assert 0.91 <= held["by_prompt"] / studies <= 0.98
    assert held["by_outcome"] / studies < 0.85


def test_the_interval_of_a_difference_holds_the_true_effect_at_about_the_stated_rate() -> None:
    """Two ADMs on the same prompts, the first right in 70%, the second in 55%: a true effect of 15 points.

    What makes a prompt easy for one makes it easy for the other, and each prompt recurs under 4 targets.
    """
    prompts, targets, studies = 100, 4, 300
    draw = np.random.default_rng(11)
    resamples = make_bootstrap(np.arange(prompts), 12, 400)
    scored = resamples.sums(np.ones((targets, prompts)))
    blank = np.zeros((targets, prompts))
    held = 0
    for _ in range(studies):
        luck = (draw.random(prompts) + draw.normal(0, 0.1, size=(targets, prompts))) % 1
        first, second = (
            draws(Outcomes(blank.astype(np.intp), luck < ability, blank, blank), resamples, scored)
            for ability in (0.7, 0.55)
        )
        found = estimate((first.accuracy - second.accuracy).mean(axis=1))
        held += found.low <= 15 <= found.high
    assert 0.91 <= held / studies <= 0.98


def test_a_single_prompt_has_no_interval() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0]], [HIGH], prompts=["p", "p"])
    (row,) = accuracy_rows(made, adm_result(made, make_bootstrap(made.prompts, seed=0), [[0, 1]]).draws)
    assert row["accuracy"] == 50
    assert math.isnan(float(row["accuracy_low"]))  # type: ignore[arg-type]


def test_mcnemar_counts_the_items_on_which_only_one_is_right() -> None:
    a = np.array([True] * 5 + [False] + [True] * 3)
    b = np.array([False] * 5 + [True] + [True] * 3)
    assert mcnemar_exact(a, b) == pytest.approx(2 * (1 + 6) / 2**6)
    assert mcnemar_exact(a, a) == 1


def test_the_sign_flip_test_is_that_of_scipy() -> None:
    draw = np.random.default_rng(3)
    differences = draw.normal(0.6, 1, size=(3, 10))
    ours = sign_flip(differences, random_signs(10, seed=4))
    theirs = [
        permutation_test((row, np.zeros(10)), lambda a, b: np.sum(a - b), permutation_type="samples").pvalue
        for row in differences
    ]
    assert ours == pytest.approx(theirs, abs=0.015)
    assert sign_flip(np.zeros((1, 10)), random_signs(10, seed=4)) == [1.0]


def test_the_smallest_detectable_difference_is_found_at_the_stated_power() -> None:
    smallest = smallest_detectable_difference(2.0)
    assert smallest == pytest.approx((1.959964 + 0.841621) * 2)
    found = np.abs(np.random.default_rng(5).normal(smallest, 2.0, size=20_000)) > 1.959964 * 2
    assert found.mean() == pytest.approx(0.8, abs=0.01)
    assert math.isnan(smallest_detectable_difference(0.0))


def test_adms_are_compared_in_pairs_with_holms_correction() -> None:
    made = benchmark([[1.0, 0.0]] * 8, [HIGH, LOW])
    resamples = make_bootstrap(made.prompts, seed=0)
    right = {"a": 8, "b": 2, "c": 1}
    picks = {name: [[0] * n + [1] * (8 - n), [1] * n + [0] * (8 - n)] for name, n in right.items()}
    entries = {name: adm_result(made, resamples, entry) for name, entry in picks.items()}
    rows = comparison_rows(made, resamples, entries, random_signs(8, seed=0))
    high = {(row["adm_a"], row["adm_b"]): row for row in rows if row["target_set"] == "high"}
    assert list(high) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row["difference"] for row in high.values()] == [75, 87.5, 12.5]
    assert [row["p_value"] for row in high.values()] == pytest.approx([2 / 2**6, 2 / 2**7, 1])
    assert [row["p_holm"] for row in high.values()] == pytest.approx([2 * 2 / 2**6, 3 * 2 / 2**7, 1])
    assert {row["test"] for row in rows} == {"mcnemar_exact"}
    found = high["a", "b"]
    assert 0 < found["difference_low"] < 75 < found["difference_high"] <= 100  # type: ignore[operator]


def test_adms_are_compared_with_those_that_ran_alone() -> None:
    made = benchmark([[1.0, 0.0]] * 8, [HIGH])
    resamples = make_bootstrap(made.prompts, seed=0)
    ours, theirs = (
        {name: adm_result(made, resamples, [[0] * n + [1] * (8 - n)]) for name, n in right.items()}
        for right in ({"a": 8, "b": 4}, {"reward": 2})
    )
    rows = baseline_rows(made, resamples, ours, {("alone", "reward"): theirs["reward"]}, random_signs(8, seed=0))
    assert [(row["adm"], row["baseline_experiment"], row["baseline"]) for row in rows] == [
        ("a", "alone", "reward"),
        ("b", "alone", "reward"),
    ]
    assert [row["difference"] for row in rows] == [75, 25]
    assert [row["p_value"] for row in rows] == pytest.approx([2 / 2**6, 2 / 2**2])
    assert [row["p_holm"] for row in rows] == pytest.approx([2 * 2 / 2**6, 2 / 2**2])


def test_where_prompts_recur_the_test_flips_the_signs_of_prompts() -> None:
    made = benchmark([[1.0, 0.0]] * 6, [HIGH], prompts=["p", "p", "p", "q", "q", "q"])
    resamples = make_bootstrap(made.prompts, seed=0)
    entries = {name: adm_result(made, resamples, [[pick] * 6]) for name, pick in (("a", 0), ("b", 1))}
    (row,) = comparison_rows(made, resamples, entries, random_signs(2, seed=0))
    assert row["test"] == "cluster_sign_flip"
    # Two prompts, 4 ways to sign them, 2 of them as extreme.
    assert row["p_value"] == pytest.approx(0.5, abs=0.02)


def test_side_effects_are_movements_of_attributes_that_the_target_does_not_name() -> None:
    items = [
        Item("p", ("a", "b"), ({"care": 1.0, "liberty": 0.25}, {"care": 0.0, "liberty": 1.0})),
        Item("q", ("a", "b"), ({"care": 1.0, "liberty": 0.5}, {"care": 0.0, "liberty": 0.5})),
    ]
    made = make_benchmark(
        items, ["care", "liberty"], [Target(FIRST, {"care": 0.0}), Target("target_high", {"care": 1, "liberty": 1})]
    )
    resamples = make_bootstrap(made.prompts, seed=0)
    rows = side_effect_rows(made, resamples, np.array([[1, 1], [0, 0]]), np.zeros((2, 2), dtype=int))
    (row,) = rows
    assert (row["target_set"], row["attribute"], row["n"]) == ("sampled_1", "liberty", 2)
    assert [row["movement"], row["movement_low"], row["movement_high"]] == [0.375, 0.0, 0.75]


def test_movements_up_and_down_cancel_out_but_not_their_sizes() -> None:
    levels = ({"care": 1.0, "liberty": 0.25}, {"care": 0.0, "liberty": 0.75})
    items = [Item("p", ("a", "b"), levels), Item("q", ("a", "b"), levels[::-1])]
    made = make_benchmark(items, ["care", "liberty"], [Target(FIRST, {"care": 0.0})])
    # From the first response to the second: liberty goes up by a half in p, and down by as much in q.
    (row,) = side_effect_rows(made, make_bootstrap(made.prompts, seed=0), np.array([[1, 1]]), np.array([[0, 0]]))
    assert [row["movement"], row["absolute_movement"]] == [0, 0.5]
    assert [row["absolute_movement_low"], row["absolute_movement_high"]] == [0.5, 0.5]
