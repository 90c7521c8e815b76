"""Runs of other code as a part of a study: what their files say, and the way from the command to the tables."""

import json
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pandas as pd
import pytest
import yaml

from pluralism.datasets.attributes import attribute_file
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.inference.imported import imported_predictions, match_items, read_entries
from pluralism.planning.foreign.runs import read_run
from pluralism.predictions import Prediction
from pluralism.targets.target import Target
from tests.conftest import Run, error_line, snakemake

NAMES = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"]
ITEMS = [
    Item("How?", ("So.", "Thus."), (dict.fromkeys(NAMES, 0.0), dict.fromkeys(NAMES, 1.0))),
    Item("Why?", ("Since.", "As."), (dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 0.25))),
]


def decided(item: Item, picked: int, **info: Any) -> dict[str, Any]:
    """An entry as the authors' code writes it."""
    output = {"selected_response_index": picked, "reasoning": "it is", "choice_info": info}
    return {"input": item.as_json(), "output": output}


def predicted(path: Path, entries: Sequence[Any], target: str | None = None) -> list[Prediction]:
    """What the two items' entries become."""
    path.write_text(json.dumps(entries))
    return imported_predictions({target: match_items(read_entries(path), ITEMS)}, NAMES)


def scores(rows: Sequence[Prediction]) -> dict[tuple[int, int], list[float]]:
    """(item, response) -> the score of each sample."""
    found: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        found.setdefault((row.item, row.response), []).append(row.score)
    return found


def test_stored_votes_come_back_in_the_order_in_which_equal_ones_are_counted(tmp_path: Path) -> None:
    counts = "selected_response_index_sample_counts"
    entries = [decided(ITEMS[0], 1, **{counts: [[1, 2], [0, 2]]}), decided(ITEMS[1], 0, **{counts: [[0, 1]]})]
    rows = predicted(tmp_path / "input_output.json", entries, "target_high")
    assert scores(rows) == {(0, 0): [0, 0, 1, 1], (0, 1): [1, 1, 0, 0], (1, 0): [1], (1, 1): [0]}
    assert {row.target for row in rows} == {"target_high"}
    assert [row.reasoning for row in rows if row.response == 1 and row.item == 0] == ["it is", "it is", "", ""]


def test_rewards_our_own_counts_and_picks_without_reason_are_votes(tmp_path: Path) -> None:
    path = tmp_path / "input_output.json"
    assert scores(predicted(path, [decided(ITEMS[0], 1, scores=[-3.5, 2.0]), decided(ITEMS[1], 0)])) == {
        **{(0, 0): [0], (0, 1): [1], (1, 0): [1], (1, 1): [0]}
    }
    own = predicted(path, [decided(ITEMS[0], 0, sample_counts=[1, 1]), decided(ITEMS[1], 1, sample_counts=[0, 1])])
    assert scores(own) == {(0, 0): [1, 0], (0, 1): [0, 1], (1, 0): [0], (1, 1): [1]}


def test_entries_are_matched_by_text_in_any_order(tmp_path: Path) -> None:
    turned = {**ITEMS[0].as_json(), "prompt": " How?\n", "responses": ["Thus. ", "So."]}
    levels = [{"helpfulness": 0.75}, {"helpfulness": 0.5}]
    other = {**ITEMS[0].as_json(), "prompt": "Who?"}
    entries = [decided(ITEMS[1], 0, predictions=levels), {**decided(ITEMS[0], 0, predictions=levels), "input": turned}]
    entries.append({**decided(ITEMS[0], 0, predictions=levels), "input": other})
    rows = predicted(tmp_path / "input_output.json", entries)
    assert scores(rows) == {(0, 0): [0.5], (0, 1): [0.75], (1, 0): [0.75], (1, 1): [0.5]}
    assert {(row.attribute, row.target) for row in rows} == {("helpfulness", None)}
    path = tmp_path / "one.json"
    with pytest.raises(UserError, match=r"one.json: 1 of its 2 entries match one of the 2 eval items by text; 1 eval"):
        predicted(path, [entries[0], entries[2]])


def test_of_two_decisions_about_one_item_none_is_chosen(tmp_path: Path) -> None:
    entries = [decided(ITEMS[0], 0), decided(ITEMS[1], 0), decided(ITEMS[0], 1)]
    with pytest.raises(UserError, match="entry 2: about item 0, as an earlier entry is; expected one of each"):
        predicted(tmp_path / "input_output.json", entries)


def test_align_system_keeps_samples_by_the_text_of_a_choice(tmp_path: Path) -> None:
    entries = [
        {
            "input": {"state": item.prompt, "choices": [{"unstructured": text} for text in ("Wait.", *item.responses)]},
            "label": [{}, {}, {}],
            "choice_info": {
                "predicted_kdma_values": {
                    item.responses[0]: {"Helpfulness": [0.2, 0.4], "Moral judgement": [1.0, 1.0]},
                    item.responses[1]: {"Helpfulness": [0.3, 0.3]},
                }
            },
            "output": {"choice": 2, "action": {"justification": "it is"}},
        }
        for item in ITEMS
    ]
    rows = predicted(tmp_path / "input_output.json", entries)
    assert scores(rows)[0, 0] == [0.2, 0.4]
    assert {row.attribute for row in rows} == {"helpfulness"}
    assert [row.reasoning for row in rows if row.item == 0] == ["", "", "it is", "it is"]
    del entries[0]["choice_info"], entries[1]["choice_info"]
    assert scores(predicted(tmp_path / "input_output.json", entries))[1, 1] == [1]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "entry 0: input is missing or not an object"),
        (decided(ITEMS[0], 2), "entry 0: selected_response_index is 2, expected a whole number from 0 to 1"),
        (decided(ITEMS[0], 0, predictions=[{}]), "entry 0: predictions is not a list of 2 objects, one per response"),
        (
            decided(ITEMS[0], 0, predictions=[{"helpfulness": True}] * 2),
            "entry 0: predictions: helpfulness is True, expected a number",
        ),
        (decided(ITEMS[0], 0, predictions=[{"care": 1}] * 2), "entry 0: no level of helpfulness, correctness, coheren"),
        (
            decided(ITEMS[0], 0, predictions=[{"verbosity": 1}, {"helpfulness": 1}]),
            "entry 0: response 1 has other levels than the first, expected the same",
        ),
        (
            decided(ITEMS[0], 0, selected_response_index_sample_counts=[3]),
            "entry 0: the votes of a response are 3, expected its index and a count",
        ),
        (
            decided(ITEMS[0], 0, selected_response_index_sample_counts={"0": 3}),
            "entry 0: the votes are {'0': 3}, expected a list of pairs",
        ),
        (
            decided(ITEMS[0], 0, predictions=[{"verbosity": []}] * 2),
            "entry 0: predictions: verbosity is nan, expected a number",
        ),
        (
            decided(ITEMS[0], 0, predictions=[{"verbosity": 1, "Verbosity": 0}] * 2),
            "entry 0: response 0 has two levels of one attribute: verbosity, Verbosity",
        ),
    ],
)
def test_a_faulty_entry_is_one_line(tmp_path: Path, entry: Any, message: str) -> None:
    with pytest.raises(UserError) as raised:
        predicted(tmp_path / "input_output.json", [entry, {**entry, "input": ITEMS[1].as_json()}])
    assert f"input_output.json: {message}" in str(raised.value)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The folder of a study of two items, with the runs of other code for two targets."""
    config = {
        "datasets": {"mine": {"format": "items", "attributes": str(attribute_file("helpsteer2"))}},
        "targets": {"number": 1, "attribute_counts": [2]},
        "decodings": {"greedy": {}},
        "adms": {"best": {"kind": "oracle"}, "asking": {"kind": "regression"}, "picking": {"kind": "prompt_aligned"}},
        "experiments": {"ours": {"decoding": "greedy", "adms": ["best"]}},
        "grid": {"datasets": ["mine"], "experiments": ["ours"]},
    }
    write(tmp_path / "config.yaml", config)
    for split in ("train", "eval"):
        write(tmp_path / f"data/mine/{split}.json", [item.as_json() for item in ITEMS])
    for target in ("target_high", "sampled_mine/2attributes_target00"):
        levels = [dict.fromkeys(NAMES, value) for value in (0.25, 0.75)]
        entries = [decided(item, 1, predictions=levels) for item in ITEMS]
        folder = tmp_path / "outputs" / target.replace("/", "_")
        write(folder / "input_output.json", entries)
        write(folder / ".hydra/config.yaml", {"alignment_target": target if "/" in target else f"mine/{target}"})
    return tmp_path


def write(path: Path, value: Any) -> None:
    """Write JSON, which is YAML, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def imported(pluralism: Run, place: str, adm: str, *options: str) -> CompletedProcess[str]:
    """Import a run into the study."""
    names = ["--dataset", "mine", "--experiment", "theirs", "--adm", adm, "--workflow-profile", "none"]
    return pluralism("import", place, *names, *options)


def test_an_imported_run_is_a_cell_of_the_grid(pluralism: Run, study: Path) -> None:
    single = imported(pluralism, "outputs/target_high", "asking")
    assert single.returncode == 0, single.stderr
    assert "serves every target whose attributes it has; 2 of its 2 entries match the 2 eval items" in single.stdout
    several = imported(pluralism, "outputs", "unheard_of")
    assert several.returncode == 0, several.stderr
    overlay = yaml.safe_load((study / "data/imported/theirs.yaml").read_text())
    assert overlay["adms"] == {"unheard_of": {"kind": "imported_levels"}}
    assert overlay["experiments"]["theirs"]["adms"] == ["asking", "unheard_of"]
    assert overlay["grid"]["experiments"] == ["ours", "theirs"]

    snakefile = ["--snakefile", str(Path(__file__).parent.parent / "Snakefile"), "--cores", "2", "--configfile"]
    goals = ["results/mine/scores.csv", "results/tables/mine_high_low.md"]
    snakemake(study, *goals, *snakefile, "data/imported/theirs.yaml", profile="none")
    found = pd.read_csv(study / "results/mine/scores.csv").set_index(["adm", "target"])
    assert len(found.loc["asking"]) == 3
    assert list(found.loc["unheard_of"].index) == ["target_high", "sampled/2attributes_target00"]
    # Response 1 is nearer to high, and right for the first item only. Levels .25 and .75 stand against 0, 1 and 1, .25.
    assert list(found.loc[("asking", "target_high"), ["n_scored", "accuracy", "mae"]]) == [
        2,
        50,
        (0.25 + 0.25 + 0.75 + 0.5) / 4,
    ]
    table = (study / "results/tables/mine_high_low.md").read_text()
    assert "| theirs (imported) | asking" in table
    left_out = study / "results/mine/theirs/unheard_of/target_low/input_output.json"
    assert json.loads(left_out.read_text()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("outputs asking --target target_low", "--target: there are 2 runs, expected one"),
        ("outputs/target_high asking --target up", "--target: unknown target 'up'; the study has: target_high"),
        ("outputs asking --model m", "--model: unknown name 'm'; allowed: none"),
        ("outputs picking", "holds levels, and the ADM 'PromptAligned' predicts picks"),
        ("nowhere asking", "nowhere: no such file"),
        ("data asking", "data: holds no input_output.json"),
        ("picks picking", "the ADM picks for a target, and nothing tells which; expected --target"),
        ("outputs asking --experiment ours", "--experiment: 'ours' runs here, expected another name"),
        ("narrow theirs", "target target_high names helpfulness, which was not predicted; predicted: verbosity"),
    ],
)
def test_what_cannot_be_imported_is_one_line_and_writes_nothing(
    pluralism: Run, study: Path, arguments: str, message: str
) -> None:
    config = yaml.safe_load((study / "config.yaml").read_text())
    write(study / "config.yaml", config | {"protocol": "corrected"})  # published, a level may be beyond 0 to 1
    write(study / "picks/input_output.json", [decided(item, 0) for item in ITEMS])
    for target in ("target_high", "target_low"):
        entries = [decided(item, 0, predictions=[{"verbosity": 0.5}] * 2) for item in ITEMS]
        write(study / "narrow" / target / "input_output.json", entries)
    place, adm, *options = arguments.split()
    assert message in error_line(imported(pluralism, place, adm, *options))
    assert not (study / "data/imported").exists()


@pytest.mark.parametrize("edit", [{"experiments": 3}, {"experiments": {"theirs": {"adms": "asking"}}}, {"adms": []}])
def test_an_overlay_that_an_edit_has_spoilt_is_one_line(pluralism: Run, study: Path, edit: Any) -> None:
    write(study / "data/imported/theirs.yaml", edit)
    line = error_line(imported(pluralism, "outputs", "asking"))
    assert "theirs.yaml: not an overlay that an import has made; mend it or move it away" in line


@pytest.mark.parametrize(
    ("config", "folder", "target"),
    [
        ({"alignment_target": "mic/target_low"}, "run", "target_low"),
        ({"alignment_target": "sampled_mic/3attributes_target07"}, "run", "sampled/3attributes_target07"),
        # align-system's targets have names of their own; the levels tell which it is.
        ({"alignment_target": {"id": "x", "kdma_values": [{"kdma": "Good Care", "value": 1.0}]}}, "run", "custom/kind"),
        (None, "custom/kind", "custom/kind"),
        (None, "run", None),
    ],
)
def test_the_target_of_a_run_is_told_by_its_config_or_its_folder(
    tmp_path: Path, config: Any, folder: str, target: str | None
) -> None:
    path = tmp_path / folder / "input_output.json"
    write(path, [decided(ITEMS[0], 0)])
    if config is not None:
        write(path.parent / ".hydra/config.yaml", config)
    assert read_run(path, [Target("custom/kind", {"good_care": 1.0})]).made_for == target


def test_an_imported_experiment_without_files_is_reported(pluralism: Run, study: Path) -> None:
    experiment = {"imported": "data/imported/theirs", "adms": ["asking"]}
    write(study / "more.yaml", {"experiments": {"theirs": experiment}, "grid": {"experiments": ["theirs"]}})
    printed = " ".join(pluralism("check", "--configfile", "more.yaml").stdout.split())
    assert "data/imported/theirs/mine/asking: holds no input_output.json" in printed
