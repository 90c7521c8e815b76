"""Statistics of an ADM that is asked anew for each target, and of several targets together: cases worked by hand."""

import re

import numpy as np
import pytest

from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.predictions import Prediction, prediction_table
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.levels import error_estimates, level_rows
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.samples import samples
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, SECOND, benchmark, clusters, prediction

MINE = Target("custom/mine", {"care": 0.5})


def bound_rows(target: str, *shown: tuple[int, int, int]) -> list[Prediction]:
    """Votes for one target on item 0: per sample the positions of its two responses, and the one picked."""
    return [
        prediction(0, response, float(response == picked), attribute=None, target=target, sample=sample, position=place)
        for sample, (*places, picked) in enumerate(shown)
        for response, place in enumerate(places)
    ]


def test_order_effects_of_a_target_bound_adm_are_those_under_high_and_low_each_by_its_own_samples() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW, MINE])
    # Under high the orders differ and both samples pick what is shown first; under low both show the same order, and
    # pick the second shown. Under a target of one's own each picks another: it does not count.
    rows = [
        *bound_rows("target_high", (0, 1, 0), (1, 0, 1)),
        *bound_rows("target_low", (0, 1, 1), (0, 1, 1)),
        *bound_rows("custom/mine", (0, 1, 1), (1, 0, 0)),
    ]
    entries = samples(prediction_table(rows), made)
    assert [entry.target for entry in entries] == ["custom/mine", "target_high", "target_low"]
    bias = order_bias_rows(made, clusters(made), entries)
    assert [(row["position"], row["n"], row["picked"]) for row in bias] == [(0, 4, 0.5), (1, 4, 0.5)]
    # Of high's two samples, one pair in two orders; none of low's. High's samples and low's are no pairs.
    (flips,) = flip_rows(made, clusters(made), entries)
    assert (flips["n"], flips["flipped"]) == (1, 1.0)


def test_target_bound_levels_pick_for_their_own_target() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW])
    # The same levels, in two orders: under high they pick response 0, at position 0 and then 1; under low response 1.
    rows = [
        prediction(0, response, level, target=target.name, sample=sample, position=(response + sample) % 2)
        for target in (HIGH, LOW)
        for sample in (0, 1)
        for response, level in enumerate((0.9, 0.2))
    ]
    rows += [
        prediction(0, 1, 0.2, target="target_high", sample=2),
        prediction(0, 0, 0.1, target="target_high", sample=2),
    ]
    entries = samples(prediction_table(rows), made)
    bias = order_bias_rows(made, clusters(made), entries)
    # Under high at 0, 1 and, of the third sample, 1; under low at 1 and 0.
    assert [(row["n"], row["picked"]) for row in bias] == [(5, 2 / 5), (5, 3 / 5)]
    # Pairs in two orders: 0 and 1, 1 and 2 under high, of which the second flips; 0 and 1 under low.
    (flips,) = flip_rows(made, clusters(made), entries)
    assert (flips["n"], flips["flipped"]) == (3, 1 / 3)


def test_side_effects_over_two_targets_count_those_that_leave_the_attribute_free() -> None:
    items = [
        Item("p", ("a", "b"), ({"care": 1.0, "calm": 0.25, "fair": 0.5}, {"care": 0.0, "calm": 1.0, "fair": 0.0})),
        Item("q", ("a", "b"), ({"care": 1.0, "calm": 0.5, "fair": 0.0}, {"care": 0.0, "calm": 0.0, "fair": 0.25})),
    ]
    targets = [
        Target(FIRST, {"care": 0.0}),
        Target(SECOND, {"calm": 1.0}),
        Target("custom/all", dict.fromkeys(("care", "calm", "fair"), 1.0)),
    ]
    made = make_benchmark(items, ["care", "calm", "fair"], targets)
    # From the first responses: under the first target both items move, under the second p alone, under the third q.
    rows = side_effect_rows(made, clusters(made), np.array([[1, 1], [1, 0], [0, 1]]), np.zeros((3, 2), dtype=int))
    found = {
        (row["target_set"], row["attribute"]): (row["n"], row["movement"], row["absolute_movement"]) for row in rows
    }
    assert found == {
        # Care is free under the second target: p falls by 1, q stays.
        ("sampled_1", "care"): (2, -0.5, 0.5),
        # Calm under the first: p rises by .75, q falls by .5.
        ("sampled_1", "calm"): (2, pytest.approx(0.125), pytest.approx(0.625)),
        # Fair under both: under the first p falls by .5 and q rises by .25; under the second p falls by .5.
        ("sampled_1", "fair"): (4, pytest.approx(-0.1875), pytest.approx(0.3125)),
    }


def test_movements_are_over_items_whatever_prompts_they_share() -> None:
    labels = ({"care": 0.0, "calm": 0.0}, {"care": 1.0, "calm": 0.75})
    items = [Item(prompt, ("a", "b"), labels) for prompt in ("p", "p", "p", "q")]
    made = make_benchmark(items, ["care", "calm"], [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})])
    steered, start = np.array([[1, 1, 1, 0], [0, 0, 0, 0]]), np.array([[0, 0, 0, 0], [0, 0, 0, 1]])
    (row,) = side_effect_rows(made, clusters(made), steered, start)
    # Of eight decisions three move up and one down.
    assert (row["n"], row["movement"], row["absolute_movement"]) == (8, 0.75 * 2 / 8, 0.75 * 4 / 8)


def test_where_targets_name_every_attribute_there_is_no_side_effect() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW])
    assert side_effect_rows(made, clusters(made), np.array([[0], [1]]), np.array([[0], [0]])) == []


def test_the_squared_error_is_a_mean_of_squares_and_has_an_interval_of_its_own() -> None:
    made = benchmark([[1.0, 0.0], [0.5, 0.0], [1.0, 1.0]], [HIGH])
    scores = [[0.5, 0.5], [0.25, 0.25], [1.0, 0.0]]
    rows = [prediction(item, place, score) for item, levels in enumerate(scores) for place, score in enumerate(levels)]
    entries = samples(prediction_table(rows), made)
    # Errors .5, .5, .25, .25, 0, 1.
    found = error_estimates(made, clusters(made), entries)
    assert found["mse"].value == level_rows(made, entries)[0]["mse"] == pytest.approx(1.625 / 6)
    assert found["mae"].value == level_rows(made, entries)[0]["mae"] == pytest.approx(2.5 / 6)
    # By prompt the squares scatter otherwise than the sizes: .5, .125 and 1 of each two, and not 1, .5 and 1.
    assert found["mse"].low < found["mse"].value < found["mse"].high
    assert found["mse"].low != found["mae"].low


def test_where_errors_are_0_or_1_squared_and_absolute_ones_are_the_same_with_their_intervals() -> None:
    made = benchmark([[1.0, 0.0]] * 9, [HIGH])
    rows = [prediction(item, place, float(place == item % 3 == 1)) for item in range(9) for place in (0, 1)]
    found = error_estimates(made, clusters(made), samples(prediction_table(rows), made))
    assert found["mse"].value == pytest.approx(12 / 18)
    for name in ("value", "low", "high", "standard_error"):
        assert getattr(found["mse"], name) == pytest.approx(getattr(found["mae"], name))


@pytest.mark.parametrize(
    ("item", "response", "message"),
    [
        (1, 2, "response 2 of item 1 is not among the eval items"),
        (2, 0, "response 0 of item 2 is not among the eval items"),
    ],
)
def test_a_response_beyond_its_item_is_named_though_another_item_has_as_many(
    item: int, response: int, message: str
) -> None:
    made = benchmark([[1.0, 0.5, 0.0], [1.0, 0.0]], [HIGH])
    rows = [prediction(0, place, 0.5) for place in range(3)] + [prediction(1, place, 0.5) for place in range(2)]
    with pytest.raises(UserError, match=re.escape(message)):
        samples(prediction_table([*rows, prediction(item, response, 0.5, position=0)]), made)
