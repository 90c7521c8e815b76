#!/usr/bin/env python3
"""Write the paper's tables of each dataset as CSV, Markdown and LaTeX (booktabs), from its statistics."""

import argparse
from functools import partial
from pathlib import Path

from pluralism.commands import run
from pluralism.files import write_text
from pluralism.reporting.paper_tables import paper_tables
from pluralism.reporting.run_times import inference_seconds
from pluralism.statistics.table_columns import PAPER_FORMATS


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--statistics", type=Path, nargs="+", required=True, help="results/{dataset}/statistics of each"
    )
    parser.add_argument("--ablation", nargs="*", default=[], help="the ADMs of the ablation")
    parser.add_argument("--benchmarks", type=Path, help="Snakemake's run times, results/benchmarks")
    parser.add_argument("--note", default="", help="a line for the Markdown and LaTeX tables")
    parser.add_argument("--output", type=Path, required=True, help="folder for {dataset}_{table}.{csv,md,tex}")
    arguments = parser.parse_args()
    for folder in arguments.statistics:
        times = arguments.benchmarks / folder.parent.name if arguments.benchmarks is not None else None
        for table in paper_tables(folder, arguments.ablation, partial(inference_seconds, times)):
            for form in PAPER_FORMATS:
                write_text(arguments.output / f"{table.name}.{form}", table.text(form, arguments.note))


if __name__ == "__main__":
    run(main)
