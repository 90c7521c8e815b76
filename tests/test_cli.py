"""`pluralism`, the command for people."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from pluralism import cli
from tests.conftest import ROOT, Run, error_line, run_module

COMMANDS = sorted(module.name for module in iter_modules(cli.__path__))
HEADER = "dataset,experiment,adm,target,n_scored,n_tied,accuracy,alignment_score,mse,mae\n"


def test_without_arguments_it_prints_its_help(pluralism: Run) -> None:
    result = pluralism()
    assert result.returncode == 0, result.stderr
    assert result.stdout == pluralism("--help").stdout
    for name in COMMANDS:
        assert f"\n    {name} " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_shows_an_example_that_it_takes(name: str) -> None:
    example = import_module(f"pluralism.cli.{name}").EXAMPLE
    parser = cli.make_parser()
    assert parser.parse_args(shlex.split(example)[1:]).run is import_module(f"pluralism.cli.{name}").run
    help_text = run_module(ROOT, "pluralism", name, "--help").stdout
    assert f"example:\n  {example}\n" in help_text


def test_help_loads_no_library() -> None:
    program = (
        "import sys; from pluralism.cli import make_parser; make_parser();"
        "print({'numpy', 'pandas', 'pydantic', 'rich', 'yaml'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_the_version_is_that_of_the_package(pluralism: Run) -> None:
    assert pluralism("--version").stdout == "pluralism 0.1.0\n"


def write_scores(path: Path, *rows: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(f"{row},target_high,9,1,50,50,,\n" for row in rows))


def shown(result: subprocess.CompletedProcess[str]) -> list[str]:
    """The datasets, experiments and ADMs of printed tables, sorted."""
    assert result.returncode == 0, result.stderr
    names = {"mic", "helpsteer2", "llama", "gpt", "regression", "random"}
    firsts = [line.split()[0].rstrip(":") for line in result.stdout.splitlines() if line.strip()]
    return sorted(name for name in firsts if name in names)


def test_scores_are_those_of_the_folder_unless_others_are_named(pluralism: Run, tmp_path: Path) -> None:
    write_scores(tmp_path / "results/mic/scores.csv", "mic,llama,regression", "mic,llama,random", "mic,gpt,random")
    write_scores(tmp_path / "results/helpsteer2/scores.csv", "helpsteer2,llama,regression")
    write_scores(tmp_path / "results/mic/llama/regression/scores.csv", "mic,llama,regression")
    everything = [*("gpt", "helpsteer2", "llama", "llama", "mic"), *("random", "random", "regression", "regression")]
    assert shown(pluralism("scores")) == everything
    assert shown(pluralism("scores", "results")) == everything
    assert shown(pluralism("scores", "results/helpsteer2")) == ["helpsteer2", "llama", "regression"]
    assert shown(pluralism("scores", "results/mic/llama")) == ["llama", "mic", "regression"]
    some = pluralism("scores", "results/mic/scores.csv", "--adm", "random", "--experiment", "gpt")
    assert shown(some) == ["gpt", "mic", "random"]


def test_scores_that_are_not_there_are_one_line(pluralism: Run, tmp_path: Path) -> None:
    expected = "scores.csv, results/*/scores.csv, results/*/*/*/scores.csv, */scores.csv; run the study first"
    assert error_line(pluralism("scores")) == f"error: .: no scores found, expected one of: {expected}"
    assert error_line(pluralism("scores", "none.csv")) == "error: none.csv: no such file"
    write_scores(tmp_path / "scores.csv", "mic,llama,regression")
    line = error_line(pluralism("scores", "--adm", "regresion"))
    assert line == "error: --adm: 'regresion' not found in the scores; there are: regression"


STUDY = """
datasets:
  mine: {format: items, attributes: attributes.yaml}
decodings: {greedy: {samples: 1, temperature: 0}}
adms:
  chance: {kind: random_choice}
  best: {kind: oracle}
experiments:
  baselines: {decoding: greedy, adms: [chance, best]}
grid: {datasets: [mine], experiments: [baselines]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The folder of a study of two reference ADMs on one item."""
    attributes = (ROOT / "scripts/pluralism/datasets/formats/helpsteer2.yaml").read_text()
    (tmp_path / "attributes.yaml").write_text(attributes)
    (tmp_path / "config.yaml").write_text(STUDY)
    (tmp_path / "data/mine").mkdir(parents=True)
    names = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
    labels = [dict.fromkeys(names, level) for level in (0.0, 1.0)]
    items = [{"prompt": "How?", "responses": ["So.", "Thus."], "labels": labels}]
    for name in ("train", "eval"):
        (tmp_path / f"data/mine/{name}.json").write_text(json.dumps(items))
    return tmp_path


def test_a_study_without_fault_is_one_line(pluralism: Run, study: Path) -> None:
    result = pluralism("check")
    assert result.returncode == 0, result.stdout + result.stderr
    counts = "datasets: 1 (mine), experiments: 1, ADMs: 2, jobs: 2 (0 of them ask a model), own targets: 0"
    assert result.stdout == f"config.yaml: no fault; {counts}\n"


def test_all_faults_of_a_studys_files_are_reported_at_once(pluralism: Run, study: Path) -> None:
    (study / "mine.yaml").write_text(
        "prompts: nowhere\n"
        "models: {m: {id: models/of/mine}}\n"
        "adms: {asking: {kind: regression}}\n"
        "experiments: {asked: {model: m, decoding: greedy, adms: [asking]}}\n"
        "grid: {experiments: [baselines, asked]}\n"
    )
    (study / "data/mine/eval.json").write_text('[{"prompt": "How?"}]')
    targets = study / "alignment_targets/custom/mine"
    targets.mkdir(parents=True)
    (targets / "one.json").write_text('{"helpfulnes": 1.0}')
    (targets / "two.json").write_text('{"helpfulness": 2.0}')
    result = pluralism("check", "--configfile", "mine.yaml")
    assert error_line(result).endswith("missing or faulty, see the list above")
    printed = " ".join(result.stdout.split())
    for problem in ("data/mine/eval.json", "custom/mine/one.json", "custom/mine/two.json", "prompts: nowhere"):
        assert problem in printed, result.stdout
    assert "models.m.id: models/of/mine: no such folder" in printed


def test_the_schema_is_that_in_the_repository(pluralism: Run) -> None:
    assert pluralism("check", "--schema").stdout == (ROOT / "scripts/pluralism/study/config.schema.json").read_text()


def test_benchmarks_are_those_of_a_checkout(pluralism: Run, clone: Path) -> None:
    result = pluralism("bench", "--only", "speed")
    assert result.returncode == 2
    assert "bench.py: error: argument --only: invalid choice: 'speed'" in result.stderr
    shutil.rmtree(clone / "dev")
    assert "error: dev/bench.py: no such file" in error_line(pluralism("bench"))


def test_an_installed_package_has_its_files_and_the_command(clone: Path) -> None:
    folder = clone / "installed"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*build, folder, clone], check=True, capture_output=True)
    (wheel,) = folder.glob("pluralism-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    list_files = ["git", "ls-files", "pluralism"]
    listed = subprocess.run(list_files, cwd=ROOT / "scripts", capture_output=True, text=True, check=True).stdout
    assert [name for name in listed.splitlines() if not (folder / name).is_file()] == []
    (entry,) = folder.glob("pluralism-*.dist-info/entry_points.txt")
    assert "pluralism = pluralism.cli:main" in entry.read_text()
    result = subprocess.run(
        [sys.executable, "-m", "pluralism", "check", "--configfile", "profiles/demo/demo.yaml"],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no fault" in result.stdout


def test_browse_opens_the_explorer_of_a_study_or_says_where_it_is(tmp_path: Path) -> None:
    page = tmp_path / "mine" / "results" / "explorer" / "index.html"
    line = error_line(run_module(tmp_path, "pluralism", "browse", "mine"))
    assert line == "error: mine/results/explorer/index.html: no such file; a run of the study makes it"
    page.parent.mkdir(parents=True)
    (tmp_path / "mine" / "results" / "config.yaml").write_text("")
    line = error_line(run_module(tmp_path, "pluralism", "browse", "mine"))
    alone = "snakemake explorer --cores 1 --replace-workflow-config --configfile mine/results/config.yaml"
    assert line.endswith(f"; of the results that are there, this makes it: {alone}")
    page.write_text("<p>")
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > opened')
    browser.chmod(0o755)
    for environment, words in (({"BROWSER": str(browser)}, "opened in the browser"), ({}, "open this file in one")):
        result = subprocess.run(
            [sys.executable, "-m", "pluralism", "browse", "mine"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "scripts"), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.startswith("mine/results/explorer/index.html: ")
        assert result.stdout.endswith(f"{words}\n")
    assert (tmp_path / "opened").read_text() == f"{page.as_uri()}\n"
