"""How much memory is free, on the GPUs or on this machine, and one error for too little of it on either."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOMEM
from pathlib import Path, PurePosixPath

import psutil
import torch

CONTROL_GROUPS = Path("/sys/fs/cgroup")
"""Where Linux, in the second version of control groups, keeps the limits that a scheduler or a container sets."""
TRIM_THRESHOLD = -1
"""glibc's number of the setting."""
KEPT = 2**28
"""Bytes at the end of this process's memory that may be free."""
TOO_LITTLE = ("can't allocate memory", "out of memory", "could not allocate")
"""What a RuntimeError says on a CPU: only CUDA has a class of its own for it."""


def free_memory() -> int:
    """Bytes that are free: of the GPUs together, or else of this machine and of the control group of this process."""
    if torch.cuda.is_available():
        return sum(torch.cuda.mem_get_info(device)[0] for device in range(torch.cuda.device_count()))
    available: int = psutil.virtual_memory().available
    return min([available, *free_in_groups()])


def free_in_groups(root: Path = CONTROL_GROUPS, process: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """What each control group of this process that has a limit has free, in bytes.

    Args:
        root: the folder of all groups.
        process: names the group of the process.
    """
    try:
        lines = process.read_text().splitlines()
    except OSError:  # not on Linux
        return
    for name in (line.removeprefix("0::/") for line in lines if line.startswith("0::/")):
        for group in (PurePosixPath(name), *PurePosixPath(name).parents):
            if (free := _free_in(root / group)) is not None:
                yield free


def _free_in(folder: Path) -> int | None:
    """What a group has free; files that are only cached give way. None: it has no limit."""
    try:
        limit, used = (int((folder / name).read_text()) for name in ("memory.max", "memory.current"))
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(limit - used + int(counts.get("inactive_file", 0)), 0)
    except (OSError, ValueError):  # "max" stands for no limit
        return None


@contextmanager
def memory_errors() -> Iterator[None]:
    """Let a lack of memory be the same error on a CPU as on a GPU.

    Raises:
        torch.OutOfMemoryError: memory does not suffice.
    """
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        none_left = isinstance(error, MemoryError) or getattr(error, "errno", None) == ENOMEM
        if none_left or any(words in str(error) for words in TOO_LITTLE):
            raise torch.OutOfMemoryError(str(error)) from None
        raise


def give_back() -> None:
    """Give back memory that is kept for later: that of GPUs, and holes in this process's own."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    close_holes()


def keep_holes() -> None:
    """Keep freed memory for what comes next, until `close_holes`: glibc would give it back after each large tensor.

    The system fills each page anew otherwise, which takes a twentieth of the time of long prompts.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(TRIM_THRESHOLD, KEPT)


def close_holes() -> None:
    """Give back what is free in the middle of this process's memory; glibc would keep it, as large as it ever was."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
