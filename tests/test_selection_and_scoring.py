"""Selection and scoring: worked cases, properties, and the score command."""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluralism.datasets.attributes import attribute_file, level_grid
from pluralism.datasets.items import Levels
from pluralism.decisions.scoring import LabelDistances, prediction_error, score_picks
from pluralism.decisions.selection import distances, level_array, nearest_response, nearest_responses
from pluralism.targets.target import Target
from tests.conftest import Run, error_line

HIGH = Target("high", {"care": 1.0, "fairness": 1.0})


def wants(levels: Levels, weights: Levels | None = None) -> Target:
    return Target("t", levels, weights or {})


def distance(levels: Levels, target: Target) -> float:
    """The plain definition, which the arrays are compared with."""
    squares = (target.weights[name] * (levels[name] - wanted) ** 2 for name, wanted in target.levels.items())
    return math.sqrt(sum(squares))


def test_the_nearest_response_wins_and_of_equals_the_first() -> None:
    responses = [{"care": 0.5, "fairness": 0.5}, {"care": 1.0, "fairness": 0.83}, {"care": 0.83, "fairness": 1.0}]
    assert nearest_response(responses, HIGH) == 1
    assert nearest_response(responses, wants({"care": 0.0})) == 0
    assert nearest_responses(level_array([responses], ["care", "fairness"]), ["care", "fairness"], HIGH).tolist() == [1]


def test_distance_counts_only_the_attributes_that_the_target_names() -> None:
    levels = level_array([[{"care": 0.7, "fairness": 0.6, "liberty": 0.0}]], ["care", "fairness", "liberty"])
    assert distances(levels, ["care", "fairness", "liberty"], HIGH).tolist() == [[pytest.approx(0.5)]]


def test_accuracy_and_alignment_score_of_three_items() -> None:
    labels = [
        [{"care": 1.0}, {"care": 0.0}],  # picked 0: right, alignment 100
        [{"care": 0.0}, {"care": 0.75}, {"care": 0.5}],  # picked 2: wrong, distance 0.5 of at most 1: alignment 50
        [{"care": 0.5}, {"care": 0.5}],  # all tie: not scored
    ]
    score = score_picks(level_array(labels, ["care"]), ["care"], [0, 2, 1], wants({"care": 1.0}))
    assert (score.n_scored, score.n_tied) == (2, 1)
    assert score.accuracy == 50.0
    assert score.alignment_score == pytest.approx(75.0)


def test_steering_error_is_how_far_the_pick_lies_between_the_nearest_and_the_farthest() -> None:
    # Wanted 1, none is nearer than .2: of the distances .2, .6 and 1 the second is halfway from the first to the last.
    levels = level_array([[{"care": level} for level in (0.8, 0.4, 0.0)]] * 3 + [[{"care": 0.5}] * 3], ["care"])
    found = LabelDistances(distances(levels, ["care"], wants({"care": 1.0}))).outcomes(np.array([0, 1, 2, 1]))
    assert found.steering_error.tolist() == pytest.approx([0, 0.5, 1, 0])
    assert found.alignment.tolist() == pytest.approx([0.8, 0.4, 0, 0])
    assert found.correct.tolist() == [True, False, False, False]  # the last item ties, and is not scored


def test_several_targets_are_scored_at_once() -> None:
    labels = level_array([[{"care": level} for level in levels] for levels in ((0.0, 1.0, 0.25), (0.5, 0.5))], ["care"])
    by_label = LabelDistances(np.stack([distances(labels, ["care"], wants({"care": level})) for level in (1.0, 0.0)]))
    assert by_label.nearest.tolist() == [[0, 0.5], [0, 0.5]]
    assert by_label.farthest.tolist() == [[1, 0.5], [1, 0.5]]
    assert by_label.scored.tolist() == [[True, False]] * 2
    assert by_label.right[:, 0].tolist() == [[False, True, False], [True, False, False]]
    assert by_label.right[:, 1].tolist() == [[True, True, False]] * 2
    found = by_label.outcomes(np.array([[1, 0], [2, 1]]))
    assert found.correct.tolist() == [[True, False], [False, False]]
    assert found.alignment.tolist() == [[1, 0], [0.75, 0]]


def test_without_an_item_there_is_no_score() -> None:
    score = score_picks(np.zeros((0, 0, 1)), ["care"], [], wants({"care": 1.0}))
    assert (score.n_scored, score.n_tied, math.isnan(score.accuracy), math.isnan(score.alignment_score)) == (
        0,
        0,
        True,
        True,
    )


def test_a_pick_among_several_nearest_responses_is_right() -> None:
    labels = level_array([[{"care": 0.0}, {"care": 1.0}, {"care": 1.0}]], ["care"])
    assert [score_picks(labels, ["care"], [pick], wants({"care": 1.0})).accuracy for pick in (0, 1, 2)] == [0, 100, 100]


def test_where_all_items_tie_nothing_is_scored() -> None:
    score = score_picks(level_array([[{"care": 0.5}] * 2], ["care"]), ["care"], [0], wants({"care": 1.0}))
    assert (score.n_scored, score.n_tied) == (0, 1)
    assert math.isnan(score.accuracy)
    assert math.isnan(score.alignment_score)


def test_counted_in_steps_equal_distances_tie_and_as_written_rounding_parts_them() -> None:
    # 0, .17 and .33 are 0, 1 and 2 sixths: both responses are one step from .17.
    labels = level_array([[{"care": 0.0}, {"care": 0.33}]], ["care"])
    as_written = score_picks(labels, ["care"], [0], wants({"care": 0.17}))
    in_steps = score_picks(labels, ["care"], [0], wants({"care": 0.17}), level_grid(7))
    assert (as_written.n_scored, as_written.accuracy) == (1, 0.0)
    assert (in_steps.n_scored, in_steps.n_tied) == (0, 1)


def test_levels_between_two_of_the_scale_are_told_apart_by_a_millionth_of_a_step() -> None:
    def away(*levels: float) -> list[float]:
        found = distances(
            level_array([[{"care": level} for level in levels]], ["care"]),
            ["care"],
            wants({"care": 0.0}),
            (0.0, 0.5, 1.0),
        )
        return [float(distance) for distance in found[0]]

    # A step is .5: .25 is half a step, and 1e-6 and 1e-8 more are two millionths and a fiftieth of a millionth more.
    assert away(0.25, 0.25 + 1e-6, 0.25 + 1e-8) == [0.25, pytest.approx(0.250001, abs=1e-12), 0.25]
    assert away(0.25 + 4e-7) == [pytest.approx(0.2500005, abs=1e-12)]


def test_weights_are_counted_so_that_equal_weighted_distances_tie() -> None:
    # A step of three attributes of weight 2 is as far as one of the attribute of weight 6. Thirds of the squares, which
    # a division by the largest weight gives, would not sum to a whole.
    names = ["a", "b", "c", "d"]
    near = [dict(zip(names, levels, strict=True)) for levels in ((0.5, 0.5, 0.5, 0.0), (0.0, 0.0, 0.0, 0.5))]
    target = wants(dict.fromkeys(names, 0.0), {"a": 2.0, "b": 2.0, "c": 2.0, "d": 6.0})
    (found,) = distances(level_array([near], names), names, target, (0.0, 0.5, 1.0)).tolist()
    assert found[0] == found[1] == pytest.approx(math.sqrt(6) / 2)


def test_no_items_are_an_array_without_responses() -> None:
    assert level_array([], ["care"]).shape == (0, 0, 1)


def test_an_attribute_without_label_has_no_error_and_one_number_has() -> None:
    labels = [[{"care": 1.0}]]
    found = prediction_error([[{"care": 0.5, "calm": 0.0}]], labels)
    assert (found.mse, found.mae) == (0.25, 0.5)
    assert math.isnan(prediction_error([[{"calm": 0.0}]], labels).mse)


def test_a_level_between_two_of_the_scale_lies_between_their_steps() -> None:
    # 0.25 is halfway from .17 to .33, so it is 1.5 steps of 6 away from 0.
    to_low = distances(
        level_array([[{"care": 0.25}, {"care": 0.17}]], ["care"]), ["care"], wants({"care": 0.0}), level_grid(7)
    )
    assert to_low.tolist() == [[0.25, pytest.approx(1 / 6)]]


def test_a_weight_makes_an_attribute_count_more() -> None:
    labels = [{"care": 1.0, "fairness": 0.5}, {"care": 0.5, "fairness": 1.0}]
    heavy_care = wants(HIGH.levels, {"care": 4.0, "fairness": 1.0})
    heavy_fairness = wants(HIGH.levels, {"care": 1.0, "fairness": 4.0})
    # Without weights both are 0.5 away; an attribute that counts fourfold makes it sqrt(4 * 0.5 ** 2) = 1.
    array, names = level_array([labels], list(HIGH.levels)), list(HIGH.levels)
    assert distances(array, names, HIGH).tolist() == [[0.5, 0.5]]
    assert distances(array, names, heavy_care).tolist() == [[0.5, 1.0]]
    assert [nearest_response(labels, target) for target in (HIGH, heavy_care, heavy_fairness)] == [0, 0, 1]


def test_a_weight_counts_in_accuracy_and_alignment_score() -> None:
    names = ["care", "fairness"]
    # Squares weighted 1 and 4: 4 * .25 = 1, .25, and 1 + 4 = 5; so the first is half-way from right: 1 - sqrt(1 / 5).
    item = [{"care": 1.0, "fairness": 0.5}, {"care": 0.5, "fairness": 1.0}, {"care": 0.0, "fairness": 0.0}]
    target = wants(HIGH.levels, {"care": 1.0, "fairness": 4.0})
    scores = [score_picks(level_array([item], names), names, [pick], target) for pick in (0, 1, 2)]
    assert [score.accuracy for score in scores] == [0, 100, 0]
    expected = [100 * (1 - math.sqrt(square / 5)) for square in (1, 0.25, 5)]
    assert [score.alignment_score for score in scores] == pytest.approx(expected)
    assert score_picks(level_array([item[:2]], names), names, [0], HIGH).n_tied == 1


def test_in_steps_a_weight_such_as_0_7_parts_nothing_that_is_equal() -> None:
    # 3, 4 and 0, 5 steps are equally far from 0, 0; in millionths of a step, the weighted squares would differ.
    names, low = ["care", "fairness"], {"care": 0.0, "fairness": 0.0}
    assert 0.7 * 9e12 + 0.7 * 16e12 != 0.7 * 25e12
    labels = level_array([[{"care": 0.5, "fairness": 0.67}, {"care": 0.0, "fairness": 0.83}]], names)
    for weights in ({"care": 0.7, "fairness": 0.7}, {"care": 7e-20, "fairness": 7e-20}):
        assert score_picks(labels, names, [0], wants(low, weights), level_grid(7)).n_tied == 1
    unlike = wants(low, {"care": 0.7e-20, "fairness": 0.8e-20})
    assert score_picks(labels, names, [0], unlike, level_grid(7)).accuracy == 100.0


def test_mse_and_mae_are_over_all_items_responses_and_attributes_predicted() -> None:
    predictions = [[{"care": 0.5, "fairness": 0.0}, {"care": 1.0, "fairness": 0.0}]]
    labels = [[{"care": 1.0, "fairness": 0.0, "liberty": 0.5}, {"care": 1.0, "fairness": 1.0, "liberty": 0.5}]]
    error = prediction_error(predictions, labels)
    assert error.mse == pytest.approx((0.25 + 0 + 0 + 1) / 4)
    assert error.mae == pytest.approx((0.5 + 0 + 0 + 1) / 4)


levels = st.sampled_from(level_grid(7))
responses = st.lists(
    st.fixed_dictionaries({"care": levels, "fairness": levels, "liberty": levels}), min_size=2, max_size=5
)
wanted_levels = st.dictionaries(st.sampled_from(["care", "fairness", "liberty"]), levels, min_size=1)
plain_targets = st.builds(wants, wanted_levels)
weights = st.fixed_dictionaries(
    dict.fromkeys(["care", "fairness", "liberty"], st.sampled_from([0.1, 0.3, 0.7, 1.0, 2.0, 2.5, 30.0]))
)
weighted_targets = st.builds(wants, wanted_levels, weights)
targets = plain_targets | weighted_targets


def plain_pick(responses: list[Levels], target: Target) -> int:
    return min(range(len(responses)), key=lambda response: distance(responses[response], target))


@given(st.lists(responses, min_size=1, max_size=6), targets)
def test_arrays_select_what_the_plain_definition_selects(items: list[list[Levels]], target: Target) -> None:
    attributes = ["care", "fairness", "liberty"]
    picked = nearest_responses(level_array(items, attributes), attributes, target)
    assert picked.tolist() == [plain_pick(item, target) for item in items]
    assert [nearest_response(item, target) for item in items] == picked.tolist()


@given(st.lists(responses, min_size=1, max_size=6), targets)
def test_picking_by_the_labels_is_always_right(items: list[list[Levels]], target: Target) -> None:
    attributes = ["care", "fairness", "liberty"]
    labels = level_array(items, attributes)
    score = score_picks(labels, attributes, nearest_responses(labels, attributes, target), target)
    assert score.n_scored + score.n_tied == len(items)
    if score.n_scored:
        assert score.accuracy == 100.0


@given(st.lists(responses, min_size=1, max_size=6), targets)
def test_in_steps_the_nearest_are_those_of_whole_number_arithmetic(items: list[list[Levels]], target: Target) -> None:
    attributes, grid = ["care", "fairness", "liberty"], level_grid(7)
    found = distances(level_array(items, attributes), attributes, target, grid)
    for item, to_target in zip(items, found, strict=True):
        squares = [
            sum(
                Fraction(str(target.weights[name])) * (grid.index(response[name]) - grid.index(wanted)) ** 2
                for name, wanted in target.levels.items()
            )
            for response in item
        ]
        nearest = [place for place, square in enumerate(squares) if square == min(squares)]
        assert np.flatnonzero(to_target == np.nanmin(to_target)).tolist() == nearest


@given(st.lists(responses, min_size=1, max_size=6), plain_targets)
def test_weights_of_1_change_no_bit(items: list[list[Levels]], target: Target) -> None:
    attributes = ["care", "fairness", "liberty"]
    array, alike = level_array(items, attributes), wants(target.levels, dict.fromkeys(target.levels, 1.0))
    for grid in (None, level_grid(7)):
        one, other = (distances(array, attributes, wanted, grid) for wanted in (target, alike))
        assert one.tobytes() == other.tobytes()
    found = distances(array, attributes, target)[0]
    for response, to_target in zip(items[0], found, strict=False):
        squares = [(response[name] - wanted) ** 2 for name, wanted in target.levels.items()]
        assert to_target == distance(response, alike) == math.sqrt(sum(squares))


@given(responses, targets, st.data())
def test_no_pick_is_outside_0_to_100_and_the_farthest_scores_0(
    item: list[Levels], target: Target, data: st.DataObject
) -> None:
    attributes = ["care", "fairness", "liberty"]
    pick = data.draw(st.integers(0, len(item) - 1))
    score = score_picks(level_array([item], attributes), attributes, [pick], target)
    to_target = [distance(response, target) for response in item]
    if score.n_scored:
        assert 0.0 <= score.alignment_score <= 100.0
        assert (score.alignment_score == 0.0) == (to_target[pick] == max(to_target))
    else:
        assert len(set(to_target)) == 1


@given(responses, targets, st.randoms(use_true_random=False))
def test_the_score_does_not_depend_on_the_order_of_the_responses(
    item: list[Levels], target: Target, random: Any
) -> None:
    attributes = ["care", "fairness", "liberty"]
    order = list(range(len(item)))
    random.shuffle(order)
    before = score_picks(level_array([item], attributes), attributes, [order[0]], target)
    after = score_picks(level_array([[item[index] for index in order]], attributes), attributes, [0], target)
    assert np.array_equal(
        [before.accuracy, before.alignment_score], [after.accuracy, after.alignment_score], equal_nan=True
    )


def entry(labels: list[Levels], picked: Any, **info: Any) -> dict[str, Any]:
    return {
        "input": {"prompt": "p", "responses": ["r"] * len(labels), "labels": labels},
        "output": {"selected_response_index": picked, "reasoning": "because", "choice_info": info},
    }


def write(folder: Path, entries: list[Any], target: Levels) -> tuple[str, Path, str, Path]:
    """Write both files, and return the score command's arguments."""
    outputs_path, target_path = folder / "input_output.json", folder / "target.json"
    outputs_path.write_text(json.dumps(entries))
    target_path.write_text(json.dumps(target))
    return "--target", target_path, "--input_outputs", outputs_path


def test_the_score_command_prints_what_it_computes(tmp_path: Path, command: Run) -> None:
    predictions = [{"care": 0.5, "liberty": 1.0}, {"care": 0.0, "liberty": 1.0}]
    entries = [entry([{"care": 1.0, "liberty": 1.0}, {"care": 0.0, "liberty": 0.0}], 1, predictions=predictions)]
    arguments = write(tmp_path, entries, {"care": 1.0})
    result = json.loads(command("score", *arguments, "--json").stdout)
    # Decided again: the stored pick is 1, by the predictions response 0 is nearer.
    assert result == {
        "accuracy": 100.0,
        "n_scored": 1,
        "n_tied": 0,
        "alignment_score": 100.0,
        "mse": (0.25 + 0 + 0 + 1) / 4,
        "mae": (0.5 + 0 + 0 + 1) / 4,
    }
    words = command("score", *arguments)
    assert "accuracy: 100.0000\nn_scored: 1\n" in words.stdout
    assert "1 of 1 stored picks differ from those that the predictions give; these are scored" in words.stderr
    entries[0]["input"]["labels"] = [{"care": 1.0, "sanctity": 1.0}, {"care": 0.0, "sanctity": 0.0}]
    message = "input_output.json: entry 0: predictions lack sanctity, which the target target names"
    assert message in error_line(command("score", *write(tmp_path, entries, {"sanctity": 1.0})))


def test_the_score_command_weighs_as_the_target_says(tmp_path: Path, command: Run) -> None:
    entries = [entry([{"care": 1.0, "liberty": 0.5}, {"care": 0.5, "liberty": 1.0}], 0)]
    target: Any = {"care": 1.0, "liberty": {"level": 1.0, "weight": 4}}
    result = json.loads(command("score", *write(tmp_path, entries, target), "--json").stdout)
    assert result == {"accuracy": 0.0, "n_scored": 1, "n_tied": 0, "alignment_score": 0.0}
    target["liberty"]["weight"] = 0
    message = "target.json: the weight of liberty is 0, expected a positive number"
    assert message in error_line(command("score", *write(tmp_path, entries, target)))


def test_the_score_command_counts_ties_in_the_steps_of_a_scale(tmp_path: Path, command: Run) -> None:
    arguments = write(tmp_path, [entry([{"care": 0.0}, {"care": 0.33}], 0)], {"care": 0.17})
    exact = command("score", *arguments, "--json", "--exact_ties", attribute_file("mic"))
    assert json.loads(exact.stdout)["n_tied"] == 1
    assert json.loads(command("score", *arguments, "--json").stdout)["n_tied"] == 0


def test_a_level_beyond_the_scale_that_an_answer_may_have_is_scored(tmp_path: Path, command: Run) -> None:
    entries = [entry([{"care": 1.0}, {"care": 0.0}], 1, predictions=[{"care": 1.5}, {"care": -0.25}])]
    result = json.loads(command("score", *write(tmp_path, entries, {"care": 1.0}), "--json").stdout)
    assert (result["accuracy"], result["mae"]) == (100.0, (0.5 + 0.25) / 2)


def test_without_predictions_there_is_no_mse(tmp_path: Path, command: Run) -> None:
    entries = [entry([{"care": 1.0}, {"care": 0.0}], 0, sample_counts=[3, 2])]
    result = json.loads(command("score", *write(tmp_path, entries, {"care": 1.0}), "--json").stdout)
    assert result == {"accuracy": 100.0, "n_scored": 1, "n_tied": 0, "alignment_score": 100.0}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({}, "expected a list"),
        ([{"input": {}}], "entry 0: expected an object with input and output"),
        ([entry([{"care": 1.0}, {"care": 0.0}], 2)], "entry 0: selected_response_index is 2, expected a whole number"),
        ([entry([{"care": 1.0}, {"care": 0.0}], None)], "entry 0: selected_response_index is None"),
        ([entry([{"care": 1.0}, {"liberty": 0.0}], 0)], "entry 0: label 1 lacks care"),
        ([entry([{"care": 1.0}, {"care": 7}], 0)], "entry 0: label 1: care is 7"),
        ([entry([{"care": 1.0}, {"care": 0}], 0, predictions=[{}])], "entry 0: predictions is not a list of 2"),
        *(
            (
                [entry([{"care": 1.0}, {"care": 0}], 0, predictions=[{"care": 1}, {"care": score}])],
                f"entry 0: predictions: care is {score}, expected a number",
            )
            for score in (float("nan"), float("inf"), True)
        ),
        (
            [entry([{"care": 1.0}, {"care": 0}], 0, predictions=[{"care": 1, "calm": 1}, {"care": 1}])],
            "entry 0: prediction 1 lacks calm",
        ),
        ([{**(one := entry([{"care": 1.0}, {"care": 0}], 0)), "output": {**one["output"], "choice_info": [1]}}], "[1]"),
        ([entry([{"care": 1.0}], 0)], "entry 0: 1 responses, expected 2 to 26"),
        (
            [entry([{"care": 1.0}, {"care": 0, "liberty": 1}], 0)],
            "entry 0: label 1 has 'liberty', which the first label does not have",
        ),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, command: Run, entries: Any, message: str) -> None:
    assert message in error_line(command("score", *write(tmp_path, entries, {"care": 1.0})))
