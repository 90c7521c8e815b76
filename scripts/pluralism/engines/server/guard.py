"""Runs a command, and ends it with all that it started once the process that wanted it is gone, however that ended.

Called as a file in a session of its own, `python guard.py GRACE COMMAND ..`, by a process that holds the only other end
of the pipe on its standard input. The system closes that end with the process, also at a kill -9. All that the command
starts is in the process group of this guard, which ends last.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

LOOK_SECONDS = 0.05
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Run the command until it ends or the pipe is closed, then give all processes GRACE seconds to clean up."""
    grace, *arguments = sys.argv[1:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # of a scheduler that asks each process to stop
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which the command would inherit
    _adopt_orphans()
    command = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    closed = threading.Event()
    threading.Thread(target=_wait_for_end, args=(closed,), daemon=True).start()
    while command.poll() is None and not closed.wait(LOOK_SECONDS):
        pass
    give_up = time.monotonic() + float(grace)
    if command.poll() is None:
        command.terminate()
        with suppress(subprocess.TimeoutExpired):
            command.wait(float(grace))
    else:
        print(f"ended with code {command.returncode}", flush=True)
    os.killpg(os.getpgrp(), signal.SIGTERM)  # to what it left behind
    with suppress(ChildProcessError):  # none is left
        while time.monotonic() < give_up:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(LOOK_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends, to see when the last has ended; where the system can."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_end(closed: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    closed.set()


if __name__ == "__main__":
    main()
