#!/usr/bin/env python3
"""Write the tables of statistics as pages that sort, each beside its CSV."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.files import write_text
from pluralism.reporting.statistics_pages import statistics_pages


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--statistics", type=Path, nargs="+", required=True, help="results/{dataset}/statistics of each"
    )
    parser.add_argument("--note", default="", help="a line that the pages carry")
    arguments = parser.parse_args()
    for folder in arguments.statistics:
        for name, page in statistics_pages(folder, arguments.note):
            write_text(folder / f"{name}.html", page)


if __name__ == "__main__":
    run(main)
