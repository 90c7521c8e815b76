"""Steerability by dose: cases worked by hand, other libraries, and what holds of any picks."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress

from pluralism.datasets.attributes import Attribute, AttributeSet, level_grid
from pluralism.datasets.items import Item
from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.differences import Pair, sides
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.steerability import Doses, all_doses, steerability_rows
from pluralism.statistics.table_columns import COLUMNS
from pluralism.targets.doses import dose_targets

NAMES = ("care", "fairness")
Labels = Sequence[Sequence[tuple[float, float]]]


def made(labels: Labels, levels: int = 3, prompts: Sequence[str] | None = None) -> Benchmark:
    """Items with the levels of care and fairness of each response, and the doses of both."""
    items = [
        Item(
            prompts[place] if prompts else f"p{place}",
            ("r",) * len(responses),
            tuple(dict(zip(NAMES, levels, strict=True)) for levels in responses),
        )
        for place, responses in enumerate(labels)
    ]
    attributes = AttributeSet(tuple(Attribute(name, "d", ("x",) * levels) for name in NAMES), level_grid(levels))
    return make_benchmark(items, NAMES, dose_targets(attributes))


def oracle(benchmark: Benchmark) -> Indices:
    """The first of the nearest responses, shape (targets, items)."""
    picks: Indices = benchmark.by_label.right.argmax(axis=-1)
    return picks


def tables(benchmark: Benchmark, picks: Any, decided: Sequence[int] | None = None) -> dict[str, pd.DataFrame]:
    places = np.arange(len(benchmark.targets)) if decided is None else np.array(decided)
    rows = steerability_rows(benchmark, Clusters(benchmark.prompts), np.array(picks), places)
    for name, of_table in rows.items():
        assert all(list(row) == COLUMNS[name][2:] for row in of_table)
    return {name: pd.DataFrame(of_table, columns=COLUMNS[name][2:]) for name, of_table in rows.items()}


def summary(benchmark: Benchmark, picks: Any, attribute: str = "care") -> Any:
    return row_of(tables(benchmark, picks)["steerability"], attribute=attribute)


def row_of(table: pd.DataFrame, **keys: str) -> Any:
    """The one row with these values, as a dict."""
    (row,) = table[(table[list(keys)] == pd.Series(keys)).all(axis=1)].to_dict("records")
    return row


# Responses of item 0: low and high care; of item 1: all three levels; of item 2: care does not vary.
LABELS: Labels = (
    [(0.0, 0.0), (1.0, 0.5)],
    [(0.0, 1.0), (0.5, 1.0), (1.0, 0.0)],
    [(0.5, 0.0), (0.5, 1.0)],
)
# Care wanted at 0, 0.5 and 1; then fairness.
PICKS = ([0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0])


def test_a_dose_response_worked_by_hand() -> None:
    found = tables(made(LABELS), PICKS)
    care = found["dose_response"].query("attribute == 'care'")
    # Care of the picks: item 0 has 0, 1, 1; item 1 has .5, 0, .5.
    # Care of the oracle's: 0, 0 (the first of two as near), 1; 0, .5, 1.
    assert care["wanted"].tolist() == [0, 0.5, 1]
    assert care["n_items"].tolist() == [2, 2, 2]
    assert care["level"].tolist() == [0.25, 0.5, 0.75]
    assert care["oracle_level"].tolist() == [0, 0.25, 1]
    assert care["random_level"].tolist() == [0.5, 0.5, 0.5]
    row = summary(made(LABELS), PICKS)
    assert row["slope"] == pytest.approx(0.5)
    assert row["oracle_slope"] == pytest.approx(1)
    assert row["range_reached"] == 0.5
    # Steps of item 0: up, level; of item 1: down, up.
    assert row["monotonicity"] == 3 / 4
    assert row["rising"] == 2 / 4
    assert row["oracle_rising"] == 3 / 4
    # Farther than the nearest: item 0: 0, 0, 0; item 1: .5, .5, .5.
    assert row["miscalibration"] == 0.25
    # A random pick: item 0: .5, 0, .5; item 1: .5, 1/3, .5.
    assert row["random_miscalibration"] == pytest.approx((1 + 4 / 3) / 6)
    # From the lowest to the highest dose, item 0 moves by (1, .5), item 1 not at all.
    assert row["orthogonality"] == pytest.approx(0.5 / math.hypot(1, 0.5))
    assert row["oracle_orthogonality"] == pytest.approx((0.5 / math.hypot(1, 0.5) + 1 / math.hypot(1, 1)) / 2)
    slopes = found["dose_slopes"].query("steered_attribute == 'care'").set_index("attribute")
    # Fairness: item 0 has 0, .5, .5; item 1 has 1, 1, 1.
    assert slopes["slope"].to_dict() == pytest.approx({"care": 0.5, "fairness": 0.25})
    # The oracle: item 0 has 0, 0, .5; item 1 has 1, 1, 0.
    assert slopes["oracle_slope"].to_dict() == pytest.approx({"care": 1, "fairness": -0.25})


def test_all_is_the_mean_over_attributes_that_vary() -> None:
    found = tables(made(LABELS), PICKS)["steerability"]
    assert found[["attribute", "n_items"]].to_numpy().tolist() == [["all", 5], ["care", 2], ["fairness", 3]]
    both, care, fairness = found.to_dict("records")
    for column in ("slope", "oracle_slope", "range_reached", "monotonicity", "miscalibration"):
        assert both[column] == pytest.approx((care[column] + fairness[column]) / 2)
    # No dose of fairness moves a pick, so that none can be orthogonal; of care one does.
    assert math.isnan(fairness["orthogonality"])
    assert both["orthogonality"] == care["orthogonality"]
    only_care = tables(made([[(0.0, 0.5), (1.0, 0.5)]] * 3), np.zeros((6, 3), dtype=int))["steerability"]
    assert only_care["attribute"].tolist() == ["all", "care"]


def test_the_oracle_reaches_all_that_can_be_reached() -> None:
    row = summary(made(LABELS), oracle(made(LABELS)), "all")
    assert (row["range_reached"], row["range_reached_high"]) == (1, 1)
    assert row["range_reached_low"] < 1  # with so few items, others could be worse
    assert (row["miscalibration"], row["monotonicity"]) == (0, 1)
    assert row["slope"] == row["oracle_slope"]
    assert row["rising"] == row["oracle_rising"]
    assert row["orthogonality"] == row["oracle_orthogonality"]


def test_a_pick_at_the_other_side_of_the_wanted_level_as_near_is_as_right() -> None:
    benchmark = made([[(0.0, 0.0), (1.0, 0.0)]] * 4)
    other = oracle(benchmark)
    other[1] = 1  # care wanted at 0.5: the response above it in place of the one below
    row = summary(benchmark, other)
    assert (row["miscalibration"], row["range_reached"]) == (0, 1)


@pytest.mark.parametrize("levels", [2, 5, 7])
def test_an_adm_that_ignores_the_target_has_a_slope_of_0_and_is_monotone_for_nothing(levels: int) -> None:
    draw = np.random.default_rng(3)
    labels = draw.choice(level_grid(levels), size=(20, 3, 2)).tolist()
    benchmark = made(labels, levels)
    row = summary(benchmark, np.tile(draw.integers(0, 3, 20), (len(benchmark.targets), 1)), "all")
    assert (row["slope"], row["range_reached"], row["rising"], row["monotonicity"]) == (0, 0, 0, 1)
    assert math.isnan(row["orthogonality"])


def test_without_all_doses_of_an_attribute_or_with_none_there_are_no_rows() -> None:
    found = tables(made(LABELS), PICKS, decided=[0, 1, 2, 3, 5])
    assert set(found["dose_slopes"]["steered_attribute"]) == {"care"}
    assert all(table.empty for table in tables(made(LABELS), PICKS, decided=[0, 1]).values())
    assert all(table.empty for table in tables(made([[(0.5, 0.5), (0.5, 0.5)]]), np.zeros((6, 1), dtype=int)).values())


def test_one_prompt_has_values_without_intervals() -> None:
    row = summary(made(LABELS[:2], prompts=["p", "p"]), np.array(PICKS)[:, :2])
    assert row["slope"] == pytest.approx(0.5)
    assert math.isnan(row["slope_low"])


def some_picks(seed: int) -> tuple[Benchmark, Indices, Doses]:
    """40 items of 20 prompts, random picks, and the doses of care."""
    draw = np.random.default_rng(seed)
    labels = draw.choice(level_grid(5), size=(40, 3, 2))
    benchmark = made(labels.tolist(), 5, prompts=[f"p{place // 2}" for place in range(40)])
    picks = draw.integers(0, 3, (len(benchmark.targets), 40))
    care, _ = all_doses(benchmark, Clusters(benchmark.prompts), picks, np.arange(len(picks)))
    return benchmark, picks, care


def influence(pair: Pair) -> Array:
    """What each prompt adds to the error of a statistic that may be negative."""
    (of_prompts,) = pair[0].influence - pair[1].influence
    return np.asarray(of_prompts)


def test_slope_and_its_error_are_those_of_a_regression_with_clusters() -> None:
    benchmark, picks, care = some_picks(5)
    wanted = np.repeat(level_grid(5), care.varies.sum())
    level = care.levels[:, care.varies, 0].ravel()
    cluster = np.tile(benchmark.prompts[care.varies], 5)
    theirs = sm.OLS(level, sm.add_constant(wanted)).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    assert summary(benchmark, picks)["slope"] == pytest.approx(linregress(wanted, level).slope)
    assert summary(benchmark, picks)["slope"] == pytest.approx(theirs.params[1])
    error = care.steepest * np.sqrt(np.sum(influence(care.slope(care.levels)) ** 2))
    assert error == pytest.approx(theirs.bse[1])


def test_the_error_of_a_ratio_is_that_of_the_jackknife() -> None:
    benchmark, picks, care = some_picks(6)
    own, best = (care.varies * (levels[-1] - levels[0])[:, 0] for levels in (care.levels, care.oracle))
    assert summary(benchmark, picks)["range_reached"] == pytest.approx(own.sum() / best.sum())
    others = [benchmark.prompts != prompt for prompt in range(20)]
    left_out = np.array([own[kept].sum() / best[kept].sum() for kept in others])
    jackknife = np.sqrt(19 / 20 * np.sum((left_out - left_out.mean()) ** 2))
    assert np.sqrt(np.sum(influence(care.range_reached()) ** 2)) == pytest.approx(jackknife, rel=0.1)


def test_two_attributes_that_are_the_same_are_no_more_than_one() -> None:
    draw = np.random.default_rng(7)
    labels = [[(level, level) for level in draw.choice(level_grid(5), size=3)] for _ in range(30)]
    picks = draw.integers(0, 3, (5, 30))
    found = tables(made(labels, 5), np.vstack([picks, picks]))["steerability"].drop(columns=["attribute", "n_items"])
    np.testing.assert_allclose(found.loc[0].to_numpy(float), found.loc[1].to_numpy(float))


def test_the_interval_of_a_slope_holds_the_true_one_at_about_the_stated_rate() -> None:
    draw = np.random.default_rng(8)
    studies, items, held = 300, 40, 0
    benchmark = made([[(0.0, 0.0), (1.0, 0.0)]] * items, prompts=[f"p{place // 2}" for place in range(items)])
    clusters, decided = Clusters(benchmark.prompts), np.arange(6)
    # At each dose the higher response is picked with this chance; a prompt's items share their luck.
    chance = np.array([0.3, 0.5, 0.7])
    for _ in range(studies):
        luck = (np.repeat(draw.random(items // 2), 2) + draw.normal(0, 0.1, (3, items))) % 1
        picks = np.vstack([luck < chance[:, None], np.zeros((3, items))]).astype(int)
        care = next(all_doses(benchmark, clusters, picks, decided))
        found = sides([care.slope(care.levels)]).estimates()[0].times(care.steepest)
        held += found.low <= 0.4 <= found.high
    assert 0.93 <= held / studies <= 0.99


grid = st.sampled_from(level_grid(5))
some_labels = st.lists(st.lists(st.tuples(grid, grid), min_size=2, max_size=4), min_size=1, max_size=6)


@st.composite
def studies(draw: st.DrawFn) -> tuple[Labels, Array]:
    """Labels of some items, and picks for their ten doses."""
    labels = draw(some_labels)
    picks = [[draw(st.integers(0, len(responses) - 1)) for responses in labels] for _ in range(10)]
    return labels, np.array(picks)


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=False, atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(studies(), st.randoms())
def test_the_order_of_items_does_not_matter(study: tuple[Labels, Array], random: Any) -> None:
    labels, picks = study
    order = list(range(len(labels)))
    random.shuffle(order)
    same(tables(made(labels, 5), picks), tables(made([labels[place] for place in order], 5), picks[:, order]))


@settings(deadline=None, max_examples=30)
@given(studies())
def test_turning_an_attribute_around_turns_the_slopes_on_it_and_nothing_else(study: tuple[Labels, Array]) -> None:
    labels, picks = study
    turned = [[(care, 1 - fairness) for care, fairness in responses] for responses in labels]
    # What was picked at a dose of fairness is picked at the opposite one.
    opposite = np.vstack([picks[:5], picks[9:4:-1]])
    one, other = tables(made(labels, 5), picks), tables(made(turned, 5), opposite)
    both = one["dose_slopes"].merge(other["dose_slopes"], on=["steered_attribute", "attribute"])
    sign = np.where(both["steered_attribute"] == both["attribute"], 1, -1)
    # Where two responses are as near, the oracle's pick is the first, whichever way the attribute is turned.
    for name in ("slope", "oracle_slope"):
        np.testing.assert_allclose(both[f"{name}_x"].astype(float), sign * both[f"{name}_y"].astype(float), atol=1e-9)
    columns = [name for name in one["steerability"].columns if name != "attribute"]
    np.testing.assert_allclose(
        one["steerability"][columns].to_numpy(float), other["steerability"][columns].to_numpy(float), atol=1e-9
    )


@settings(deadline=None, max_examples=30)
@given(studies())
def test_all_numbers_are_within_their_bounds(study: tuple[Labels, Array]) -> None:
    labels, picks = study
    found = tables(made(labels, 5), picks)["steerability"]
    bounds = {"slope": (-1.2, 1.2), "range_reached": (-1, 1), "monotonicity": (0, 1), "rising": (0, 1)}
    for name, (low, high) in {**bounds, "miscalibration": (0, 1), "orthogonality": (0, 1)}.items():
        for end in ("", "_low", "_high"):
            assert found[f"{name}{end}"].dropna().between(low - 1e-9, high + 1e-9).all()
    assert (found["rising"] <= found["monotonicity"] + 1e-9).all()
    assert (found["rising"] <= 1).all()


@settings(deadline=None, max_examples=30)
@given(some_labels)
def test_no_adm_reaches_more_than_the_oracle_at_the_ends(labels: Labels) -> None:
    row = tables(made(labels, 5), oracle(made(labels, 5)))["steerability"]
    assert row["range_reached"].dropna().tolist() == [1.0] * len(row)
    assert (row["miscalibration"] == 0).all()
