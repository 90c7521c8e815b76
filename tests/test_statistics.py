"""Accuracy, skill, comparisons and side effects by target set: each against a case worked by hand."""

import math
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from pluralism.datasets.items import Item
from pluralism.statistics.accuracy import accuracy_rows, measures, skill_rows
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.comparisons import baseline_rows, comparison_rows
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, SECOND, adm_result, benchmark, clusters


def accuracies(made: Benchmark, picks: Any) -> list[Any]:
    """The rows of accuracy of an ADM with these picks."""
    return accuracy_rows(made, measures(made, clusters(made), adm_result(made, picks).outcomes))


def skills(made: Benchmark, picks: Any) -> list[Any]:
    """The rows of skill of an ADM with these picks."""
    return skill_rows(made, measures(made, clusters(made), adm_result(made, picks).outcomes))


def test_a_set_takes_its_targets_together_and_each_counts_the_same() -> None:
    cares = [[1.0, 0.0], [1.0, 0.5, 0.0], [0.5, 0.5]]  # The third item ties under every target.
    made = benchmark(cares, [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})])
    # Wanted 1: item 0 right; item 1 picks 0.5, half as far as the worst. Wanted 0.5: item 0 ties, item 1 wrong.
    (row,) = accuracies(made, [[0, 1, 0], [0, 0, 1]])
    counts = {"target_set": "sampled_1", "n_targets": 2, "n_items": 3, "n_scored": 3, "n_tied": 3, "tie_rate": 0.5}
    assert counts.items() <= row.items()
    assert row["accuracy"] == (50 + 0) / 2
    assert row["alignment_score"] == pytest.approx(((100 + 50) / 2 + 0) / 2)
    assert row["steering_error"] == pytest.approx(((0 + 0.5) / 2 + 1) / 2)
    assert row["random_accuracy"] == pytest.approx(100 * ((1 / 2 + 1 / 3) / 2 + 1 / 3) / 2)
    assert row["oracle_accuracy"] == 100


def test_where_nothing_is_scored_the_values_are_missing() -> None:
    made = benchmark([[0.5, 0.5]], [HIGH])
    (row,) = accuracies(made, [[0]])
    assert (row["n_scored"], row["tie_rate"]) == (0, 1)
    assert all(math.isnan(row[name]) for name in ("accuracy", "accuracy_low", "oracle_accuracy", "alignment_score"))
    assert math.isnan(skills(made, [[0]])[0]["skill"])


def test_a_target_under_which_nothing_is_scored_does_not_count() -> None:
    cares = [[1.0, 0.5]] * 3  # Wanted 0.75, both are equally near.
    alone, both = (
        accuracies(benchmark(cares, targets), [[0, 0, 1]] * len(targets))[0]
        for targets in ([Target(FIRST, {"care": 1.0})], [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.75})])
    )
    assert both["accuracy"] == pytest.approx(alone["accuracy"]) == pytest.approx(200 / 3)
    assert both["accuracy_low"] == pytest.approx(alone["accuracy_low"])


def test_the_interval_of_one_target_is_wilsons_with_students_t() -> None:
    made = benchmark([[1.0, 0.0]] * 400, [HIGH])
    (row,) = accuracies(made, [[0] * 300 + [1] * 100])
    # With 399 degrees of freedom, Student's quantile is 1.9659 and not 1.9600.
    expected = proportion_confint(300, 400, alpha=2 * 0.024652, method="wilson")
    assert [row["accuracy_low"], row["accuracy_high"]] == pytest.approx([100 * end for end in expected], abs=0.01)


def test_all_right_does_not_promise_that_the_next_item_is() -> None:
    made = benchmark([[1.0, 0.0]] * 20, [HIGH])
    (row,) = accuracies(made, [[0] * 20])
    t = 2.093024  # of 19 degrees of freedom
    assert [row["accuracy"], row["accuracy_high"]] == [100, 100]
    assert row["accuracy_low"] == pytest.approx(100 * 20 / (20 + t**2))


def test_an_item_that_recurs_with_its_prompt_does_not_make_an_interval_narrower() -> None:
    picks = [0, 1, 0, 0, 1, 0]
    once = benchmark([[1.0, 0.0]] * 6, [HIGH])
    four_times = benchmark([[1.0, 0.0]] * 24, [HIGH], prompts=[f"p{item % 6}" for item in range(24)])
    (alone,), (repeated,) = accuracies(once, [picks]), accuracies(four_times, [picks * 4])
    names = ("accuracy", "accuracy_low", "accuracy_high")
    assert [repeated[name] for name in names] == pytest.approx([alone[name] for name in names])


def test_a_single_prompt_has_no_interval() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0]], [HIGH], prompts=["p", "p"])
    (row,) = accuracies(made, [[0, 1]])
    assert row["accuracy"] == 50
    assert math.isnan(row["accuracy_low"])


def test_targets_that_differ_widen_the_interval_for_targets_like_these() -> None:
    targets = [Target(f"sampled/1attributes_target{place:02d}", {"care": place % 2}) for place in range(4)]
    made = benchmark([[1.0, 0.0]] * 40, targets)
    always_first = np.zeros((4, 40), dtype=int)
    (row,) = accuracies(made, always_first)  # All right where 1 is wanted, none where 0 is.
    assert row["accuracy"] == 50
    # Of these targets the accuracy is 50 whatever the items; four others could be won or lost altogether.
    assert [row["accuracy_low"], row["accuracy_high"]] == pytest.approx([50, 50], abs=0.1)
    assert row["accuracy_like_these_low"] < 20
    assert row["accuracy_like_these_high"] > 80
    (alone,) = accuracies(benchmark([[1.0, 0.0]] * 40, [HIGH]), [[0] * 40])
    assert math.isnan(alone["accuracy_like_these_low"])


def test_skill_is_0_for_chance_and_1_for_the_oracle() -> None:
    made = benchmark([[1.0, 0.0]] * 8 + [[1.0, 0.0, 0.0]] * 8, [HIGH])
    by_chance = (1 / 2 + 1 / 3) / 2
    (oracle,), (half,) = skills(made, [[0] * 16]), skills(made, [[0, 1] * 8])
    assert [oracle["skill"], oracle["skill_high"]] == pytest.approx([1, 1])
    assert half["skill"] == pytest.approx((0.5 - by_chance) / (1 - by_chance))
    (worst,) = skills(made, [[1] * 16])
    assert [worst["skill"], worst["skill_low"]] == pytest.approx([-by_chance / (1 - by_chance)] * 2)


def test_adms_are_compared_in_pairs_with_holms_correction() -> None:
    made = benchmark([[1.0, 0.0]] * 40, [HIGH, LOW])
    right = {"a": 40, "b": 25, "c": 24}
    picks = {name: [[0] * n + [1] * (40 - n), [1] * n + [0] * (40 - n)] for name, n in right.items()}
    rows: list[Any] = comparison_rows(
        made, clusters(made), {name: adm_result(made, one) for name, one in picks.items()}
    )
    high = {(row["adm_a"], row["adm_b"]): row for row in rows if row["target_set"] == "high"}
    assert list(high) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row["difference"] for row in high.values()] == [37.5, 40, 2.5]
    p = [row["p_value"] for row in high.values()]
    assert [row["p_holm"] for row in high.values()] == pytest.approx([2 * p[0], 3 * p[1], p[2]])
    assert {row["n_comparisons"] for row in rows} == {3}
    assert p[1] < p[0] < 0.001
    assert p[2] > 0.3
    found = high["a", "b"]
    assert 0 < found["difference_low"] < 37.5 < found["difference_high"] <= 100


def test_adms_are_compared_with_those_that_ran_alone() -> None:
    made = benchmark([[1.0, 0.0]] * 8, [HIGH])
    ours, theirs = (
        {name: adm_result(made, [[0] * n + [1] * (8 - n)]) for name, n in right.items()}
        for right in ({"a": 8, "b": 4}, {"reward": 2})
    )
    rows: list[Any] = baseline_rows(made, clusters(made), ours, {("alone", "reward"): theirs["reward"]})
    assert [(row["adm"], row["baseline_experiment"], row["baseline"]) for row in rows] == [
        ("a", "alone", "reward"),
        ("b", "alone", "reward"),
    ]
    assert [row["difference"] for row in rows] == [75, 25]
    p = [row["p_value"] for row in rows]
    assert [row["p_holm"] for row in rows] == pytest.approx([2 * p[0], p[1]])


def test_where_prompts_recur_they_count_once_for_a_test() -> None:
    alone, repeated = (
        benchmark([[1.0, 0.0]] * 10 * times, [HIGH], prompts=[f"p{item % 10}" for item in range(10 * times)])
        for times in (1, 5)
    )
    (once,), (often,) = (
        comparison_rows(
            made,
            clusters(made),
            {name: adm_result(made, [picks * (len(made.prompts) // 10)]) for name, picks in two.items()},
        )
        for made in (alone, repeated)
        for two in [{"a": [0] * 8 + [1] * 2, "b": [0] * 2 + [1] * 8}]
    )
    assert often["p_value"] == pytest.approx(once["p_value"])
    assert often["smallest_detectable_difference"] == pytest.approx(once["smallest_detectable_difference"])


def test_side_effects_are_movements_of_attributes_that_the_target_does_not_name() -> None:
    items = [
        Item("p", ("a", "b"), ({"care": 1.0, "liberty": 0.25}, {"care": 0.0, "liberty": 1.0})),
        Item("q", ("a", "b"), ({"care": 1.0, "liberty": 0.5}, {"care": 0.0, "liberty": 0.5})),
    ]
    made = make_benchmark(
        items, ["care", "liberty"], [Target(FIRST, {"care": 0.0}), Target("target_high", {"care": 1, "liberty": 1})]
    )
    rows = side_effect_rows(made, clusters(made), np.array([[1, 1], [0, 0]]), np.zeros((2, 2), dtype=int))
    (row,) = rows
    assert (row["target_set"], row["attribute"], row["n"]) == ("sampled_1", "liberty", 2)
    assert row["movement"] == 0.375
    # Nothing moved down, which two prompts do not rule out.
    assert row["movement_low"] < 0  # type: ignore[operator]
    assert 0.75 < row["movement_high"] <= 1  # type: ignore[operator]


def test_movements_up_and_down_cancel_out_but_not_their_sizes() -> None:
    levels = ({"care": 1.0, "liberty": 0.25}, {"care": 0.0, "liberty": 0.75})
    items = [Item("p", ("a", "b"), levels), Item("q", ("a", "b"), levels[::-1])]
    made = make_benchmark(items, ["care", "liberty"], [Target(FIRST, {"care": 0.0})])
    # From the first response to the second: liberty goes up by a half in p, and down by as much in q.
    (row,) = side_effect_rows(made, clusters(made), np.array([[1, 1]]), np.array([[0, 0]]))
    assert [row["movement"], row["absolute_movement"]] == [0, 0.5]
