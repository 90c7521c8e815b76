"""The options that commands of figures and tables share."""

import argparse

from pluralism.inference.settings import read_settings
from pluralism.study.names import Names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--names` and `--note`."""
    parser.add_argument(
        "--names", default="{}", help="labels, order and roles of the study as JSON text; default: names are the labels"
    )
    parser.add_argument("--note", default="", help="a line to print small with figures and tables")


def names_of(arguments: argparse.Namespace) -> Names:
    """The value of `--names`; raises UserError if it is not the JSON text of `Names`."""
    return read_settings(Names, arguments.names, "--names")
