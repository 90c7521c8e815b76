#!/usr/bin/env python3
"""Draw the levels that ADMs predict against the true ones: a figure per ADM, a panel per attribute.

--output names as many files for each predictions file, in the same order.
"""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import check_attributes, read_items
from pluralism.decisions.aggregation import AGGREGATES
from pluralism.predictions import read_predictions
from pluralism.reporting.figures.output import add_output_arguments, save
from pluralism.reporting.figures.predicted_levels import draw, predicted_levels


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--predictions", type=Path, nargs="+", required=True, help="predictions.parquet of each ADM")
    parser.add_argument(
        "--aggregates",
        choices=AGGREGATES,
        nargs="+",
        help="how each ADM's scores in the samples are taken together; default: mean",
    )
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    add_output_arguments(parser)
    arguments = parser.parse_args()
    files_each, left_over = divmod(len(arguments.output), len(arguments.predictions))
    if not files_each or left_over:
        parser.error("--output: expected as many files for each of --predictions")
    aggregates = arguments.aggregates or ["mean"] * len(arguments.predictions)
    if len(aggregates) != len(arguments.predictions):
        parser.error("--aggregates: expected one for each of --predictions")
    attributes, items = read_attributes(arguments.attributes), read_items(arguments.eval)
    check_attributes(items, attributes.names, arguments.eval)
    for place, (path, aggregate) in enumerate(zip(arguments.predictions, aggregates, strict=True)):
        data = predicted_levels(items, read_predictions(path), attributes, aggregate)
        save(draw(data, aggregate), data, arguments.output[place * files_each :][:files_each], arguments.note)


if __name__ == "__main__":
    run(main)
