#!/usr/bin/env python3
"""Turn HelpSteer2's two files into train and eval items."""

from pluralism.commands import run
from pluralism.datasets.prepare import prepare_raw


def main() -> None:
    prepare_raw("helpsteer2", description=__doc__, raw="folder of train.jsonl.gz and validation.jsonl.gz")


if __name__ == "__main__":
    run(main)
