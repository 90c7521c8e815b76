#!/usr/bin/env python3
"""Let one ADM predict every eval item of a dataset. Answers in its journal are not asked again.

Several jobs share the work with `--shard 1of4` to `--shard 4of4`; `--gather` then reads their journals. In a run of
Snakemake, a model that is loaded here answers what other jobs of the run ask of it, too.
"""

import argparse
from contextlib import closing
from functools import partial
from pathlib import Path

from pluralism.commands import run
from pluralism.engines.devices import hold_devices
from pluralism.files import write_json, write_text
from pluralism.inference.jobs import PredictionJob, answer, gather, predict
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.run import answer_together, open_once
from pluralism.inference.settings import Settings, add_settings
from pluralism.inference.shards import Shard
from pluralism.predictions import write_predictions


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
    targets = "target files, for a target-bound ADM, or a decoding that stops when the picks for them are decided"
    parser.add_argument("--targets", type=Path, nargs="*", default=[], help=targets)
    stored = "the predictions (Parquet) of the ADMs that an ensemble is of, in their order"
    parser.add_argument("--predictions", type=Path, nargs="*", default=[], help=stored)
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
    parser.add_argument("--seconds", type=Path, help="where to write how long the model took (TSV)")
    arguments = parser.parse_args()
    job = PredictionJob(
        shard=str(arguments.shard) if arguments.shard is not None else None,
        **{name: getattr(arguments, name) for name in PredictionJob.model_fields if name != "shard"},
    )
    with hold_devices(0 if arguments.gather else job.settings.gpus), closing(open_once(job.settings.model)) as engine:
        answer_together(job, engine, partial(make, job, engine, arguments))


def make(job: PredictionJob, engine: LoadedOnce, arguments: argparse.Namespace, *, wait: bool) -> None:
    """Answer what the job asks, and write its output."""
    if job.shard is not None:
        write_json(arguments.output, {"requests": answer(job, engine, wait=wait)})
        return
    task = job.task()
    if arguments.gather:
        predicted = gather(job.settings, task, job.journal, engine)
    else:
        predicted = predict(job.settings, task, job.journal, engine, wait=wait)
    write_predictions(predicted.rows, arguments.output)
    if arguments.seconds is not None:
        write_text(arguments.seconds, f"s\n{predicted.seconds:.3f}\n")


if __name__ == "__main__":
    run(main)
