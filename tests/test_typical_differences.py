"""How far apart ADMs, wordings, models and decodings are: by hand, and against the analysis of variance."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pluralism.decisions.roles import Role
from pluralism.statistics.comparisons import AdmResult
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.reading import CellSource
from pluralism.statistics.typical_differences import (
    Group,
    between_components,
    difference_rows,
    groups,
    typical_difference,
)
from pluralism.study.config import Config
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from tests.statistics_cases import HIGH, LOW, adm_result, benchmark


def results_of(picks: Any, targets: int = 1) -> tuple[Any, list[AdmResult]]:
    """ADMs by their picks, shape (ADMs, items), the same under all targets; 0 is right under high."""
    made = benchmark([[1.0, 0.0]] * np.shape(picks)[1], [HIGH, LOW][:targets])
    return made, [adm_result(made, [of_adm] * targets) for of_adm in np.asarray(picks)]


def test_two_adms_differ_by_their_difference_without_its_own_error() -> None:
    # 4 of 8 against 7 of 8: 3 items speak for the second, none for the first.
    made, results = results_of([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 1]])
    found, component = typical_difference(made, Clusters(made.prompts), results, np.array([0]))
    error = np.std([0] * 5 + [1] * 3, ddof=1) / math.sqrt(8)
    assert found.value == pytest.approx(100 * math.sqrt((3 / 8) ** 2 - error**2))
    assert component[0] == pytest.approx(((3 / 8) ** 2 - error**2) / 2)
    assert found.low < found.value < found.high <= 100
    assert len(component) == 9
    same, _ = typical_difference(made, Clusters(made.prompts), [results[0], results[0]], np.array([0]))
    assert same.value == 0


def test_adms_with_equal_accuracies_may_still_differ_and_the_interval_says_by_how_much() -> None:
    made, results = results_of([[0, 1] * 8, [1, 0] * 8])
    found, component = typical_difference(made, Clusters(made.prompts), results, np.array([0]))
    assert (found.value, found.low) == (0, 0)
    assert found.high > 10
    assert component[0] < 0


def test_of_several_it_is_the_component_of_the_analysis_of_variance() -> None:
    draw = np.random.default_rng(7)
    wrong = (draw.random((5, 40)) < np.linspace(0.1, 0.7, 5)[:, None]).astype(int)
    made, results = results_of(wrong)
    right = 1 - wrong
    of_adm, of_item, mean = right.mean(axis=1, keepdims=True), right.mean(axis=0), right.mean()
    between = 40 * ((of_adm - mean) ** 2).sum() / 4
    rest = ((right - of_adm - of_item + mean) ** 2).sum() / (4 * 39)
    found, component = typical_difference(made, Clusters(made.prompts), results, np.array([0]))
    assert component[0] == pytest.approx((between - rest) / 40)
    assert found.value == pytest.approx(100 * math.sqrt(2 * (between - rest) / 40))


def cell(experiment: str, adm: str, **more: Any) -> CellSource:
    values = {"design": adm, "model": "small", "prompts": "own", "samples": 1.0, "temperature": 0.0, **more}
    return CellSource(Path(experiment, adm), **values)


SOURCES = [
    cell("random", "random", role=Role.CHANCE, model="-"),
    cell("greedy", "mine"),
    cell("greedy", "mine_published", design="mine", prompts="published"),
    cell("greedy", "other"),
    cell("sampled", "mine", samples=5.0, temperature=0.7),
    cell("large", "mine", model="large"),
    cell("large", "mine_published", design="mine", prompts="published", model="large"),
    cell("theirs", "mine", imported=True, model="-"),
]


def test_cells_are_grouped_that_differ_in_one_thing_alone() -> None:
    assert groups(SOURCES) == [
        Group("ADM", "", ("mine", "other"), (1, 3)),
        Group("wording", "mine", ("own", "published"), (1, 2)),
        Group("wording", "mine", ("own", "published"), (5, 6)),
        Group("model", "mine", ("small", "large"), (1, 5)),
        Group("model", "mine_published", ("small", "large"), (2, 6)),
        Group("decoding", "mine", ("1 at temperature 0", "5 at temperature 0.7"), (1, 4)),
    ]
    assert groups(SOURCES[4:6]) == groups(SOURCES[-1:]) == []


def test_samples_without_a_temperature_are_a_decoding_that_is_not_known() -> None:
    one, other = (CellSource(Path(experiment, "reg"), samples=2, model=experiment) for experiment in ("a", "b"))
    assert [group.factor for group in groups([one, other])] == ["model"]


def test_a_factor_that_does_not_vary_has_a_note_in_place_of_a_number() -> None:
    made, (first, second) = results_of([[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 1]])
    found = groups(SOURCES[1:3])
    rows = list(difference_rows(made, Clusters(made.prompts), found, SOURCES[1:3], [first, second]))
    notes = {row["factor"]: row["note"] for row in rows if "note" in row}
    assert notes["model"] == "no ADM runs with two models, all else equal"
    assert list(notes) == ["ADM", "model", "decoding"]
    values = [row for row in rows if "note" not in row]
    assert [(row["factor"], row["adm"], row["experiments"], row["target_set"], row["n_scored"]) for row in values] == [
        ("wording", "mine", "greedy", "all", 8),
        ("wording", "mine", "greedy", "high", 8),
    ]
    components = between_components(made, Clusters(made.prompts), found, [first, second])
    assert set(components) == {(place, name) for place in (0, 1) for name in ("all", "high")}
    wording = components[0, "high"]["wording"]
    assert 200**2 * wording.values[0] / 2 == pytest.approx(values[1]["difference"] ** 2)  # type: ignore[operator]


def test_a_set_that_one_of_them_did_not_decide_for_has_no_row() -> None:
    made, (first, second) = results_of([[0, 1, 0, 1], [0, 0, 0, 1]], targets=2)
    rows = list(
        difference_rows(
            made,
            Clusters(made.prompts),
            groups(SOURCES[1:3]),
            SOURCES[1:3],
            [first, replace(second, undecided=frozenset({1}))],
        )
    )
    assert [row["target_set"] for row in rows if "note" not in row] == ["high"]


def study() -> Config:
    pair = {"kind": "unaligned_baseline"}
    return read_config(
        {
            "datasets": {"mic": {"format": "mic", "raw": "MIC.csv"}},
            "models": {"small": {"id": "a"}},
            "decodings": {"greedy": {}},
            "adms": {
                "random": {"kind": "random_choice"},
                "mine": {**pair, "label": "Mine"},
                "mine_published": {**pair, "prompts": "published"},
                "longer": {**pair, "reasoning_length": 50},
            },
            "experiments": {
                "e": {"model": "small", "decoding": "greedy", "adms": ["random", "mine", "mine_published"]}
            },
            "grid": {"datasets": ["mic"], "experiments": ["e"]},
        }
    )


def test_an_adm_is_of_the_same_design_if_it_differs_in_its_prompts_and_label_alone() -> None:
    config = study()
    assert {adm: config.design(adm) for adm in config.adms} == {
        "random": "random",
        "mine": "mine",
        "mine_published": "mine",
        "longer": "longer",
    }
    cells = Study(config).cells("mic")
    assert [(entry.design, entry.asked, entry.prompts) for entry in cells] == [
        ("random", "-", "-"),
        ("mine", "small", "own"),
        ("mine", "small", "published"),
    ]
