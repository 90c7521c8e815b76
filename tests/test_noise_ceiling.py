"""The noise ceiling: worked cases, what must hold for all annotations, and simulations whose truth is known."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pluralism.datasets.annotations import ItemAnnotations
from pluralism.datasets.attributes import level_grid
from pluralism.datasets.items import Item
from pluralism.decisions.scoring import score_picks
from pluralism.decisions.selection import Array, Scale, level_array, nearest_responses
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.noise_ceiling import noise_ceiling_rows, reliabilities, to_levels
from pluralism.targets.target import Target

FIVE, SEVEN = level_grid(5), level_grid(7)


def rows_of(items: Sequence[Sequence[Sequence[float]]], levels: Scale = FIVE, seed: int = 0) -> dict[str, Any]:
    """The row of the target high, of items with one attribute; `items` holds what annotators of each response gave."""
    arrays = [[np.array(of)[:, None] for of in responses] for responses in items]
    return study_rows(arrays, levels, seed)[0]


def study_rows(items: Sequence[Sequence[Array]], levels: Scale, seed: int = 0) -> list[dict[str, Any]]:
    """Rows of the targets high and low; arrays of shape (annotators, attributes). A label is the rounded mean."""
    names = [f"a{place}" for place in range(items[0][0].shape[1])]

    def named(row: Array) -> dict[str, float]:
        return dict(zip(names, map(float, row), strict=True))

    labels = [tuple(named(to_levels(of.mean(axis=0), levels)) for of in responses) for responses in items]
    made = [Item(f"p{place}", ("r",) * len(of), of) for place, of in enumerate(labels)]
    annotations: list[ItemAnnotations] = [[[named(row) for row in of] for of in responses] for responses in items]
    targets = [Target(f"target_{end}", dict.fromkeys(names, level)) for end, level in (("high", 1.0), ("low", 0.0))]
    return noise_ceiling_rows(make_benchmark(made, names, targets, levels), annotations, levels, seed)


def test_two_annotators_each_predict_the_other() -> None:
    """The halves of (1, 0) against (0.5, 0.5): 1 predicts the first, whose label is 0 then, and the other way round."""
    row = rows_of([[[1, 0], [0.5, 0.5]], [[1, 1], [0, 0]]])
    # 1 > 0.5: picks the first, but its label is 0. 0 < 0.5: picks the second, but the first one's label is 1.
    assert row["lower_bound"] == 50
    # Drawn again, the first is 1 with 1/4, 0 with 1/4, and ties else; the means tie, so the first is picked.
    assert row["upper_bound"] == pytest.approx(100 * (1 + 1 / 4) / (1 + 1 / 2), abs=3)


def test_the_upper_bound_is_the_chance_that_labels_drawn_again_agree() -> None:
    """Of (1, 1, 0) against 0.25 three times: 1/27 of three draws are 0, a label below; else it is 0.25 or more."""
    row = rows_of([[[1, 1, 0], [0.25] * 3]] * 50)
    # The mean of one draw in three, 1/3, is nearest to 0.25: tied, with 3 · 2/3 · 1/9 = 6/27, and not scored.
    assert row["upper_bound"] == pytest.approx(100 * 20 / 21, abs=1)


def brute_force(items: Sequence[Sequence[Array]], levels: Scale) -> float:
    """The lower bound at high, by scoring all halvings of all items with the scorer of decisions."""
    names = [f"a{place}" for place in range(items[0][0].shape[1])]
    target = Target("target_high", dict.fromkeys(names, 1.0))

    def array(responses: Sequence[Array]) -> Array:
        return level_array([[dict(zip(names, of, strict=True)) for of in responses]], names)

    def scored_right_random(labels: Array, pick: int) -> list[float]:
        found = [score_picks(labels, names, [place], target, levels) for place in (pick, *range(labels.shape[1]))]
        of_pick, *of_all = (np.nan_to_num(entry.accuracy) / 100 for entry in found)
        return [found[0].n_scored, of_pick, float(np.mean(of_all))]

    remade, published = np.zeros(3), np.zeros(3)
    for responses in items:
        outcomes = []
        for chosen in product(*(list(combinations(range(len(of)), len(of) // 2)) for of in responses)):
            predicted = array([of[list(half)].mean(axis=0) for of, half in zip(responses, chosen, strict=True)])
            rest = [np.delete(of, half, axis=0).mean(axis=0) for of, half in zip(responses, chosen, strict=True)]
            pick = int(nearest_responses(predicted, names, target, levels)[0])
            outcomes.append(scored_right_random(array([to_levels(of, levels) for of in rest]), pick))
        remade += np.mean(outcomes, axis=0)
        published += scored_right_random(array([to_levels(of.mean(axis=0), levels) for of in responses]), 0)
    right, at_random = remade[1:] / remade[0]
    # The same skill, on labels that are as easy to guess as the published ones.
    skill = (right - at_random) / (1 - at_random)
    easy = published[2] / published[0]
    return float(100 * (easy + skill * (1 - easy)))


def test_the_lower_bound_is_that_of_all_halvings() -> None:
    random = np.random.default_rng(1)
    items = [
        [random.integers(0, 5, (random.integers(2, 5), 2)) / 4 for _ in range(count)] for count in (2, 2, 2, 2, 2, 3)
    ]
    items[-1] = [of[:3] for of in items[-1]]
    assert study_rows(items, FIVE)[0]["lower_bound"] == pytest.approx(brute_force(items, FIVE))


def test_annotators_who_agree_leave_nothing_to_chance() -> None:
    row = rows_of([[[1, 1, 1], [0.25, 0.25, 0.25]], [[0, 0], [0.5, 0.5]], [[0.5] * 4, [0.75] * 4]])
    assert {row[name] for name in ("ceiling", "lower_bound", "upper_bound", "ceiling_high")} == {100}
    assert row["ceiling_low"] < 100  # Three prompts do not show that annotators agree on the next.
    assert (row["n_items"], row["n_scored"], row["annotations"], row["same_label"]) == (3, 3, 3, 100)


def test_an_item_with_a_single_annotation_of_a_response_is_left_out() -> None:
    row = rows_of([[[1, 1], [0, 0]], [[1, 0], [0]]])
    assert (row["n_items"], row["ceiling"]) == (1, 100)


def test_nothing_is_known_without_two_annotations() -> None:
    items = [Item("p", ("r", "s"), ({"care": 1.0}, {"care": 0.0}))]
    benchmark = make_benchmark(items, ["care"], [Target("target_high", {"care": 1.0})])
    assert noise_ceiling_rows(benchmark, [None], FIVE, 0) == []
    assert noise_ceiling_rows(benchmark, [], FIVE, 0) == []
    assert noise_ceiling_rows(benchmark, [[[{"care": 1.0}], [{"care": 0.0}]]], FIVE, 0) == []


def test_where_all_labels_tie_there_is_no_ceiling() -> None:
    row = rows_of([[[1, 1], [1, 1]]] * 3)
    assert np.isnan([row["ceiling"], row["lower_bound"], row["upper_bound"]]).all()


@pytest.mark.parametrize(("mean", "level"), [(0.125, 0), (0.375, 0.5), (0.625, 0.5), (0.875, 1), (1 / 3, 0.25)])
def test_a_mean_between_two_ratings_is_rounded_to_the_even_one(mean: float, level: float) -> None:
    assert to_levels(np.array(mean), FIVE) == level


def test_the_mean_of_three_rows_of_mic_is_its_label() -> None:
    means = np.array([sum(rows) / 3 for rows in product((0, 0.5, 1), repeat=3)])
    labels = [round((sum(rows) + 3) / 6, 2) for rows in product((-1, 0, 1), repeat=3)]
    assert to_levels(means, SEVEN).tolist() == labels


def test_the_variances_are_those_of_an_analysis_of_variance() -> None:
    """One item, responses (1, 0.5) and (0, 0.5): means 0.75 and 0.25, of which noise explains half of the square."""
    true, noise = reliabilities([[np.array([[1.0], [0.5]]), np.array([[0.0], [0.5]])]])
    # Within: 4 squares of 0.25² over 2; between: 2 · 2 · 0.25² over 1, less the noise, over 2 annotators.
    assert noise == pytest.approx([0.125])
    assert true == pytest.approx([(0.25 - 0.125) / 2])


annotators = st.lists(st.sampled_from(FIVE), min_size=2, max_size=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(annotators, annotators), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_annotators_does_not_matter(items: list[tuple[list[float], list[float]]], random: Any) -> None:
    mixed = [[random.sample(of, len(of)) for of in responses] for responses in items]
    np.testing.assert_equal(rows_of(items), rows_of(mixed))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(annotators, annotators), min_size=1, max_size=6))
def test_the_bounds_are_percentages_and_the_interval_holds_them(items: list[tuple[list[float], list[float]]]) -> None:
    row = rows_of(items)
    values = [row[name] for name in ("ceiling", "lower_bound", "upper_bound") if not np.isnan(row[name])]
    assert all(0 <= value <= 100 for value in values)
    if not np.isnan(row["ceiling_low"]):
        assert row["ceiling_low"] <= row["lower_bound"]
        assert row["upper_bound"] <= row["ceiling_high"]


def simulated(signal: float, noise: float, count: int, seed: int) -> tuple[list[dict[str, Any]], float]:
    """300 items of two responses with 3 attributes, `count` ratings each; and what the true levels reach at high."""
    random = np.random.default_rng(seed)
    levels = np.clip(random.normal(0.6, signal, (300, 2, 1, 3)), 0, 1)

    def ratings(number: int) -> Array:
        noisy = np.clip(levels + random.normal(0, noise, (300, 2, number, 3)), 0, 1)
        return to_levels(noisy, FIVE)

    given_, known = ratings(count), ratings(1000).mean(axis=2)
    names, target = ["a", "b", "c"], Target("target_high", dict.fromkeys("abc", 1.0))
    picks = nearest_responses(known, names, target)
    # Over many labels that other annotators would have made.
    reached = [score_picks(to_levels(ratings(count).mean(axis=2), FIVE), names, picks, target) for _ in range(20)]
    return study_rows(list(given_), FIVE), float(np.mean([score.accuracy for score in reached]))


@pytest.mark.parametrize(
    ("signal", "noise", "count"),
    [(0.2, 0.1, 3), (0.2, 0.25, 3), (0.2, 0.25, 5), (0.1, 0.25, 3), (0.2, 0.25, 2), (0.0, 0.25, 3)],
)
def test_what_the_true_levels_reach_is_within_the_interval(signal: float, noise: float, count: int) -> None:
    rows, truth = simulated(signal, noise, count, seed=5)
    assert rows[0]["ceiling_low"] <= truth <= rows[0]["ceiling_high"]


def test_where_annotators_tell_no_response_apart_the_lower_bound_is_what_a_random_pick_reaches() -> None:
    # Labels of two annotators tie for the nearest of four responses more often than those of three.
    items = list(np.random.default_rng(8).integers(0, 3, (400, 4, 3, 2)) / 2)
    labels = to_levels(np.array(items).mean(axis=2), SEVEN)
    target = Target("target_high", {"a0": 1.0, "a1": 1.0})
    names = ["a0", "a1"]
    reached = [score_picks(labels, names, np.full(400, place), target, SEVEN).accuracy for place in range(4)]
    assert study_rows(items, SEVEN)[0]["lower_bound"] == pytest.approx(float(np.mean(reached)), abs=3)


def test_the_estimate_is_near_what_the_true_levels_reach() -> None:
    for noise in (0.1, 0.25):
        rows, truth = simulated(0.2, noise, 3, seed=6)
        assert rows[0]["ceiling"] == pytest.approx(truth, abs=5)


def test_more_noise_lowers_ceiling_and_bounds() -> None:
    found = [simulated(0.2, noise, 3, seed=7)[0][0] for noise in (0.01, 0.1, 0.2, 0.4)]
    for name in ("ceiling", "lower_bound", "upper_bound"):
        values = [row[name] for row in found]
        assert values == sorted(values, reverse=True)
        assert len(set(values)) == len(values)


def test_the_same_seed_gives_the_same_numbers_and_another_one_almost() -> None:
    items = list(np.random.default_rng(3).integers(0, 5, (50, 2, 3, 2)) / 4)
    one, same, other = (study_rows(items, FIVE, seed)[0] for seed in (1, 1, 2))
    assert one == same
    assert one["lower_bound"] == other["lower_bound"]
    assert one["ceiling"] != other["ceiling"]
    assert one["upper_bound"] == pytest.approx(other["upper_bound"], abs=2)
