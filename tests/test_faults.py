"""Whatever befalls a job of predictions, its tables are in the end those of an undisturbed run, at no further cost.

The engine is the scripted one, which draws an answer from its request; all around it is what runs on a GPU.
"""

import multiprocessing
import os
import random
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import pandas as pd
import pytest
from tqdm import tqdm

from pluralism.inference.journal import decode_record
from tests.conftest import ROOT, error_line
from tests.jobs import Job

GENERATIONS = 11 * 2 * 5 * 2
"""Of a `Job`: distinct items, responses, attributes, samples."""

Fork = Callable[..., BaseProcess]


@pytest.fixture(scope="module")
def fork() -> Fork:
    """Start one of the commands as a process of its own, forked from one that has its modules loaded."""
    paths = [str(ROOT), str(ROOT / "scripts"), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_faults", "pluralism.inference.jobs", "pluralism.decisions.deciding"])

    def start(name: str, folder: Path, arguments: list[str], seconds: float = 0) -> BaseProcess:
        process = context.Process(target=run_command, args=(name, folder, arguments, seconds))
        process.start()
        return process

    return start


def run_command(name: str, folder: Path, arguments: list[str], seconds: float) -> None:
    """What the forked process does: each answer takes `seconds`, complaints go to a file."""
    os.chdir(folder)
    os.environ |= {"PLURALISM_SCRIPTED_SECONDS": str(seconds), "PLURALISM_DEVICES": ""}
    tqdm.set_lock(threading.RLock())  # its own lock counts as leaked where the process is killed
    sys.argv = [name, *arguments]
    sys.stderr = Path(f"{name}.log").open("w")  # noqa: SIM115  # closed by the end of the process
    runpy.run_path(str(ROOT / "scripts" / f"{name}.py"), run_name="__main__")


def decided(job: Job, fork: Fork) -> Mapping[str, str]:
    """The job's tables."""
    process = fork("decide", job.folder, job.decide_arguments)
    process.join()
    assert process.exitcode == 0
    return job.tables()


@pytest.fixture
def undisturbed(tmp_path: Path, fork: Fork) -> tuple[Job, Mapping[str, str]]:
    """A job that nothing befell, and its tables."""
    job = Job(tmp_path / "undisturbed")
    assert job.made() == GENERATIONS
    return job, decided(job, fork)


def finished(job: Job) -> list[str]:
    """The keys of the whole lines of the job's journal, in their order."""
    path = job.folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    records = [decode_record(line) for line in lines if line.endswith(b"\n")]
    return [record.generation.key for record in records if record is not None]


def kill_halfway(job: Job, fork: Fork) -> int:
    """Kill the job when about half of its generations are made; gives how many are finished."""
    process = fork("predict", job.folder, job.predict_arguments(), seconds=0.01)
    while len(finished(job)) < GENERATIONS // 2:
        assert process.is_alive()
        time.sleep(0.01)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    made = len(finished(job))
    assert 0 < made < GENERATIONS
    return made


def assert_whole(job: Job) -> None:
    """No generation is finished twice, none is missing."""
    keys = finished(job)
    assert len(keys) == len(set(keys)) == GENERATIONS


KILLS = 50


def test_killed_fifty_times_at_random_moments(
    tmp_path: Path, fork: Fork, undisturbed: tuple[Job, Mapping[str, str]]
) -> None:
    draw, kills, studies, pace = random.Random(6), 0, 0, 0.002
    started = time.monotonic()
    fork("predict", Job(tmp_path / "timed").folder, undisturbed[0].predict_arguments(), pace).join()
    longest = time.monotonic() - started
    while kills < KILLS:
        job = Job(tmp_path / f"killed{studies}")
        studies += 1
        while True:
            process = fork("predict", job.folder, job.predict_arguments(), pace)
            process.join(draw.uniform(0, longest))
            process.kill()
            process.join()
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL, (job.folder / "predict.log").read_text()
            kills += 1
        assert_whole(job)
        pd.testing.assert_frame_equal(job.predictions(), undisturbed[0].predictions())
        assert decided(job, fork) == undisturbed[1]
    print(f"{kills} kills in {studies} runs")


def test_a_torn_last_line_costs_its_one_generation(
    tmp_path: Path, fork: Fork, undisturbed: tuple[Job, Mapping[str, str]]
) -> None:
    job = Job(tmp_path / "torn")
    done = kill_halfway(job, fork)
    path = job.folder / "journal.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n")[:-9])
    assert job.made() == GENERATIONS - done + 1
    assert_whole(job)
    assert decided(job, fork) == undisturbed[1]


def test_truncated_predictions_are_told_and_made_again_from_the_journal(
    fork: Fork, undisturbed: tuple[Job, Mapping[str, str]]
) -> None:
    job, tables = undisturbed
    path = job.folder / "predictions.parquet"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "predictions.parquet: not a readable Parquet file, remove it to make it again" in error_line(job.decide())
    assert job.tables() == tables  # nothing was half written
    assert job.made() == 0
    assert decided(job, fork) == tables


def test_a_second_job_on_the_same_journal_is_refused(
    tmp_path: Path, fork: Fork, undisturbed: tuple[Job, Mapping[str, str]]
) -> None:
    job = Job(tmp_path / "twice")
    first = fork("predict", job.folder, job.predict_arguments(), seconds=0.03)
    while not finished(job):
        assert first.is_alive()
        time.sleep(0.01)
    pid = first.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it would go on, and may end before the second begins
    assert "journal.jsonl: another job writes to this journal; wait for it or stop it" in error_line(
        job.run("--output", "second.parquet")
    )
    assert not (job.folder / "second.parquet").exists()
    assert first.is_alive()
    os.kill(pid, signal.SIGCONT)
    first.join()
    assert_whole(job)
    assert decided(job, fork) == undisturbed[1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 64 KiB of its own."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted here: {getattr(error, 'stderr', None) or error}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def make_room(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=16m", str(disk)], check=True)


def test_a_full_disk_is_told_and_what_was_finished_is_kept(
    small_disk: Path, fork: Fork, undisturbed: tuple[Job, Mapping[str, str]], tmp_path: Path
) -> None:
    job = Job(tmp_path / "full")
    (job.folder / "journal.jsonl").symlink_to(small_disk / "journal.jsonl")
    told = error_line(job.run())
    assert "journal.jsonl: cannot be written: No space left on device" in told
    assert not (job.folder / "predictions.parquet").exists()
    done = len(finished(job))
    assert 0 < done < GENERATIONS
    make_room(small_disk)
    assert job.made() == GENERATIONS - done
    assert_whole(job)
    assert decided(job, fork) == undisturbed[1]


def test_predictions_that_do_not_fit_the_disk_leave_no_half_of_themselves(
    small_disk: Path, undisturbed: tuple[Job, Mapping[str, str]]
) -> None:
    job = undisturbed[0]
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (60 * 1024))
    told = error_line(job.run("--output", str(small_disk / "predictions.parquet")))
    assert "No space left on device" in told
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    make_room(small_disk)
    assert job.made("--output", str(small_disk / "predictions.parquet")) == 0
    pd.testing.assert_frame_equal(pd.read_parquet(small_disk / "predictions.parquet"), job.predictions())


# A user's own template, which asks of one attribute of five in other words.
QUESTION = """{{ prompt }} {{ response }}
{% if attribute.name == "coherence" %}Be strict. {% endif %}How {{ attribute.name }}?"""


def write_prompts(job: Job, question: str) -> None:
    (job.folder / "prompts").mkdir(exist_ok=True)
    (job.folder / "prompts" / "regression_question.jinja").write_text(question)


def edit_prompt(job: Job) -> None:
    write_prompts(job, QUESTION.replace("Be strict", "Be lenient"))


def change_revision(job: Job) -> None:
    job.model = {"revision": "another"}


def change_seed(job: Job) -> None:
    job.seed = 1


@pytest.mark.parametrize(
    ("change", "part", "share"),
    [(edit_prompt, "question", 1 / 5), (change_revision, "engine.revision", 1), (change_seed, "seed", 1)],
)
def test_what_is_changed_in_mid_run_is_made_again_and_no_more(
    tmp_path: Path, fork: Fork, change: Callable[[Job], None], part: str, share: float
) -> None:
    job, fresh = (Job(tmp_path / name, prompts="prompts") for name in ("changed", "fresh"))
    write_prompts(job, QUESTION)
    write_prompts(fresh, QUESTION)
    done = kill_halfway(job, fork)
    first = set(finished(job))
    change(job)
    change(fresh)
    assert fresh.made() == GENERATIONS
    kept = len(first & set(finished(fresh)))
    if share == 1:
        assert kept == 0
    else:
        assert 0 < kept < done
    told = job.plan("--why")
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{GENERATIONS - kept} to make" in told.stdout
    assert f"{done - kept} replace answers in the journal that differ in: {part}\n" in told.stdout
    assert f"{GENERATIONS - done} are new\n" in told.stdout
    assert job.made() == GENERATIONS - kept
    assert decided(job, fork) == decided(fresh, fork)
    assert len(finished(job)) == len(set(finished(job))) == done + GENERATIONS - kept
    assert job.made() == 0


def test_a_greedy_run_does_not_depend_on_the_seed(tmp_path: Path) -> None:
    job = Job(tmp_path, temperature=0.0, samples=1)
    assert job.made() == GENERATIONS // 2
    job.seed = 1
    assert job.made() == 0
