#!/usr/bin/env python3
"""Download HelpSteer2 at its pinned revision and check its checksums."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.download import download_helpsteer2


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder for train.jsonl.gz and validation.jsonl.gz")
    download_helpsteer2(parser.parse_args().output)


if __name__ == "__main__":
    run(main)
