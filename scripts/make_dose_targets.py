#!/usr/bin/env python3
"""Write the doses of a dataset: for each attribute and each level of its scale, a target that wants only this."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.files import write_json
from pluralism.targets.doses import dose_targets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file")
    parser.add_argument("--output", type=Path, required=True, help="folder for the target files")
    arguments = parser.parse_args()
    for target in dose_targets(read_attributes(arguments.attributes)):
        write_json(arguments.output / target.file_name, target.levels)


if __name__ == "__main__":
    run(main)
