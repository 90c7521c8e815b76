"""Statistics of levels, samples, order, confusion and protocol flags: each against a case worked by hand."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from pluralism.datasets.attributes import level_grid
from pluralism.datasets.items import Item
from pluralism.predictions import prediction_table
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.confusion import confusion_rows
from pluralism.statistics.cost import cost_row
from pluralism.statistics.flags import first_vote_wins_row, float_ties_row, other_flags, shuffle_greedy_row
from pluralism.statistics.levels import calibration_rows, error_estimates, level_rows, spread_rows
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.samples import samples
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, benchmark, clusters, entries_of, prediction


def level_samples(made: Benchmark, scores: Sequence[Sequence[Sequence[float]]]) -> Any:
    """Predictions of care; `scores` holds, per sample and item, the score of each response."""
    return entries_of(made, zip(*scores, strict=True))


def test_errors_calibration_and_spread_are_about_the_mean_of_the_samples() -> None:
    made = benchmark([[1.0, 0.0], [0.5, 0.0]], [HIGH])
    entries = level_samples(made, [[[0.8, 0.4], [0.5, 0.3]], [[1.0, 0.0], [0.5, 0.3]]])
    # Means 0.9, 0.2, 0.5, 0.3 against 1, 0, 0.5, 0.
    all_rows = level_rows(made, entries)
    assert [row["attribute"] for row in all_rows] == ["all", "care"]
    row = all_rows[0]
    assert row["n"] == 4
    assert row["mse"] == pytest.approx((0.01 + 0.04 + 0 + 0.09) / 4)
    assert row["mae"] == pytest.approx((0.1 + 0.2 + 0 + 0.3) / 4)
    assert row["spearman"] == pytest.approx(4.5 / math.sqrt(5 * 4.5))  # Ranks 4 1 3 2 and 4 1.5 3 1.5.
    bins = [row for row in calibration_rows(made, clusters(made), entries) if row["attribute"] == "care"]
    assert [row["n"] for row in bins] == [0, 0, 1, 1, 0, 1, 0, 0, 0, 1]
    assert [bins[9][name] for name in ("bin_low", "bin_high", "mean_true")] == [0.9, 1.0, 1.0]
    assert math.isnan(bins[0]["mean_true"])  # type: ignore[arg-type]
    spread = spread_rows(made, entries)[0]
    assert spread["mean_spread"] == pytest.approx((0.2 / math.sqrt(2) + 0.4 / math.sqrt(2) + 0 + 0) / 4)
    assert spread["spearman"] == pytest.approx(0.5 / math.sqrt(4.5 * 5))  # Ranks 3 4 1.5 1.5 and 2 3 1 4.
    errors = error_estimates(made, clusters(made), entries)
    assert errors["mae"].value == pytest.approx(0.15)
    assert (errors["mae"].low, errors["mae"].high) == pytest.approx(
        (0.15, 0.15), abs=0.01
    )  # Both items err by as much.


def test_one_sample_has_no_spread_and_a_pick_no_levels() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH])
    assert spread_rows(made, level_samples(made, [[[0.5, 0.4]]])) == []
    picked = samples(prediction_table([prediction(0, 0, 1, attribute=None), prediction(0, 1, 0, attribute=None)]), made)
    assert level_rows(made, picked) == calibration_rows(made, clusters(made), picked) == spread_rows(made, picked) == []


def test_order_effects_are_counted_over_the_samples_own_picks() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW])
    # Shown a b, b a, a b; under high the samples pick a, b, b, so positions 0, 0, 1; under low the other one each time.
    rows = [
        prediction(0, response, score, sample=sample, position=position)
        for sample, shown in enumerate([((0.9, 0), (0.1, 1)), ((0.2, 1), (0.8, 0)), ((0.3, 0), (0.6, 1))])
        for response, (score, position) in enumerate(shown)
    ]
    entries = samples(prediction_table(rows), made)
    assert [
        (row["position"], row["n"], row["picked"], row["expected"])
        for row in order_bias_rows(made, clusters(made), entries)
    ] == [
        (0, 6, 0.5, 0.5),
        (1, 6, 0.5, 0.5),
    ]
    # Two pairs in different orders, samples 0 and 1, 1 and 2, under two targets each: the first flips, the second not.
    (flips,) = flip_rows(made, clusters(made), entries)
    assert (flips["n"], flips["flipped"]) == (4, 0.5)
    assert math.isnan(flips["flipped_low"])  # type: ignore[arg-type]  # One prompt does not tell how much prompts differ.


def test_picks_by_letter_count_once_and_responses_that_were_shown_alone_have_no_order() -> None:
    made = benchmark([[1.0, 0.5, 0.0]], [HIGH, LOW])
    picked = [prediction(0, place, place == 2, attribute=None, position=(place + 1) % 3) for place in range(3)]
    rows = order_bias_rows(made, clusters(made), samples(prediction_table(picked), made))
    assert [(row["n_responses"], row["n"], row["picked"]) for row in rows] == [(3, 1, 1.0), (3, 1, 0.0), (3, 1, 0.0)]
    alone = [prediction(0, place, 0.5, position=0) for place in range(3)]
    assert order_bias_rows(made, clusters(made), samples(prediction_table(alone), made)) == []


def test_intervals_are_over_prompts() -> None:
    """Four prompts, of which two have each outcome, or all the same: Wilson's ends of 2 and of 4 out of 4."""
    made = benchmark([[1.0, 0.0], [0.0, 1.0]] * 2, [HIGH])
    # Both samples of items 0 and 2 pick the first response shown, those of 1 and 3 the second; all pairs flip.
    shown = [[((0.9, 0), (0.8, 1)), ((0.8, 1), (0.9, 0))], [((0.8, 0), (0.9, 1)), ((0.9, 1), (0.8, 0))]] * 2
    rows = [
        prediction(item, response, score, sample=sample, position=position)
        for item, orders in enumerate(shown)
        for sample, order in enumerate(orders)
        for response, (score, position) in enumerate(order)
    ]
    entries = samples(prediction_table(rows), made)

    def interval(row: Mapping[str, Any], name: str) -> Any:
        return pytest.approx([row[name], row[f"{name}_low"], row[f"{name}_high"]])

    t = 3.182446  # of three degrees of freedom
    half = 0.5 * t / math.sqrt(4 + t**2)
    assert [0.5, 0.5 - half, 0.5 + half] == interval(order_bias_rows(made, clusters(made), entries)[0], "picked")
    assert [1, 4 / (4 + t**2), 1] == interval(flip_rows(made, clusters(made), entries)[0], "flipped")
    bins = calibration_rows(made, clusters(made), level_samples(made, [[[0.72, 0.1], [0.78, 0.1]] * 2]))
    assert [0.5, 0.5 - half, 0.5 + half] == interval(bins[7], "mean_true")
    confused = confusion_rows(made, clusters(made), np.array([[0, 0, 0, 0]]))
    assert [50, 50 - 100 * half, 50 + 100 * half] == interval(confused[0], "accuracy")


def test_confusion_scores_the_picks_for_one_target_on_another() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], [HIGH, LOW, Target("custom/mine", {"care": 0.5})])
    rows = confusion_rows(made, clusters(made), np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0]]))
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
        make_benchmark(items, ["care"], [Target(FIRST, {"care": 0.17})], scale) for scale in (None, level_grid(7))
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


def test_the_flag_of_equal_votes_tells_what_it_changes() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0]], [HIGH, LOW])
    # Item 0 has one vote for each response, that for response 1 first; item 1 has two for response 1.
    rows = [
        prediction(item, response, float(response == vote), attribute=None, sample=sample)
        for item, votes in enumerate(((1, 0), (1, 1)))
        for sample, vote in enumerate(votes)
        for response in (0, 1)
    ]
    entries = samples(prediction_table(rows), made)
    changed = {"n_decisions": 4, "decisions_changed": 2, "items_changed": 1, "outcomes_changed": 2}
    for first_vote_wins, picks in ((True, [1, 1]), (False, [0, 1])):
        row = first_vote_wins_row(made, entries, np.array([picks, picks]), first_vote_wins=first_vote_wins)
        assert row == {"flag": "first_vote_wins", **changed}


def test_the_weights_of_a_target_count_in_every_statistic() -> None:
    high = {"care": 1.0, "liberty": 1.0}
    labels = ({"care": 1.0, "liberty": 0.5}, {"care": 0.5, "liberty": 1.0}, {"care": 0.0, "liberty": 1.0})
    item = Item("p", ("a", "b", "c"), labels)
    weighted, plain = (
        make_benchmark([item], ["care", "liberty"], [Target("target_high", high, weights)])
        for weights in ({"care": 1.0, "liberty": 4.0}, {})
    )
    # The squared distances .25, .25 and 1 become 1, .25 and 1: one response is right instead of two.
    assert weighted.by_label.distances.tolist() == [[[1.0, 0.5, 1.0]]]
    assert [float(made.chance[0, 0]) for made in (plain, weighted)] == pytest.approx([2 / 3, 1 / 3])
    found = [made.by_label.outcomes(np.array([[0]])) for made in (plain, weighted)]
    assert [bool(entry.correct[0, 0]) for entry in found] == [True, False]
    assert [float(entry.steering_error[0, 0]) for entry in found] == [0.0, 1.0]
    confused = [confusion_rows(made, clusters(made), np.array([[0]])) for made in (plain, weighted)]
    assert [rows[0]["accuracy"] for rows in confused] == [100, 0]
    rows = [
        prediction(0, response, score, attribute=name)
        for response, scores in enumerate(item.labels)
        for name, score in scores.items()
    ]
    (entry,) = samples(prediction_table(rows), weighted)
    assert [entry.own_picks(made.targets[0], None).item() for made in (plain, weighted)] == [0, 1]
    # What the levels pick is taken from them anew, with the weights: twice the same.
    assert float_ties_row(weighted, weighted, [entry], np.array([[0]]))["decisions_changed"] == 0
    assert float_ties_row(weighted, plain, [entry], np.array([[0]]))["decisions_changed"] == 1


def test_a_shuffle_less_changes_nothing_where_a_model_reads_the_same() -> None:
    made = benchmark([[1.0, 0.0]] * 3, [HIGH, LOW])

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
