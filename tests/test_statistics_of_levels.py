"""Predicted levels where responses, samples or attributes are missing, and at the ends of their range."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from pluralism.datasets.items import Item
from pluralism.predictions import prediction_table
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.levels import calibration_rows, error_estimates, level_rows, spearman, spread_rows
from pluralism.statistics.samples import samples
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, SECOND, benchmark, clusters, entries_of, prediction


def test_a_response_that_an_item_lacks_is_no_error() -> None:
    made = benchmark([[1.0, 0.5, 0.0], [1.0, 0.5]], [HIGH])
    entries = entries_of(made, [[[0.5, 0.5, 0.5]], [[0.5, 0.0]]])
    # Errors .5, 0, .5, .5, .5, each prompt with the weight of its responses.
    found = error_estimates(made, clusters(made), entries)
    assert [found["mse"].value, found["mae"].value] == pytest.approx([1 / 5, 2 / 5])
    row = level_rows(made, entries)[0]
    assert (row["n"], row["mse"], row["mae"]) == (5, pytest.approx(1 / 5), pytest.approx(2 / 5))
    assert sum(bin_["n"] for bin_ in calibration_rows(made, clusters(made), entries)[:10]) == 5  # type: ignore[misc]


def test_an_error_that_cannot_exceed_1_has_no_interval_beyond_it_and_any_other_has() -> None:
    made = benchmark([[1.0, 0.0]] * 9, [HIGH])
    wrong = entries_of(made, [[[0.0, 1.0]]] * 9)
    found = error_estimates(made, clusters(made), wrong)
    t = student.ppf(0.975, 8)
    assert [found["mse"].low, found["mse"].value, found["mse"].high] == pytest.approx([9 / (9 + t**2), 1, 1])
    some = entries_of(made, [[[0.0, 1.0] if place % 2 else [0.75, 0.25]] for place in range(9)])
    found = error_estimates(made, clusters(made), some, bounded=False)
    means = np.array([1.0 if place % 2 else 0.25 for place in range(9)])
    reach = np.exp(t * means.std(ddof=1) / 3 / means.mean())
    mae = found["mae"]
    assert [mae.low, mae.value, mae.high] == pytest.approx([means.mean() / reach, means.mean(), means.mean() * reach])


def test_an_adm_that_predicts_no_level_has_no_error() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH])
    picked = samples(prediction_table([prediction(0, place, 1 - place, attribute=None) for place in (0, 1)]), made)
    assert error_estimates(made, clusters(made), picked) == {}


def test_ranks_correlate_from_two_values_on_where_neither_side_is_constant() -> None:
    def of(*pairs: tuple[float, float]) -> float:
        first, second = zip(*pairs, strict=True)
        return spearman(np.array(first), np.array(second))

    assert of((0.1, 0.2), (0.3, 0.9)) == pytest.approx(1)
    assert of((0.1, 0.9), (0.3, 0.2)) == pytest.approx(-1)
    assert of((0.1, 0.2), (0.1, 0.9), (0.4, 0.1)) == pytest.approx(-math.sqrt(3) / 2)
    constant = ([(0.1, 0.2)], [(0.1, 0.2), (0.1, 0.9)], [(0.1, 0.2), (0.3, 0.2)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(math.isnan(of(*pairs)) for pairs in constant)


def test_the_first_and_the_last_bin_hold_0_and_1_and_a_border_belongs_to_the_upper_bin() -> None:
    made = benchmark([[0.0, 1.0, 0.25, 0.5]], [HIGH])
    # The mean of .1, .2 and .6 is a little less than .3 by rounding.
    entries = entries_of(made, [[[0.0, 1.0, first, 0.7] for first in (0.1, 0.2, 0.6)]])
    rows: list[Any] = calibration_rows(made, clusters(made), entries)[:10]
    assert [row["n"] for row in rows] == [1, 0, 0, 1, 0, 0, 0, 1, 0, 1]
    assert [(row["bin_low"], row["bin_high"]) for row in rows[:2]] == [(0, 0.1), (0.1, 0.2)]
    means = [(rows[place]["mean_predicted"], rows[place]["mean_true"]) for place in (0, 3, 7, 9)]
    assert means == [(0, 0), (pytest.approx(0.3), 0.25), (pytest.approx(0.7), 0.5), (1, 1)]


def test_the_spread_is_of_responses_with_two_samples_or_more() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], [HIGH])
    entries = entries_of(made, [[[0.9, 0.4], [0.7, 0.4]], [[0.2, 0.6]], [[0.2, 0.3], [0.5, 0.3], [0.8, 0.9]]])
    row = spread_rows(made, entries)[0]
    assert row["n"] == 4
    spreads = [np.std(scores, ddof=1) for scores in ([0.9, 0.7], [0.4, 0.4], [0.2, 0.5, 0.8], [0.3, 0.3, 0.9])]
    assert row["mean_spread"] == pytest.approx(np.mean(spreads))
    # Spreads rank 2 1 3 4, errors .2, .4, .5, .5 rank 1 2 3.5 3.5.
    ranks = np.corrcoef([2, 1, 3, 4], [1, 2, 3.5, 3.5])[0, 1]
    assert row["spearman"] == pytest.approx(ranks)


def test_an_attribute_counts_under_the_targets_for_which_it_was_predicted() -> None:
    items = [Item("p", ("a", "b"), ({"care": 1.0, "calm": 0.25}, {"care": 0.0, "calm": 1.0}))]
    targets = [Target(FIRST, {"care": 1.0}), Target(SECOND, {"calm": 1.0})]
    made = make_benchmark(items, ["care", "calm"], targets)
    rows = [
        prediction(0, place, score, attribute=name, target=target.name)
        for target in targets
        for name in target.levels
        for place, score in enumerate((0.5, 0.75))
    ]
    entries = samples(prediction_table(rows), made)
    found = {row["attribute"]: (row["n"], row["mae"]) for row in level_rows(made, entries)}
    care, calm = (0.5 + 0.75) / 2, (0.25 + 0.25) / 2
    assert found == {"all": (4, (care + calm) / 2), "care": (2, care), "calm": (2, calm)}
    assert error_estimates(made, clusters(made), entries)["mae"].value == (care + calm) / 2
