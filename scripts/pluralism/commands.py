"""What all commands share: errors as one clear line, the format of the log, and how they end where they are stopped."""

import errno
import gc
import logging
import os
import platform
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from types import FrameType, TracebackType

from pluralism.errors import Stopped, UserError, one_line

STARTED_BY = "PLURALISM_STARTED_BY"
"""The environment variable that names the process that started a command, and where that runs."""
STOPPED = 128
"""Plus the number of a signal: the exit code of a command that it stopped."""
LOOK_SECONDS = 0.5


def run(main: Callable[[], None]) -> None:
    """Call `main` as a command, with a log and `one_line_errors`.

    A command that is asked to stop (SIGINT, SIGTERM, SIGHUP) leaves no half file, and ends with 128 + the signal. So
    does one whose Snakemake was killed, which would keep its GPU and its journal from the next run.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)
    _end_with_starter()
    if sys.stdout is None:  # the shell has closed it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    # A terminal that cannot show a letter shows its code.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    # Imported modules stay in memory; searching them for garbage takes a fifth of a short command's time.
    gc.freeze()
    with one_line_errors():
        main()


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the process by one line on stderr and exit code 1 at an error of the user, a file or a disk."""
    try:
        yield
    except UserError as error:
        sys.exit(f"error: {error}")
    except MemoryError:
        sys.exit("error: not enough memory")
    except BrokenPipeError:  # of `command | head`; nothing more is written when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(f"error: {error}; make room and run again")
        # For example a folder without write permission. An error without a file is ours, or the network's.
        if error.errno is None or error.filename is None:
            raise
        sys.exit(one_line(f"error: {error.filename}: {error.strerror}"))
    except KeyboardInterrupt:
        sys.exit(STOPPED + signal.SIGINT)


def put_this_python_first() -> None:
    """Make `python` mean the Python that runs now, in this process and those that it starts."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def start_commands_from_here() -> None:
    """Make this process the one that the commands below it end with, if it is killed."""
    os.environ[STARTED_BY] = f"{os.getpid()} {process_place()}"


def _end_with_starter() -> None:
    """Stop this process, as by SIGTERM, once the process that started it is no longer above it.

    Does nothing where no process has said that it starts commands, in a container that does not see that process, and
    on systems without /proc.
    """
    number, _, place = os.environ.get(STARTED_BY, "").partition(" ")
    if number and place == process_place() and Path("/proc/self/stat").exists():
        threading.Thread(target=_end_without, args=(int(number),), daemon=True).start()


def _end_without(starter: int) -> None:
    while starter in _processes_above():
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _processes_above() -> Iterator[int]:
    """The numbers of the parent process, of its parent, and so on. A process whose parent was killed gets another."""
    number = os.getppid()
    while number > 0:
        yield number
        try:
            stat = Path(f"/proc/{number}/stat").read_text(errors="replace")
        except OSError:  # it has just ended
            return
        number = int(stat.rpartition(")")[2].split()[1])


def process_place() -> str:
    """Where the number of a process means that process: the machine, and the container."""
    names = Path("/proc/self/ns/pid")
    return f"{platform.node()} {names.readlink() if names.is_symlink() else ''}"


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # nothing disturbs the cleaning up
    raise Stopped(STOPPED + number)


def _without_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


# Being interrupted is no fault, also while a command still imports what it needs.
sys.excepthook = _without_traceback


def terminal_width(usual: int) -> int:
    """Letters of a line of the terminal, or as many as COLUMNS says; `usual` where there is neither."""
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return shutil.get_terminal_size().columns if known else usual
