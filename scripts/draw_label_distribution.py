#!/usr/bin/env python3
"""Draw how often each level of each attribute is among the labels of the train and the eval items."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import check_attributes, read_items
from pluralism.reporting.figures.label_distribution import draw, label_distribution
from pluralism.reporting.figures.output import add_output_arguments, save


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    add_output_arguments(parser)
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes)
    splits = {"train": read_items(arguments.train), "eval": read_items(arguments.eval)}
    for split, items in splits.items():
        check_attributes(items, attributes.names, getattr(arguments, split))
    data = label_distribution(splits, attributes)
    save(draw(data), data, arguments.output, arguments.note)


if __name__ == "__main__":
    run(main)
