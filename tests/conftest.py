"""What the tests share: running a command, or the workflow in a clone, as a user does."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

os.environ.pop(
    "COLUMNS", None
)  # xdist's processes have a width of their own, which commands would take for the terminal's

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Run:
    """Run `scripts/{name}.py` in an empty folder and return what it printed and its exit code."""

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return run_script(tmp_path, name, *arguments)

    return run


@pytest.fixture
def pluralism(tmp_path: Path) -> Run:
    """Run `pluralism` in an empty folder and return what it printed and its exit code."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return run_module(tmp_path, "pluralism", *arguments)

    return run


def run_script(folder: Path, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `scripts/{name}.py` in a folder and return what it printed and its exit code."""
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / f"{name}.py", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def run_module(folder: Path, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m {name}`, such as pluralism, in a folder and return what it printed and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", name, *map(str, arguments)],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "scripts"), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )


def error_line(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that stopped at a user's mistake; fails if it printed a traceback or nothing."""
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The project's files in an empty folder."""
    return make_clone(tmp_path)


def make_clone(folder: Path) -> Path:
    """Copy the project's files, those that git knows or would add; gives the folder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


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
