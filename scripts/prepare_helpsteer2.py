#!/usr/bin/env python3
"""Turn HelpSteer2's two files into train and eval items."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.helpsteer2 import load_helpsteer2
from pluralism.datasets.write import write_split
from pluralism.protocols import PROTOCOLS


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder of train.jsonl.gz and validation.jsonl.gz")
    parser.add_argument("--train", type=Path, required=True, help="where to write the train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="where to write the eval items (JSON)")
    parser.add_argument("--attributes", type=Path, help="attribute file (default: the built-in one)")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="published", help="pluralism/protocols.py")
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes or attribute_file("helpsteer2"))
    protocol = PROTOCOLS[arguments.protocol]
    items = load_helpsteer2(arguments.raw, attributes, protocol)
    write_split(items, attributes, protocol, arguments.train, arguments.eval)


if __name__ == "__main__":
    run(main)
