#!/usr/bin/env python3
"""Draw alignment targets as radar plots; an attribute that a target does not name has no spoke."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.reporting.figures.output import add_output_arguments, save
from pluralism.reporting.figures.targets import draw, target_levels
from pluralism.targets.target import read_target


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    parser.add_argument("--targets", type=Path, nargs="+", required=True, help="target files (JSON)")
    add_output_arguments(parser)
    arguments = parser.parse_args()
    names = read_attributes(arguments.attributes).names
    data = target_levels([read_target(path, names) for path in arguments.targets], names)
    save(draw(data, names), data, arguments.output, arguments.note)


if __name__ == "__main__":
    run(main)
