"""GPUs, stood in for by names: one job at a time on each, whatever happens to a job."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from pluralism.engines.devices import find_devices, hold_devices, parse_devices
from pluralism.errors import UserError
from tests.conftest import ROOT, make_clone

# Marks the devices that it holds in the folder of its first argument, and fails if another has marked one of them.
JOB = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    from pluralism.engines.devices import hold_devices

    folder, count, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with hold_devices(count) as held:
        assert os.environ["CUDA_VISIBLE_DEVICES"] == ",".join(held)
        for device in held:
            (folder / device).touch(exist_ok=False)
        print(*held, flush=True)
        time.sleep(seconds)
        for device in held:
            (folder / device).unlink()
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    """
)


def start(folder: Path, count: int, seconds: float, devices: str = "a,b") -> subprocess.Popen[str]:
    """A job that holds `count` devices for `seconds`."""
    (folder / "marks").mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    environment |= {
        "PLURALISM_DEVICES": devices,
        "PLURALISM_LOCKS": str(folder / "locks"),
        "PYTHONPATH": str(ROOT / "scripts"),
    }
    command = [sys.executable, "-c", JOB, str(folder / "marks"), str(count), str(seconds)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def held_by(job: subprocess.Popen[str]) -> set[str]:
    """The devices of a job that ended well."""
    printed, complaints = job.communicate(timeout=60)
    assert job.returncode == 0, complaints
    return set(printed.split())


def test_more_jobs_than_devices_take_turns(tmp_path: Path) -> None:
    jobs = [start(tmp_path, count=1, seconds=0.1) for _ in range(6)]
    assert set.union(*map(held_by, jobs)) <= {"a", "b"}


def test_a_job_gets_as_many_devices_as_it_asks_for_and_all_of_them_in_the_end(tmp_path: Path) -> None:
    jobs = [start(tmp_path, count=count, seconds=0.1, devices="a,b,c") for count in (2, 1, 3, 2, 1, 2)]
    assert [len(held_by(job)) for job in jobs] == [2, 1, 3, 2, 1, 2]


def test_the_device_of_a_killed_job_comes_free(tmp_path: Path) -> None:
    with start(tmp_path, count=1, seconds=600, devices="a") as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "a\n"
        waiting = start(tmp_path, count=1, seconds=0, devices="a")
        (tmp_path / "marks" / "a").unlink()
        killed.send_signal(signal.SIGKILL)
    assert held_by(waiting) == {"a"}


def test_a_job_that_is_killed_while_it_gathers_devices_keeps_none_of_them(tmp_path: Path) -> None:
    with start(tmp_path, count=1, seconds=600, devices="a") as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "a\n"
        with start(tmp_path, count=2, seconds=0) as gathering:
            while not is_locked(tmp_path / "locks" / "b.lock"):
                assert gathering.poll() is None
                time.sleep(0.05)
            gathering.send_signal(signal.SIGKILL)
        assert held_by(start(tmp_path, count=1, seconds=0)) == {"b"}
        first.send_signal(signal.SIGKILL)


def is_locked(path: Path) -> bool:
    """Whether another process holds a lock."""
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


@pytest.mark.parametrize("setting", ["SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES"])
def test_where_a_scheduler_dealt_the_devices_out_its_word_stands(tmp_path: Path, setting: str) -> None:
    environment = {setting: "3", "PLURALISM_DEVICES": "a", "PLURALISM_LOCKS": str(tmp_path)}
    before = dict(environment)
    with hold_devices(1, environment), hold_devices(1, environment) as held:
        assert held == ()
        assert environment == before


def test_a_machine_without_gpus_and_a_job_that_needs_none_hold_nothing(tmp_path: Path) -> None:
    for count, devices in ((1, ""), (0, "a")):
        environment = {"PLURALISM_DEVICES": devices, "PLURALISM_LOCKS": str(tmp_path)}
        with hold_devices(count, environment) as held:
            assert held == ()
            assert "CUDA_VISIBLE_DEVICES" not in environment


def test_a_model_that_asks_for_more_gpus_than_there_are_is_told_so(tmp_path: Path) -> None:
    environment = {"PLURALISM_DEVICES": "a,b", "PLURALISM_LOCKS": str(tmp_path)}
    with pytest.raises(UserError, match=r"asks for 4 GPUs .*, this machine has 2"), hold_devices(4, environment):
        pass


def test_devices_are_those_that_nvidia_smi_lists(tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1f-2e)'\n")
    program.chmod(0o755)
    assert find_devices({"PATH": f"{tmp_path}:{os.environ['PATH']}"}) == ("GPU-1f-2e",)
    assert find_devices({"PATH": str(tmp_path / "nowhere")}) == ()


def test_a_split_gpu_counts_as_its_parts() -> None:
    listed = textwrap.dedent(
        """\
        GPU 0: NVIDIA A100 (UUID: GPU-aa)
          MIG 1g.5gb      Device  0: (UUID: MIG-11)
          MIG 1g.5gb      Device  1: (UUID: MIG-22)
        GPU 1: NVIDIA A100 (UUID: GPU-bb)
        """
    )
    assert parse_devices(listed) == ("MIG-11", "MIG-22", "GPU-bb")


# A user's ADM that marks the device that its job holds, and fails if another job has marked it.
MARKING_ADM = """
import os, time
from pathlib import Path
from pluralism.adms.base import ADMS
from pluralism.adms.unaligned_baseline import UnalignedBaseline

@ADMS.register("marking")
class Marking(UnalignedBaseline):
    def read(self, task, queries, generations):
        mark = Path(os.environ["MARKS"], os.environ["CUDA_VISIBLE_DEVICES"])
        mark.touch(exist_ok=False)
        time.sleep(0.3)
        mark.unlink()
        Path(os.environ["MARKS"], "done").open("a").write(mark.name + "\\n")
        return super().read(task, queries, generations)
"""
OVERLAY = """
models: {script: {id: script, engine: scripted}}
adms: {one: {kind: marking}, two: {kind: marking}}
experiments: {marked: {model: script, decoding: deterministic, adms: [one, two]}}
grid: {datasets: [helpsteer2], experiments: [marked]}
"""


def test_two_workflows_at_once_never_share_a_device(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    environment |= {
        "PLURALISM_DEVICES": "a,b",
        "PLURALISM_LOCKS": str(tmp_path / "locks"),
        "MARKS": str(tmp_path / "marks"),
    }
    (tmp_path / "marks").mkdir()
    runs = []
    for name in ("first", "second"):
        clone = make_clone(tmp_path / name)
        (clone / "scripts/pluralism/adms/marking.py").write_text(MARKING_ADM)
        (clone / "overlay.yaml").write_text(OVERLAY)
        command = ["snakemake", "--workflow-profile", "profiles/demo", "--cores", "2", "--resources", "gpu=2"]
        command += ["--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--"]
        command += [f"results/helpsteer2/marked/{adm}/predictions.parquet" for adm in ("one", "two")]
        runs.append(
            subprocess.Popen(
                command, cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        )
    for run in runs:
        printed, _ = run.communicate()
        assert run.returncode == 0, printed
    done = (tmp_path / "marks" / "done").read_text().split()
    assert len(done) == 4
    assert set(done) <= {"a", "b"}
