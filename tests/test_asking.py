"""`pluralism requests`: what an ADM asks, without a model."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run, error_line

DEMO = ("--config", ROOT / "config.yaml", "--workflow-profile", ROOT / "profiles/demo")
KEYS = ["dataset", "experiment", "adm", "item", "attribute", "target", "sample", "order", "examples", "messages"]


def lines(run: Run, adm: str, *options: object, experiment: str = "deterministic_demo") -> list[dict[str, Any]]:
    names = ("--experiment", experiment, "--adm", adm, "--dataset", "helpsteer2")
    result = run("requests", *DEMO, *names, *options)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_line_is_what_the_model_would_read(pluralism: Run) -> None:
    (line,) = lines(pluralism, "proposed_spm", "--items", "3", "--attribute", "coherence")
    assert list(line)[: len(KEYS)] == KEYS
    assert (line["item"], line["attribute"], line["target"], line["sample"]) == (3, "coherence", None, 0)
    assert sorted(line["order"]) == [0, 1]
    roles = [message["role"] for message in line["messages"]]
    assert roles == ["system", *["user", "assistant"] * len(line["examples"]), "user"]
    assert list(line["schema"]["properties"]) == ["A", "B"]
    assert all(message["content"].strip() in line["prompt"] for message in line["messages"])
    assert line["tokens"] > 0


def test_a_sampling_experiment_asks_for_each_sample(pluralism: Run) -> None:
    found = lines(pluralism, "zeroshot_comparative_regression", "--items", "0-1", experiment="sampling_demo")
    assert {(line["item"], line["sample"]) for line in found} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert len(found) == 2 * 2 * 5


def test_a_target_can_be_named(pluralism: Run) -> None:
    (line,) = lines(pluralism, "prompt_aligned_spm", "--items", "0", "--target", "target_low")
    assert (line["target"], line["attribute"]) == ("target_low", None)


def test_scorers_read_one_text(pluralism: Run) -> None:
    first, *_ = lines(pluralism, "reward_model_baseline", "--items", "0", experiment="reward_model")
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"]
    assert first["schema"] is None


def test_texts_whose_likelihood_is_asked_for_are_told(pluralism: Run, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "adms: {responses: {kind: unaligned_response_likelihood}}\n"
        "experiments: {deterministic_demo: {adms: [responses]}}\n"
        "compare_with: responses\n"
    )
    overlays = ("--configfile", ROOT / "profiles/demo/demo.yaml", overlay)
    names = ("--experiment", "deterministic_demo", "--adm", "responses", "--dataset", "helpsteer2", "--items", "0")
    line = json.loads(pluralism("requests", *DEMO, *overlays, *names).stdout)
    assert len(line["texts"]) == len(line["order"]) == 2
    assert line["schema"]["required"] == ["log_probabilities", "tokens"]
    shown = pluralism("requests", *DEMO, *overlays, *names, "--format", "text").stdout.splitlines()
    first = shown.index("[how likely is this answer]")
    assert "\n".join(shown[first:]).count("[how likely is this answer]\n") == 2


def test_no_line_or_control_character_of_an_item_breaks_the_output(pluralism: Run, tmp_path: Path) -> None:
    labels = [dict.fromkeys(("helpfulness", "correctness", "coherence", "complexity", "verbosity"), 0.5)] * 2
    folder = tmp_path / "data/mine"
    folder.mkdir(parents=True)
    (folder / "train.json").write_text("[]")
    item = {"prompt": "one\u2028two\x85three\x1b[31m", "responses": ["a", "b"], "labels": labels}
    (folder / "eval.json").write_text(json.dumps([item]))
    attributes = str(ROOT / "scripts/pluralism/datasets/formats/helpsteer2.yaml")
    overlay = {
        "prompts": "own",
        "datasets": {"mine": {"format": "items", "attributes": attributes}},
        "models": {"none": {"id": "none", "engine": "scripted"}},
        "experiments": {"ours": {"model": "none", "decoding": "deterministic", "adms": ["unaligned_baseline"]}},
        "grid": {"datasets": ["mine"], "experiments": ["ours"]},
    }
    (tmp_path / "mine.yaml").write_text(json.dumps(overlay))
    config = ("--config", ROOT / "config.yaml", "--configfile", tmp_path / "mine.yaml")
    names = ("--experiment", "ours", "--adm", "unaligned_baseline", "--dataset", "mine", "--format", "json")
    (line,) = pluralism("requests", *config, *names).stdout.splitlines()
    assert item["prompt"] in json.loads(line)["messages"][1]["content"]
    assert "two\\x85three\\x1b[31m" in pluralism("requests", *config, *names[:-1], "text").stdout


def test_how_to_choose_the_examples_is_told_with_the_overlays(pluralism: Run, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("protocol: corrected")
    names = ("--experiment", "deterministic_demo", "--adm", "proposed_spm", "--dataset", "helpsteer2", "--items", "0")
    result = pluralism("requests", *DEMO, "--configfile", ROOT / "profiles/demo/demo.yaml", overlay, *names)
    (note,) = [line for line in result.stderr.splitlines() if line.startswith("note: ")]
    chosen = "results/helpsteer2/few_shot_examples/one_per_level_tfidf.csv"
    options = f"--workflow-profile {ROOT}/profiles/demo --configfile {ROOT}/profiles/demo/demo.yaml {overlay}"
    assert note.endswith(f"until they are chosen: snakemake {chosen} {options}")


def test_prompts_that_are_not_there_are_one_line_and_not_ours(pluralism: Run, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("prompts: publishd")
    overlays = ("--configfile", ROOT / "profiles/demo/demo.yaml", overlay)
    names = ("--experiment", "deterministic_demo", "--adm", "regression", "--dataset", "helpsteer2")
    told = error_line(pluralism("requests", *DEMO, *overlays, *names))
    assert told == "error: publishd: no such folder, expected one of templates, or own, or published"


def test_text_is_for_people(pluralism: Run) -> None:
    names = ("--experiment", "deterministic_demo", "--adm", "regression", "--dataset", "helpsteer2")
    result = pluralism("requests", *DEMO, *names, "--items", "0", "--attribute", "verbosity", "--format", "text")
    shown = result.stdout.splitlines()
    assert shown[0].startswith("=== helpsteer2 / deterministic_demo / regression, item 0, attribute verbosity")
    assert [line for line in shown if line.startswith("[")][:2] == ["[system]", "[user]"]
    assert " tokens]" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--adm proposed --experiment deterministic_demo", "'proposed' is not in adms; there are: random, "),
        ("--adm kaleido_spm --experiment deterministic_demo", "the experiment deterministic_demo has no ADM kaleido"),
        ("--adm oracle --experiment random", "--adm oracle: an ADM of the kind oracle asks no model"),
        ("--adm regression --experiment deterministic_demo --items 4-2", "--items: '4-2', expected ranges such as 0-4"),
        ("--adm regression --experiment deterministic_demo --items 0-1000000", "--items: '0-1000000', expected ranges"),
        (
            "--adm regression --experiment deterministic_demo --items 999",
            "--items: 999, expected indices of eval",
        ),
        ("--adm regression --experiment deterministic_demo --attribute care", "--attribute: 'care', expected one of"),
        (
            "--adm regression --experiment deterministic_demo --target target_high",
            "--target: 'target_high', expected",
        ),
    ],
)
def test_what_is_unknown_is_one_line(pluralism: Run, options: str, message: str) -> None:
    assert message in error_line(pluralism("requests", *DEMO, "--dataset", "helpsteer2", *options.split()))
