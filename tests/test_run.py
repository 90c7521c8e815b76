"""A run's jobs answer for each other, so that a model is loaded once; each stays a job of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from pluralism.inference.jobs import PredictionJob
from pluralism.inference.journal import Journal, read_journals
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.run import ListedJob, Run
from pluralism.inference.run_folder import VARIABLE
from tests.conftest import ROOT, snakemake
from tests.jobs import ATTRIBUTE_FILE, Job
from tests.test_workflow import planned

MODEL = {"id": str(ROOT / "data/demo/reward_model"), "engine": "reward_model", "dtype": "float32"}


class Cells:
    """Jobs of one folder, which ask the same reward model about different heads of it, as those of a run do."""

    def __init__(self, folder: Path, count: int = 2) -> None:
        """The first `count` jobs; none has run."""
        self.folder = folder
        self.jobs = [Job(folder, {"kind": "reward_model"}, seed=seed, model=MODEL) for seed in range(count)]
        self.run = Run(folder / "run")
        self.run.folder.mkdir()

    def listed(self, number: int, **changed: object) -> PredictionJob:
        """What the list of the run has of a job."""
        given = {
            "settings": self.jobs[number].settings,
            "attributes": ATTRIBUTE_FILE,
            "train": "train.json",
            "eval": "eval.json",
            "journal": f"journal{number}.jsonl",
        }
        return PredictionJob.model_validate(given | changed)

    def start(self, number: int) -> subprocess.CompletedProcess[str]:
        """Run a job of the run to its end."""
        os.environ[VARIABLE] = str(self.run.folder)
        try:
            return self.jobs[number].run("--journal", f"journal{number}.jsonl", "--output", f"{number}.parquet")
        finally:
            del os.environ[VARIABLE]

    def answered(self, number: int) -> int:
        """The answers in a job's journal."""
        path = self.folder / f"journal{number}.jsonl"
        return len(read_journals([path])) if path.exists() else 0


@pytest.fixture
def cells(tmp_path: Path) -> Cells:
    """Two jobs in a run that has begun."""
    found = Cells(tmp_path)
    found.run.begin([ListedJob(job=found.listed(0)), ListedJob(job=found.listed(1))])
    return found


def test_a_job_that_has_loaded_the_model_answers_for_the_others_which_load_nothing(cells: Cells) -> None:
    first, second = cells.start(0), cells.start(1)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stderr.count(" loading ") == 1
    assert "for another job of this run: journal1.jsonl" in first.stderr
    assert "0 to make" in second.stderr
    assert " loading " not in second.stderr
    assert (cells.folder / "0.parquet").exists()
    assert (cells.folder / "1.parquet").exists()


def test_a_job_by_itself_answers_for_nobody(cells: Cells) -> None:
    assert cells.jobs[0].run("--journal", "journal0.jsonl").returncode == 0
    assert cells.answered(1) == 0


def test_what_another_job_of_the_run_is_still_to_make_is_not_read(cells: Cells) -> None:
    made_later = cells.folder / "train.json"
    cells.run.begin([ListedJob(job=cells.listed(0)), ListedJob(job=cells.listed(1), made_before=(made_later,))])
    os.utime(made_later, ns=(0, 0))
    assert cells.start(0).returncode == 0
    assert cells.answered(1) == 0


def test_a_fault_of_another_job_is_left_to_that_job(tmp_path: Path) -> None:
    cells = Cells(tmp_path, 3)
    faulty = cells.listed(1, eval="missing.json")
    cells.run.begin([ListedJob(job=job) for job in (cells.listed(0), faulty, cells.listed(2))])
    first = cells.start(0)
    assert first.returncode == 0
    assert "journal1.jsonl: UserError: missing.json: no such file" in first.stderr
    assert cells.answered(2) == cells.answered(0) > 0
    assert first.stderr.count(" loading ") == 1


def test_a_job_whose_answers_another_is_at_waits_for_them(cells: Cells) -> None:
    os.environ[VARIABLE] = str(cells.run.folder)
    try:
        with Journal(cells.folder / "journal1.jsonl"):
            waiting = cells.jobs[1].start("--journal", "journal1.jsonl", "--output", "1.parquet")
            while cells.answered(0) == 0:  # meanwhile it answers for the first
                assert waiting.poll() is None
    finally:
        del os.environ[VARIABLE]
    _, complaints = waiting.communicate()
    assert waiting.returncode == 0, complaints
    assert complaints.count(" loading ") == 1


def test_a_run_that_has_ended_stops_no_job_that_goes_on_without_it(cells: Cells) -> None:
    own = cells.listed(0)
    cells.run.folder.rename(cells.folder / "gone")
    cells.run.mark(own)
    cells.run.answer_others(own, LoadedOnce(own.settings.model))
    assert cells.answered(1) == 0


OVERLAY = """
targets: {number: 1, attribute_counts: [2]}
experiments:
  tiny: {model: reward_demo, decoding: deterministic, adms: [reward_model_baseline, other]}
adms: {other: {kind: reward_model}}
grid: {datasets: [mic, helpsteer2], experiments: [tiny]}
"""


def test_one_load_for_all_adms_and_datasets_and_an_edit_of_one_runs_it_alone(clone: Path) -> None:
    goals = [f"results/{dataset}/tiny/{adm}/predictions.parquet" for dataset, adm in _cells()]
    (clone / "overlay.yaml").write_text(OVERLAY)
    options = ("--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--resources", "gpu=1", "--")
    snakemake(clone, *options, *goals)
    logs = "".join(path.read_text() for path in clone.glob("results/logs/*/tiny/*/predict.log"))
    assert logs.count(" loading ") == 1
    assert list(clone.glob(".snakemake/pluralism_runs/*")) == []
    (clone / "overlay.yaml").write_text(OVERLAY.replace("{kind: reward_model}", "{kind: reward_model, head: 0}"))
    assert planned(snakemake(clone, "--dry-run", *options, *goals))["predict"] == 2


def _cells() -> list[tuple[str, str]]:
    return [(dataset, adm) for dataset in ("mic", "helpsteer2") for adm in ("reward_model_baseline", "other")]
