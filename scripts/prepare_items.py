#!/usr/bin/env python3
"""Turn the raw data of any format into train and eval items."""

import argparse

from pluralism.commands import run
from pluralism.datasets.prepare import add_arguments, prepare
from pluralism.datasets.source import add_source_arguments, make_source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_source_arguments(parser)
    add_arguments(parser)
    arguments = parser.parse_args()
    prepare(make_source(arguments), arguments)


if __name__ == "__main__":
    run(main)
