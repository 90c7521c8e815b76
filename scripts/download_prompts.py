#!/usr/bin/env python3
"""Download the prompts of the paper's authors, at the commit that was published."""

import argparse

from pluralism.commands import run
from pluralism.prompts.published import PublishedPrompts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", default=PublishedPrompts().folder, help="where to put the two files; default: %(default)s"
    )
    PublishedPrompts(parser.parse_args().folder).download()


if __name__ == "__main__":
    run(main)
