"""The progress of running jobs on the terminal of the Snakemake that runs them, also of those on other machines.

In a terminal a line per job stands below what Snakemake prints, and is kept up to date. Elsewhere, as in a log of CI,
such a line is printed at the first answer of a job and then every minute.

Environment variables:
    PLURALISM_PROGRESS_SECONDS: seconds between two printed lines of a job; 60 without it.
"""

import atexit
import logging
import math
import os
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any

from tqdm import tqdm

from pluralism.errors import UserError, shown
from pluralism.inference.progress import FOLDER, State
from pluralism.study.progress import Watch, progress_line, progress_lines

SECONDS = "PLURALISM_PROGRESS_SECONDS"
USUAL_SECONDS = 60.0
LOOK_SECONDS = 1.0
MOST_LINES = 8
"""Of jobs, in a terminal."""


def progress_seconds(environment: Mapping[str, str] = os.environ) -> float:
    """Seconds between two printed lines of a job.

    Raises:
        UserError: the environment names no such number.
    """
    text = environment.get(SECONDS) or str(USUAL_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise UserError(f"{SECONDS}: {shown(text)}, expected a number of seconds above 0")
    return seconds


def show_progress(shared: Path, seconds: float) -> None:
    """Show how far the jobs are that this process starts, until it ends.

    Args:
        shared: the folder of the run (`inference.run_folder`).
        seconds: between two lines of a job where there is no terminal.
    """
    ended = Event()
    thread = Thread(target=_show_until, args=(ended, shared / FOLDER, seconds), daemon=True)
    thread.start()
    atexit.register(_end, ended, thread)


def _end(ended: Event, thread: Thread) -> None:
    ended.set()
    thread.join(timeout=2 * LOOK_SECONDS)


def _show_until(ended: Event, folder: Path, seconds: float) -> None:
    """Look and show again and again. Whatever goes wrong with that ends it, and not the run."""
    watch = Watch(folder)
    with suppress(Exception):
        display = _Lines() if sys.stderr.isatty() else _Log(seconds)
        while not ended.wait(LOOK_SECONDS):
            display.show(watch.states(time.monotonic()))
        display.show({})


class _Log:
    """Prints a line of a job at its first answer, and then every so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._told: dict[str, tuple[float, bool]] = {}

    def show(self, states: Mapping[str, State]) -> None:
        """Print what is due."""
        now = time.monotonic()
        for name, state in states.items():
            last, answers_told = self._told.setdefault(name, (now, False))
            has_answers = answers_told or state.amount.made > 0
            if now - last >= self._seconds or has_answers > answers_told:
                print(f"progress: {progress_line(state)}", file=sys.stderr, flush=True)
                self._told[name] = (now, has_answers)


class _Lines:
    """Keeps a line per job below what Snakemake prints in a terminal."""

    def __init__(self) -> None:
        self._bars: list[Any] = []
        tqdm.set_lock(RLock())  # its own starts a process
        for handler in logging.getLogger("snakemake.logging").handlers:
            if getattr(handler, "stream", None) in (sys.stderr, sys.stdout):
                _print_above(handler)

    def show(self, states: Mapping[str, State]) -> None:
        """Show these states and no others."""
        size = shutil.get_terminal_size()
        lines = progress_lines(list(states.values()), max(min(MOST_LINES, size.lines - 2), 1), size.columns - 1)
        while len(self._bars) > len(lines):
            self._bars.pop().close()
        while len(self._bars) < len(lines):
            self._bars.append(_line_of_text(len(self._bars), size))
        for bar, line in zip(self._bars, lines, strict=True):
            bar.set_description_str(line)


def _line_of_text(place: int, size: os.terminal_size) -> Any:
    """A bar of which the description is the whole; tqdm itself would take the size of 0 that some terminals tell."""
    return tqdm(bar_format="{desc}", position=place, leave=False, file=sys.stderr, ncols=size.columns, nrows=size.lines)


def _print_above(handler: logging.Handler) -> None:
    """Let a handler of a log print above the lines, which make way for it."""
    print_record = handler.emit

    def emit(record: logging.LogRecord) -> None:  # an interruption is not passed over in a function of this name
        with tqdm.external_write_mode(file=sys.stderr):
            print_record(record)

    handler.emit = emit  # type: ignore[method-assign]
