#!/usr/bin/env python3
"""Draw the levels that an ADM predicts against the true ones, a panel per attribute."""

import argparse
from pathlib import Path

from pluralism.attributes import read_attributes
from pluralism.commands import run
from pluralism.figures.output import add_output_arguments, save
from pluralism.figures.predicted_levels import draw, predicted_levels
from pluralism.items import check_attributes, read_items
from pluralism.predictions import read_predictions


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--predictions", type=Path, required=True, help="predictions.parquet of an ADM")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    add_output_arguments(parser)
    arguments = parser.parse_args()
    attributes, items = read_attributes(arguments.attributes), read_items(arguments.eval)
    check_attributes(items, attributes.names, arguments.eval)
    data = predicted_levels(items, read_predictions(arguments.predictions), attributes)
    save(draw(data), data, arguments.output, arguments.note)


if __name__ == "__main__":
    run(main)
