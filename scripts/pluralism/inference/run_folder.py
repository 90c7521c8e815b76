"""The folder that a live run of Snakemake shares with its jobs, also with those on other machines.

The run names it in the environment, which schedulers hand on, and removes it when it ends. A command that is called by
hand has none.
"""

import atexit
import os
import platform
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "PLURALISM_RUN"
"""The environment variable that names it."""
RUNS = "pluralism_runs"
"""Where it lies, in the folder where Snakemake keeps its own files."""


def begin_folder(snakemakes: Path, *, is_alone: bool) -> Path | None:
    """Make the folder of the run of this process; None where none can be made, and its jobs do without.

    Args:
        snakemakes: the folder where Snakemake keeps its own files.
        is_alone: whether no other run uses it; what killed runs left there is then removed.
    """
    if is_alone:
        shutil.rmtree(snakemakes / RUNS, ignore_errors=True)
    folder = (snakemakes / RUNS / f"{platform.node()} {os.getpid()}").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only folder, for example
        return None
    os.environ[VARIABLE] = str(folder)
    atexit.register(_end, folder)
    return folder


def run_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the run that this process belongs to; None for a command that is called by hand."""
    return Path(environment[VARIABLE]) if environment.get(VARIABLE) else None


def _end(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # another run's is beside it
        folder.parent.rmdir()
