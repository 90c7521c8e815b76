#!/usr/bin/env python3
"""Print the scores as a compact table."""

import argparse
from pathlib import Path

from rich.console import Console

from pluralism.commands import run
from pluralism.decisions.score_files import read_scores
from pluralism.reporting.score_display import WIDTH, terminal_tables


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="scores.csv of each dataset")
    arguments = parser.parse_args()
    console = Console(width=WIDTH)
    for table in terminal_tables(read_scores(arguments.scores)):
        console.print(table)


if __name__ == "__main__":
    run(main)
