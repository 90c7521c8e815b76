"""The workflow in any place: odd folders and words, a checkout elsewhere, and nothing that a shell could run."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from pluralism.planning.configuration import read_profile
from tests.conftest import error_line, make_clone, run_module
from tests.test_names import NASTY
from tests.test_workflow import dry_run

ODD = "a b'c\"d$e#f%g*h;i`j`k&é(l)[m]$(touch X)"
"""A folder."""
WORDS = "{note} $(touch X) `touch X` ';touch X;' \"$x$\" {0} 100% \\alpha <b> --help"


@pytest.fixture
def odd_study(tmp_path: Path) -> tuple[Path, Path]:
    """A checkout and a folder to work in, with a study in which all that may be any text is odd."""
    checkout, folder = tmp_path / f"-{ODD}" / "checkout", tmp_path / f"-{ODD}" / "study"
    make_clone(checkout)
    (folder / ODD).mkdir(parents=True)
    kinds = yaml.safe_load((checkout / "scripts/pluralism/datasets/formats/mic.yaml").read_text(encoding="utf-8"))
    (folder / "x; touch X.yaml").write_text(json.dumps(kinds))
    (folder / ODD / "MIC.csv").write_bytes((checkout / "data/demo/mic/MIC.csv").read_bytes())
    labels = [f"{name} {number}" for number, name in enumerate(NASTY) if name.isprintable()]
    overlay = {
        "note": WORDS,
        "prompts": None,
        "datasets": {
            "हिन्दी-1.0": {
                "format": "mic",
                "raw": f"{ODD}/MIC.csv",
                "attributes": "x; touch X.yaml",
                "label": WORDS,
            }
        },
        "targets": {"number": 1, "attribute_counts": [1], "doses": True},
        "adms": {f"a{number}": {"kind": "oracle", "label": label} for number, label in enumerate(labels)},
        "experiments": {"价值": {"decoding": "deterministic", "adms": ["a0", "random"], "label": WORDS}},
        "compare_with": None,
        "grid": {"datasets": ["हिन्दी-1.0"], "experiments": ["价值"]},
    }
    (folder / "odd.yaml").write_text(json.dumps(overlay, ensure_ascii=False))
    target = folder / "alignment_targets/custom/हिन्दी-1.0/我的.v2.json"
    target.parent.mkdir(parents=True)
    target.write_text('{"care": 1}')
    return checkout, folder


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if ".snakemake" not in path.parts}


def test_a_study_of_odd_words_runs_in_an_odd_folder_of_its_own_and_runs_nothing_else(
    odd_study: tuple[Path, Path], tmp_path: Path
) -> None:
    checkout, folder = odd_study
    before = everything_below(tmp_path)
    goals = ("results/हिन्दी-1.0/价值/a0/custom/我的.v2/input_output.json", "figures/हिन्दी-1.0/targets.png")
    command = ["snakemake", "--snakefile", f"{checkout}/Snakefile", "--directory", "../../study", "--cores", "1"]
    command += ["--configfile", f"{folder}/odd.yaml", "--", *goals]
    done = subprocess.run(command, cwd=checkout / "docs", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all((folder / goal).is_file() for goal in goals)
    made = {name.removeprefix(f"-{ODD}/") for name in everything_below(tmp_path) - before}
    written = {name for name in made if "__pycache__" not in name}
    assert {name.split("/")[0] for name in written} == {"study"}
    assert {name.split("/")[1] for name in written} == {"alignment_targets", "data", "figures", "results"}
    assert not any(re.search(r"\bX$", name) for name in made)


def test_a_faulty_name_ends_the_workflow_in_one_line_and_runs_nothing(clone: Path) -> None:
    names = [name for name in NASTY if name.isprintable()]
    entries: dict[str, dict[str, object]] = {
        "experiments": {"decoding": "deterministic", "adms": ["oracle"]},
        "datasets": {"format": "mic", "raw": "data/demo/mic/MIC.csv"},
        "adms": {"kind": "oracle"},
    }
    (clone / "overlay.yaml").write_text(
        json.dumps({place: dict.fromkeys(names, entry) for place, entry in entries.items()}, ensure_ascii=False)
    )
    before = everything_below(clone)
    line = error_line(dry_run(clone, "--configfile", "overlay.yaml"))
    assert line.startswith("error: config: datasets: invalid name '', expected letters")
    (clone / "overlay.yaml").write_text("{}")
    targets = clone / "alignment_targets/custom/helpsteer2"
    targets.mkdir(parents=True)
    files = [name for name in names if "/" not in name and "\0" not in name]
    for name in files:
        (targets / f"{name}.json").write_text('{"helpfulness": 1}')
    line = error_line(dry_run(clone, "--configfile", "overlay.yaml"))
    assert line.startswith("error: alignment_targets/custom/helpsteer2/ .json: invalid name, expected letters and")
    made = everything_below(clone) - before
    assert all(name.startswith("alignment_targets") or "__pycache__" in name for name in made)


@pytest.mark.parametrize("make", ["broken", "file"])
@pytest.mark.parametrize(("name", "told"), [("results", "results"), ("results/made_with", "results/made_with/mic")])
def test_results_that_are_no_folder_are_one_line(clone: Path, name: str, told: str, make: str) -> None:
    (clone / name).parent.mkdir(exist_ok=True)
    if make == "broken":
        (clone / name).symlink_to(clone / "nowhere")
    else:
        (clone / name).write_text("")
    assert error_line(dry_run(clone)) == f"error: {told}: expected a folder that can be written to"


def test_a_checkout_in_a_folder_with_braces_is_one_line(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "my {study}")
    said = "invalid path of the checkout, expected one line of text that is not blank, without {, }, < and >"
    assert said in error_line(dry_run(clone))


def test_the_demos_files_are_found_from_any_folder(tmp_path: Path) -> None:
    assert [path.name for path in read_profile("demo").overlays] == ["demo.yaml"]
    checked = run_module(tmp_path, "pluralism", "plan", "--workflow-profile", "demo")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Nothing is missing." in checked.stdout
    assert not any(tmp_path.iterdir())
