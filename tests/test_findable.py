"""How small a difference a study finds, said before it runs: by hand, by simulated studies, and from results."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dev.planned_power import Grid
from pluralism.planning.configuration import merged_config
from pluralism.planning.findable import Family, Findable, assumptions, families, warnings
from pluralism.planning.inputs import read_inputs
from pluralism.statistics.beforehand import ONE, findable, spread
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.study import Study


def everything(targets: int, items: int) -> np.ndarray:
    return np.ones((targets, items), dtype=bool)


def test_one_comparison_at_one_target_needs_2_8_standard_errors() -> None:
    # Of a mean of 10,000 differences that are 1 or -1 on 30% of the items, else 0.
    assert Grid(10_000, 1, 0.3, 1).planned == pytest.approx(2.8 * np.sqrt(0.3 / 10_000), rel=0.02)


def test_decisions_on_a_prompt_count_less_the_more_alike_they_are() -> None:
    prompts = np.arange(336)
    assert spread(everything(10, 336), prompts).size == pytest.approx(336 * 10 / (1 + 9 * 0.5))
    assert spread(everything(10, 336), prompts, correlation=0).size == pytest.approx(3360)
    assert spread(everything(10, 336), prompts, correlation=1).size == pytest.approx(336)
    # Three prompts, the first with two items: weights of 1/4 a decision, 1/2, 1/4 and 1/4 a prompt.
    found = spread(everything(1, 4), np.array([0, 0, 1, 2]))
    assert (found.decisions, found.freedom) == (4, 2)
    assert found.size == pytest.approx(1 / (0.5 * 4 / 16 + 0.5 * (4 + 1 + 1) / 16))
    assert found.prompts == pytest.approx(16 / 6)


def test_ties_and_a_target_without_scored_items_count_for_nothing() -> None:
    scored = np.array([[True, True, False, False], [False] * 4, [True, True, True, True]])
    found = spread(scored, np.arange(4))
    assert (found.decisions, found.freedom) == (6, 3)
    weights = np.array([[1 / 4, 1 / 4, 0, 0], [1 / 8] * 4])
    variance = 0.5 * (weights**2).sum() + 0.5 * (weights.sum(axis=0) ** 2).sum()
    assert found.size == pytest.approx(1 / variance)
    assert spread(np.zeros((2, 4), dtype=bool), np.arange(4)).freedom == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 500), st.integers(1, 30), st.floats(0.05, 0.6), st.integers(2, 12))
def test_more_items_find_smaller_differences_and_more_adms_only_larger_ones(
    items: int, targets: int, disagreement: float, adms: int
) -> None:
    def needed(items: int, adms: int) -> float:
        return Grid(items, targets, disagreement, len([*combinations(range(adms), 2)])).planned

    assert needed(2 * items, adms) < needed(items, adms)
    assert needed(items, adms + 1) > needed(items, adms)


@pytest.mark.parametrize(
    "grid", [Grid(84, 1, 0.4, 15), Grid(40, 10, 0.2, 15), Grid(84, 10, 0.4, 1)], ids=lambda grid: f"{grid}"
)
def test_the_difference_is_found_four_times_in_five_where_the_assumptions_hold(grid: Grid) -> None:
    assert grid.found(np.random.default_rng(3), 1500) == pytest.approx(0.8, abs=0.03)


def test_nothing_is_found_with_one_item() -> None:
    assert Grid(1, 10, 0.3, 1).planned == 1


FAMILY = Family("mine", ("a", "b"), 3)


def test_what_is_found_is_said_in_words() -> None:
    assumed = Findable(FAMILY, 60, 60, "here", (), (12.3, 18.0), (9.66, 14.2), 10)
    assert assumed.line == (
        "mine: 60 items, 3 ADMs in a, b (3 comparisons): differences over 12-18 points at one target, "
        "9.7-14 on 10 sampled ones are found (power 0.8, after Holm)."
    )
    ran = Findable(Family("mine", ("a",), 2), 60, 60, "most", ("a",), (4.11, 4.08), None, 10)
    assert ran.line == (
        "mine: at most 60 items, 2 ADMs in a (1 comparison): differences over 4.1 points at one target are found "
        "(power 0.8, after Holm; from the results of a)."
    )
    one = Findable(FAMILY, 60, 60, "here", (), (12.3, 18.0), (12.3, 18.0), 1)
    assert "12-18 on 1 sampled one are found" in one.line
    limited = replace(assumed, items=12)
    assert limited.line.startswith("mine: 12 items (limit; 60 items without), 3 ADMs in a, b")
    published = replace(limited, counted="published")
    assert published.line.startswith("mine: 12 items (limit; 60 items as published without)")
    assert "on 20 to 40% of the decisions" in assumptions([assumed, ran])
    assert assumptions([ran]) == ""


def test_a_grid_that_misses_differences_of_30_points_is_warned_of() -> None:
    def shows(one: float, sampled: float | None) -> list[str]:
        ends = (1.0, sampled) if sampled is not None else None
        return [problem.text for problem in warnings([Findable(FAMILY, 9, 9, "here", (), (1.0, one), ends, 10)])]

    assert not shows(30, None)
    assert not shows(50, 29)
    (text,) = shows(50, 41)
    assert "next to nothing: differences up to 41 points may be missed" in text


@pytest.fixture
def demo(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.chdir(clone)
    return Study(merged_config(Path("config.yaml"), [Path("profiles/demo/demo.yaml")]))


def test_a_family_is_the_adms_of_an_experiment_without_ceilings(demo: Study) -> None:
    assert [(family.experiments, family.adms) for family in families(demo, "helpsteer2")] == [
        (("deterministic_demo",), 6),
        (("sampling_demo",), 3),
        (("beyond_demo",), 2),
    ]


def test_results_of_the_same_grid_win_over_assumptions(demo: Study) -> None:
    inputs, problems = read_inputs(demo, "helpsteer2")
    assert inputs is not None, problems
    before = [*findable(demo, {"helpsteer2": inputs})][1:]
    assert [one.ran for one in before] == [(), (), ()]
    # 75 items; ties as the labels have them.
    sizes = {ONE: 75, "sampled_1": 123, "sampled_3": 147}

    def run(n_scored: dict[str, int], n_comparisons: int) -> list[Findable]:
        rows = [
            {"experiment": "sampling_demo", "target_set": name, "adm_a": a, "adm_b": b, "n_scored": count}
            | {"difference": 5.0, "n_comparisons": n_comparisons, "smallest_detectable_difference": needed}
            for name, count in n_scored.items()
            for (a, b), needed in zip(combinations("abc", 2), (7.5, 8.5, 30.0), strict=True)
        ]
        folder = Path(demo.paths.statistics_folder("helpsteer2"))
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows, columns=COLUMNS["comparisons"]).to_csv(folder / "comparisons.csv", index=False)
        return [*findable(demo, {"helpsteer2": inputs})][1:]

    ran = run(sizes, 3)
    assert [one.ran for one in ran] == [(), ("sampling_demo",), ()]
    assert (ran[1].one, ran[1].sampled) == ((7.5, 30.0), (7.5, 30.0))
    # Of fewer items, of other ADMs, of an older version.
    assert run(sizes | {ONE: 60}, 3) == run(sizes, 6) == before
    (Path(demo.paths.statistics_folder("helpsteer2")) / "comparisons.csv").write_text("experiment\nsampling_demo\n")
    assert [*findable(demo, {"helpsteer2": inputs})][1:] == before


def test_without_items_others_numbers_count_or_the_most_that_the_split_takes(demo: Study) -> None:
    found = {one.family.dataset: one for one in findable(demo, {})}
    assert (found["mic"].items, found["mic"].counted) == (336, "published")
    assert (found["helpsteer2"].items, found["helpsteer2"].counted) == (20 * 5 * 5, "most")
    Path("data/reference_numbers.csv").write_text("dataset\n")
    assert next(findable(demo, {})).counted == "most"
    assert "none is tied" in assumptions([*found.values()])
