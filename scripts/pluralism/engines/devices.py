"""GPUs of a workstation: each is used by one job at a time, by a lock that the system releases when its process ends.

The locks lie in one folder per machine and user, so that two workflows at once, in whatever folders, never share a GPU.
Where a scheduler has assigned devices already (`SLURM_JOB_ID` or `CUDA_VISIBLE_DEVICES` is set), nothing is locked.

Environment variables:
    PLURALISM_DEVICES: the devices to use, separated by commas, by the names that CUDA_VISIBLE_DEVICES takes; else all
        that nvidia-smi finds.
    PLURALISM_LOCKS: the folder of the locks, where several users share a machine; else one in the temporary folder.
"""

import logging
import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from itertools import takewhile
from pathlib import Path

from filelock import FileLock, Timeout

from pluralism.errors import UserError

POLL_SECONDS = 0.2
NO_DEVICE = ("-1", "NoDevFiles")
"""What CUDA_VISIBLE_DEVICES names where there is no GPU."""
SET_BY_SCHEDULERS = ("SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES")

log = logging.getLogger(__name__)


@contextmanager
def hold_devices(count: int, environment: MutableMapping[str, str] = os.environ) -> Iterator[tuple[str, ...]]:
    """Hold `count` free GPUs, and set CUDA_VISIBLE_DEVICES to them; waits until there are so many.

    Enter it before torch is imported. Yields no device where a scheduler has assigned them, or there are none.

    Raises:
        UserError: the machine has fewer than `count` GPUs, though it has some.
    """
    assigned = count == 0 or any(name in environment for name in SET_BY_SCHEDULERS)
    devices = () if assigned else find_devices(environment)
    if not devices:
        yield ()
        return
    if count > len(devices):
        raise UserError(f"the model asks for {count} GPUs (`gpus` in the config), this machine has {len(devices)}")
    folder = Path(environment.get("PLURALISM_LOCKS", f"{tempfile.gettempdir()}/pluralism_devices_{os.getuid()}"))
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as locks:
        held = _lock_devices(devices, count, folder, locks)
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(held)
        try:
            yield held
        finally:
            del environment["CUDA_VISIBLE_DEVICES"]


def devices_of_job(count: int, environment: MutableMapping[str, str] = os.environ) -> tuple[str, ...]:
    """The GPUs that a job has which asks for `count`: all those that it holds, or that a scheduler assigned."""
    if count == 0:
        return ()
    if (assigned := environment.get("CUDA_VISIBLE_DEVICES")) is None:
        return find_devices(environment)[:count]
    return tuple(takewhile(lambda name: name not in NO_DEVICE, _names(assigned)))


def find_devices(environment: MutableMapping[str, str] = os.environ) -> tuple[str, ...]:
    """The names of this machine's GPUs; found without torch, which would see only what it saw first."""
    if (named := environment.get("PLURALISM_DEVICES")) is not None:
        return _names(named)
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True, env=dict(environment))
    except (OSError, subprocess.CalledProcessError):
        return ()
    return parse_devices(listed.stdout)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def parse_devices(listed: str) -> tuple[str, ...]:
    """The UUIDs in the output of `nvidia-smi -L`; those of its parts for a GPU that is split into some (MIG).

    A UUID means the same GPU to everybody; numbers depend on CUDA_DEVICE_ORDER.
    """
    devices: list[str] = []
    whole = None
    for name in re.findall(r"UUID: ((?:GPU|MIG)-[\w-]+)", listed):
        if name.startswith("GPU"):
            whole = name
        elif devices[-1:] == [whole]:
            devices.pop()
        devices.append(name)
    return tuple(devices)


@cache
def gpu_name(device: str) -> str:
    """The name of a GPU as its driver tells it; not by torch, which would take some of its memory. Empty if unknown."""
    query = ["nvidia-smi", f"--id={device}", "--query-gpu=name", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@cache
def processor_name() -> str:
    """What the processor calls itself; empty where it does not say."""
    with suppress(OSError):
        if found := re.search(
            r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(errors="replace"), re.MULTILINE
        ):
            return found[1].strip()
    return platform.processor()


def _lock_devices(devices: Sequence[str], count: int, folder: Path, locks: ExitStack) -> tuple[str, ...]:
    """Lock `count` devices. One process at a time does so, so that two never wait for each other's devices."""
    log.info("waiting for %d of %d GPUs", count, len(devices))
    held: list[str] = []
    with FileLock(folder / "gathering.lock", poll_interval=POLL_SECONDS):
        while len(held) < count:
            for device in devices:
                if len(held) < count and device not in held:
                    with suppress(Timeout):
                        locks.enter_context(FileLock(folder / f"{device}.lock", timeout=0))
                        held.append(device)
            if len(held) < count:
                time.sleep(POLL_SECONDS)
    log.info("using %s", ", ".join(held))
    return tuple(held)
