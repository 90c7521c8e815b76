"""Another Snakefile uses this one as a module: from a folder, or from a git repository, as snakedeploy writes it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.conftest import error_line, make_clone

MODULE = """
configfile: "config/config.yaml"
module pluralism:
    snakefile: {snakefile}
    config: config
use rule * from pluralism
"""
CONFIG = {
    "output": "studies/module",
    "prompts": "own",
    "datasets": {"mic": {"raw": "data/demo/mic/MIC.csv"}},
    "targets": {"number": 1, "attribute_counts": [1]},
    "grid": {"datasets": ["mic"], "experiments": ["random"]},
}
GOAL = "studies/module/results/mic/scores.csv"
ADDRESS = "https://github.com/someone/pluralism"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with a config that is no more than an overlay; the checkout is elsewhere."""
    folder = tmp_path / "study"
    write_config(folder, CONFIG)
    return folder


def write_config(folder: Path, values: Mapping[str, object]) -> None:
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(values))


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["snakemake", "--cores", "1", *arguments]
    environment = os.environ | variables
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def hosted(tmp_path: Path) -> Mapping[str, str]:
    """Variables with which git finds the project, with the tag v1, at an address of GitHub."""
    repository = make_clone(tmp_path / "hosts" / "pluralism")
    author = {f"GIT_{who}_{what}": "someone" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for words in (["init", "--quiet"], ["add", "--all", "--force"], ["commit", "--quiet", "-m", "all"], ["tag", "v1"]):
        subprocess.run(["git", *words], cwd=repository, check=True, env=os.environ | author)
    config = {"COUNT": "1", "KEY_0": f"url.{repository.parent}/.insteadOf", "VALUE_0": "https://github.com/someone/"}
    return {f"GIT_CONFIG_{key}": value for key, value in config.items()} | {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_a_module_from_a_folder_makes_all_below_the_folder_of_the_snakefile_that_uses_it(
    study: Path, tmp_path: Path
) -> None:
    checkout = make_clone(tmp_path / "checkout")
    module = MODULE.format(snakefile=repr(f"{checkout}/Snakefile"))
    (study / "Snakefile").write_text(f"{module.rstrip()} as steering_*\n")
    before = {path for path in checkout.rglob("*") if "__pycache__" not in path.parts}
    done = run(study, "steering_all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All results are there.\n  scores     pluralism scores studies/module\n" in done.stderr
    assert set(pd.read_csv(study / GOAL)["adm"]) == {"random", "oracle"}
    assert {path.name for path in (study / "studies/module").iterdir()} == {
        "alignment_targets", "data", "figures", "results",
    }  # fmt: skip
    assert {path for path in checkout.rglob("*") if "__pycache__" not in path.parts} == before
    assert "Nothing to be done" in run(study, "--dry-run", "steering_all").stdout
    # A rule of the one workflow takes a result of the other; below the modules, it may be the one that runs by default.
    mine = f'rule mine:\n    default_target: True\n    input: "{GOAL}"\n    output: "mine.csv"\n'
    (study / "Snakefile").open("a").write(mine + '    shell: "cp {input} {output}"\n')
    done = run(study)
    assert done.returncode == 0, done.stderr
    assert "All results are there" not in done.stderr, "a score is not all of the study"
    assert (study / "mine.csv").read_bytes() == (study / GOAL).read_bytes()


def test_what_snakedeploy_writes_runs_from_the_repository_alone(tmp_path: Path, hosted: Mapping[str, str]) -> None:
    folder = tmp_path / "deployed"
    deploy = [str(Path(sys.executable).with_name("snakedeploy")), "deploy-workflow", ADDRESS, str(folder)]
    subprocess.run([*deploy, "--tag", "v1"], check=True, env=os.environ | hosted, capture_output=True)
    assert (folder / "config/README.md").is_file()
    # It is the paper's grid, for which MIC.csv is missing.
    assert "error: datasets.mic: data/raw/mic/MIC.csv: no such file" in run(folder, "--dry-run", **hosted).stderr
    write_config(folder, CONFIG)
    shutil.rmtree(tmp_path / "hosts" / "pluralism" / "scripts")  # the commit is what counts
    done = run(folder, GOAL, **hosted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(pd.read_csv(folder / GOAL)["adm"]) == {"random", "oracle"}
    demo = run(folder, "--workflow-profile", "profiles/demo", "--dry-run", **hosted)
    assert demo.returncode == 0, demo.stdout + demo.stderr


def test_a_module_with_a_prefix_or_a_faulty_config_is_one_line(study: Path, tmp_path: Path) -> None:
    checkout = make_clone(tmp_path / "checkout")
    module = MODULE.format(snakefile=repr(f"{checkout}/Snakefile"))
    (study / "Snakefile").write_text(module.replace("    config: config\n", '    config: config\n    prefix: "mine"\n'))
    assert error_line(run(study)).startswith("error: module: prefix and replace_prefix do not reach commands")
    (study / "Snakefile").write_text(module)
    write_config(study, CONFIG | {"grid": {"datasets": ["mick"]}})
    assert error_line(run(study)).startswith("error: config: grid.datasets: unknown name 'mick'; allowed: mic, ")
