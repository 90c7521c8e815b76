#!/usr/bin/env python3
"""Let one ADM predict every eval item of a dataset. What its journal holds already is not asked again.

Several jobs share the work with `--shard 1of4` to `--shard 4of4`; `--gather` then reads their journals.
"""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.engines.devices import hold_devices
from pluralism.files import write_json
from pluralism.inference.jobs import gather_shards, make_task, predict, predict_shard
from pluralism.inference.settings import Settings, read_settings
from pluralism.inference.shards import Shard
from pluralism.predictions import write_predictions


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--settings",
        required=True,
        help="seed, protocol, prompts, ADM, decoding and model as JSON text; "
        "`snakemake --dry-run --printshellcmds PREDICTIONS` shows that of any job",
    )
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument(
        "--examples", type=Path, nargs="?", help="chosen few-shot examples (CSV), for an ADM that shows some"
    )
    parser.add_argument("--targets", type=Path, nargs="*", default=[], help="target files, for a target-bound ADM")
    parser.add_argument("--journal", type=Path, required=True, help="the job's journal (JSON lines)")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--shard", type=Shard.parse, help="answer this part only, such as 2of4, in a journal of its own")
    part.add_argument("--gather", action="store_true", help="ask nothing: take the answers from the shards' journals")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        help="where to write the predictions (Parquet), or of a shard how many requests it answered (JSON)",
    )
    arguments = parser.parse_args()
    settings = read_settings(Settings, arguments.settings)
    task = make_task(
        settings,
        attributes=read_attributes(arguments.attributes),
        train=arguments.train,
        evaluation=arguments.eval,
        examples=arguments.examples,
        targets=arguments.targets,
    )
    if arguments.gather:
        write_predictions(gather_shards(settings, task, arguments.journal), arguments.output)
        return
    with hold_devices(settings.gpus):
        if arguments.shard is not None:
            answered = predict_shard(settings, task, arguments.journal, arguments.shard)
            write_json(arguments.output, {"requests": answered})
        else:
            write_predictions(predict(settings, task, arguments.journal), arguments.output)


if __name__ == "__main__":
    run(main)
