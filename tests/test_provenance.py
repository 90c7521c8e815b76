"""Studies that stay apart: a folder for each, and what each result was made with."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pluralism.datasets.attributes import attribute_file
from pluralism.errors import UserError
from pluralism.study.grid import make_cell
from pluralism.study.paths import folder_path
from pluralism.study.provenance import Provenance, check_fit
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.conftest import error_line, run_module, snakemake
from tests.test_config import PAPER, changed

CELL = ("mic", "sampling_llama", "fewshot_prompt_aligned_spm")


def study_of(*path: str, to: Any = None) -> Study:
    """The experiment of that ADM, with one key changed."""
    values = changed(*path, to=to) if path else PAPER
    return Study(read_config({**values, "grid": {"datasets": ["mic"], "experiments": ["sampling_llama"]}}))


def lines(study: Study) -> tuple[frozenset[str], frozenset[str]]:
    """Those of the predictions of an ADM, and of the scores of its dataset."""
    provenance = Provenance(study)
    return provenance.predictions(make_cell(study.config, *CELL)).lines, provenance.scores("mic").lines


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (["seed"], 7),
        (["protocol"], "corrected"),
        (["prompts"], "prompts"),
        (["targets", "number"], 3),  # this ADM sees the target
        (["decodings", "sampling", "samples"], 2),
        (["models", "llama_3b", "id"], "another/model"),
        (["models", "llama_3b", "dtype"], "float32"),
        (["adms", "fewshot_prompt_aligned_spm", "few_shot", "shots"], 3),
        (["adms", "fewshot_prompt_aligned_spm", "reasoning_length"], 40),
        (["datasets", "mic", "raw"], "another/MIC.csv"),
    ],
)
def test_what_may_change_a_result_is_in_its_lines(path: list[str], to: Any) -> None:
    before, after = lines(study_of()), lines(study_of(*path, to=to))
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_what_acts_after_inference_is_not_in_the_lines_of_predictions() -> None:
    edit = ("adms", "proposed_spm", "aggregate")
    before, after = lines(study_of()), lines(study_of(*edit, to="median"))
    assert before[0] == after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (["note"], "a note"),
        (["output"], "studies/mine"),
        (["compare_with"], "regression"),
        (["adms", "fewshot_prompt_aligned_spm", "label"], "Ours"),
        (["datasets", "mic", "label"], "Morals"),
        (["models", "llama_3b", "label"], "Llama"),
        (["models", "llama_3b", "gpus"], 2),
        (["models", "llama_3b", "batch_tokens"], 1000),
        (["experiments", "sampling_llama", "shards"], 4),
        (["experiments", "sampling_llama", "label"], "Sampled"),
        (["adms", "proposed_spm", "label"], "Best"),
    ],
)
def test_labels_and_how_work_is_run_are_in_no_line(path: list[str], to: Any) -> None:
    assert lines(study_of()) == lines(study_of(*path, to=to))


def test_doses_are_in_the_lines_of_what_is_about_targets_and_in_no_others() -> None:
    before, after = (study_of(), study_of("targets", "doses", to=True))
    for adm, sees_targets in (("proposed_spm", False), ("fewshot_prompt_aligned_spm", True)):
        one, other = (
            Provenance(study).predictions(make_cell(study.config, "mic", "sampling_llama", adm))
            for study in (before, after)
        )
        assert one.line == other.line
        assert (one.lines != other.lines) == sees_targets
    assert '"doses"' not in Provenance(study_of("targets", "doses", to=False)).targets("mic").line


def test_where_a_model_is_served_is_in_no_line() -> None:
    def served(url: str) -> Study:
        return study_of("models", "llama_3b", to={"id": "x", "engine": "server", "server": {"urls": [url]}})

    assert lines(served("http://node1:8000/v1")) == lines(served("http://node2:8000/v1"))


def test_a_file_of_lines_fits_its_config_only(tmp_path: Path) -> None:
    study = study_of("output", to=str(tmp_path))
    record = Provenance(study).decisions(make_cell(study.config, *CELL))
    other = Provenance(study_of("protocol", to="corrected")).decisions(make_cell(study.config, *CELL))
    path, config = Path(record.path), Path("config.yaml")
    with pytest.raises(UserError, match=r"decide.jsonl is missing, which says what it was made with; run the study"):
        check_fit([record], config)
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(record.lines))
    check_fit([record], config)
    path.write_text("\n".join(other.lines))
    with pytest.raises(UserError, match=r"do not fit config.yaml: .* had protocol 'corrected', expected 'published'"):
        check_fit([record], config)
    path.write_text("\n".join(record.parts[0].lines))
    with pytest.raises(UserError, match="made without mic/sampling_llama/fewshot_prompt_aligned_spm/decide"):
        check_fit([record], config)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"job": 1}', "null", "[" * 100_000, '{"job": "a"}\n\n', "\0", '"\\ud800"']
)
def test_a_damaged_file_of_lines_is_one_line(text: str, tmp_path: Path) -> None:
    record = Provenance(study_of("output", to=str(tmp_path))).targets("mic")
    Path(record.path).parent.mkdir(parents=True)
    Path(record.path).write_text(text)
    with pytest.raises(UserError, match=r"sample_targets.jsonl: expected lines of JSON"):
        check_fit([record], Path("config.yaml"))


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda path: path.mkdir(), "this is a folder, expected a file of lines of JSON"),
        (os.mkfifo, "this is not a regular file, expected a file of lines of JSON"),
        (lambda path: path.symlink_to("/dev/zero"), "this is not a regular file"),
        (lambda path: path.symlink_to(path), "sample_targets.jsonl is missing"),
    ],
)
def test_what_is_no_file_of_lines_is_one_line(make: Callable[[Path], object], fault: str, tmp_path: Path) -> None:
    record = Provenance(study_of("output", to=str(tmp_path))).targets("mic")
    Path(record.path).parent.mkdir(parents=True)
    make(Path(record.path))
    with pytest.raises(UserError, match=fault):
        check_fit([record], Path("config.yaml"))


def test_what_a_study_makes_lies_below_its_output_and_what_its_user_brings_does_not() -> None:
    values = changed("output", to="studies/mine")
    values["datasets"]["own"] = {"format": "items", "attributes": str(attribute_file("mic"))}
    study = Study(read_config(values))
    assert study.eval("mic") == "studies/mine/data/mic/eval.json"
    assert study.eval("own") == "data/own/eval.json"
    assert study.paths.journal(*CELL) == f"studies/mine/results/journals/{'/'.join(CELL)}.jsonl"


@pytest.mark.parametrize(
    "output",
    [
        "",
        " ",
        "~",
        "~/a",
        "-a",
        "--a",
        "{a}",
        "a{dataset}",
        "a\nb",
        "a\0b",
        "\ud800",
        " a",
        "a/ b",
        "s3://a",
        "a" * 300,
        "a/" * 600,
        5,
        True,
        ["a"],
    ],
)
def test_an_output_that_a_command_could_misread_is_one_line(output: Any) -> None:
    with pytest.raises(UserError, match="config: output: ") as fault:
        read_config(changed("output", to=output))
    assert len(str(fault.value)) < 500


@given(st.text(alphabet=st.characters() | st.sampled_from("./~-{}: ")))
def test_an_output_is_a_folder_in_its_shortest_form(text: str) -> None:
    try:
        path = folder_path(text)
    except ValueError:
        return
    assert path == "" or folder_path(path) == path
    assert os.path.normpath(text) == os.path.normpath(path)
    assert not set(path) & set("{}:\n")


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ("file", "file: not a folder"),
        ("file/a", "'file/a': Not a directory"),
        ("dangling", "dangling: not a folder"),
        ("loop/a", "'loop/a': Too many levels of symbolic links"),
        ("alignment_targets/custom/a", "is in alignment_targets/custom, all files of which are read"),
        ("models/mine/a", "is in models/mine, all files of which are read"),
    ],
)
def test_an_output_that_cannot_be_written_is_found_before_anything_runs(
    output: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("dangling").symlink_to("nowhere")
    Path("loop").symlink_to("loop")
    Path("models/mine").mkdir(parents=True)
    values = changed("output", to=output)
    values["models"]["llama_3b"]["id"] = "models/mine"
    with pytest.raises(UserError, match=r"^output: ") as error:
        check_files(Study(read_config(values)))
    assert fault in str(error.value)


ITEM = {"prompt": "p", "responses": ["a", "b"], "labels": [{"care": 1.0}, {"care": 0.0}]}


@pytest.fixture
def own(clone: Path) -> Path:
    """The project with a dataset of the user's own, for studies that ask no model."""
    (clone / "data/own").mkdir()
    (clone / "data/own/attributes.yaml").write_text(
        "levels: 2\nattributes: {care: {description: It cares., phrases: [does not care, cares]}}\n"
    )
    for split in ("train", "eval"):
        (clone / f"data/own/{split}.json").write_text(json.dumps([ITEM, ITEM]))
    return clone


def overlay(folder: Path, name: str, **keys: Any) -> str:
    values = {
        "datasets": {"own": {"format": "items", "attributes": "data/own/attributes.yaml"}},
        "targets": {"number": 1, "attribute_counts": [1]},
        "grid": {"datasets": ["own"], "experiments": ["random"]},
    }
    (folder / name).write_text(yaml.safe_dump(values | keys))
    return name


def table(output: str) -> str:
    return f"{output}/results/tables/own_scores.md"


def test_two_variants_run_side_by_side_at_the_same_time(own: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = str(tmp_path_factory.mktemp("else") / "an 'other' plac\u00e9")
    outputs = {"studies/one": "published", elsewhere: "corrected"}
    running = []
    for number, (output, protocol) in enumerate(outputs.items()):
        name = overlay(own, f"{number}.yaml", output=output, protocol=protocol)
        command = ["snakemake", "--cores", "1", "--configfile", name, "--", f"{output}/results/own/scores.csv"]
        running.append(subprocess.Popen(command, cwd=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    for process in running:
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
    for output, protocol in outputs.items():
        assert f'"protocol":"{protocol}"' in (own / output / "results/made_with/own/gather_scores.jsonl").read_text()
        assert "random" in run_module(own, "pluralism", "scores", output).stdout
    for folder in ("results", "figures", "alignment_targets"):
        assert not (own / folder).exists()


def test_a_single_result_of_another_config_is_not_mixed_in_without_a_word(own: Path) -> None:
    first, second = overlay(own, "first.yaml", output="s"), overlay(own, "second.yaml", output="s", seed=7)
    snakemake(own, "--cores", "1", "--configfile", first, "--", table("s"), profile="default")
    goal = "s/results/own/random/random/scores.csv"
    snakemake(own, "--cores", "1", "--configfile", second, "--", goal, profile="default")
    fault = "own/random/random/predict had seed 7, expected 42"
    shown = run_module(own, "pluralism", "scores", goal).stdout
    assert f"note: s/results/own/random/random/decisions.parquet: {fault}, as in s/results/config.yaml" in shown
    assert "note" not in run_module(own, "pluralism", "scores", "s").stdout
    assert fault in error_line(run_module(own, "pluralism", "report", "s"))
    # Snakemake takes what is there, if it is to look at times only.
    (own / table("s")).unlink()
    command = ["snakemake", "--cores", "1", "--rerun-triggers", "mtime", "--configfile", first, "--", table("s")]
    mixed = subprocess.run(command, cwd=own, capture_output=True, text=True, check=False)
    assert mixed.returncode != 0
    assert fault in mixed.stdout + mixed.stderr
    assert not (own / table("s")).exists()
    snakemake(own, "--cores", "1", "--configfile", first, "--", goal, profile="default")
    assert "note" not in run_module(own, "pluralism", "scores", goal).stdout
