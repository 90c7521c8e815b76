"""Samples of a score taken together: worked cases, the same in decisions and in statistics, and without new answers."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import AGGREGATES, Aggregate, most_voted, over_samples
from pluralism.decisions.picking import combine
from pluralism.inference.settings import settings_text
from pluralism.predictions import Prediction, prediction_table, write_predictions
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.levels import level_rows
from pluralism.statistics.samples import samples
from pluralism.study.grid import Cell, make_cell
from pluralism.study.reading import read_config
from pluralism.targets.target import Target
from tests.conftest import Run, snakemake
from tests.test_config import changed

FIVE = [0.9, 0.1, 0.2, 0.3, 0.3]
ITEM = Item("p", ("a", "b"), ({"care": 1.0}, {"care": 0.0}))


@pytest.mark.parametrize(
    ("aggregate", "scores", "together"),
    [
        ("mean", FIVE, 1.8 / 5),
        ("median", FIVE, 0.3),
        ("median", FIVE[:4], (0.2 + 0.3) / 2),
        # Of five, the lowest and the highest are left out; of four none; of ten two at each end.
        ("trimmed_mean", FIVE, (0.2 + 0.3 + 0.3) / 3),
        ("trimmed_mean", FIVE[:4], 1.5 / 4),
        ("trimmed_mean", [*FIVE, 1.0, 1.0, 0.0, 0.0, 0.4], (0.1 + 0.2 + 0.3 + 0.3 + 0.4 + 0.9) / 6),
        ("trimmed_mean", [0.7], 0.7),
    ],
)
def test_each_way_by_hand(aggregate: Aggregate, scores: list[float], together: float) -> None:
    assert over_samples(np.array(scores), aggregate) == pytest.approx(together)


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_equal_sums_of_points_are_equal_levels(aggregate: Aggregate) -> None:
    # In levels, .1 + .2 is more than .3 + 0. A score that is no whole number of points stays as it is.
    together = over_samples(np.array([[0.1, 0.3, 1 / 3], [0.2, 0.0, 1 / 3]]), aggregate)
    assert together.tolist() == [0.15, 0.15, 1 / 3]


def test_of_equally_many_votes_the_first_response_or_the_first_vote_counts() -> None:
    # A column per item; -1: a sample without a vote.
    votes = np.array([[1, -1, 2], [0, 1, 1], [1, 0, 0], [0, -1, 0]])
    assert most_voted(votes, first_vote_wins=True).tolist() == [1, 1, 0]
    assert most_voted(votes, first_vote_wins=False).tolist() == [0, 0, 0]


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_a_missing_sample_does_not_count_and_of_none_there_is_nothing(aggregate: Aggregate) -> None:
    scores = np.array([[0.2, np.nan, np.nan], [np.nan, np.nan, 0.4], [0.4, np.nan, np.nan]])
    together = over_samples(scores, aggregate)
    assert together[[0, 2]] == pytest.approx([0.3, 0.4])
    assert np.isnan(together[1])


def rows(scores: dict[int, list[float]]) -> list[Prediction]:
    """Predictions of care; `scores` holds the samples of each response."""
    return [
        Prediction(0, response, "care", sample, None, score, "", response, sample, 0, 0)
        for response, values in scores.items()
        for sample, score in enumerate(values)
    ]


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_decisions_and_statistics_take_samples_together_alike(aggregate: Aggregate) -> None:
    draw = np.random.default_rng(0)
    table = prediction_table(rows({response: draw.random(5).tolist() for response in (0, 1)}))
    levels = combine(table, [ITEM], aggregate).levels
    assert levels is not None
    benchmark = make_benchmark([ITEM], ["care"], [Target("target_high", {"care": 1.0})])
    (entry,) = samples(table, benchmark, aggregate)
    assert entry.levels()[0, :, 0] == pytest.approx([response["care"] for response in levels[0]], abs=1e-15)
    errors = [levels[0][0]["care"] - 1, levels[0][1]["care"]]
    assert level_rows(benchmark, [entry])[0]["mse"] == pytest.approx(np.mean(np.square(errors)))


def test_the_way_decides_the_pick_and_the_error(tmp_path: Path, command: Run) -> None:
    # Means 0.36 and 0.39, medians 0.3 and 0.25, trimmed means 0.267 and 0.25: only the mean picks response 1.
    write_predictions(rows({0: FIVE, 1: [0.2, 0.25, 0.25, 0.25, 1.0]}), tmp_path / "predictions.parquet")
    (tmp_path / "eval.json").write_text(json.dumps([ITEM.as_json()]))
    (tmp_path / "target_high.json").write_text('{"care": 1.0}')
    options = ["--dataset", "mic", "--experiment", "e", "--adm", "a", "--eval", "eval.json", "--output", "decided"]
    options += ["--predictions", "predictions.parquet", "--targets", "target_high.json"]
    attributes = {"care": {"description": "It cares.", "phrases": ["lacks care", "is caring"]}}
    (tmp_path / "attributes.yaml").write_text(yaml.safe_dump({"levels": 2, "attributes": attributes}))
    options += ["--attributes", "attributes.yaml"]

    def picked_and_levels(*more: str) -> list[float]:
        result = command("decide", *options, *more)
        assert result.returncode == 0, result.stderr
        output = json.loads((tmp_path / "decided/target_high/input_output.json").read_text())[0]["output"]
        levels = [response["care"] for response in output["choice_info"]["predictions"]]
        return [output["selected_response_index"], *levels]

    assert picked_and_levels() == pytest.approx([1, 0.36, 0.39])
    assert picked_and_levels("--aggregate", "median") == pytest.approx([0, 0.3, 0.25])
    assert picked_and_levels("--aggregate", "trimmed_mean") == pytest.approx([0, 0.8 / 3, 0.25])


def test_it_is_no_part_of_what_a_prediction_depends_on() -> None:
    def cell(way: str) -> Cell:
        config = read_config(changed("adms", "regression", "aggregate", to=way))
        return make_cell(config, "mic", "sampling_llama", "regression")

    assert cell("median").aggregate == "median"
    mean, median = (settings_text(cell(way).settings) for way in ("mean", "median"))
    assert mean == median
    assert "aggregate" not in mean


def test_one_way_and_one_role_for_each_adm_are_expected(command: Run) -> None:
    options = "--dataset d --eval e --attributes a --targets t --references r --output o --cells x y"
    for option in ("--aggregates mean", "--roles ceiling"):
        message = f"{option.split()[0]}: expected one for each of --cells"
        assert message in command("analyse", *options.split(), *option.split()).stderr
    options = "e/a/predicted_levels --eval e --attributes a --predictions x y --output o --aggregates mean"
    assert "--aggregates: expected one for each of --predictions" in command("draw", *options.split()).stderr


OVERLAY = """
targets: {number: 1, attribute_counts: [2]}
adms: {oracle: {aggregate: WAY}}
grid: {datasets: [helpsteer2], experiments: [random]}
"""


def test_an_edit_of_it_decides_and_counts_anew_and_predicts_nothing(clone: Path) -> None:
    goals = [f"results/helpsteer2/{name}" for name in ("statistics/levels.csv", "random/oracle/scores.csv")]

    def run(way: str, *options: str) -> str:
        (clone / "overlay.yaml").write_text(OVERLAY.replace("WAY", way))
        return snakemake(clone, *options, "--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--", *goals)

    run("mean")
    assert "Nothing to be done" in run("mean", "--dry-run")
    jobs = run("median", "--dry-run").split("Job stats:")[1].split("total", maxsplit=1)[0].split()
    assert {name for name in jobs if "_" in name or name == "predict"} == {"decide_helpsteer2", "analyse_helpsteer2"}
    assert jobs[jobs.index("decide_helpsteer2") + 1] == "1"
