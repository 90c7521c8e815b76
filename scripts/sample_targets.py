#!/usr/bin/env python3
"""Sample alignment targets that name a given number of attributes."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.files import write_json
from pluralism.targets.sampling import sampled_targets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, help="mic or helpsteer2, or any name with --attributes")
    parser.add_argument("--attributes", type=Path, help="attribute file of a dataset of your own")
    parser.add_argument("--num_targets", type=int, default=10, help="how many; default: 10")
    count = "how many attributes each target names"
    parser.add_argument("--num_attributes", type=int, nargs="+", required=True, help=count)
    parser.add_argument("--output", type=Path, required=True, help="folder for the target files")
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes or attribute_file(arguments.dataset))
    number = arguments.num_targets
    targets = [target for count in arguments.num_attributes for target in sampled_targets(attributes, count, number)]
    for target in targets:
        write_json(arguments.output / target.file_name, target.levels)


if __name__ == "__main__":
    run(main)
