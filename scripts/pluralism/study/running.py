"""A run of Snakemake in a folder: what a killed one left, which others are live, and how it ended.

Snakemake locks the files that it makes by text files in `.snakemake/locks`, which stay when it is killed. Here each run
also holds a lock of the system on a file beside them, which ends with its process. A run that holds it alone knows that
no other is live, and removes what a killed one left. Runs that make other files share it, as they may.
"""

import argparse
import atexit
import fcntl
import logging
import platform
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any

from pluralism.errors import UserError, one_line, shown
from pluralism.files import located
from pluralism.inference.run_folder import begin_folder
from pluralism.study.closing import closing_lines
from pluralism.study.paths import Paths
from pluralism.study.reading import read_values
from pluralism.study.watching import progress_seconds, show_progress

KEPT = Path(".snakemake")
"""Where Snakemake keeps its own files."""
LOCK = "run.lock"
LATER = 0.05
"""Seconds until an interruption is tried again."""
CONFIGS = (".yaml", ".yml", ".json")
"""Suffixes of configs."""
CONFIG_WORD = re.compile(r"[a-zA-Z_][\w-]*\w=")
"""The beginning of what Snakemake takes after --config; it ends in a traceback at any other."""
SILENT = "ALL"
NO_PROGRESS = {SILENT, "PROGRESS"}
"""What Snakemake's --quiet may name."""
NAME_FIRST = "takes all words after it: name results before it"

_held: list[IO[str]] = []  # open until the process ends, and locked so long


def begin_run(workflow: Any, output: str, folder: Path = KEPT) -> None:
    """Make way for a run of Snakemake, and let its last lines say how it ended, and where its results are.

    Does nothing where no job would run, and in a job that is itself a Snakemake (on a cluster).

    Args:
        workflow: Snakemake's object, while the Snakefile is read.
        output: the folder of the study; empty for the working folder.
        folder: where Snakemake keeps its own files.

    Raises:
        UserError: the environment says of progress what cannot be followed.
    """
    if not workflow.is_main_process or workflow.output_settings.dryrun:
        return
    seconds = progress_seconds()
    is_alone = True
    with suppress(OSError):  # a read-only folder, or a file system without locks: Snakemake's own lock decides
        is_alone = hold_folder(folder)
    interruption = _Interruption()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it is ignored in the background of a script
        for number in (signal.SIGINT, signal.SIGALRM):
            signal.signal(number, interruption.note)
    logging.getLogger("snakemake.logging").addFilter(interruption)
    quiet = {entry.name for entry in workflow.output_settings.quiet or ()}
    closing = output if SILENT not in quiet else None
    atexit.register(_say_how_it_ended, workflow, interruption, is_alone=is_alone, closing=closing)
    shared = begin_folder(folder, is_alone=is_alone)
    if shared is not None and not quiet & NO_PROGRESS:
        show_progress(shared, seconds)  # after the lines before: what is registered last is called first


def hold_folder(folder: Path) -> bool:
    """Hold a folder of Snakemake until this process ends; gives whether no other run holds it.

    If none does, locks that a killed run of this machine left are removed. Locks of another machine stay: some file
    systems do not share the system's locks between machines.
    """
    folder.mkdir(exist_ok=True)
    try:
        stream = (folder / LOCK).open("a+")
    except PermissionError:  # another user's
        stream = (folder / LOCK).open()
    _held.append(stream)
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_alone = True
    except BlockingIOError:
        is_alone = False
    if is_alone and stream.writable():
        _remove_locks(folder / "locks", stream)
    fcntl.flock(stream, fcntl.LOCK_SH)
    return is_alone


def _remove_locks(locks: Path, stream: IO[str]) -> None:
    """Remove the locks of the last run that was here alone if that was on this machine, whose name is then noted."""
    stream.seek(0)
    if stream.read() == platform.node():
        shutil.rmtree(locks, ignore_errors=True)
    if not locks.is_dir() or not any(locks.iterdir()):
        stream.truncate(0)
        stream.write(platform.node())
        stream.flush()


class _Interruption(logging.Filter):
    """After Ctrl-C, jobs end because they are asked to. Snakemake reports each as an error, which is no news."""

    seen = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT as Python does, but not while Snakemake prints a record, where it would be passed over."""
        self.seen = True
        if any(caller.f_code.co_name == "emit" for caller, _ in traceback.walk_stack(frame)):
            signal.setitimer(signal.ITIMER_REAL, LATER)
        else:
            signal.default_int_handler(number, frame)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is shown."""
        return not self.seen or record.levelno < logging.ERROR


def _runs_all(workflow: Any, output: str) -> bool:
    """Whether a run is asked for the whole study in a folder, and not for single results, or for another study.

    The rule for all of it may have another name in another Snakefile; it takes what only a whole study has.
    """
    asked, paths = workflow.dag_settings, Paths(output)
    of_all = {paths.config("yaml"), paths.explorer()}
    is_cut = asked.target_jobs or asked.until or asked.omit_from or asked.batch
    return not is_cut and any(of_all <= {*map(str, job.input)} for job in workflow.dag.jobs)


def _say_how_it_ended(
    workflow: Any, interruption: _Interruption, *, is_alone: bool, closing: str | None = None
) -> None:
    """Print last lines, below all that Snakemake prints.

    Where not all jobs are finished, they say how many are; else, also where there was nothing to do, where the results
    of the study in the folder `closing` are.
    """
    scheduler, persistence = workflow.scheduler, workflow.persistence
    line = None
    if scheduler is not None:
        is_whole = scheduler.finished_jobs >= len(workflow.dag) and not interruption.seen
        if closing is not None and is_whole and _runs_all(workflow, closing):
            line = "\n".join(closing_lines(closing))
        if scheduler.finished_jobs < len(workflow.dag):
            jobs = f"{scheduler.finished_jobs} of {len(workflow.dag)} jobs are finished"
            line = f"Stopped: {jobs}. The same command goes on from there."
    elif interruption.seen:
        line = "Stopped before any job began. The same command begins again."
    elif not is_alone and workflow.execution_settings is not None and persistence is not None and persistence.locked:
        line = "error: another run in this folder makes these files; wait for it or stop it"
    if line is not None:
        print(line, file=sys.stderr)


def check_command_line(words: Sequence[str] | None = None, overlays: Sequence[str] = ()) -> None:
    """Exit with one line at a word after `snakemake --config` that is no key=value, or a file that is no config.

    Our profiles call this, since Snakemake reads both before the Snakefile. Often such a word is a result that is
    asked for: these options take all words that follow them.

    Args:
        words: the words of the command line; None: those of this process.
        overlays: of the profile, which Snakemake reads where the option is not given.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[], type=Path)
    parser.add_argument("--config", "-C", nargs="*", action="extend", default=[])
    known = parser.parse_known_args(words)[0]
    for word in known.config:
        if not CONFIG_WORD.match(word):
            fault = f"--config {shown(word)}: expected a key of the config, = and its value"
            sys.exit(one_line(f"error: {fault}; --config {NAME_FIRST}"))
    given: list[Path] = known.configfile
    paths = given or [Path(located(path)) for path in overlays]
    for path in paths:
        try:
            read_values(path)
        except UserError as error:
            hint = f"; --configfile {NAME_FIRST}"
            sys.exit(f"error: {error}{hint if len(paths) > 1 or path.suffix not in CONFIGS else ''}")
