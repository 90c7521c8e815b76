"""While a model answers, whoever runs the study sees how far each job is, and sees no job that has died."""

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from pluralism.commands import process_place
from pluralism.inference.progress import FOLDER, Amount, State, telling
from pluralism.inference.run_folder import VARIABLE
from pluralism.study.progress import SILENT_SECONDS, Watch, progress_line, progress_lines, time_text
from tests.conftest import make_clone
from tests.jobs import Job

CELL = "helpsteer2/sampling_llama/proposed_spm"


def state(amount: Amount, place: str = "elsewhere") -> State:
    """Of a job of another machine."""
    return State(label=CELL, amount=amount, place=place, process=1)


def test_a_line_tells_answers_rate_time_left_and_what_is_asked() -> None:
    loading = Amount(asked=9000)
    # 1,000 were in the journal; the model gave 200 in 100 s, and 7,800 are missing.
    running = Amount(asked=9000, answered=1200, made=200, seconds=100)
    slow = Amount(asked=20, answered=10, made=10, seconds=12_000)
    first = Amount(asked=9000, answered=1, made=1, seconds=20)
    assert progress_line(state(loading)) == f"0/9,000  no answer yet  {CELL}"
    assert progress_line(state(running)) == f"1,200/9,000  2.0/s  65 min left  {CELL}"
    assert progress_line(state(slow)) == f"10/20  3.0/h  3 h 20 min left  {CELL}"
    assert progress_line(state(first)) == f"1/9,000  3.0/min  {CELL}"  # the next ones come sooner
    starting = state(loading).model_copy(update={"waits_for": "vLLM is starting, 60 s"})
    assert progress_line(starting) == f"0/9,000  vLLM is starting, 60 s  {CELL}"
    away = state(running).model_copy(update={"waits_for": "http://a/v1 is away, tried until 12:10:00"})
    assert progress_line(away) == f"1,200/9,000  2.0/s  65 min left  http://a/v1 is away, tried until 12:10:00  {CELL}"
    assert progress_line(state(running), width=50) == "1,200/9,000  2.0/s  65 min left  …ama/proposed_spm"


def test_times_are_told_in_units_that_are_easy_to_read() -> None:
    times = [time_text(seconds) for seconds in (0, 99, 100, 5900, 3 * 3600 + 20 * 60, 53 * 3600)]
    assert times == ["0 s", "99 s", "2 min", "98 min", "3 h 20 min", "2 d 5 h"]


def test_the_last_line_is_about_all_jobs_that_have_no_line_of_their_own() -> None:
    states = [state(Amount(asked=100, answered=10 * number, made=10 * number, seconds=10)) for number in range(5)]
    assert progress_lines(states[:3], 3) == [progress_line(entry) for entry in states[:3]]
    assert progress_lines(states, 3) == [*(progress_line(entry) for entry in states[:2]), "90/300  9.0/s  3 more jobs"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the jobs of a run tell how far they are."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / FOLDER


def test_a_job_tells_the_first_answer_at_once(folder: Path) -> None:
    watch = Watch(folder)
    with telling("mic/e/b", asked=100, answered=40) as progress:
        progress.add(16)
        (told,) = watch.states(0).values()
        assert (told.label, told.amount.answered, told.amount.made) == ("mic/e/b", 56, 16)
    assert not list(folder.iterdir())


def test_no_watcher_stops_a_job(folder: Path) -> None:
    folder.parent.rmdir()  # the run has ended
    with telling("mic/e/b", asked=100, answered=40) as progress:
        progress.add(16)
    assert not folder.exists()


def test_a_job_that_was_killed_is_not_shown_for_ever(folder: Path) -> None:
    watch = Watch(folder)
    folder.mkdir()
    (folder / "torn.json").write_text('{"label": "mic')
    (folder / "far.json").write_text(state(Amount(asked=9)).model_dump_json())
    gone = subprocess.Popen(["true"])
    gone.wait()
    here = state(Amount(asked=9), place=process_place()).model_copy(update={"process": gone.pid})
    (folder / "here.json").write_text(here.model_dump_json())
    assert list(watch.states(0)) == ["far.json"]
    assert list(watch.states(SILENT_SECONDS - 1)) == ["far.json"]
    assert not watch.states(SILENT_SECONDS + 1)
    (folder / "far.json").write_text(state(Amount(asked=9, answered=1)).model_dump_json())
    assert list(watch.states(SILENT_SECONDS + 2)) == ["far.json"]


STUDY = """
datasets: {helpsteer2: {limit: 15}}
models: {script: {id: script, engine: scripted}}
experiments: {watched: {model: script, decoding: deterministic, adms: [regression]}}
grid: {datasets: [helpsteer2], experiments: [watched]}
"""
COMMAND = ["snakemake", "results/helpsteer2/watched/regression/predictions.parquet"]
COMMAND += ["--workflow-profile", "profiles/demo", "--configfile", "profiles/demo/demo.yaml", "study.yaml"]
SECONDS = {"PLURALISM_SCRIPTED_SECONDS": "0.04", "PLURALISM_PROGRESS_SECONDS": "2"}
LINE = r"\d+/150  \d+/s  (\d+ s left  )?helpsteer2/watched/regression"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of one job of 150 answers, which take 6 seconds."""
    (make_clone(tmp_path) / "study.yaml").write_text(STUDY)
    return tmp_path


def test_without_a_terminal_a_run_prints_a_plain_line_from_time_to_time(study: Path) -> None:
    run = subprocess.run(COMMAND, cwd=study, env=os.environ | SECONDS, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stderr.splitlines() if line.startswith("progress: ")]
    assert len(lines) >= 2, run.stderr
    assert all(re.fullmatch(f"progress: {LINE}", line) for line in lines)
    assert "\r" not in run.stderr
    assert not (study / ".snakemake/pluralism_runs").exists()


def test_seconds_that_are_no_number_are_told_before_any_job_runs(study: Path) -> None:
    for text in ("abc", "0", "nan"):
        environment = os.environ | {"PLURALISM_PROGRESS_SECONDS": text}
        run = subprocess.run(COMMAND, cwd=study, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode != 0
        assert run.stderr.endswith(
            f"\nerror: PLURALISM_PROGRESS_SECONDS: '{text}', expected a number of seconds above 0\n"
        )


def test_in_a_terminal_a_line_is_kept_up_to_date_and_goes_away(study: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(COMMAND, cwd=study, env=os.environ | SECONDS, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert process.returncode == 0, printed
    assert len({found[0] for found in re.finditer(rf"\r{LINE}", printed)}) >= 2, printed
    assert "progress: " not in printed
    assert not re.search(r"/s.*  helpsteer2/watched/regression *\r?\n", printed), printed  # none stays behind


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # its other end is closed
        return b""


def test_a_dry_run_and_a_quiet_run_show_none(study: Path) -> None:
    for option in ("--dry-run", "--quiet"):
        command = [*COMMAND, option]
        run = subprocess.run(command, cwd=study, env=os.environ | SECONDS, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert "progress: " not in run.stderr
        assert not (study / ".snakemake/pluralism_runs").exists()


def test_a_command_that_is_run_by_hand_leaves_no_file_of_progress(tmp_path: Path) -> None:
    job = Job(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    assert job.made() == 220
    made = {"journal.jsonl", "journal.jsonl.lock", "predictions.parquet"}
    assert {path.name for path in tmp_path.iterdir()} - before == made
