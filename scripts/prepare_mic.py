#!/usr/bin/env python3
"""Turn MIC.csv into train and eval items."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.formats.mic import Mic
from pluralism.datasets.prepare import add_arguments, prepare


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="MIC.csv")
    add_arguments(parser)
    arguments = parser.parse_args()
    prepare(Mic(raw=arguments.raw), arguments)


if __name__ == "__main__":
    run(main)
