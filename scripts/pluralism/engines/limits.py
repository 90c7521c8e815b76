"""Bounds of time and memory for code of strangers that runs in this process."""

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

MEMORY_IN_USE = Path("/proc/self/statm")


@contextmanager
def limited(seconds: float, memory: int) -> Iterator[None]:
    """Let a block take no more than some time of the processor and some further memory (bytes).

    Memory is bounded on Linux. In a thread other than the main one nothing is bounded: Python runs no signal handler
    there.

    Raises:
        TimeoutError: it takes longer.
        MemoryError: it takes more.
    """
    with ExitStack() as undo:
        if threading.current_thread() is threading.main_thread():
            _limit_memory(memory, undo)
            _limit_time(seconds, undo)
        yield


def _limit_time(seconds: float, undo: ExitStack) -> None:
    def stop(*_: object) -> None:
        raise TimeoutError

    undo.callback(signal.signal, signal.SIGVTALRM, signal.signal(signal.SIGVTALRM, stop))
    undo.callback(signal.setitimer, signal.ITIMER_VIRTUAL, *signal.setitimer(signal.ITIMER_VIRTUAL, seconds))


def _limit_memory(memory: int, undo: ExitStack) -> None:
    if not MEMORY_IN_USE.is_file():
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = int(MEMORY_IN_USE.read_text().split()[0]) * resource.getpagesize() + memory
    if soft == resource.RLIM_INFINITY or bound < soft:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
            undo.callback(resource.setrlimit, resource.RLIMIT_AS, (soft, hard))
