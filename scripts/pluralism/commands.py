"""What the commands in scripts/ share: one clear line for a user's mistake, the log's format, their Python."""

import errno
import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pluralism.errors import UserError


def run(main: Callable[[], None]) -> None:
    """Call `main` as a command: a user's mistake, a file's or a disk's becomes one line on stderr and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    # Imported modules stay in memory; searching them for garbage takes a fifth of a short command's time.
    gc.freeze()
    try:
        main()
    except UserError as error:
        sys.exit("error: " + " ".join(str(error).split("\n")))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(f"error: {error}; make room and run again")
        # Such as a folder without write permission. An error without a file is ours, or the network's.
        if error.errno is None or error.filename is None:
            raise
        sys.exit(f"error: {error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)


def put_this_python_first() -> None:
    """Make `python`, in this process and those that it starts, the Python that runs now."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
