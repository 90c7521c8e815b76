#!/usr/bin/env python3
"""Put the scores of all experiments and ADMs of a dataset into one table."""

import argparse
from pathlib import Path

import pandas as pd

from pluralism.commands import run
from pluralism.files import replacing


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="scores.csv of each ADM")
    parser.add_argument("--output", type=Path, required=True, help="where to write the table (CSV)")
    arguments = parser.parse_args()
    table = pd.concat([pd.read_csv(path) for path in arguments.scores], ignore_index=True)
    with replacing(arguments.output) as (draft,):
        table.to_csv(draft, index=False)


if __name__ == "__main__":
    run(main)
