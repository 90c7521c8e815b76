#!/usr/bin/env python3
"""Download the raw files of a dataset, of a format that can be downloaded."""

import argparse

from pluralism.commands import run
from pluralism.datasets.source import add_source_arguments, make_source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_source_arguments(parser)
    make_source(parser.parse_args()).download()


if __name__ == "__main__":
    run(main)
