#!/usr/bin/env python3
"""Let one ADM predict every eval item of a dataset. Answers in its journal are not asked again.

Several jobs share the work with `--shard 1of4` to `--shard 4of4`; `--gather` then reads their journals.
"""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.engines.devices import hold_devices
from pluralism.errors import UserError
from pluralism.few_shot.examples import read_examples
from pluralism.files import write_json
from pluralism.inference.jobs import predict, predict_shard, task_of
from pluralism.inference.settings import Settings, add_settings
from pluralism.inference.shards import Shard
from pluralism.predictions import write_predictions
from pluralism.targets.target import read_target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_settings(parser, Settings, "PREDICTIONS")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument(
        "--examples", type=Path, nargs="?", help="chosen few-shot examples (CSV), for an ADM that shows some"
    )
    parser.add_argument(
        "--whole_eval", type=Path, nargs="?", help="all eval items (JSON), where --eval has the first of them only"
    )
    parser.add_argument("--targets", type=Path, nargs="*", default=[], help="target files, for a target-bound ADM")
    parser.add_argument("--journal", type=Path, required=True, help="the job's journal (JSON lines)")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--shard", type=Shard.parse, help="answer this part only, for example 2of4, in its own journal")
    part.add_argument("--gather", action="store_true", help="ask nothing: take the answers from the shards' journals")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        help="where to write the predictions (Parquet), or the number of requests that a shard answered (JSON)",
    )
    arguments = parser.parse_args()
    settings, attributes = arguments.settings, read_attributes(arguments.attributes)
    train, evaluation = (
        read_items(arguments.train, attributes, may_be_empty=True),
        read_items(arguments.eval, attributes),
    )
    whole = read_items(arguments.whole_eval, attributes) if arguments.whole_eval is not None else evaluation
    if whole[: len(evaluation)] != evaluation:
        raise UserError(f"{arguments.eval}: expected the first items of {arguments.whole_eval}")
    examples = arguments.examples
    task = task_of(
        settings,
        attributes=attributes,
        train=train,
        evaluation=evaluation,
        shots=read_examples(examples, whole, train, attributes, settings.protocol) if examples is not None else {},
        targets=[read_target(path, attributes.names) for path in arguments.targets],
    )
    if arguments.gather:
        write_predictions(predict(settings, task, arguments.journal, gather=True), arguments.output)
        return
    with hold_devices(settings.gpus):
        if arguments.shard is None:
            write_predictions(predict(settings, task, arguments.journal), arguments.output)
        else:
            answered = predict_shard(settings, task, arguments.journal, arguments.shard)
            write_json(arguments.output, {"requests": answered})


if __name__ == "__main__":
    run(main)
