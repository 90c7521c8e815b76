"""The workflow as Snakemake sees it: what it plans, what it runs again, and the demo from raw data to figures."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The project's files, those that git knows or would add, in an empty folder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def snakemake(folder: Path, *arguments: str, profile: str = "demo") -> str:
    """Run Snakemake and return all that it printed; fails with that text if it fails."""
    result = subprocess.run(
        ["snakemake", "--workflow-profile", f"profiles/{profile}", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def planned(text: str) -> dict[str, int]:
    """Rule -> number of jobs, of a dry run."""
    table = text.split("Job stats:")[1].split("total", maxsplit=1)[0]
    rows = (line.split() for line in table.splitlines()[3:] if line.strip())
    return {name: int(count) for name, count in rows}


def small_raw_data(folder: Path) -> None:
    """Raw files of both datasets, for plans; their content does not matter."""
    for name in ("mic/MIC.csv", "helpsteer2/train.jsonl.gz", "helpsteer2/validation.jsonl.gz"):
        (folder / "data/raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "data/raw" / name).write_text("")


def test_the_papers_grid_plans_few_and_fat_jobs(clone: Path) -> None:
    small_raw_data(clone)
    jobs = planned(snakemake(clone, "--dry-run", profile="default"))
    assert jobs["predict"] == 2 * (2 + 4 * 6) + 6
    assert sum(jobs.values()) <= 150
    assert not any(name.startswith("download") for name in jobs)


def test_missing_helpsteer2_is_downloaded(clone: Path) -> None:
    text = snakemake(clone, "--dry-run", "data/helpsteer2/eval.json", profile="default")
    assert planned(text)["download_helpsteer2"] == 1


def test_one_result_can_be_asked_for(clone: Path) -> None:
    small_raw_data(clone)
    text = snakemake(
        clone, "--dry-run", "results/mic/sampling_llama/proposed_spm/target_high/input_output.json", profile="default"
    )
    assert planned(text)["predict"] == 1


def test_a_fault_in_the_config_is_one_line_before_anything_runs(clone: Path) -> None:
    (clone / "overlay.yaml").write_text("grid: {datasets: [mick]}")
    result = subprocess.run(
        ["snakemake", "--dry-run", "--configfile", "overlay.yaml"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "error: config: grid.datasets: unknown name 'mick'; allowed: mic, helpsteer2" in result.stderr
    assert "Traceback" not in result.stderr
