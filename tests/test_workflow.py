"""The workflow as Snakemake sees it: what it plans, what it runs again, and the demo from raw data to figures."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import error_line, snakemake


def planned(text: str) -> dict[str, int]:
    """Rule -> number of jobs, of a dry run."""
    table = text.split("Job stats:")[1].split("total", maxsplit=1)[0]
    rows = (line.split() for line in table.splitlines()[3:] if line.strip())
    return {name: int(count) for name, count in rows}


def dry_run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A dry run that may fail."""
    command = ["snakemake", "--dry-run", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def small_raw_data(folder: Path) -> None:
    """Raw files of both datasets, for plans; their content does not matter."""
    for name in ("mic/MIC.csv", "helpsteer2/train.jsonl.gz", "helpsteer2/validation.jsonl.gz"):
        (folder / "data/raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "data/raw" / name).write_text("")


def test_the_papers_grid_plans_few_and_fat_jobs(clone: Path) -> None:
    small_raw_data(clone)
    jobs = planned(snakemake(clone, "--dry-run", profile="default"))
    prompted, scorers = 2 * 4 * 6 + 6, 2 * 3 + 1
    assert jobs["predict"] == prompted + scorers
    assert jobs["predict_without_model"] == 2 * 2
    assert jobs["compare_items"] == 2 * 2  # one encoder: once per dataset and words of a question
    assert jobs["draft_items"] == jobs["write_reasonings"] == 1
    assert sum(jobs.values()) <= 150 + 2 * scorers + 2  # each scorer predicts and decides; reasonings are written
    assert [name for name in jobs if name.startswith("download")] == ["download_prompts"]


def test_missing_helpsteer2_is_downloaded(clone: Path) -> None:
    text = snakemake(clone, "--dry-run", "data/helpsteer2/eval.json", profile="default")
    assert planned(text)["download_helpsteer2"] == 1


def test_one_result_can_be_asked_for(clone: Path) -> None:
    small_raw_data(clone)
    text = snakemake(
        clone, "--dry-run", "results/mic/sampling_llama/proposed_spm/target_high/input_output.json", profile="default"
    )
    assert planned(text)["predict"] == 1


def test_without_mic_the_items_that_the_demo_left_do_not_take_its_place(clone: Path) -> None:
    for name in ("data/mic/train.json", "data/mic/eval.json"):
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_text("[]")
    goals = ("results/mic/random/oracle/scores.csv", "results/helpsteer2/random/oracle/scores.csv")
    mic, helpsteer2 = (dry_run(clone, goal) for goal in goals)
    assert mic.returncode != 0
    assert "datasets.mic: data/raw/mic/MIC.csv: no such file" in mic.stdout + mic.stderr
    assert helpsteer2.returncode == 0


def test_a_study_without_a_note_draws_its_figures(clone: Path) -> None:
    snakemake(clone, "--cores", "1", "figures/helpsteer2/targets.png", profile="default")
    assert (clone / "figures/helpsteer2/targets.csv").is_file()


def test_files_of_the_user_are_looked_at_before_anything_runs(clone: Path) -> None:
    target = clone / "alignment_targets/custom/helpsteer2/mine.json"
    target.parent.mkdir(parents=True)
    target.write_text('{"helpfulness": 1.5}')
    (clone / "overlay.yaml").write_text("{prompts: my_prompts, models: {llama_3b: {id: models/of/mine}}}")
    result = dry_run(clone, "--configfile", "overlay.yaml")
    assert error_line(result) == (
        "error: prompts: my_prompts: no such folder, expected one of templates, or own, or published; "
        "models.llama_3b.id: models/of/mine: no such folder; "
        "alignment_targets/custom/helpsteer2/mine.json: helpfulness is 1.5, expected a number from 0 to 1"
    )


def test_a_fault_in_the_config_is_one_line_before_anything_runs(clone: Path) -> None:
    (clone / "overlay.yaml").write_text("grid: {datasets: [mick]}")
    result = dry_run(clone, "--configfile", "overlay.yaml")
    assert result.returncode != 0
    assert "error: config: grid.datasets: unknown name 'mick'; allowed: mic, helpsteer2" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_overlay_adds_labels_and_adms_and_keeps_the_order_of_the_config(clone: Path) -> None:
    small_raw_data(clone)
    (clone / "overlay.yaml").write_text(
        "adms: {mine: {kind: random_choice}, not_run: {kind: regression}, proposed_spm: {label: Ours}}\n"
        "experiments: {random: {adms: [random, mine, oracle]}}"
    )
    options = ("--configfile", "overlay.yaml", "--printshellcmds")
    text = snakemake(clone, "--dry-run", "figures/helpsteer2/targets.png", *options, profile="default")
    names = json.loads(re.findall(r"--names '(.*?)' --note", text)[0])
    labels = {adm["name"]: adm["label"] for adm in names["adms"]}
    assert list(labels)[:2] == ["random", "unaligned_baseline"]
    assert list(labels)[-2:] == ["oracle", "mine"]
    assert labels["proposed_spm"] == "Ours"


def test_labels_and_notes_may_have_any_letters(clone: Path) -> None:
    small_raw_data(clone)
    words = """{note} & 'some' $x$ "100%" {0}"""
    label = {"label": words}
    overlay = {"adms": {"oracle": label}, "experiments": {"kaleido": label}, "datasets": {"mic": label}}
    (clone / "overlay.yaml").write_text(json.dumps({"note": words, **overlay}))
    text = snakemake(clone, "--dry-run", "--configfile", "overlay.yaml", profile="default")
    assert planned(text)["make_tables_mic"] == 1


TINY = """
note: "toy world"
targets: {number: 1, attribute_counts: [2]}
experiments:
  tiny: {model: demo, decoding: deterministic, adms: [unaligned_baseline, fewshot_prompt_aligned_spm, proposed_spm]}
grid: {datasets: [helpsteer2], experiments: [random, tiny]}
"""


@pytest.fixture
def small_study(clone: Path) -> Path:
    """A study of one dataset and five ADMs on the toy world."""
    (clone / "tiny.yaml").write_text(TINY)
    return clone


def run_small(folder: Path, *goals: str, dry: bool = False) -> str:
    options = ["--dry-run"] if dry else []
    return snakemake(folder, *options, "--configfile", "profiles/demo/demo.yaml", "tiny.yaml", "--", *goals)


def test_from_raw_data_to_figures_and_then_nothing_to_do(small_study: Path) -> None:
    run_small(small_study)
    results = small_study / "results" / "helpsteer2"
    rows: list[dict[str, Any]] = pd.read_csv(results / "scores.csv").to_dict("records")  # type: ignore[assignment]
    scores = {(row["adm"], row["target"]): row for row in rows}
    targets = ["target_high", "target_low", "sampled/2attributes_target00"]
    adms = ["random", "oracle", "unaligned_baseline", "fewshot_prompt_aligned_spm", "proposed_spm"]
    assert set(scores) == {(adm, target) for adm in adms for target in targets}
    items = json.loads((small_study / "data/helpsteer2/eval.json").read_text())
    for target in targets:
        assert (scores["oracle", target]["accuracy"], scores["oracle", target]["mse"]) == (100.0, 0.0)
        score = scores["proposed_spm", target]
        assert score["n_scored"] + score["n_tied"] == len(items) == 75
        decided = results / "tiny" / "proposed_spm" / target / "input_output.json"
        assert [entry["input"] for entry in json.loads(decided.read_text())] == items
        assert rescored(small_study, target, decided) == pytest.approx(score["accuracy"])
    for ending in ("png", "pdf", "csv"):
        drawn = {str(path.relative_to(small_study / "figures")) for path in small_study.glob(f"figures/**/*.{ending}")}
        assert {f"helpsteer2/{name}.{ending}" for name in ("accuracy", "targets", "label_distribution")} < drawn
    assert "toy world" in (small_study / "results/tables/helpsteer2_scores.md").read_text()
    assert "Nothing to be done" in run_small(small_study)


def rescored(folder: Path, target: str, decided: Path) -> float:
    """The accuracy that the score command finds."""
    place = f"sampled_helpsteer2/{Path(target).name}" if "/" in target else f"helpsteer2/{target}"
    command = [sys.executable, "scripts/score.py", "--json", "--input_outputs", str(decided)]
    command += ["--target", f"alignment_targets/{place}.json"]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    accuracy: float = json.loads(output)["accuracy"]
    return accuracy


def test_an_edit_runs_again_what_depends_on_it_and_nothing_else(small_study: Path) -> None:
    goal = ["results/helpsteer2/random/random/scores.csv", "results/helpsteer2/tiny/unaligned_baseline/scores.csv"]
    run_small(small_study, *goal)

    def would_run(*edit: str, overlay: str = TINY) -> dict[str, int]:
        """The jobs that an edit of a file (path, text to append) or of the overlay asks for; the edit is undone."""
        if edit:
            path = small_study / edit[0]
            before = path.read_text()
            path.write_text(before + edit[1])
        (small_study / "tiny.yaml").write_text(overlay)
        text = run_small(small_study, *goal, dry=True)
        if edit:
            path.write_text(before)
        (small_study / "tiny.yaml").write_text(TINY)
        return {} if "Nothing to be done" in text else planned(text)

    package = "scripts/pluralism"
    assert would_run() == {}
    assert would_run(f"{package}/prompts/templates/unaligned_system.jinja", "Be brief.\n") == {
        "predict": 1,
        "decide_helpsteer2": 1,
    }
    assert would_run(f"{package}/adms/random_choice.py", "X = 1\n") == {
        "predict_without_model": 1,
        "decide_helpsteer2": 1,
    }
    both = {"predict": 1, "predict_without_model": 1, "decide_helpsteer2": 2}
    # Only what asks this engine.
    assert would_run(f"{package}/engines/local/choosing.py", "X = 1\n") == {"predict": 1, "decide_helpsteer2": 1}
    assert would_run(f"{package}/decisions/scoring.py", "X = 1\n") == {"decide_helpsteer2": 2}
    assert would_run(f"{package}/reporting/drawing/style.py", "X = 1\n") == {}
    assert would_run(overlay=TINY + "seed: 7\n") == both
    assert would_run(overlay=TINY.replace("toy world", "other")) == {}
    assert would_run(overlay=TINY + "adms: {unaligned_baseline: {reasoning_length: 30}}\n") == {
        "predict": 1,
        "decide_helpsteer2": 1,
    }
