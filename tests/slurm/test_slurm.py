"""The workflow on a real Slurm, by profiles/slurm as it is; jobs that are killed halfway go on from their journals."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from pluralism.inference.journal import decode_record
from tests.conftest import make_clone
from tests.slurm.one_node import ask, one_node_slurm, stop, why_not
from tests.test_devices import MARKING_ADM

pytestmark = [pytest.mark.slurm, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]

# A study that has each kind of job. The ADMs of `killed` are killed; they tell the device that they were given. What a
# killed job asks takes a quarter of an hour, and Slurm looks every 30 seconds who is over the time limit; the next job
# that asks it takes no time.
SLOW_AT_FIRST = """
    def queries(self, task):
        asked = Path(os.environ["MARKS"], f"asked_{self.reasoning_length}")
        if "SLOW_AT_FIRST" in os.environ and not asked.exists():
            asked.touch()
            os.environ["PLURALISM_SCRIPTED_SECONDS"] = "0.6"
        return super().queries(task)
"""
OVERLAY = """
targets: {number: 1, attribute_counts: [2]}
decodings: {sampling: {samples: 20}}
models: {script: {id: script, engine: scripted}}
adms: {cancelled: {kind: marking, reasoning_length: 50}, limited: {kind: marking, reasoning_length: 51}}
experiments:
  toy: {model: demo, decoding: deterministic, adms: [fewshot_prompt_aligned_spm]}
  killed: {model: script, decoding: sampling, adms: [cancelled, limited]}
  shared: {model: script, decoding: deterministic, shards: SHARDS, adms: [regression]}
grid: {datasets: [helpsteer2], experiments: [random, toy, killed, shared]}
"""
REQUESTS = 1500  # of each ADM of `killed`: 75 items, 20 samples
CONFIGFILES = ["--configfile", "profiles/demo/demo.yaml", "overlay.yaml"]
# Two cores do the work of this node, and nobody is to wait for it longer than needed.
QUICK = ["--set-threads", "predict=1", "predict_shard=1", "--latency-wait", "15"]
QUICK += ["--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"]
KILL: Mapping[str, tuple[str, ...]] = {
    "cancelled": ("scancel", "{job}"),
    "limited": ("scontrol", "update", "JobId={job}", "EndTime=now+1"),
}
JOB_FIELDS = ("jobid", "comment", "state", "partition", "timelimit", "minmemory", "tres-per-job")


@dataclass(frozen=True)
class Job:
    """A job as Slurm tells of it."""

    number: int
    comment: str
    state: str
    partition: str
    time_limit: str
    memory: str
    devices: str


@dataclass(frozen=True)
class Study:
    """One study, run twice: in the folder `here` on this machine, in `there` by Slurm; and the jobs that Slurm ran."""

    here: Path
    there: Path
    jobs: list[Job]

    def attempts(self, adm: str) -> list[Job]:
        """The jobs that predicted for an ADM of the experiment `killed`."""
        return [job for job in self.jobs if predicts(job, adm)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Run the study by Slurm, and beside it on this machine; kill a job in each way on the way."""
    here, there = (prepare(tmp_path_factory.mktemp(name), shards) for name, shards in (("here", 1), ("there", 2)))
    adapt_profile(there / "profiles/slurm/profile.yaml")
    with ExitStack() as cleanup:
        slurm = cleanup.enter_context(one_node_slurm())

        def run(folder: Path, environment: Mapping[str, str], *options: str) -> subprocess.Popen[bytes]:
            with (folder / "printed").open("wb") as output:
                process = subprocess.Popen(
                    ["snakemake", *options, *CONFIGFILES],
                    cwd=folder,
                    env={**environment, "PLURALISM_DEVICES": "ours_a,ours_b", "MARKS": str(folder / "marks")},
                    stdout=output,
                    stderr=output,
                )
            cleanup.callback(stop, process)
            return process

        by_slurm = run(
            there,
            slurm | {"SLOW_AT_FIRST": "yes"},
            *("--workflow-profile", "profiles/slurm", *QUICK),
        )
        local = run(here, os.environ, "--workflow-profile", "profiles/demo", "--cores", "1")
        for adm in KILL:
            kill_halfway(slurm, there, by_slurm, adm)
        for process, folder in ((by_slurm, there), (local, here)):
            assert process.wait() == 0, (folder / "printed").read_text()
        yield Study(here, there, jobs(slurm))


def prepare(folder: Path, shards: int) -> Path:
    """The project in a folder, with the overlay and a user's ADM."""
    make_clone(folder)
    (folder / "overlay.yaml").write_text(OVERLAY.replace("SHARDS", str(shards)))
    (folder / "scripts/pluralism/adms/marking.py").write_text(MARKING_ADM + SLOW_AT_FIRST)
    (folder / "marks").mkdir()
    return folder


def adapt_profile(path: Path) -> None:
    """Do what the profile's comments tell a user to do on a cluster without accounting."""
    text = path.read_text()
    account, status = "  slurm_account: my_account\n", "# slurm-status-command: squeue\n"
    assert account in text
    assert status in text
    path.write_text(text.replace(account, "").replace(status, status.removeprefix("# ")))


def jobs(slurm: Mapping[str, str]) -> list[Job]:
    """All jobs of this Slurm, the ended ones too, in the order of their submission."""
    fields = ",".join(f"{field}:|" for field in JOB_FIELDS)
    listed = ask(slurm, "squeue", "--states=all", "--noheader", "--sort=i", "-O", fields)
    rows = (line.split("|")[: len(JOB_FIELDS)] for line in listed.splitlines())
    return [Job(int(number), *texts) for number, *texts in rows]


def predicts(job: Job, adm: str) -> bool:
    return job.comment == f"rule_predict_wildcards_helpsteer2_killed_{adm}"


def journal(folder: Path, adm: str) -> list[bytes]:
    """The lines of an ADM's journal, if there is one yet."""
    path = folder / f"results/journals/helpsteer2/killed/{adm}.jsonl"
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def kill_halfway(slurm: Mapping[str, str], folder: Path, run: subprocess.Popen[bytes], adm: str) -> None:
    """Kill the job of an ADM as soon as it has written down some answers."""

    def wait_for(ready: Callable[[], bool]) -> None:
        while not ready():
            assert run.poll() is None, (folder / "printed").read_text()
            time.sleep(0.5)

    wait_for(lambda: len(journal(folder, adm)) > 0)
    (victim,) = (job for job in jobs(slurm) if predicts(job, adm))
    subprocess.run([part.format(job=victim.number) for part in KILL[adm]], env=slurm, check=True)


def found(folder: Path) -> dict[str, str]:
    """What a study found: decisions, scores, statistics, tables and the numbers of its figures; no run times."""
    patterns = ("results/*/**/input_output.json", "results/*/**/*.csv", "results/tables/*", "figures/**/*.csv")
    paths = (path for pattern in patterns for path in folder.glob(pattern))
    return {str(path.relative_to(folder)): path.read_text() for path in paths if not path.stem.endswith("_cost")}


def test_what_is_found_is_what_one_machine_finds(study: Study) -> None:
    there, here = found(study.there), found(study.here)
    assert {"results/helpsteer2/scores.csv", "results/helpsteer2/statistics/accuracy.csv"} < here.keys()
    assert there.keys() == here.keys()
    assert [name for name in here if there[name] != here[name]] == []


def test_small_jobs_go_together(study: Study) -> None:
    planned = ["prepare", "examples", "decide", "finish"]
    assert [sum(job.comment.startswith(f"rule_{group}") for job in study.jobs) for group in planned] == [1] * 4
    assert len(study.jobs) == len(planned) + 7 + 2  # six predict or compare, one gathers; two were tried twice


@pytest.mark.parametrize(("adm", "ending"), [("cancelled", "CANCELLED"), ("limited", "TIMEOUT")])
def test_a_killed_job_is_tried_again_with_more_time_and_memory(study: Study, adm: str, ending: str) -> None:
    first, second = study.attempts(adm)
    assert (first.state, second.state) == (ending, "COMPLETED")
    assert (first.memory, second.memory) == ("48000M", "96000M")
    assert second.time_limit == "1-00:00:00"
    if adm == "cancelled":  # the other limit was cut down
        assert first.time_limit == "12:00:00"


@pytest.mark.parametrize("adm", KILL)
def test_it_goes_on_from_its_journal_and_no_generation_is_made_twice(study: Study, adm: str) -> None:
    lines = journal(study.there, adm)
    records = [decode_record(line) for line in lines]
    keys = [record.generation.key for record in records if record is not None]
    assert len(keys) == len(lines) == len(set(keys)) == REQUESTS
    log = (study.there / f"results/logs/helpsteer2/killed/{adm}/predict.log").read_text()
    made = int(log.split(" made ")[1].split()[0])
    assert 0 < made < REQUESTS
    assert f"{REQUESTS} requests, {REQUESTS} distinct, {made} to make" in log
    assert "is torn" not in log
    assert list(study.there.glob("results/**/*.part")) == []


def test_a_job_keeps_to_the_device_that_slurm_dealt_it(study: Study) -> None:
    """Where there is no Slurm, the same jobs take a device by their lock."""
    assert set((study.there / "marks/done").read_text().split()) <= {"0", "1"}
    assert set((study.here / "marks/done").read_text().split()) <= {"ours_a", "ours_b"}


def test_the_partition_of_gpus_has_the_jobs_that_ask_for_some_and_no_others(study: Study) -> None:
    asked = [job for job in study.jobs if job.partition == "gpu"]
    assert {job.devices for job in asked} == {"gres:gpu:1"}
    assert {job.devices for job in study.jobs if job not in asked} == {"N/A"}
    assert len(asked) == 2 + 2 + 1 + 2  # killed and tried again, the toy model, two shards


def test_a_slurm_leaves_nothing_behind_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), one_node_slurm() as slurm:
        folder = Path(slurm["SLURM_CONF"]).parent
        subprocess.run(["sbatch", "--wrap", "sleep 600", "--output", "/dev/null"], env=slurm, check=True)
        assert processes(folder)
        raise ZeroDivisionError
    assert not folder.exists()
    assert processes(folder) == []


def processes(folder: Path) -> list[str]:
    """The command lines that name a folder."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line]
