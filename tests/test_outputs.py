"""From predictions to picks and their files, function by function: what is read, left out, combined and written."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import most_voted, over_samples, response_scores
from pluralism.decisions.deciding import decide
from pluralism.decisions.outputs import decide_again, read_outputs, score_outputs
from pluralism.decisions.picking import combine
from pluralism.errors import UserError
from pluralism.predictions import Prediction, prediction_table
from pluralism.targets.target import Target
from tests.statistics_cases import HIGH, LOW, prediction

ITEM = Item("Où?", ("a", "b"), ({"care": 1.0, "calm": 0.0}, {"care": 0.0, "calm": 0.5}))
CELL = {"dataset": "mic"}


def votes(*picked: int, item: int = 0, target: str | None = None) -> list[Prediction]:
    """A vote per sample, among two responses."""
    return [
        prediction(item, response, float(response == choice), attribute=None, sample=sample, target=target)
        for sample, choice in enumerate(picked)
        for response in (0, 1)
    ]


def test_items_may_have_different_numbers_of_votes() -> None:
    table = prediction_table([*votes(1, 1, 0), *votes(1, item=1)])
    found = combine(table, [ITEM, ITEM])
    assert found.counts == [[1, 2], [0, 1]]
    assert found.picked is not None
    assert found.picked.tolist() == [1, 1]


def test_of_equal_votes_the_first_response_is_picked_unless_the_first_vote_wins() -> None:
    table = prediction_table(votes(1, 0))
    picks = [combine(table, [ITEM], **options).picked for options in ({}, {"first_vote_wins": True})]  # type: ignore[arg-type]
    assert [found.tolist() for found in picks if found is not None] == [[0], [1]]
    assert most_voted(np.array([[-1], [1]]), first_vote_wins=True).tolist() == [1]


def test_what_cannot_be_combined_is_named() -> None:
    with pytest.raises(UserError, match="no sample picks a response of item 1"):
        combine(prediction_table(votes(1)), [ITEM, ITEM])
    rows = [prediction(0, place, 0.5, attribute=name) for place in (0, 1) for name in ("care", "calm")]
    with pytest.raises(UserError, match=r"a response of item 0 lacks a score for one of \['calm', 'care'\]"):
        combine(prediction_table(rows[:3]), [ITEM])


def test_whole_points_are_summed_as_such_and_others_as_they_are() -> None:
    assert (0.51 + 0.58) / 2 != (0.53 + 0.56) / 2
    assert over_samples(np.array([[0.51, 0.53], [0.58, 0.56]]), "mean").tolist() == [0.545, 0.545]
    assert over_samples(np.array([0.5, 0.123]), "mean") == 0.3115
    assert over_samples(np.array([[0.5, 0.25], [0.123, math.nan]]), "mean").tolist() == [0.3115, 0.25]


def test_scores_are_combined_by_response_whatever_the_order_of_the_rows() -> None:
    rows = [
        prediction(0, place, score, sample=sample)
        for place, sample, score in ((1, 0, 0.9), (0, 0, 0.1), (1, 1, 0.7), (0, 1, 0.3))
    ]
    found = response_scores(prediction_table(rows), "mean")
    assert found.to_dict("list") == {
        "item": [0, 0],
        "response": [1, 0],
        "attribute": ["care", "care"],
        "score": [0.8, 0.2],
    }


def decided(folder: Path, rows: list[Prediction], targets: list[Target], **options: Any) -> list[str]:
    """Decide for one item; gives the targets that are decided for."""
    decide(CELL, [ITEM], prediction_table(rows), targets, folder, **options)
    return pd.read_parquet(folder / "decisions.parquet")["target"].tolist()


def test_targets_that_a_run_of_other_code_does_not_serve_are_left_out(tmp_path: Path) -> None:
    calm = Target("custom/calm", {"calm": 1.0})
    levels = [prediction(0, place, 0.5) for place in (0, 1)]
    assert decided(tmp_path / "levels", levels, [HIGH, calm, LOW], some_targets=True) == ["target_high", "target_low"]
    assert (tmp_path / "levels/custom/calm/input_output.json").read_text() == "[]\n"
    assert len(json.loads((tmp_path / "levels/target_low/input_output.json").read_text())) == 1
    bound = votes(1, target="custom/calm")
    assert decided(tmp_path / "bound", bound, [HIGH, calm], some_targets=True) == ["custom/calm"]
    assert decided(tmp_path / "picks", votes(1), [HIGH, calm], some_targets=True) == ["target_high", "custom/calm"]
    with pytest.raises(UserError, match="serve none of the targets"):
        decided(tmp_path / "none", levels, [calm], some_targets=True)
    with pytest.raises(UserError, match="names calm, which was not predicted"):
        decided(tmp_path / "all", levels, [calm])


def test_decisions_have_three_columns_and_outputs_keep_their_letters(tmp_path: Path) -> None:
    decided(tmp_path, votes(1), [HIGH, LOW])
    assert pyarrow.parquet.read_schema(tmp_path / "decisions.parquet").names == ["target", "item", "response"]
    assert '"prompt": "Où?"' in (tmp_path / "target_high/input_output.json").read_text()


def test_a_target_must_be_labelled_and_have_the_name_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="names fair, which was not labelled; labelled: care, calm"):
        decided(tmp_path, votes(1), [Target("custom/fair", {"fair": 1.0})])
    with pytest.raises(UserError, match=r"target 'custom/\?': invalid name of a file"):
        decided(tmp_path, votes(1), [Target("custom/?", {"care": 1.0})])


def entry(**output: Any) -> dict[str, Any]:
    return {"input": ITEM.as_json(), "output": {"selected_response_index": 0, **output}}


def predicted(*levels: dict[str, float]) -> dict[str, Any]:
    return entry(choice_info={"predictions": list(levels)})


GOOD = predicted({"care": 0.25, "calm": 0.0}, {"care": 0.75, "calm": 0.0})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([], "entry 1: expected an object with input and output"),
        ({"output": {}}, "entry 1: expected an object with input and output"),
        ({"input": {}, "output": 5}, "entry 1: expected an object with input and output"),
        (
            entry(selected_response_index=2),
            "entry 1: selected_response_index is 2, expected a whole number from 0 to 1",
        ),
        (entry(selected_response_index=True), "entry 1: selected_response_index is True, expected"),
        (entry(choice_info=5), "entry 1: choice_info is 5, expected an object"),
        (entry(choice_info={"predictions": 5}), "entry 1: predictions is not a list of 2 objects"),
        (predicted({"care": 0.5}), "entry 1: predictions is not a list of 2 objects"),
        (entry(choice_info={"predictions": [{"care": 0.5}, 5]}), "entry 1: predictions is not a list of 2 objects"),
        (predicted({"care": 0.5}, {"care": math.inf}), "entry 1: predictions: care is inf, expected a number"),
        (predicted({"care": 0.5}, {"calm": 0.5}), "entry 1: prediction 1 lacks care, which the first label has"),
    ],
)
def test_an_output_of_another_form_is_named(tmp_path: Path, wrong: Any, message: str) -> None:
    path = tmp_path / "input_output.json"
    path.write_text(json.dumps([GOOD, wrong]))
    with pytest.raises(UserError) as fault:
        read_outputs(path, ["care"])
    assert str(fault.value).startswith(f"{path}: {message}")


def test_an_output_without_labels_of_the_target_is_named(tmp_path: Path) -> None:
    (tmp_path / "input_output.json").write_text(json.dumps([GOOD]))
    with pytest.raises(UserError, match="item 0: label 0 lacks fair"):
        read_outputs(tmp_path / "input_output.json", ["fair"])


def test_a_level_beyond_the_scale_is_read_as_an_answer_may_have_one(tmp_path: Path) -> None:
    (tmp_path / "input_output.json").write_text(json.dumps([predicted({"care": 1.7}, {"care": -0.5})]))
    (found,) = read_outputs(tmp_path / "input_output.json", ["care"])
    assert found.predictions == ({"care": 1.7}, {"care": -0.5})


def test_what_holds_levels_is_decided_again_and_what_holds_none_keeps_its_pick(tmp_path: Path) -> None:
    path = tmp_path / "input_output.json"
    path.write_text(json.dumps([GOOD, entry(), entry(selected_response_index=1)]))
    outputs = read_outputs(path, ["care"])
    assert [output.picked for output in decide_again(outputs, HIGH)] == [1, 0, 1]
    assert [output.picked for output in decide_again(outputs, LOW)] == [0, 0, 1]
    assert decide_again(outputs[1:], HIGH) == outputs[1:]
    with pytest.raises(UserError, match="entry 0: predictions lack fair, which the target t names"):
        decide_again(outputs, Target("t", {"fair": 1.0}))
    score, error = score_outputs(outputs, HIGH)
    assert score.n_scored == 3
    assert score.accuracy == pytest.approx(200 / 3)
    # Errors of the first entry alone: .75 and .75 of care, 0 and .5 of calm.
    assert error.mae == 0.5
    assert error.mse == pytest.approx((2 * 0.5625 + 0.25) / 4)
