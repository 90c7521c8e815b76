"""Single samples: which of them show an order, what each picks, and order effects over items of several sizes."""

import math
from typing import Any

import numpy as np
import pytest

from pluralism.datasets.items import Item
from pluralism.predictions import Prediction, prediction_table
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.confusion import confusion_rows
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.samples import Samples, samples
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, SECOND, benchmark, clusters, prediction

MINE = Target("custom/mine", {"care": 0.5})
Shown = list[list[tuple[list[int], list[float]]]]
"""Item -> sample -> the position and the score of each response."""


def rows_of(shown: Shown, **changes: Any) -> list[Prediction]:
    """Predictions of care, unless told otherwise."""
    return [
        prediction(item, response, score, sample=sample, position=place, **changes)
        for item, of_samples in enumerate(shown)
        for sample, (places, scores) in enumerate(of_samples)
        for response, (place, score) in enumerate(zip(places, scores, strict=True))
    ]


def entry_of(made: Benchmark, shown: Shown, **changes: Any) -> Samples:
    """These predictions as arrays."""
    (entry,) = samples(prediction_table(rows_of(shown, **changes)), made)
    return entry


SIZES: Shown = [
    [([2, 0, 1], [0.9, 0.5, 0.1]), ([0, 1, 2], [0.1, 0.5, 0.9])],
    [([1, 0], [0.2, 0.8])],
]
"""An item of three responses with two samples, and one of two with a single sample."""


def test_a_sample_that_an_item_lacks_picks_nothing_and_shows_no_order() -> None:
    made = benchmark([[1.0, 0.5, 0.0], [1.0, 0.0]], [HIGH])
    entry = entry_of(made, SIZES)
    assert entry.own_picks(HIGH, None).tolist() == [[0, 1], [2, -1]]
    assert entry.in_one_order().tolist() == [[True, True], [True, False]]
    assert entry.positions.tolist() == [[[2, 0, 1], [1, 0, -1]], [[0, 1, 2], [-1, -1, -1]]]
    voted = [[(places, [float(score == max(scores)) for score in scores]) for places, scores in of] for of in SIZES]
    assert entry_of(made, voted, attribute=None).own_votes().tolist() == [[0, 1], [2, -1]]


def test_picks_by_position_are_counted_by_the_number_of_responses() -> None:
    made = benchmark([[1.0, 0.5, 0.0], [1.0, 0.0]], [HIGH])
    rows: list[Any] = order_bias_rows(made, clusters(made), [entry_of(made, SIZES)])
    # Of three responses, both samples pick what they show last; of two, the one sample what it shows first.
    assert [(row["n_responses"], row["position"], row["n"], row["picked"]) for row in rows] == [
        (2, 0, 1, 1.0),
        (2, 1, 1, 0.0),
        (3, 0, 2, 0.0),
        (3, 1, 2, 0.0),
        (3, 2, 2, 1.0),
    ]
    assert [row["expected"] for row in rows] == [1 / 2] * 2 + [1 / 3] * 3


def test_two_responses_that_change_places_are_another_order() -> None:
    made = benchmark([[1.0, 0.5, 0.0], [1.0, 0.0]], [HIGH])
    # The first response stays in its place; item 1 has no two samples.
    shown: Shown = [[([0, 1, 2], [0.9, 0.5, 0.1]), ([0, 2, 1], [0.1, 0.5, 0.9])], [([0, 1], [0.9, 0.1])]]
    (row,) = flip_rows(made, clusters(made), [entry_of(made, shown)])
    assert (row["n"], row["flipped"]) == (1, 1.0)


def test_pairs_that_never_flip_have_a_share_of_0_and_samples_in_one_order_have_none() -> None:
    made = benchmark([[1.0, 0.0]] * 3, [HIGH])
    steady: Shown = [[([0, 1], [0.9, 0.1]), ([1, 0], [0.8, 0.2])]] * 3
    (row,) = flip_rows(made, clusters(made), [entry_of(made, steady)])
    assert (row["n"], row["flipped"], row["flipped_low"]) == (3, 0.0, 0.0)
    assert row["flipped_high"] > 0  # type: ignore[operator]
    assert flip_rows(made, clusters(made), [entry_of(made, [[([0, 1], [0.9, 0.1])] * 2] * 3)]) == []


def test_order_effects_of_levels_that_serve_every_target_are_those_under_high_and_low_alone() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW, MINE, Target(FIRST, {"care": 1.0})])
    (first, second) = order_bias_rows(made, clusters(made), [entry_of(made, [[([0, 1], [0.9, 0.6])]])])
    assert [(row["n"], row["picked"]) for row in (first, second)] == [(2, 0.5), (2, 0.5)]


def test_a_response_whose_attributes_were_asked_at_other_positions_has_none() -> None:
    items = [Item("p", ("a", "b"), ({"care": 1.0, "calm": 0.0}, {"care": 0.0, "calm": 1.0}))]
    made = make_benchmark(items, ["care", "calm"], [HIGH])
    both = [(["care", "calm"], [[0, 1], [1, 0]]), (["care", "calm"], [[0, 1], [0, 1]])]
    rows = [
        row
        for sample, (names, places) in enumerate(both)
        for name, of_name in zip(names, places, strict=True)
        for row in (
            prediction(0, place, 0.5, attribute=name, sample=sample, position=of_name[place]) for place in (0, 1)
        )
    ]
    (entry,) = samples(prediction_table(rows), made)
    assert entry.positions.tolist() == [[[-1, -1]], [[0, 1]]]
    assert entry.in_one_order().tolist() == [[False], [True]]


def test_equal_orders_have_equal_numbers_of_the_attributes_that_a_target_names() -> None:
    items = [Item("p", ("a", "b"), ({"care": 1.0, "calm": 0.0}, {"care": 0.0, "calm": 1.0}))]
    targets = [Target(FIRST, {"calm": 1.0}), Target("target_high", {"care": 1.0, "calm": 1.0})]
    made = make_benchmark(items, ["care", "calm"], targets)
    orders = {"care": [[0, 1], [1, 0], [0, 1]], "calm": [[0, 1], [0, 1], [0, 1]]}
    rows = [
        prediction(0, response, 0.5, attribute=name, sample=sample, position=place)
        for name, of_name in orders.items()
        for sample, places in enumerate(of_name)
        for response, place in enumerate(places)
    ]
    (entry,) = samples(prediction_table(rows), made)
    assert [entry.orders_for(target).shape for target in targets] == [(3, 1)] * 2  # samples, items
    calm, both = (entry.orders_for(target)[:, 0].tolist() for target in targets)
    assert len({*calm}) == 1
    assert both[0] == both[2] != both[1]
    voted = entry_of(benchmark([[1.0, 0.0]], [HIGH]), [[([0, 1], [1, 0]), ([1, 0], [1, 0])]], attribute=None)
    numbers = voted.orders_for(HIGH)
    assert numbers.shape == (2, 1)
    assert numbers[0] != numbers[1]


def test_predictions_serve_their_own_target_or_all_of_which_they_have_each_attribute() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW])
    entry = entry_of(made, [[([0, 1], [0.9, 0.1])]], target="target_low")
    assert entry.can_serve(LOW)
    assert not entry.can_serve(HIGH)
    free = entry_of(made, [[([0, 1], [0.9, 0.1])]])
    assert free.can_serve(LOW)
    assert not free.can_serve(Target(FIRST, {"care": 1.0, "calm": 1.0}))


def test_confusion_counts_the_items_and_the_closeness_under_the_target_that_is_scored_on() -> None:
    # Wanted 0.5, the first item ties.
    targets = [Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})]
    made = benchmark([[1.0, 0.0], [1.0, 0.5, 0.0], [1.0, 0.25]], targets)
    rows: list[Any] = confusion_rows(made, clusters(made), np.array([[0, 1, 1], [1, 1, 1]]))
    found = [(row["scored_on"], row["n_scored"], row["alignment_score"]) for row in rows]
    # Steered to the first target, on it: 1, half as far as the farthest, and the farthest; on the second: 1 and 1/2.
    assert found == [
        (FIRST, 3, 50.0),
        (SECOND, 2, 75.0),
        (FIRST, 3, pytest.approx(50 / 3)),
        (SECOND, 2, 75.0),
    ]
    tied = benchmark([[1.0, 0.0]], targets)
    nothing: list[Any] = confusion_rows(tied, clusters(tied), np.array([[0], [0]]))
    assert [math.isnan(row["alignment_score"]) for row in nothing] == [False, True, False, True]
