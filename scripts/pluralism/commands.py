"""What all commands share: errors as one clear line, the format of the log, the Python that they start."""

import errno
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pluralism.errors import UserError


def run(main: Callable[[], None]) -> None:
    """Call `main` as a command, with a log and `one_line_errors`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
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
        sys.exit("error: " + " ".join(str(error).split("\n")))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(f"error: {error}; make room and run again")
        # For example a folder without write permission. An error without a file is ours, or the network's.
        if error.errno is None or error.filename is None:
            raise
        sys.exit(f"error: {error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)


def put_this_python_first() -> None:
    """Make `python` mean the Python that runs now, in this process and those that it starts."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
