#!/usr/bin/env python3
"""Turn MIC.csv into train and eval items."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.mic import load_mic
from pluralism.datasets.write import write_split
from pluralism.protocols import PROTOCOLS


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="MIC.csv")
    parser.add_argument("--train", type=Path, required=True, help="where to write the train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="where to write the eval items (JSON)")
    parser.add_argument("--attributes", type=Path, help="attribute file (default: the built-in one)")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="published", help="pluralism/protocols.py")
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes or attribute_file("mic"))
    items = load_mic(arguments.raw)
    write_split(items, attributes, PROTOCOLS[arguments.protocol], arguments.train, arguments.eval)


if __name__ == "__main__":
    run(main)
