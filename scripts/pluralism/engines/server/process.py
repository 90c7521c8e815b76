"""A server that runs as a process of this machine: started, watched, and never left behind."""

import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pluralism.engines.server import guard
from pluralism.errors import UserError

LOOK_SECONDS = 0.5
TELL_SECONDS = 60.0
"""How often the log tells that a server is still starting, and how far it is."""
SILENCE_SECONDS = 1800.0
"""How long a server that starts may write nothing into its log, while it reads weights from a slow disk."""
GRACE_SECONDS = 10.0
"""How long a server that is stopped may clean up, for example its shared memory, before it is killed."""
KILL_SECONDS = 5.0
"""How long the guard may take to kill it."""
LINES_SHOWN = 40
"""Of the log of a server that failed."""
ENDED = re.compile(r"ended with code -?\d+")
"""The guard's own last line."""
PREFIX = re.compile(r"^(\([^)]+ pid=\d+\)\s*)?((ERROR|WARNING|INFO) \S+ \S+ \[\S+\]\s?)?")
"""What vLLM writes before each line."""
CAUSE = re.compile(r"^\S*(error|Error|Exception|Interrupt|Exit): \S|^[\w.-]+: error: ")
CONSEQUENCES = (
    "Engine core initialization failed",
    "WorkerProc initialization failed",
    "EngineCore encountered an issue",
    "EngineDeadError",
)

log = logging.getLogger(__name__)


class ServerProcess:
    """A server and all processes that it starts. A guard process ends them with this process, however that ends."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], grace: float = GRACE_SECONDS) -> None:
        """Start the server.

        Args:
            command: with its arguments.
            environment: of the server.
            grace: seconds that it may take to end when it is stopped; then it is killed.
        """
        self._started, self._grace, self._keeps_log = time.monotonic(), grace, False
        with tempfile.NamedTemporaryFile(prefix="pluralism_server_", suffix=".log", delete=False) as stream:
            self.log = Path(stream.name)
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, str(grace), *command],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._guard.poll() is None

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._started

    def wait_until_ready(self, is_ready: Callable[[], bool], silence: float = SILENCE_SECONDS) -> None:
        """Wait until the server answers, however long it takes, as long as its log says that it goes on.

        Args:
            is_ready: whether it answers.
            silence: seconds without a word in its log after which it is given up.

        Raises:
            UserError: it ended, or is given up; the message is the reason that its log names.
        """
        told, spoke, written = time.monotonic(), time.monotonic(), 0
        while not is_ready():
            now, size = time.monotonic(), self.log.stat().st_size
            if size != written:
                spoke, written = now, size
            if not self.is_alive():
                raise UserError(self.failure())
            if now - spoke > silence:
                self.failure()
                raise UserError(
                    f"its log, {self.log}, is silent for {silence:.0f} s; its last line: {self.last_line()}"
                )
            if now - told > TELL_SECONDS:
                log.info("the server is starting since %.0f s: %s", self.seconds, self.last_line())
                told = now
            time.sleep(LOOK_SECONDS)

    def failure(self) -> str:
        """Why it ended, in one line; the end of its log goes into ours, and the whole of it is kept."""
        lines, self._keeps_log = self._lines(), True
        end = "\n".join(lines[-LINES_SHOWN:])
        log.error("the end of the server's log, %s:\n%s", self.log, end)
        return cause(lines)

    def last_line(self) -> str:
        """What it wrote last."""
        return next((PREFIX.sub("", line) for line in reversed(self._lines()) if line.strip()), "(nothing yet)")

    def stop(self) -> None:
        """End the server and all its processes; returns when they have ended, so that their GPUs are free."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()  # which asks the guard to end them
        with suppress(subprocess.TimeoutExpired):
            self._guard.wait(self._grace + KILL_SECONDS)
        with suppress(ProcessLookupError, PermissionError):  # none is left: the guard ends last
            os.killpg(self._guard.pid, signal.SIGKILL)
        self._guard.wait()
        if not self._keeps_log:
            self.log.unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        try:
            text = self.log.read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return []
        return [
            line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")
        ]  # bars of progress write over their line


def cause(lines: Sequence[str]) -> str:
    """The line of a server's log that says why it ended: the last error that is no mere consequence of another."""
    words = [PREFIX.sub("", line).strip() for line in lines]
    words = [line for line in words if line]
    errors = [line for line in words if CAUSE.search(line)]
    causes = [line for line in errors if not any(text in line for text in CONSEQUENCES)]
    others = [line for line in words if not ENDED.fullmatch(line)]
    found = next((listed[-1] for listed in (causes, errors, others, words) if listed), "its log is empty")
    ended = next((f" ({line})" for line in words[-1:] if ENDED.fullmatch(line) and line != found), "")
    return f"{found}{ended}"
