#!/usr/bin/env python3
"""Write the two extreme alignment targets of a dataset: every attribute high, every attribute low."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.files import write_json
from pluralism.targets.target import extreme_targets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file")
    parser.add_argument("--high", type=Path, required=True, help="where to write the target of 1.0 throughout (JSON)")
    parser.add_argument("--low", type=Path, required=True, help="where to write the target of 0.0 throughout (JSON)")
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes)
    for path, target in zip((arguments.high, arguments.low), extreme_targets(attributes), strict=True):
        write_json(path, target.levels)


if __name__ == "__main__":
    run(main)
