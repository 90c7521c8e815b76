"""Predictions -> decisions, and the files that tell of them."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.datasets.items import Item
from pluralism.decisions.deciding import decide
from pluralism.decisions.outputs import read_outputs, score_outputs
from pluralism.decisions.score_files import read_scores
from pluralism.errors import UserError
from pluralism.predictions import Prediction, checked_predictions, read_predictions, write_predictions
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.levels import level_rows
from pluralism.statistics.samples import samples
from pluralism.targets.target import Target
from tests.statistics_cases import prediction

ITEM = Item("p", ("a", "b"), ({"care": 1.0, "liberty": 0.0}, {"care": 0.0, "liberty": 0.5}))
CELL = {"dataset": "mic", "experiment": "e", "adm": "x"}


def decided(
    tmp_path: Path, rows: list[Prediction], targets: list[Target], *, bounded: bool = True, **options: Any
) -> dict[str, Any]:
    """Decide, and return the one output per target."""
    write_predictions(rows, tmp_path / "predictions.parquet")
    predictions = read_predictions(tmp_path / "predictions.parquet", bounded=bounded)
    decide(CELL, [ITEM], predictions, targets, tmp_path, **options)
    files = {target.name: tmp_path / target.name / "input_output.json" for target in targets}
    return {name: json.loads(path.read_text())[0]["output"] for name, path in files.items()}


def test_scores_are_averaged_over_samples_before_selection(tmp_path: Path) -> None:
    # By majority of samples response 1 is nearer to care = 1; by mean score (0.6 against 0.5) response 0 is.
    rows = [
        prediction(0, response, score, sample=sample)
        for response, scores in ((0, (0.4, 0.4, 1.0)), (1, (0.5, 0.5, 0.5)))
        for sample, score in enumerate(scores)
    ]
    output = decided(tmp_path, rows, [Target("target_high", {"care": 1.0})])["target_high"]
    assert output["selected_response_index"] == 0
    assert output["choice_info"] == {"predictions": [{"care": pytest.approx(0.6)}, {"care": 0.5}]}


def test_one_prediction_serves_every_target(tmp_path: Path) -> None:
    rows = [
        prediction(0, 0, 0.9, reasoning="kind"),
        prediction(0, 1, 0.2, reasoning="unkind"),
        prediction(0, 0, 0.1, attribute="liberty"),
        prediction(0, 1, 0.1, attribute="liberty", reasoning="bound"),
    ]
    targets = [
        Target("target_high", {"care": 1.0}),
        Target("sampled/1attributes_target00", {"liberty": 0.0, "care": 0.0}),
    ]
    outputs = decided(tmp_path, rows, targets)
    assert [output["selected_response_index"] for output in outputs.values()] == [0, 1]
    assert [output["reasoning"] for output in outputs.values()] == ["care: kind", "liberty: bound care: unkind"]
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert list(scores.columns) == [
        "dataset",
        "experiment",
        "adm",
        "target",
        "n_scored",
        "n_tied",
        "accuracy",
        "alignment_score",
        "mse",
        "mae",
    ]
    assert scores["accuracy"].tolist() == [100.0, 100.0]
    errors = [0.1, 0.2, 0.1, 0.4]
    assert scores["mse"].tolist() == pytest.approx([sum(error**2 for error in errors) / 4] * 2)
    decisions = pd.read_parquet(tmp_path / "decisions.parquet")
    assert decisions.to_dict("list") == {
        "target": [target.name for target in targets],
        "item": [0, 0],
        "response": [0, 1],
    }


def test_a_weighted_target_weighs_the_decision_and_its_score(tmp_path: Path) -> None:
    # Predicted (care, liberty): (0.9, 0.6) and (0.6, 1.0); by label (1, 0) and (0, 0.5); wanted (1, 1).
    rows = [
        prediction(0, response, score, attribute=name)
        for response, scores in ((0, {"care": 0.9, "liberty": 0.6}), (1, {"care": 0.6, "liberty": 1.0}))
        for name, score in scores.items()
    ]
    targets = [
        Target(name, {"care": 1.0, "liberty": 1.0}, {"care": care, "liberty": liberty})
        for name, care, liberty in (("custom/care", 2.0, 1.0), ("custom/liberty", 1.0, 8.0))
    ]
    # Squared: 2 * .01 + .16 = .18 against 2 * .16 = .32; .01 + 8 * .16 = 1.29 against .16.
    assert [output["selected_response_index"] for output in decided(tmp_path, rows, targets).values()] == [0, 1]
    # By label 1 against 2 + .25 = 2.25; 8 against 1 + 8 * .25 = 3: both picks are right.
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert scores["accuracy"].tolist() == [100.0, 100.0]
    assert scores["alignment_score"].tolist() == pytest.approx([100 * (1 - 1 / 1.5), 100 * (1 - (3 / 8) ** 0.5)])


def test_a_level_beyond_the_scale_counts_as_it_is_where_the_protocol_does_not_bound_it(tmp_path: Path) -> None:
    # Clipped, response 0 would be as near to care = 1 as can be; it is 1.5 away from it, and response 1 is 1.
    rows = [prediction(0, 0, 2.5), prediction(0, 1, 0.0)]
    output = decided(tmp_path, rows, [Target("target_high", {"care": 1.0})], bounded=False)["target_high"]
    assert output["selected_response_index"] == 1
    assert output["choice_info"]["predictions"] == [{"care": 2.5}, {"care": 0.0}]


def test_picks_are_decided_by_majority_and_the_first_wins_a_tie(tmp_path: Path) -> None:
    def votes(*picked: int) -> list[Prediction]:
        return [
            prediction(0, response, float(response == choice), attribute=None, sample=sample)
            for sample, choice in enumerate(picked)
            for response in (0, 1)
        ]

    high = [Target("target_high", {"care": 1.0})]
    assert decided(tmp_path, votes(1, 0, 1), high)["target_high"] == {
        "selected_response_index": 1,
        "reasoning": "",
        "choice_info": {"sample_counts": [1, 2]},
    }
    assert decided(tmp_path, votes(1, 0), high)["target_high"]["selected_response_index"] == 0
    tied = decided(tmp_path, votes(1, 0), high, first_vote_wins=True)["target_high"]
    assert tied["selected_response_index"] == 1
    assert pd.read_csv(tmp_path / "scores.csv")["mse"].isna().all()


def test_target_bound_picks_serve_their_own_target(tmp_path: Path) -> None:
    rows = [
        prediction(0, response, float(response == picked), attribute=None, target=name)
        for name, picked in (("target_high", 0), ("target_low", 1))
        for response in (0, 1)
    ]
    outputs = decided(tmp_path, rows, [Target("target_high", {"care": 1.0}), Target("target_low", {"care": 0.0})])
    assert [output["selected_response_index"] for output in outputs.values()] == [0, 1]
    with pytest.raises(UserError, match="target custom/mine not found"):
        decided(tmp_path, rows, [Target("custom/mine", {"care": 0.5})])


def test_what_the_predictions_do_not_cover_is_named(tmp_path: Path) -> None:
    high = [Target("target_high", {"care": 1.0})]
    with pytest.raises(UserError, match="a response of item 0 lacks a score"):
        decided(tmp_path, [prediction(0, 0, 0.5)], high)
    with pytest.raises(UserError, match="target target_high names liberty, which was not predicted; predicted: care"):
        decided(tmp_path, [prediction(0, 0, 0.5), prediction(0, 1, 0.5)], [Target("target_high", {"liberty": 1.0})])


GOOD = [prediction(0, response, 0.5, sample=sample) for response in (0, 1) for sample in (0, 1)]
PICKS = [prediction(0, response, float(response), attribute=None) for response in (0, 1)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [replace(GOOD[0], score=float("nan")), *GOOD[1:]],
            "row 0: item 0, response 0, care, sample 0: score is nan, expected a number from 0 to 1",
        ),
        (
            [replace(GOOD[0], spread=0.6), *GOOD[1:]],
            "row 0: item 0, response 0, care, sample 0: spread is 0.6, expected 0 to 0.5",
        ),
        ([replace(GOOD[0], position=2), *GOOD[1:]], "row 0: position is 2, expected a whole number from 0 to 1"),
        ([replace(GOOD[0], output_tokens=2**62), *GOOD[1:]], f"row 0: output_tokens is {2**62}, expected whole"),
        (
            [replace(GOOD[0], score=1.5), *GOOD[1:]],
            "row 0: item 0, response 0, care, sample 0: score is 1.5, expected a number from",
        ),
        (
            [*GOOD[:3], replace(GOOD[3], score=-0.1)],
            "row 3: item 0, response 1, care, sample 1: score is -0.1, expected a number",
        ),
        (
            [*PICKS[:1], replace(PICKS[1], score=0.5)],
            "row 1: item 0, response 1, sample 0: score is 0.5, expected 1 for the pick",
        ),
        ([PICKS[0], replace(PICKS[1], score=0.0)], "a sample of item 0 does not pick one response"),
        ([*GOOD, prediction(0, 2, 0.5)], "response 2 of item 0 is not among the eval items"),
        ([*GOOD, prediction(1, 0, 0.5)], "response 0 of item 1 is not among the eval items"),
        ([*GOOD, prediction(0, 0, 0.5)], "sample 0 scores response 0 of item 0 twice"),
        (GOOD[:3], "a response of item 0 lacks a score"),
        ([*GOOD, *(prediction(0, 0, 0.5, attribute="calm", sample=one) for one in (0, 1))], "unknown attribute 'calm'"),
        ([*GOOD, *PICKS], "row 4: attribute is missing, other rows have one"),
        ([*GOOD[:3], replace(GOOD[3], target="target_high")], "row 0: target is missing, other rows have one"),
        (
            [*GOOD[:3], replace(GOOD[3], sample=10**15)],
            "row 3: sample is 1000000000000000, expected whole numbers from 0 to",
        ),
    ],
)
def test_predictions_that_are_not_of_the_items_are_one_line_and_nothing_is_written(
    tmp_path: Path, rows: list[Prediction], message: str
) -> None:
    write_predictions(rows, tmp_path / "predictions.parquet")
    with pytest.raises(UserError, match=f"predictions(.parquet)?: {re.escape(message)}"):
        decided(tmp_path, rows, [Target("target_high", {"care": 1.0})])
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.parquet"]
    # So it is before an ADM's predictions are written.
    with pytest.raises(UserError, match=re.escape(message)):
        checked_predictions(rows, [2], ["care", "liberty"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "there are no predictions"),
        ([{"item": 0}], "a prediction is {'item': 0}, expected a pluralism.predictions.Prediction"),
        ([prediction(0, 0, [0.5, 0.5])], "row 0: item 0, response 0, care, sample 0: score is [0.5, 0.5], expected"),  # type: ignore[arg-type]
        ([prediction(0, 0, "0.5")], "row 0: item 0, response 0, care, sample 0: score is '0.5', expected a number"),  # type: ignore[arg-type]
        (
            [prediction(0, 0, 0.5), prediction(0, 1, "0.5")],  # type: ignore[arg-type]
            "row 1: item 0, response 1, care, sample 0: score is '0.5'",
        ),
        ([prediction(0, 0, 0.5), prediction(0, 1, 0.5, query="1")], "the predictions have values of several kinds"),
        ([prediction(0, -1, 0.5)], "row 0: response is -1, expected whole numbers from 0 to"),
        ([prediction(0, 0, 0.5, reasoning=5)], "the column reasoning holds int64, expected texts"),
    ],
)
def test_what_an_adm_returns_must_be_predictions(rows: Any, message: str) -> None:
    with pytest.raises(UserError) as fault:
        checked_predictions(rows, [2], ["care"])
    assert str(fault.value).startswith(message)


def test_the_error_of_the_levels_is_the_same_in_every_file(tmp_path: Path) -> None:
    draw = random.Random(0)
    rows = [
        prediction(0, response, draw.random(), attribute=name, sample=sample)
        for response in (0, 1)
        for name in ("care", "liberty")
        for sample in range(3)
    ]
    target = Target("target_high", {"care": 1.0})
    decided(tmp_path, rows, [target])
    outputs = read_outputs(tmp_path / "target_high" / "input_output.json", ["care"])
    made = make_benchmark([ITEM], ["care", "liberty"], [target])
    errors = [
        read_scores([tmp_path / "scores.csv"])["mse"][0],
        score_outputs(outputs, target)[1].mse,
        level_rows(made, samples(read_predictions(tmp_path / "predictions.parquet"), made))[0]["mse"],
    ]
    assert errors == [pytest.approx(errors[0], rel=1e-12)] * 3


def test_errors_of_levels_beyond_the_scale_are_read_as_they_are(tmp_path: Path) -> None:
    rows = [prediction(0, response, 4.0, attribute="care") for response in (0, 1)]
    decided(tmp_path, rows, [Target("target_high", {"care": 1.0})], bounded=False)
    assert read_scores([tmp_path / "scores.csv"])["mse"][0] > 9


def test_the_input_is_kept_whole(tmp_path: Path) -> None:
    decided(tmp_path, [prediction(0, 0, 0.5), prediction(0, 1, 0.5)], [Target("target_low", {"care": 0.0})])
    (entry,) = json.loads((tmp_path / "target_low" / "input_output.json").read_text())
    assert entry["input"] == ITEM.as_json()


def test_predictions_from_before_there_was_a_spread_are_read_as_without_one(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    write_predictions([prediction(0, 0, 0.5, spread=0.25), prediction(0, 1, 0.5)], path)
    assert read_predictions(path)["spread"].fillna(-1).tolist() == [0.25, -1]
    pd.read_parquet(path).drop(columns="spread").to_parquet(path)
    assert read_predictions(path)["spread"].isna().all()
    assert list(read_predictions(path, ["item", "spread"])) == ["item", "spread"]
    pd.read_parquet(path).drop(columns="score").to_parquet(path)
    with pytest.raises(UserError, match=r"predictions.parquet: the column score is missing"):
        read_predictions(path)


def test_a_truncated_predictions_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    write_predictions([prediction(0, 0, 0.5)], path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"predictions.parquet: not a readable Parquet file"):
        read_predictions(path)
