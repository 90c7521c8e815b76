#!/usr/bin/env python3
"""Draw the accuracy of every ADM at the high and at the low target, a panel per experiment."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.reporting.figures.accuracy import accuracy_by_adm, draw
from pluralism.reporting.figures.output import add_output_arguments, save
from pluralism.statistics.stored import read_statistics


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statistics", type=Path, required=True, help="results/{dataset}/statistics")
    add_output_arguments(parser)
    arguments = parser.parse_args()
    data = accuracy_by_adm(read_statistics(arguments.statistics, "accuracy"))
    save(draw(data), data, arguments.output, arguments.note)


if __name__ == "__main__":
    run(main)
