"""How far running jobs are, from the files in which they tell it (`pluralism.inference.progress`), in lines to read."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from pluralism.commands import process_place
from pluralism.inference.progress import State

SILENT_SECONDS = 150.0
"""A job whose file stays the same for so long is no longer running; a network file system may be a minute late."""


def progress_line(state: State, width: int | None = None) -> str:
    """How far a job is, in one line.

    Args:
        state: of the job.
        width: characters that the line may have; the label's beginning is left out for it.
    """
    amount = state.amount
    words = [f"{amount.answered:,}/{amount.asked:,}"]
    words += [rate_text(amount.rate)] if amount.made else [] if state.waits_for else ["no answer yet"]
    words += [f"{time_text(amount.seconds_left)} left"] if amount.seconds_left is not None else []
    words += [state.waits_for] if state.waits_for else []
    line, label = "  ".join(words), state.label
    if width is not None and len(line) + 2 + len(label) > width:
        label = f"…{label[len(line) + 3 + len(label) - width :]}"
    return f"{line}  {label}"[:width]


def progress_lines(states: Sequence[State], most: int, width: int | None = None) -> list[str]:
    """A line per job, `most` lines together; where there are more jobs, the last line is about the rest of them."""
    if len(states) <= most:
        return [progress_line(state, width) for state in states]
    shown, others = states[: most - 1], [state.amount for state in states[most - 1 :]]
    asked, answered = sum(amount.asked for amount in others), sum(amount.answered for amount in others)
    rest = f"{answered:,}/{asked:,}  {rate_text(sum(amount.rate for amount in others))}  {len(others)} more jobs"
    return [*(progress_line(state, width) for state in shown), rest]


def rate_text(rate: float) -> str:
    """A rate in the unit in which it is easy to read."""
    if rate >= 1:
        return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
    return f"{60 * rate:.1f}/min" if 60 * rate >= 1 else f"{3600 * rate:.1f}/h"


def time_text(seconds: float) -> str:
    """A time in one or two units: 40 s, 12 min, 3 h 20 min, 2 d 5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours = round(seconds / 3600)
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


class Watch:
    """Reads the files of the jobs in a folder, and knows which of them still run."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet; the folder need not exist."""
        self._folder = folder
        self._seen: dict[str, tuple[str, float]] = {}

    def states(self, now: float) -> Mapping[str, State]:
        """File -> state of the running jobs.

        Args:
            now: seconds on any clock; a file that has not changed for `SILENT_SECONDS` on it is left out, as is that of
                a process of this machine that is no more.
        """
        found: dict[str, State] = {}
        texts = {path.name: _text(path) for path in sorted(self._folder.glob("*.json"))}
        for name, text in texts.items():
            if name not in self._seen or self._seen[name][0] != text:
                self._seen[name] = (text, now)
            with suppress(ValidationError):
                state = State.model_validate_json(text)
                if now - self._seen[name][1] < SILENT_SECONDS and _may_live(state):
                    found[name] = state
        return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # it has just been removed
        return ""


def _may_live(state: State) -> bool:
    if state.place != process_place():
        return True
    try:
        os.kill(state.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
