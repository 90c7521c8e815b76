#!/usr/bin/env python3
"""Pick a response of each item under every target, from the predictions of one ADM, and score the picks."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.decisions.aggregation import AGGREGATES
from pluralism.decisions.deciding import decide
from pluralism.predictions import read_predictions
from pluralism.protocols import add_protocol
from pluralism.targets.target import read_target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, help="its name, a column of scores.csv, as the next two")
    parser.add_argument("--experiment", required=True, help="the name of the experiment")
    parser.add_argument("--adm", required=True, help="the name of the ADM")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--predictions", type=Path, required=True, help="predictions.parquet")
    parser.add_argument("--targets", type=Path, nargs="+", required=True, help="target files (JSON)")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    add_protocol(parser)
    parser.add_argument("--aggregate", choices=AGGREGATES, default="mean", help="how a score's samples are combined")
    some = "leave out targets that the predictions do not serve, as those of a run of other code"
    parser.add_argument("--some_targets", action="store_true", help=some)
    folder = "folder for decisions.parquet, scores.csv, {target}/input_output.json"
    parser.add_argument("--output", type=Path, required=True, help=folder)
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes)
    decide(
        {"dataset": arguments.dataset, "experiment": arguments.experiment, "adm": arguments.adm},
        read_items(arguments.eval, attributes),
        read_predictions(arguments.predictions, bounded=arguments.protocol.bounds_scores),
        [read_target(path, attributes) for path in arguments.targets],
        arguments.output,
        scale=None if arguments.protocol.float_ties else attributes.steps,
        aggregate=arguments.aggregate,
        first_vote_wins=arguments.protocol.first_vote_wins,
        some_targets=arguments.some_targets,
    )


if __name__ == "__main__":
    run(main)
