"""Two ADMs, or one ADM in two experiments, on the same items: which items, targets and pairs count."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.between_experiments import experiment_rows
from pluralism.statistics.comparisons import AdmResult, baseline_rows, comparison_rows, only_one_is_right
from pluralism.statistics.differences import sides
from pluralism.statistics.power import detectable_differences
from pluralism.statistics.reading import CellSource
from pluralism.statistics.typical_differences import groups
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, SECOND, adm_result, benchmark, clusters

TIED = [0.5, 0.5]


def rows_of(made: Benchmark, **picks: Any) -> list[Any]:
    """The comparisons of ADMs by their picks, shape (targets, items)."""
    return comparison_rows(made, clusters(made), {name: adm_result(made, of_adm) for name, of_adm in picks.items()})


def first(right: int, items: int) -> list[int]:
    """Picks of the first response on so many items, then of the second."""
    return [0] * right + [1] * (items - right)


def test_items_that_tie_are_no_part_of_a_comparison() -> None:
    scored = [[1.0, 0.0]] * 20
    a, b = first(16, 20), first(9, 20)
    (alone,) = rows_of(benchmark(scored, [HIGH]), a=[a], b=[b])
    # Among the tied items the two ADMs agree on some, and differ on others.
    (row,) = rows_of(benchmark([*scored, *[TIED] * 6], [HIGH]), a=[a + [0] * 6], b=[b + [0, 1] * 3])
    assert (row["n_scored"], row["difference"]) == (20, 35.0)
    for name in ("difference_low", "difference_high", "p_value", "p_holm", "smallest_detectable_difference"):
        assert row[name] == pytest.approx(alone[name])


def test_targets_that_score_few_items_count_as_much_as_those_that_score_many() -> None:
    # Wanted 1, all twenty are scored; wanted 0.5, the first ten tie.
    made = benchmark(
        [[1.0, 0.0]] * 10 + [[1.0, 0.5]] * 10, [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})]
    )
    a = [[0] * 20, [0] * 10 + [1] * 2 + [0] * 8]
    b = [[0] * 10 + [1] * 10, [0] * 10 + [1] * 6 + [0] * 4]
    (row,) = rows_of(made, a=a, b=b)
    # 20 against 10 of 20, and 2 against 6 of 10; of all 30 decisions it would be 22 against 16.
    assert (row["n_scored"], row["n_comparisons"]) == (30, 1)
    assert row["difference"] == pytest.approx((50 - 40) / 2)
    assert row["difference_like_these_low"] < row["difference_low"] < 5
    assert 5 < row["difference_high"] < row["difference_like_these_high"]


def test_targets_that_are_won_and_lost_alike_add_nothing_to_the_interval_for_targets_like_these() -> None:
    made = benchmark([[1.0, 0.0]] * 20, [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.75})])
    (row,) = rows_of(made, a=[first(16, 20)] * 2, b=[first(9, 20)] * 2)
    for end in ("low", "high"):
        assert row[f"difference_like_these_{end}"] == pytest.approx(row[f"difference_{end}"])


def test_a_set_under_which_nothing_is_scored_has_no_comparison() -> None:
    made = benchmark([TIED] * 4, [HIGH])
    assert rows_of(made, a=[[0] * 4], b=[[1] * 4]) == []
    # Wanted 0.5, both responses are equally far; under high they are not.
    made = benchmark([[1.0, 0.0]] * 4, [HIGH, Target(FIRST, {"care": 0.5})])
    found = rows_of(made, a=[[0] * 4] * 2, b=[[0, 0, 0, 1]] * 2)
    assert [(row["target_set"], row["difference"]) for row in found] == [("high", 25.0)]


def test_a_set_of_which_one_target_scores_an_item_has_a_comparison() -> None:
    made = benchmark([[1.0, 0.0], TIED] * 4, [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})])
    (row,) = rows_of(made, a=[[0] * 8] * 2, b=[[0, 0] * 3 + [1, 1]] * 2)
    assert (row["n_scored"], row["difference"]) == (4, 25.0)
    assert math.isnan(row["difference_like_these_low"])  # One target does not tell how much targets differ.


def test_an_adm_is_compared_where_it_decided_and_the_correction_is_over_those_that_did() -> None:
    made = benchmark([[1.0, 0.0]] * 30, [HIGH, LOW])
    right = {"a": 28, "b": 20, "c": 18}
    results = {name: adm_result(made, [first(n, 30)] * 2) for name, n in right.items()}
    results["c"] = AdmResult(results["c"].outcomes, undecided=frozenset({1}))
    rows: list[Any] = comparison_rows(made, clusters(made), results)
    found = {name: [row for row in rows if row["target_set"] == name] for name in ("high", "low")}
    assert [[(row["adm_a"], row["adm_b"]) for row in of_set] for of_set in found.values()] == [
        [("a", "b"), ("a", "c"), ("b", "c")],
        [("a", "b")],
    ]
    assert [row["n_comparisons"] for row in rows] == [3, 3, 3, 1]
    for of_set in found.values():
        corrected = multipletests([row["p_value"] for row in of_set], method="holm")[1]
        assert [row["p_holm"] for row in of_set] == pytest.approx(list(corrected))
    # What one of three comparisons needs is more than what a single one needs.
    high, low = (of_set[0]["smallest_detectable_difference"] for of_set in found.values())
    assert high > low
    undecided = {name: AdmResult(result.outcomes, undecided=frozenset({0, 1})) for name, result in results.items()}
    assert comparison_rows(made, clusters(made), undecided) == []
    for ours, theirs in (("a", "c"), ("c", "a")):
        (row,) = baseline_rows(made, clusters(made), {ours: results[ours]}, {("alone", theirs): results[theirs]})
        assert row["target_set"] == "high"


def test_a_single_adm_is_compared_with_nobody() -> None:
    made = benchmark([[1.0, 0.0]] * 8, [HIGH])
    assert rows_of(made, a=[[0] * 8]) == []
    assert baseline_rows(made, clusters(made), {"a": adm_result(made, [[0] * 8])}, {}) == []


def test_the_smallest_detectable_difference_is_told_in_points() -> None:
    made = benchmark([[1.0, 0.0]] * 400, [HIGH])
    # On 60 items only a is right, on 40 only b: a normal test needs 2.8 standard errors of the share that differs.
    (row,) = rows_of(made, a=[first(360, 400)], b=[[1] * 60 + [0] * 340])
    needed = 100 * (norm.isf(0.025) + norm.isf(0.2)) * math.sqrt(0.25 / 400)
    assert row["smallest_detectable_difference"] == pytest.approx(needed, rel=0.08)
    a, b = (adm_result(made, [picks]).outcomes for picks in (first(360, 400), [1] * 60 + [0] * 340))
    share = detectable_differences(sides([only_one_is_right(made, clusters(made), a, b, np.array([0]))]), 1)
    assert row["smallest_detectable_difference"] == pytest.approx(100 * float(share[0]))


def sources_of(*cells: tuple[str, str, str, float]) -> list[CellSource]:
    """Cells by experiment, ADM, model and temperature."""
    return [
        CellSource(Path("results/d") / experiment / adm, samples=1, temperature=temperature, model=model)
        for experiment, adm, model, temperature in cells
    ]


def test_an_adm_is_compared_with_itself_in_experiments_that_differ_in_model_or_decoding_alone() -> None:
    made = benchmark([[1.0, 0.0]] * 20, [HIGH])
    sources = sources_of(
        *[("greedy", adm, "small", 0.0) for adm in ("mine", "other")],
        *[("warm", adm, "small", 0.7) for adm in ("mine", "other")],
        *[("large", adm, "large", 0.0) for adm in ("mine", "other")],
    )
    results = [adm_result(made, [first(n, 20)]) for n in (18, 10, 15, 11, 12, 4)]
    rows: list[Any] = experiment_rows(made, clusters(made), groups(sources), sources, results)
    names = ("adm", "experiment_a", "experiment_b", "differs_in", "difference")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("mine", "greedy", "large", "model", pytest.approx(30)),
        ("other", "greedy", "large", "model", pytest.approx(30)),
        ("mine", "greedy", "warm", "decoding", pytest.approx(15)),
        ("other", "greedy", "warm", "decoding", pytest.approx(-5)),
    ]
    assert {row["n_comparisons"] for row in rows} == {4}
    corrected = multipletests([row["p_value"] for row in rows], method="holm")[1]
    assert np.array([row["p_holm"] for row in rows]) == pytest.approx(corrected)


def test_of_three_models_each_pair_is_compared() -> None:
    made = benchmark([[1.0, 0.0]] * 20, [HIGH])
    sources = sources_of(*[(f"with_{model}", "mine", model, 0.0) for model in "xyz"])
    results = [adm_result(made, [first(n, 20)]) for n in (18, 12, 4)]
    rows: list[Any] = experiment_rows(made, clusters(made), groups(sources), sources, results)
    assert [(row["experiment_a"], row["experiment_b"], row["difference"]) for row in rows] == [
        ("with_x", "with_y", pytest.approx(30)),
        ("with_x", "with_z", pytest.approx(70)),
        ("with_y", "with_z", pytest.approx(40)),
    ]
