"""What every command in scripts/ shares: one clear line for a user's mistake, a log line format."""

import logging
import sys
from collections.abc import Callable

from pluralism.errors import UserError


def run(main: Callable[[], None]) -> None:
    """Call `main` as a command: a `UserError` becomes one line on stderr and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    try:
        main()
    except UserError as error:
        sys.exit("error: " + " ".join(str(error).split("\n")))
    except KeyboardInterrupt:
        sys.exit(130)
