"""A Slurm of one node on this machine, for tests: daemons, keys and state in a folder of their own, gone at the end.

Nothing outside that folder is written, only free ports are taken, and any user may start it: a Slurm that the machine
has beside it, and /etc/slurm, are left alone. Two character devices that every Linux has stand in for GPUs; no program
touches them. There is no systemd, and no accounting: that would need a database, and `squeue` tells how jobs ended too.

By hand: python -m tests.slurm.one_node sinfo
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "slurmstepd", "sbatch", "srun", "squeue")
# Where daemons lie, which is not on every user's PATH.
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
HINT = "apt-get install --no-install-recommends slurm-wlm munge slurm-client"
SECONDS_TO_WAIT = 60

# The partitions are those that profiles/slurm names, and the node claims more than the machine has (config_overrides),
# so that jobs may ask for what that profile asks for; in tests they use next to nothing of it.
SLURM_CONF = """
ClusterName=one_node
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.sock
CommunicationParameters=NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=5
MinJobAge=3600
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=32 RealMemory=512000 Gres=gpu:2 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES
PartitionName=gpu Nodes={host}
"""
GRES_CONF = """
AutoDetect=off
Name=gpu File=/dev/null
Name=gpu File=/dev/zero
"""
CGROUP_CONF = """
CgroupPlugin=cgroup/v1
IgnoreSystemd=yes
"""
# What a step of Snakemake's plugin starts has lost SLURM_CONF; on a cluster, /etc/slurm tells it the same.
SRUN = """#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec {srun} "$@"
"""


def why_not() -> str | None:
    """Why a Slurm cannot be started here, in words, or None if it can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    return f"Slurm is not installed, {', '.join(missing)} not found: {HINT}" if missing else None


@contextmanager
def one_node_slurm() -> Iterator[dict[str, str]]:
    """Start a Slurm; gives the environment in which its commands find it.

    Raises:
        RuntimeError: a daemon ended, or the node is not ready after a minute; with what the daemons wrote.
    """
    with ExitStack() as cleanup:
        # What `timeout` and CI systems send cleans up as Ctrl-C does.
        cleanup.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.default_int_handler))
        folder = Path(tempfile.mkdtemp(prefix="one_node_slurm_"))
        cleanup.callback(shutil.rmtree, folder)
        environment = _write_configuration(folder)

        def start(name: str, *options: str) -> subprocess.Popen[bytes]:
            with (folder / f"{name}.out").open("wb") as output:
                daemon = subprocess.Popen([name, *options], env=environment, stdout=output, stderr=output)
            cleanup.callback(stop, daemon)
            return daemon

        munge_socket = folder / "munge.sock"
        options = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
        daemons = [start("munged", "--foreground", "--force", f"--socket={munge_socket}", *options)]
        _wait(munge_socket.exists, daemons, folder)
        daemons += [start(name, "-D", "-c", "-f", f"{folder}/slurm.conf") for name in ("slurmctld", "slurmd")]
        _wait(lambda: ask(environment, "sinfo", "--noheader", "--format=%T") == "idle\n", daemons, folder)
        cleanup.callback(_end_jobs, environment)
        yield environment


def ask(environment: Mapping[str, str], *command: str) -> str:
    """What a command of Slurm prints; nothing if it fails."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, kindly if it lets us."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _write_configuration(folder: Path) -> dict[str, str]:
    """Write all that the daemons read; gives the environment for the commands."""
    controller_port, node_port = _free_ports(2)
    values = {
        "folder": folder,
        "user": getpass.getuser(),
        "host": socket.gethostname().split(".")[0],
        "controller_port": controller_port,
        "node_port": node_port,
        "srun": shutil.which("srun"),
    }
    files = {"slurm.conf": SLURM_CONF, "gres.conf": GRES_CONF, "cgroup.conf": CGROUP_CONF, "bin/srun": SRUN}
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    for name, text in files.items():
        (folder / name).write_text(text.format(**values))
    (folder / "bin/srun").chmod(0o755)
    (folder / "munge.key").touch(mode=0o600)
    (folder / "munge.key").write_bytes(os.urandom(1024))
    # Somebody may run the tests within a job of a real Slurm.
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "SBATCH_", "SRUN_"))}
    return ours | {"SLURM_CONF": f"{folder}/slurm.conf", "PATH": f"{folder}/bin:{PATH}"}


def _free_ports(count: int) -> list[int]:
    with ExitStack() as sockets:
        held = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _end_jobs(environment: Mapping[str, str]) -> None:
    """Cancel all jobs and wait for the end of their processes, which would outlive the daemons."""
    ask(environment, "scancel", "--full", "--user", getpass.getuser())
    give_up = time.monotonic() + SECONDS_TO_WAIT
    while ask(environment, "squeue", "--noheader") and time.monotonic() < give_up:
        time.sleep(0.5)


def _wait(ready: Callable[[], bool], daemons: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    give_up = time.monotonic() + SECONDS_TO_WAIT
    while not ready():
        if time.monotonic() > give_up or any(daemon.poll() is not None for daemon in daemons):
            written = "".join(f"{path.name}:\n{path.read_text()}" for path in sorted(folder.glob("*.out")))
            raise RuntimeError(f"Slurm does not start\n{written}")
        time.sleep(0.2)


if __name__ == "__main__":
    if reason := why_not():
        sys.exit(f"error: {reason}")
    with one_node_slurm() as slurm:
        sys.exit(subprocess.run(sys.argv[1:], env=slurm, check=False).returncode)
