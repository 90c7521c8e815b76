"""Components of variance: by hand, against the analysis of variance and REML, and against known components."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.regression.mixed_linear_model import MixedLM

from pluralism.decisions.scoring import LabelDistances
from pluralism.predictions import Prediction, prediction_table
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.samples import samples
from pluralism.statistics.variance import Component, SingleOutcomes, components, single_outcomes, variance_rows
from pluralism.targets.target import Target
from tests.statistics_cases import HIGH, LOW, benchmark, prediction

Rows = dict[str, dict[str, Any]]
Array = NDArray[Any]


def rows_of(found: list[Component], **more: Component) -> Rows:
    return {str(row["source"]): row for row in variance_rows(found, more)}


def of_all(made: Benchmark, outcomes: SingleOutcomes, *, greedy: bool = False) -> list[Component]:
    return dict(components(made, Clusters(made.prompts), outcomes, greedy=greedy))["all"]


def crossed(right: Array, orders: Array | None = None, scored: Array | None = None) -> tuple[Benchmark, SingleOutcomes]:
    """A benchmark, and outcomes of shape (targets, samples, items), by default each sample in an order of its own."""
    n_targets, n_samples, n_items = right.shape
    made = benchmark([[1.0, 0.0]] * n_items, [Target(f"custom/{place}", {"care": 1.0}) for place in range(n_targets)])
    if scored is not None:
        made = replace(made, by_label=LabelDistances(np.where(scored[..., None], made.by_label.distances, 1.0)))
    distinct = np.broadcast_to(np.arange(n_samples)[:, None], right.shape)
    chosen = distinct if orders is None else np.broadcast_to(orders, right.shape)
    return made, SingleOutcomes(right.astype(bool), np.full(n_items, n_samples), chosen.astype(np.intp))


def test_two_items_with_two_samples_by_hand() -> None:
    # Item 0 is right once, item 1 twice. Samples of item 0 differ, those of item 1 do not: on average half of 1/2. Of
    # the pairs of samples of the two items half differ: 1/4, too, so that the items add nothing.
    found = rows_of(of_all(*crossed(np.array([[[1, 1], [0, 1]]]))))
    assert [found[source]["share"] for source in ("item", "sample")] == [0, 1]
    assert [found["sample"][name] for name in ("outcome_sd", "accuracy_sd")] == [50, 25]  # 4 samples: half of it.
    assert {source: row["note"] for source, row in found.items() if row["note"]} == {
        "target": "one target",
        "item under target": "one target: part of item",
        "order": "no order was shown twice: part of sample",
        "wording": "one wording",
        "model": "one model",
    }
    assert "share" not in found["wording"]


def test_with_equal_numbers_the_components_are_those_of_the_analysis_of_variance() -> None:
    n_targets, n_samples, n_items = 4, 3, 7
    y = np.random.default_rng(1).random((n_targets, n_samples, n_items)) < 0.5
    found = {part.source: part.values[0] for part in of_all(*crossed(y))}
    cells, mean = y.mean(axis=1), y.mean()
    target, item, sample = y.mean(axis=(1, 2)), y.mean(axis=(0, 1)), y.mean(axis=0)
    # Mean squares: targets crossed with items, and with samples that are within items.
    of_target = n_samples * n_items * ((target - mean) ** 2).sum() / (n_targets - 1)
    of_item = n_samples * n_targets * ((item - mean) ** 2).sum() / (n_items - 1)
    both = n_samples * ((cells - target[:, None] - item + mean) ** 2).sum() / ((n_targets - 1) * (n_items - 1))
    of_sample = n_targets * ((sample - item) ** 2).sum() / (n_items * (n_samples - 1))
    rest = ((y - cells[:, None] - sample + item) ** 2).sum() / ((n_targets - 1) * n_items * (n_samples - 1))
    assert found["target"] == pytest.approx((of_target - both) / (n_samples * n_items))
    assert found["item"] == pytest.approx((of_item - of_sample - both + rest) / (n_samples * n_targets))
    assert found["item under target"] == pytest.approx((both - rest) / n_samples)
    assert found["sample"] == pytest.approx((of_sample - rest) / n_targets + rest)


def test_under_one_target_the_components_are_those_of_a_mixed_model() -> None:
    draw = np.random.default_rng(2)
    y = draw.random((1, 4, 60)) < draw.beta(1, 1, 60)
    found = {part.source: part.values[0] for part in of_all(*crossed(y))}
    table = pd.DataFrame({"right": y[0].T.ravel().astype(float), "item": np.repeat(np.arange(60), 4)})
    model = MixedLM(table["right"], np.ones(len(table)), groups=table["item"]).fit(reml=True)
    assert found["item"] == pytest.approx(float(np.asarray(model.cov_re)[0, 0]), rel=1e-3)
    assert found["sample"] == pytest.approx(model.scale, rel=1e-3)


KNOWN = {"target": 0.0025, "item": 0.02, "item under target": 0.01, "order": 0.015}
"""Variances of effects of either sign, all of the same size; the rest of 1/4 is the samples'."""


def drawn(draw: np.random.Generator, n_targets: int, n_items: int) -> tuple[Array, Array]:
    """Outcomes of five samples in two orders by chance, and these orders, shape (samples, items)."""

    def effect(source: str, *shape: int) -> Array:
        return math.sqrt(KNOWN[source]) * draw.choice([-1.0, 1.0], shape)

    orders = draw.integers(0, 2, (5, n_items))
    chance = 0.5 + effect("target", n_targets, 1, 1) + effect("item", n_items)
    chance = chance + effect("item under target", n_targets, 1, n_items)
    chance = chance + effect("order", n_targets, 1, n_items) * (2 * orders - 1)
    return draw.random(chance.shape) < chance, orders


def test_known_components_are_found_on_average_and_within_their_intervals_from_unequal_numbers() -> None:
    draw, found, held = np.random.default_rng(3), [], []
    known = {**KNOWN, "sample": 0.25 - sum(KNOWN.values())}
    for _ in range(200):
        right, orders = drawn(draw, 12, 60)
        parts = of_all(*crossed(right, orders, draw.random((12, 60)) < 0.6))
        found.append([part.values[0] for part in parts])
        rows = rows_of(parts)
        held.append([rows[name]["share_low"] <= 4 * known[name] <= rows[name]["share_high"] for name in known])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / math.sqrt(len(found))
    assert np.abs((mean - list(known.values())) / error).max() < 3.5
    # The interval is over prompts, for these targets.
    assert np.mean(held, axis=0)[1:].min() > 0.9


def test_the_squares_of_the_deviations_of_an_accuracy_add_up_to_its_variance() -> None:
    """Also where a sample serves all targets, under which what it adds is then alike."""
    draw, accuracies, deviations = np.random.default_rng(4), [], []
    for _ in range(300):
        chance = 0.5 + 0.2 * draw.choice([-1, 1], 30) + 0.1 * draw.choice([-1, 1], (4, 1, 1))
        right = np.broadcast_to(draw.random((3, 30)), (4, 3, 30)) < chance
        rows = rows_of(of_all(*crossed(right)))
        accuracies.append(100 * right.mean())
        deviations.append(sum(row.get("accuracy_sd", 0) ** 2 for row in rows.values()))
    assert np.mean(deviations) == pytest.approx(np.var(accuracies, ddof=1), rel=0.2)


def test_in_every_order_once_and_greedy_all_within_an_item_is_of_the_order() -> None:
    right = np.array([[[1, 1, 0], [0, 1, 0]]])
    found = rows_of(of_all(*crossed(right), greedy=True))
    assert found["order"]["share"] == pytest.approx((1 / 6) / (1 / 6 + 1 / 6))
    assert found["order"]["n"] == 2
    assert found["sample"]["note"] == "greedy decoding: none"


def test_where_orders_do_not_vary_or_there_is_one_sample_the_note_says_so() -> None:
    right = np.random.default_rng(5).random((2, 3, 8)) < 0.5
    found = rows_of(of_all(*crossed(right, np.zeros(8))))
    assert found["order"]["note"] == "one order"
    one = {greedy: rows_of(of_all(*crossed(right[:, :1]), greedy=greedy)) for greedy in (False, True)}
    assert [one[greedy]["sample"]["note"] for greedy in one] == [
        "one sample: part of item under target",
        "greedy decoding: none",
    ]
    assert one[False]["order"]["note"] == "one order"
    shares = [row["share"] for row in one[False].values() if "share" in row]
    assert len(shares) == 3
    assert sum(shares) == pytest.approx(1)


def test_an_adm_that_is_always_right_has_no_variance_to_share() -> None:
    found = rows_of(of_all(*crossed(np.ones((2, 2, 4)))))
    assert all(math.isnan(row["share"]) for row in found.values() if "share" in row)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 4), st.integers(2, 6))
@settings(max_examples=40, deadline=None)
def test_shares_add_up_to_all_whatever_the_order_of_items_targets_and_samples(
    seed: int, n_targets: int, n_samples: int, n_items: int
) -> None:
    draw = np.random.default_rng(seed)
    right, orders = draw.random((n_targets, n_samples, n_items)) < 0.5, draw.integers(0, 2, (n_samples, n_items))
    rows = rows_of(of_all(*crossed(right, orders)))
    shares = [row["share"] for row in rows.values() if "share" in row]
    assert sum(shares) == pytest.approx(1) or np.isnan(shares).all()
    assert not any(share < 0 for share in shares)
    targets, places, items = (draw.permutation(size) for size in right.shape)
    moved = rows_of(of_all(*crossed(right[targets][:, places][:, :, items], orders[places][:, items])))
    for source, row in rows.items():
        for name in ("share", "share_low", "outcome_sd", "accuracy_sd"):
            assert moved[source].get(name) == pytest.approx(row.get(name), nan_ok=True, abs=1e-5)


def test_wording_and_model_share_the_variance_where_the_study_has_several() -> None:
    right = np.random.default_rng(6).random((1, 2, 5)) < 0.5
    found = of_all(*crossed(right))
    total = sum(max(0.0, part.values[0]) for part in found if not np.isnan(part.values[0]))
    rows = rows_of(found, wording=Component("wording", 3, np.full(6, 0.0016), 1.0))
    assert rows["wording"]["share"] == pytest.approx(0.0016 / (total + 0.0016))
    assert [rows["wording"][name] for name in ("n", "outcome_sd", "accuracy_sd")] == pytest.approx([3, 4, 4])
    assert rows["model"]["note"] == "one model"


def shown(
    item: int, sample: int, scores: tuple[float, ...], positions: tuple[int, ...], **more: Any
) -> list[Prediction]:
    return [
        prediction(item, place, score, sample=sample, position=position, **more)
        for place, (score, position) in enumerate(zip(scores, positions, strict=True))
    ]


def test_the_outcomes_of_single_samples_are_those_of_their_own_picks() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0]], [HIGH, LOW])
    rows = [
        *shown(0, 0, (0.9, 0.2), (0, 1)),
        *shown(0, 1, (0.1, 0.2), (1, 0)),
        *shown(1, 0, (0.9, 0.2), (0, 1)),
        *shown(1, 1, (0.8, 0.3), (0, 1)),
    ]
    found = single_outcomes(made, samples(prediction_table(rows), made))
    assert found.right.tolist() == [[[True, True], [False, True]], [[True, True], [False, True]]]
    assert found.counts.tolist() == [2, 2]
    assert (found.orders[:, 0] == found.orders[:, 1]).tolist() == [[False, True]] * 2


def test_a_target_counts_the_orders_of_the_attributes_that_it_names() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH])
    rows = [
        row
        for name, places in (("care", ((0, 1), (0, 1))), ("fairness", ((0, 1), (1, 0))))
        for sample, positions in enumerate(places)
        for row in shown(0, sample, (0.5, 0.4), positions, attribute=name)
    ]
    made = replace(made, attributes=("care", "fairness"), labels=np.repeat(made.labels, 2, axis=2))
    (entry,) = samples(prediction_table(rows), made)
    one, both = (
        entry.orders_for(Target("t", dict.fromkeys(names, 1.0)))[:, 0] for names in (["care"], ["care", "fairness"])
    )
    assert one[0] == one[1]
    assert both[0] != both[1]


def test_target_bound_picks_and_items_with_fewer_samples() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.0]], [HIGH, LOW])
    rows = [
        row
        for target in (HIGH, LOW)
        for item, sample in ((0, 0), (0, 1), (1, 0))
        for row in shown(item, sample, (1, 0), (0, 1), attribute=None, target=target.name)
    ]
    found = single_outcomes(made, samples(prediction_table(rows), made))
    assert found.counts.tolist() == [2, 0]  # One sample does not show how much samples differ.
    assert found.right[:, :, 0].tolist() == [[True, True], [False, False]]
    assert not found.right[:, :, 1].any()
