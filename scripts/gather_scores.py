#!/usr/bin/env python3
"""Put the scores of all experiments and ADMs of a dataset into one table."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.decisions.score_files import read_scores
from pluralism.files import replacing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="scores.csv of each ADM")
    parser.add_argument("--output", type=Path, required=True, help="where to write the table (CSV)")
    arguments = parser.parse_args()
    with replacing(arguments.output) as (draft,):
        read_scores(arguments.scores).to_csv(draft, index=False)


if __name__ == "__main__":
    run(main)
