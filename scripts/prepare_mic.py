#!/usr/bin/env python3
"""Turn MIC.csv into train and eval items."""

from pluralism.commands import run
from pluralism.datasets.prepare import prepare_raw


def main() -> None:
    prepare_raw("mic", description=__doc__, raw="MIC.csv")


if __name__ == "__main__":
    run(main)
