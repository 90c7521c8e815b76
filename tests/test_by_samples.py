"""Accuracy and flips by number of samples: by hand, and against deciding again from fewer samples."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pluralism.decisions.aggregation import AGGREGATES, Aggregate
from pluralism.decisions.picking import combine, pick
from pluralism.predictions import Prediction, prediction_table
from pluralism.statistics.accuracy import accuracy_rows, measures
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.by_samples import CHOICES, MOST_SIZES, by_samples_rows, plans
from pluralism.statistics.intervals import estimate_mean
from pluralism.statistics.linearised import Clusters, ratios
from pluralism.statistics.samples import samples
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, LOW, benchmark, prediction

TARGETS = [HIGH, LOW, Target(FIRST, {"care": 0.5})]


def vote(item: int, sample: int, picked: int, responses: int = 2, target: str | None = None) -> list[Prediction]:
    return [
        prediction(item, place, float(place == picked), attribute=None, sample=sample, target=target)
        for place in range(responses)
    ]


def rows_of(
    made: Benchmark,
    predictions: Sequence[Prediction],
    asked: float | None = None,
    aggregate: Aggregate = "mean",
    *,
    first_vote_wins: bool = True,
) -> list[TableRow]:
    entries = samples(prediction_table(predictions), made, aggregate)
    return by_samples_rows(made, Clusters(made.prompts), entries, asked, first_vote_wins=first_vote_wins, seed=1)


def test_votes_are_counted_over_all_choices_of_samples() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH])
    votes = [row for sample, picked in enumerate([0, 0, 1]) for row in vote(0, sample, picked)]
    one, two, three = rows_of(made, votes, 3)[:3]
    # One sample: right twice of three. Two: 00, 01 and 01 pick 0, whose vote comes first. Three: 0 has most votes.
    assert [row["accuracy"] for row in (one, two, three)] == pytest.approx([200 / 3, 100, 100])
    # Of the pairs of single samples, two differ; of the six ways to add one, those to the sample that picks 1.
    assert [one["flipped"], one["changed"]] == pytest.approx([2 / 3, 2 / 6])
    assert [two["choices"], two["changed"]] == [3, 0]
    # Two samples without a common one would need four, and nothing is more than all.
    assert math.isnan(two["flipped"]) and math.isnan(three["changed"])  # type: ignore[arg-type]
    last = rows_of(made, votes, 3, first_vote_wins=False)
    assert [row["accuracy"] for row in last[:3]] == pytest.approx([200 / 3, 100, 100])
    assert [row["target_set"] for row in last] == ["all"] * 3 + ["high"] * 3


def test_intervals_are_by_prompt() -> None:
    made = benchmark([[1.0, 0.0]] * 3, [HIGH])
    one = rows_of(made, [row for item in range(3) for s in range(2) for row in vote(item, s, int(item == s))])[0]
    # By item: half right, half right, all right.
    by_hand = estimate_mean(ratios(np.array([[0.5, 0.5, 1]]), np.ones((1, 3))))
    assert [one[f"accuracy{end}"] for end in ("", "_low", "_high")] == pytest.approx(
        [100 * by_hand.value, 100 * by_hand.low, 100 * by_hand.high]
    )
    assert one["accuracy_low"] < 200 / 3 < one["accuracy_high"]  # type: ignore[operator]


def decided_again(
    made: Benchmark, rows: Sequence[Prediction], chosen: Sequence[int], aggregate: Aggregate
) -> dict[str, np.ndarray]:
    """The picks from some of the samples, as the decisions are made."""
    items: list[Any] = [range(int(count)) for count in made.response_counts]
    table = prediction_table([row for row in rows if row.sample in chosen])

    class Sized:
        def __init__(self, count: int) -> None:
            self.responses = ("r",) * count

    combined = combine(table, [Sized(len(item)) for item in items], aggregate, first_vote_wins=True)  # type: ignore[misc]
    return {target.name: pick(combined, target, made.scale) for target in made.targets}


@given(
    st.lists(st.lists(st.sampled_from([0, 0.25, 0.5, 0.75, 1.0]), min_size=2, max_size=4), min_size=2, max_size=5),
    st.integers(0, 2**32 - 1),
    st.sampled_from(AGGREGATES),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_each_number_is_that_of_deciding_again_from_the_chosen_samples(
    cares: list[list[float]], seed: int, aggregate: Aggregate, votes: bool
) -> None:
    cares = [[1.0, 0.0], *cares]
    made, draw, count = benchmark(cares, TARGETS), np.random.default_rng(seed), 4
    rows = [
        row
        for sample in range(count)
        for item, levels in enumerate(cares)
        for row in (
            vote(item, sample, int(draw.integers(len(levels))), len(levels))
            if votes
            else [
                prediction(item, place, float(draw.integers(101)) / 100, sample=sample) for place in range(len(levels))
            ]
        )
    ]
    found = pd.DataFrame(rows_of(made, rows, count, aggregate))
    for place, target in enumerate(made.targets):
        scored = made.scored[place]
        if not scored.any():
            assert target.set not in set(found["target_set"])
            continue
        picks = {
            chosen: decided_again(made, rows, chosen, aggregate)[target.name][scored]
            for size in range(1, count + 1)
            for chosen in combinations(range(count), size)
        }
        right = made.by_label.right[place][scored]
        for row in found[found["target_set"] == target.set].to_dict("records"):
            mine = [chosen for chosen in picks if len(chosen) == row["samples"]]
            accuracy = np.mean([right[np.arange(len(right)), picks[chosen]].mean() for chosen in mine])
            assert row["accuracy"] == pytest.approx(100 * accuracy)
            apart = [(picks[a] != picks[b]).mean() for a, b in combinations(mine, 2) if not {*a} & {*b}]
            assert row["flipped"] == pytest.approx(np.mean(apart) if apart else math.nan, nan_ok=True)
            more = [(picks[a] != picks[b]).mean() for a in mine for b in picks if len(b) == len(a) + 1 and {*a} < {*b}]
            assert row["changed"] == pytest.approx(np.mean(more) if more else math.nan, nan_ok=True)
    whole = found[found["samples"] == count].set_index("target_set")
    decisions = decided_again(made, rows, range(count), aggregate)
    outcomes = made.by_label.outcomes(np.stack([decisions[name] for name in made.names]))
    for of_set in accuracy_rows(made, measures(made, Clusters(made.prompts), outcomes)):
        if of_set["n_scored"]:
            for column in ("accuracy", "accuracy_low", "accuracy_high"):
                assert whole[column][str(of_set["target_set"])] == pytest.approx(of_set[column], abs=1e-9, nan_ok=True)


def test_of_an_adm_that_shows_every_order_all_orders_together_are_one_sample() -> None:
    made = benchmark([[1.0, 0.0], [1.0, 0.5, 0.0]], [HIGH])
    # Two askings; item 0 in two orders each, item 1 in three. The first asking is wrong for both, the second right.
    levels = {0: [[0.0, 1.0]] * 2 + [[1.0, 0.0]] * 2, 1: [[0.0, 0.5, 1.0]] * 3 + [[1.0, 0.5, 0.2]] * 3}
    rows = [
        prediction(item, place, score, sample=sample)
        for item, of_samples in levels.items()
        for sample, scores in enumerate(of_samples)
        for place, score in enumerate(scores)
    ]
    one, two = rows_of(made, rows, 2)[:2]
    assert [one["samples"], one["choices"], one["accuracy"], one["flipped"]] == [1, 2, 50, 1]
    assert [two["samples"], two["choices"]] == [2, 1]
    # Asked once, an order is no sample.
    assert rows_of(made, [row for row in rows if row.sample < made.response_counts[row.item]], 1) == []


def test_target_bound_adms_decide_from_the_samples_for_each_target() -> None:
    made = benchmark([[1.0, 0.0]], [HIGH, LOW])
    rows = [row for target in (HIGH, LOW) for sample in range(2) for row in vote(0, sample, sample, 2, target.name)]
    found = {row["target_set"]: row["accuracy"] for row in rows_of(made, rows, 2) if row["samples"] == 2}
    assert found == {"all": 50, "high": 100, "low": 0}  # Both votes once: the first wins.


def test_an_adm_with_one_sample_or_unequally_many_has_no_rows() -> None:
    made = benchmark([[1.0, 0.0]] * 2, [HIGH])
    assert rows_of(made, vote(0, 0, 0) + vote(1, 0, 1), 1) == []
    # Other code may have one answer where five were asked for, or more answers for some items.
    assert rows_of(made, vote(0, 0, 0) + vote(1, 0, 1), 5) == []
    assert rows_of(made, vote(0, 0, 0) + vote(0, 1, 0) + vote(1, 0, 1)) == []


@pytest.mark.parametrize("count", [2, 5, 6, 7, 10, 200])
def test_choices_of_samples_are_all_or_as_many_by_chance_and_keep_what_they_promise(count: int) -> None:
    planned = plans(count, 3)
    assert next(iter(planned)) == 1
    assert list(planned)[-1] == count
    assert len(planned) == min(count, MOST_SIZES)
    larger = dict(zip(planned, [*list(planned)[1:], 0], strict=True))
    for size, plan in planned.items():
        assert 1 <= len(plan.chosen) <= CHOICES
        assert len(set(plan.chosen)) == len(plan.chosen)
        if count <= 6:
            assert len(plan.chosen) == math.comb(count, size)
        assert all(len(chosen) == size and list(chosen) == sorted({*chosen}) for chosen in plan.chosen)
        assert bool(plan.apart) == (2 * size <= count)
        assert all(len(a) == len(b) == size and not {*a} & {*b} for a, b in plan.apart)
        assert bool(plan.grown) == (size < count)
        assert all({*a} < {*b} and (len(a), len(b)) == (size, larger[size]) for a, b in plan.grown)
    assert plans(count, 3) == planned
