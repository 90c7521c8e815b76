"""Whatever stops a run, nothing half-written is left, its last line says so, and the same command goes on."""

import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pluralism.inference.journal import decode_record
from pluralism.study.running import LOCK, check_command_line, hold_folder
from tests.conftest import ROOT, make_clone
from tests.jobs import Job

PATIENCE = 300
"""Seconds after which what is waited for will not come."""


def wait_for(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def keys(journal: Path) -> list[str]:
    """The keys of the whole lines of a journal."""
    lines = journal.read_bytes().splitlines(keepends=True) if journal.exists() else []
    records = [decode_record(line) for line in lines if line.endswith(b"\n")]
    return [record.generation.key for record in records if record is not None]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_asked_to_stop_does_so_without_a_traceback(number: signal.Signals, tmp_path: Path) -> None:
    job = Job(tmp_path)
    before = set(tmp_path.iterdir())
    process = job.start(seconds=0.01)
    wait_for(lambda: keys(tmp_path / "journal.jsonl"))
    process.send_signal(number)
    _, complaints = process.communicate()
    assert process.returncode == 128 + number
    assert "Traceback" not in complaints
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"journal.jsonl", "journal.jsonl.lock"}


STARTER = """
import subprocess, sys
from pluralism.commands import start_commands_from_here

start_commands_from_here()
# With a shell between, as Snakemake starts commands.
print(subprocess.Popen(["bash", "-c", "sleep 0; python3 " + sys.argv[1] + "; true"]).wait(), flush=True)
"""
COMMAND = """
import time
from pathlib import Path
from pluralism.commands import run

def main():
    try:
        Path("begun").touch()
        time.sleep(600)
    finally:
        Path("ended").touch()

run(main)
"""


def test_a_command_ends_when_what_started_it_is_killed(tmp_path: Path) -> None:
    (tmp_path / "command.py").write_text(COMMAND)
    paths = os.environ | {
        "PYTHONPATH": str(ROOT / "scripts"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with subprocess.Popen([sys.executable, "-c", STARTER, "command.py"], cwd=tmp_path, env=paths) as starter:
        wait_for((tmp_path / "begun").exists)
        time.sleep(1)
        assert not (tmp_path / "ended").exists()
        starter.kill()
        wait_for((tmp_path / "ended").exists)


@pytest.fixture
def snakemakes(tmp_path: Path) -> Path:
    """Snakemake's own folder, with the lock of a killed run."""
    folder = tmp_path / ".snakemake"
    folder.mkdir()
    (folder / LOCK).write_text(platform.node())
    leave_lock(folder)
    return folder


def leave_lock(folder: Path) -> None:
    (folder / "locks").mkdir(exist_ok=True)
    (folder / "locks" / "0.output.lock").write_text("results/x\n")


def test_the_lock_of_a_killed_run_is_removed(snakemakes: Path) -> None:
    assert hold_folder(snakemakes)
    assert not (snakemakes / "locks").exists()


def test_the_lock_of_a_live_run_stays(snakemakes: Path) -> None:
    assert hold_folder(snakemakes)
    leave_lock(snakemakes)
    assert not hold_folder(snakemakes)
    assert (snakemakes / "locks" / "0.output.lock").exists()


def test_the_lock_of_another_machine_stays(snakemakes: Path) -> None:
    (snakemakes / LOCK).write_text("elsewhere")
    assert hold_folder(snakemakes)
    assert (snakemakes / "locks" / "0.output.lock").exists()
    assert (snakemakes / LOCK).read_text() == "elsewhere"


def test_a_lock_of_before_any_run_of_ours_stays(snakemakes: Path) -> None:
    (snakemakes / LOCK).unlink()
    assert hold_folder(snakemakes)
    assert (snakemakes / "locks" / "0.output.lock").exists()
    assert (snakemakes / LOCK).read_text() == ""


def test_a_run_that_is_alone_notes_its_machine(tmp_path: Path) -> None:
    assert hold_folder(tmp_path / ".snakemake")
    assert (tmp_path / ".snakemake" / LOCK).read_text() == platform.node()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--configfile", "mine.yaml", "results/x.csv"], "results/x.csv: no such file; --configfile takes all words"),
        (["--configfiles", "mine.yaml", "made.csv", "-n"], "made.csv: expected keys and values; --configfile takes"),
        (["--configfile", "mine.yaml", "made.parquet"], "made.parquet: not UTF-8 text, expected YAML; --configfile"),
        (["--configfile", "mine.yaml", "made.json"], "made.json: expected keys and values; --configfile takes all"),
        (["--configfile", "mine.yaml", "results"], "results: this is a folder, expected a file of YAML; --configfile"),
        (["--configfile", "made.csv"], "made.csv: expected keys and values; --configfile takes all words after it"),
        (["--config", "seed=7", "made.csv"], "--config 'made.csv': expected a key of the config, = and its value"),
        (["--config", "grid.datasets=mic"], "--config 'grid.datasets=mic': expected a key of the config"),
        (["--config", "seed=7", "note=a", "--configfile", "mine.yaml"], None),
        (["--configfile", "not_here.yaml"], "not_here.yaml: no such file"),
        (["--configfile", "mine.yaml", "not_here.yaml"], "not_here.yaml: no such file"),
        (["--configfile", "mine.yaml", "--", "results/x.csv"], None),
        (["results/x.csv", "--configfile", "mine.yaml", "--cores", "2"], None),
        (["--configfile=mine.yaml", "results/x.csv"], None),
        (["results/x.csv"], None),
    ],
)
def test_a_result_after_the_overlays_is_one_line(
    words: list[str], told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("seed: 1")
    Path("made.csv").write_text("a,b\n1,2\n")
    Path("made.json").write_text("[]")
    Path("made.parquet").write_bytes(b"PAR1\xc0\xff")
    Path("results").mkdir()
    if told is None:
        check_command_line(words)
    else:
        with pytest.raises(SystemExit) as end:
            check_command_line(words)
        assert str(end.value).startswith(f"error: {told}")


STUDY = """
models: {script: {id: script, engine: scripted}}
experiments: {killed: {model: script, decoding: deterministic, adms: [regression]}}
grid: {datasets: [helpsteer2], experiments: [killed]}
"""
GOAL = "results/helpsteer2/killed/regression/predictions.parquet"
JOURNAL = "results/journals/helpsteer2/killed/regression.jsonl"


class Study:
    """A clone with a study of one job that asks the scripted engine, always run by the same command."""

    def __init__(self, folder: Path) -> None:
        """Write the overlay."""
        self.folder = make_clone(folder)
        (folder / "study.yaml").write_text(STUDY)

    def start(self, seconds: float) -> subprocess.Popen[str]:
        """Start it in a session of its own; each answer takes `seconds`."""
        command = ["snakemake", "--workflow-profile", "profiles/demo", GOAL]
        command += ["--configfile", "profiles/demo/demo.yaml", "study.yaml"]
        with (self.folder / "printed.txt").open("w") as printed:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"PLURALISM_SCRIPTED_SECONDS": str(seconds)},
                stderr=printed,
                text=True,
                start_new_session=True,
            )

    def start_and_wait_for_answers(self) -> subprocess.Popen[str]:
        """Start it; returns when some more answers are in the journal, and many are missing."""
        process = self.start(0.02)
        wait_for(lambda: self._is_asking(process))
        before = len(self.keys)  # a job whose Snakemake was killed may have written until now
        wait_for(lambda: len(self.keys) > before)
        return process

    def _is_asking(self, process: subprocess.Popen[str]) -> bool:
        assert process.poll() is None, self.printed
        listing = ["ps", "-o", "args=", "-s", str(process.pid)]
        lines = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines()
        return any(line.split()[:2] == ["python", "scripts/predict.py"] for line in lines)

    @property
    def printed(self) -> str:
        """What the last run printed."""
        return (self.folder / "printed.txt").read_text()

    @property
    def keys(self) -> list[str]:
        """The keys in the journal."""
        return keys(self.folder / JOURNAL)


def test_a_study_goes_on_by_the_same_command(tmp_path: Path) -> None:
    """`python -m dev.kill_demo` does the same with the whole demo, 25 times."""
    study = Study(tmp_path)
    process = study.start_and_wait_for_answers()
    process.kill()  # its job and its lock stay
    process.wait()
    process = study.start_and_wait_for_answers()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() == 1
    jobs = r"Stopped: \d+ of \d+ jobs are finished\. The same command goes on from there\."
    assert re.fullmatch(jobs, study.printed.splitlines()[-1])
    assert "Error in rule" not in study.printed
    assert study.start(0).wait() == 0, study.printed
    assert len(study.keys) == len(set(study.keys)) == len(pd.read_parquet(tmp_path / GOAL)) == 75 * 2 * 5
