"""Statistics: each against a case worked by hand or given by a library; then the command on a results folder."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import permutation_test

from pluralism.attributes import attribute_file, level_grid
from pluralism.errors import UserError
from pluralism.files import write_json
from pluralism.items import Item, Levels, read_items
from pluralism.judging import judge
from pluralism.predictions import Prediction, prediction_table, read_predictions, write_predictions
from pluralism.statistics.accuracy import accuracy_rows, draws, scored_sums
from pluralism.statistics.comparisons import (
    Contender,
    baseline_rows,
    comparison_rows,
    mcnemar_exact,
    random_signs,
    sign_flip,
    smallest_detectable_difference,
)
from pluralism.statistics.confusion import confusion_rows
from pluralism.statistics.cost import cost_row
from pluralism.statistics.flags import float_ties_row, other_flags, shuffle_greedy_row
from pluralism.statistics.intervals import Bootstrap, Estimate, estimate, make_bootstrap
from pluralism.statistics.levels import calibration_rows, error_estimates, level_rows, spread_rows
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.outcomes import Benchmark, Outcomes, make_benchmark, outcomes
from pluralism.statistics.reading import read_cell
from pluralism.statistics.reproduction import read_reference_numbers, reproduction_rows
from pluralism.statistics.samples import samples
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.statistics.table_columns import COLUMNS
from pluralism.targets import WeightedTarget
from tests.conftest import ROOT, Run, error_line

HIGH, LOW = {"target_high": {"care": 1.0}}, {"target_low": {"care": 0.0}}
FIRST, SECOND = "sampled/1attributes_target00", "sampled/1attributes_target01"


def benchmark(
    cares: Sequence[Sequence[float]], targets: Mapping[str, Levels], prompts: Sequence[str] | None = None
) -> Benchmark:
    """Items of one attribute; `cares` holds the level of each response."""
    items = [
        Item(
            prompts[place] if prompts else f"p{place}", ("r",) * len(levels), tuple({"care": level} for level in levels)
        )
        for place, levels in enumerate(cares)
    ]
    return make_benchmark(items, ["care"], targets)


def contender(made: Benchmark, resamples: Bootstrap, picks: Any) -> Contender:
    found = outcomes(made, np.array(picks))
    return Contender(found, draws(found, resamples, scored_sums(made, resamples)))


def prediction(item: int, response: int, score: float, **changes: Any) -> Prediction:
    values: dict[str, Any] = {
        "attribute": "care",
        "sample": 0,
        "target": None,
        "reasoning": "",
        "position": response,
        "query": 0,
        "prompt_tokens": 0,
        "output_tokens": 0,
    }
    return Prediction(item=item, response=response, score=score, **(values | changes))


def test_a_set_takes_its_targets_together_and_each_counts_the_same() -> None:
    cares = [[1.0, 0.0], [1.0, 0.5, 0.0], [0.5, 0.5]]  # The third item ties under every target.
    made = benchmark(cares, {FIRST: {"care": 1.0}, SECOND: {"care": 0.5}})
    # Wanted 1: item 0 right; item 1 picks 0.5, half as far as the worst. Wanted 0.5: item 0 ties, item 1 wrong.
    resamples = make_bootstrap(made.prompts, seed=0)
    (row,) = accuracy_rows(made, contender(made, resamples, [[0, 1, 0], [0, 0, 1]]).draws)
    counts = {"target_set": "sampled_1", "n_targets": 2, "n_items": 3, "n_scored": 3, "n_tied": 3, "tie_rate": 0.5}
    assert counts.items() <= row.items()
    assert row["accuracy"] == (50 + 0) / 2
    assert row["alignment_score"] == ((100 + 50) / 2 + 0) / 2
    assert row["steering_error"] == ((0 + 0.5) / 2 + 1) / 2
    assert row["random_accuracy"] == pytest.approx(100 * ((1 / 2 + 1 / 3) / 2 + 1 / 3) / 2)
    assert row["oracle_accuracy"] == 100


def test_where_nothing_is_scored_the_values_are_missing() -> None:
    made = benchmark([[0.5, 0.5]], HIGH)
    (row,) = accuracy_rows(made, contender(made, make_bootstrap(made.prompts, seed=0), [[0]]).draws)
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
    made = benchmark([[1.0, 0.0], [1.0, 0.0]], HIGH, prompts=["p", "p"])
    (row,) = accuracy_rows(made, contender(made, make_bootstrap(made.prompts, seed=0), [[0, 1]]).draws)
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
    made = benchmark([[1.0, 0.0]] * 8, HIGH | LOW)
    resamples = make_bootstrap(made.prompts, seed=0)
    right = {"a": 8, "b": 2, "c": 1}
    picks = {name: [[0] * n + [1] * (8 - n), [1] * n + [0] * (8 - n)] for name, n in right.items()}
    entries = {name: contender(made, resamples, entry) for name, entry in picks.items()}
    rows = comparison_rows(made, resamples, entries, random_signs(8, seed=0))
    high = {(row["adm_a"], row["adm_b"]): row for row in rows if row["target_set"] == "high"}
    assert list(high) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row["difference"] for row in high.values()] == [75, 87.5, 12.5]
    assert [row["p_value"] for row in high.values()] == pytest.approx([2 / 2**6, 2 / 2**7, 1])
    assert [row["p_holm"] for row in high.values()] == pytest.approx([2 * 2 / 2**6, 3 * 2 / 2**7, 1])
    assert {row["test"] for row in rows} == {"mcnemar_exact"}
    found = high["a", "b"]
    assert 0 < found["difference_low"] < 75 < found["difference_high"] <= 100  # type: ignore[operator]


def test_adms_are_held_against_those_that_ran_alone() -> None:
    made = benchmark([[1.0, 0.0]] * 8, HIGH)
    resamples = make_bootstrap(made.prompts, seed=0)
    ours, theirs = (
        {name: contender(made, resamples, [[0] * n + [1] * (8 - n)]) for name, n in right.items()}
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
    made = benchmark([[1.0, 0.0]] * 6, HIGH, prompts=["p", "p", "p", "q", "q", "q"])
    resamples = make_bootstrap(made.prompts, seed=0)
    entries = {name: contender(made, resamples, [[pick] * 6]) for name, pick in (("a", 0), ("b", 1))}
    (row,) = comparison_rows(made, resamples, entries, random_signs(2, seed=0))
    assert row["test"] == "cluster_sign_flip"
    # Two prompts, 4 ways to sign them, 2 of them as extreme.
    assert row["p_value"] == pytest.approx(0.5, abs=0.02)


def test_side_effects_are_movements_of_attributes_that_the_target_does_not_name() -> None:
    items = [
        Item("p", ("a", "b"), ({"care": 1.0, "liberty": 0.25}, {"care": 0.0, "liberty": 1.0})),
        Item("q", ("a", "b"), ({"care": 1.0, "liberty": 0.5}, {"care": 0.0, "liberty": 0.5})),
    ]
    made = make_benchmark(items, ["care", "liberty"], {FIRST: {"care": 0.0}, "target_high": {"care": 1, "liberty": 1}})
    resamples = make_bootstrap(made.prompts, seed=0)
    rows = side_effect_rows(made, resamples, np.array([[1, 1], [0, 0]]), np.zeros((2, 2), dtype=int))
    (row,) = rows
    assert (row["target_set"], row["attribute"], row["n"]) == ("sampled_1", "liberty", 2)
    assert [row["movement"], row["movement_low"], row["movement_high"]] == [0.375, 0.0, 0.75]


def test_movements_up_and_down_cancel_out_but_not_their_sizes() -> None:
    levels = ({"care": 1.0, "liberty": 0.25}, {"care": 0.0, "liberty": 0.75})
    items = [Item("p", ("a", "b"), levels), Item("q", ("a", "b"), levels[::-1])]
    made = make_benchmark(items, ["care", "liberty"], {FIRST: {"care": 0.0}})
    # From the first response to the second: liberty goes up by a half in p, and down by as much in q.
    (row,) = side_effect_rows(made, make_bootstrap(made.prompts, seed=0), np.array([[1, 1]]), np.array([[0, 0]]))
    assert [row["movement"], row["absolute_movement"]] == [0, 0.5]
    assert [row["absolute_movement_low"], row["absolute_movement_high"]] == [0.5, 0.5]


def level_samples(made: Benchmark, scores: Sequence[Sequence[Sequence[float]]]) -> Any:
    """Predictions of care; `scores` holds, per sample and item, the score of each response."""
    rows = [
        prediction(item, response, score, sample=sample)
        for sample, by_item in enumerate(scores)
        for item, by_response in enumerate(by_item)
        for response, score in enumerate(by_response)
    ]
    return samples(prediction_table(rows), made)


def test_errors_calibration_and_spread_are_about_the_mean_of_the_samples() -> None:
    made = benchmark([[1.0, 0.0], [0.5, 0.0]], HIGH)
    entries = level_samples(made, [[[0.8, 0.4], [0.5, 0.3]], [[1.0, 0.0], [0.5, 0.3]]])
    # Means 0.9, 0.2, 0.5, 0.3 against 1, 0, 0.5, 0.
    all_rows = level_rows(made, entries)
    assert [row["attribute"] for row in all_rows] == ["all", "care"]
    row = all_rows[0]
    assert row["n"] == 4
    assert row["mse"] == pytest.approx((0.01 + 0.04 + 0 + 0.09) / 4)
    assert row["mae"] == pytest.approx((0.1 + 0.2 + 0 + 0.3) / 4)
    assert row["spearman"] == pytest.approx(4.5 / math.sqrt(5 * 4.5))  # Ranks 4 1 3 2 and 4 1.5 3 1.5.
    bins = [row for row in calibration_rows(made, entries) if row["attribute"] == "care"]
    assert [row["n"] for row in bins] == [0, 0, 1, 1, 0, 1, 0, 0, 0, 1]
    assert [bins[9][name] for name in ("bin_low", "bin_high", "mean_true")] == [0.9, 1.0, 1.0]
    assert math.isnan(bins[0]["mean_true"])  # type: ignore[arg-type]
    spread = spread_rows(made, entries)[0]
    assert spread["mean_spread"] == pytest.approx((0.2 / math.sqrt(2) + 0.4 / math.sqrt(2) + 0 + 0) / 4)
    assert spread["spearman"] == pytest.approx(0.5 / math.sqrt(4.5 * 5))  # Ranks 3 4 1.5 1.5 and 2 3 1 4.
    errors = error_estimates(made, make_bootstrap(made.prompts, seed=0), entries)
    assert errors["mae"].value == pytest.approx(0.15)
    assert (errors["mae"].low, errors["mae"].high) == pytest.approx((0.15, 0.15))  # Both items err by as much.


def test_one_sample_has_no_spread_and_a_pick_no_levels() -> None:
    made = benchmark([[1.0, 0.0]], HIGH)
    assert spread_rows(made, level_samples(made, [[[0.5, 0.4]]])) == []
    picked = samples(prediction_table([prediction(0, 0, 1, attribute=None), prediction(0, 1, 0, attribute=None)]), made)
    assert level_rows(made, picked) == calibration_rows(made, picked) == spread_rows(made, picked) == []


def test_order_effects_are_counted_over_the_samples_own_picks() -> None:
    made = benchmark([[1.0, 0.0]], HIGH | LOW)
    # Shown a b, b a, a b; under high the samples pick a, b, b, so positions 0, 0, 1; under low the other one each time.
    rows = [
        prediction(0, response, score, sample=sample, position=position)
        for sample, shown in enumerate([((0.9, 0), (0.1, 1)), ((0.2, 1), (0.8, 0)), ((0.3, 0), (0.6, 1))])
        for response, (score, position) in enumerate(shown)
    ]
    entries = samples(prediction_table(rows), made)
    assert [(row["position"], row["n"], row["picked"], row["expected"]) for row in order_bias_rows(made, entries)] == [
        (0, 6, 0.5, 0.5),
        (1, 6, 0.5, 0.5),
    ]
    # Two pairs in different orders, samples 0 and 1, 1 and 2, under two targets each: the first flips, the second not.
    assert flip_rows(made, entries) == [{"n": 4, "flipped": 0.5}]


def test_picks_by_letter_count_once_and_responses_that_were_shown_alone_have_no_order() -> None:
    made = benchmark([[1.0, 0.5, 0.0]], HIGH | LOW)
    picked = [prediction(0, place, place == 2, attribute=None, position=(place + 1) % 3) for place in range(3)]
    rows = order_bias_rows(made, samples(prediction_table(picked), made))
    assert [(row["n_responses"], row["n"], row["picked"]) for row in rows] == [(3, 1, 1.0), (3, 1, 0.0), (3, 1, 0.0)]
    alone = [prediction(0, place, 0.5, position=0) for place in range(3)]
    assert order_bias_rows(made, samples(prediction_table(alone), made)) == []


def test_confusion_scores_the_picks_for_one_target_on_another() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], HIGH | LOW | {"custom/mine": {"care": 0.5}})
    rows = confusion_rows(made, np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0]]))
    found = {(row["steered_to"], row["scored_on"]): row["accuracy"] for row in rows}
    assert found == {
        ("target_high", "target_high"): pytest.approx(200 / 3),
        ("target_high", "target_low"): pytest.approx(100 / 3),
        ("target_low", "target_high"): 0,
        ("target_low", "target_low"): 100,
    }


def test_the_tokens_of_a_query_count_once() -> None:
    rows = [
        prediction(0, response, 0.5, query=query, prompt_tokens=prompt, output_tokens=output)
        for query, prompt, output in ((0, 100, 20), (1, 50, 10), (2, 0, 0))
        for response in (0, 1)
    ]
    assert cost_row(prediction_table(rows)) == {"generations": 2, "prompt_tokens": 150, "output_tokens": 30}


def test_a_flag_that_acts_after_inference_tells_what_it_changes() -> None:
    items = [
        Item("p", ("a", "b"), ({"care": 0.0}, {"care": 0.33})),
        Item("q", ("a", "b"), ({"care": 0.0}, {"care": 1.0})),
    ]
    as_written, in_steps = (
        make_benchmark(items, ["care"], {FIRST: {"care": 0.17}}, grid) for grid in (None, level_grid(7))
    )
    rows = [prediction(item, place, score) for item in (0, 1) for place, score in enumerate((0.0, 0.33))]
    entries = samples(prediction_table(rows), as_written)
    # As written, 0.33 is nearer to 0.17 than 0 is; in steps both are one away: the first wins, item p is not scored.
    assert float_ties_row(as_written, in_steps, entries, np.array([[1, 1]])) == {
        "flag": "float_ties",
        "n_decisions": 2,
        "decisions_changed": 2,
        "items_changed": 2,
        "outcomes_changed": 2,
    }
    assert {row["note"] for row in other_flags()} == {"needs new inference"}


def test_the_weights_of_a_target_count_in_every_statistic() -> None:
    high = {"care": 1.0, "liberty": 1.0}
    labels = ({"care": 1.0, "liberty": 0.5}, {"care": 0.5, "liberty": 1.0}, {"care": 0.0, "liberty": 1.0})
    item = Item("p", ("a", "b", "c"), labels)
    weighted, plain = (
        make_benchmark([item], ["care", "liberty"], {"target_high": target})
        for target in (WeightedTarget(high, {"care": 1.0, "liberty": 4.0}), high)
    )
    # The squared distances .25, .25 and 1 become 1, .25 and 1: one response is right instead of two.
    assert weighted.distances.tolist() == [[[1.0, 0.5, 1.0]]]
    assert [float(made.random_accuracy[0]) for made in (plain, weighted)] == pytest.approx([200 / 3, 100 / 3])
    found = [outcomes(made, np.array([[0]])) for made in (plain, weighted)]
    assert [bool(entry.correct[0, 0]) for entry in found] == [True, False]
    assert [float(entry.steering_error[0, 0]) for entry in found] == [0.0, 1.0]
    assert [confusion_rows(made, np.array([[0]]))[0]["accuracy"] for made in (plain, weighted)] == [100, 0]
    rows = [
        prediction(0, response, score, attribute=name)
        for response, scores in enumerate(item.labels)
        for name, score in scores.items()
    ]
    (entry,) = samples(prediction_table(rows), weighted)
    assert [entry.own_picks(made.targets["target_high"], None).item() for made in (plain, weighted)] == [0, 1]
    # What the levels pick is taken from them anew, with the weights: twice the same.
    assert float_ties_row(weighted, weighted, [entry], np.array([[0]]))["decisions_changed"] == 0
    assert float_ties_row(weighted, plain, [entry], np.array([[0]]))["decisions_changed"] == 1


def test_a_shuffle_less_changes_nothing_where_a_model_reads_the_same() -> None:
    made = benchmark([[1.0, 0.0]] * 3, HIGH | LOW)

    def flag(*orders: tuple[int, int], tokens: int = 9, greedy: bool = True, shuffled: bool = True) -> dict[str, Any]:
        """Where the two responses of each item stood."""
        rows = [
            prediction(item, response, 0.5, position=position, prompt_tokens=tokens)
            for item, order in enumerate(orders)
            for response, position in enumerate(order)
        ]
        return shuffle_greedy_row(made, prediction_table(rows), greedy=greedy, shuffled=shuffled)

    orders = ((0, 1), (1, 0), (1, 0))
    assert flag(*orders)["note"] == "2 of 3 items need new inference"
    assert "items_changed" not in flag(*orders)
    assert flag(*[(0, 1)] * 3)["items_changed"] == 0
    assert flag(*[(0, 1)] * 3, shuffled=False)["note"] == "3 of 3 items need new inference"
    unchanged: dict[str, Any] = {"sampling shuffles in any case": {"greedy": False}, "asks no model": {"tokens": 0}}
    for note, case in unchanged.items():
        row = flag(*orders, **case)
        assert (row["n_decisions"], row["items_changed"], row["note"]) == (6, 0, note)
    assert flag(*[(0, 0)] * 3)["note"] == "reads each response alone"


def test_numbers_reported_elsewhere_get_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "reference_numbers.csv"
    text = "source,dataset,adm,target_set,measure,value\n"
    text += "run,mic,a,high,accuracy,67\nrun,mic,a,high,n_scored,325\nrun,mic,b,,mse,0.1\nrun,other,a,high,accuracy,1\n"
    path.write_text(text)
    measured = {
        ("e", "a"): {
            ("high", "accuracy"): Estimate(60, 55, 65, 2),
            ("high", "n_scored"): Estimate(325, *[math.nan] * 3),
        },
        ("f", "a"): {("high", "accuracy"): Estimate(66, 61, 71, 2)},
    }
    rows = reproduction_rows(read_reference_numbers(path), "mic", measured)
    assert [(row["experiment"], row["measure"], row["verdict"]) for row in rows] == [
        ("e", "accuracy", "outside"),
        ("f", "accuracy", "inside"),
        ("e", "n_scored", "inside"),
        ("", "mse", "not run"),
    ]
    path.write_text(text.replace("67", "many"))
    with pytest.raises(UserError, match=r"reference_numbers.csv: line 2: value is 'many', expected a number"):
        read_reference_numbers(path)
    assert len(read_reference_numbers(ROOT / "data" / "reference_numbers.csv")) == 12


TARGETS: dict[str, Levels] = {"target_high": dict.fromkeys(["helpfulness", "verbosity"], 1.0)}
NAMES = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"]


@pytest.fixture
def study(tmp_path: Path) -> list[object]:
    """Two ADMs on two items, and the arguments that analyse them."""
    items = [
        Item(f"p{place}", ("a", "b"), (dict.fromkeys(NAMES, 0.25), dict.fromkeys(NAMES, 0.75))) for place in range(2)
    ]
    write_json(tmp_path / "eval.json", [item.as_json() for item in items])
    write_json(tmp_path / "target_high.json", TARGETS["target_high"])
    attributes: dict[str, list[str | None]] = {"unaligned_baseline": [None], "proposed_spm": list(NAMES)}
    for adm, named in attributes.items():
        folder = tmp_path / "e" / adm
        rows = [
            prediction(item, place, float(place == item), attribute=name)
            for item in range(2)
            for place in range(2)
            for name in named
        ]
        write_predictions(rows, folder / "predictions.parquet")
        judge({"adm": adm}, items, read_predictions(folder / "predictions.parquet"), TARGETS, folder)
    arguments = "--dataset d --eval eval.json --targets target_high.json --cells e/unaligned_baseline e/proposed_spm"
    files = ["--attributes", attribute_file("helpsteer2"), "--references", ROOT / "data" / "reference_numbers.csv"]
    return [*arguments.split(), *files, "--output", "statistics"]


def test_the_command_writes_every_table(command: Run, study: list[object], tmp_path: Path) -> None:
    result = command("analyse", *study)
    assert result.returncode == 0, result.stderr
    written = {path.stem: pd.read_csv(path) for path in (tmp_path / "statistics").iterdir()}
    assert {name: list(table) for name, table in written.items()} == COLUMNS
    assert written["accuracy"]["accuracy"].tolist() == [50, 50]
    assert written["comparisons"][["adm_a", "adm_b", "p_value"]].to_numpy().tolist() == [
        ["unaligned_baseline", "proposed_spm", 1.0]
    ]
    assert written["side_effects"]["movement"].tolist() == [0, 0, 0]
    again = command("analyse", *study[:-1], "again")
    assert again.returncode == 0, again.stderr
    for name in COLUMNS:
        assert (tmp_path / "again" / f"{name}.csv").read_bytes() == (
            tmp_path / "statistics" / f"{name}.csv"
        ).read_bytes()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def without_the_last_row(path: Path) -> None:
    pd.read_parquet(path).iloc[:-1].to_parquet(path)


def of_another_item(path: Path) -> None:
    table = pd.read_parquet(path)
    table.assign(item=table["item"] + 1).to_parquet(path)


@pytest.mark.parametrize(
    ("file", "harm", "message"),
    [
        ("predictions.parquet", Path.unlink, "no such file"),
        ("decisions.parquet", Path.unlink, "no such file"),
        ("predictions.parquet", cut_off, "not a readable Parquet file"),
        ("decisions.parquet", cut_off, "not a readable Parquet file"),
        ("decisions.parquet", without_the_last_row, "no decision on item 1 under the target target_high"),
        ("predictions.parquet", of_another_item, "response 0 of item 2 is not among the eval items"),
    ],
)
def test_a_missing_or_half_written_piece_is_named(
    study: list[object], tmp_path: Path, file: str, harm: Any, message: str
) -> None:
    items = read_items(tmp_path / "eval.json")
    harm(tmp_path / "e" / "proposed_spm" / file)
    with pytest.raises(UserError, match=f"e/proposed_spm/{file}: {message}"):
        read_cell(tmp_path / "e" / "proposed_spm", make_benchmark(items, NAMES, TARGETS))


def test_an_incomplete_results_folder_is_one_line_and_leaves_no_table(
    command: Run, study: list[object], tmp_path: Path
) -> None:
    cut_off(tmp_path / "e" / "proposed_spm" / "predictions.parquet")
    assert "e/proposed_spm/predictions.parquet: not a readable Parquet" in error_line(command("analyse", *study))
    assert not (tmp_path / "statistics" / "accuracy.csv").exists()
