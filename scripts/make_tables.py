#!/usr/bin/env python3
"""Write accuracy and alignment score of every experiment and ADM, by target set."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.decisions.score_files import read_scores
from pluralism.reporting.score_tables import score_table, write_tables


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="scores.csv of each dataset")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="files to write: .csv, .md")
    parser.add_argument("--note", default="", help="a line to print below the Markdown tables")
    arguments = parser.parse_args()
    write_tables(score_table(read_scores(arguments.scores)), arguments.output, arguments.note)


if __name__ == "__main__":
    run(main)
