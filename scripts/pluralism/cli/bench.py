"""Measure the inference engine on this machine.

Runs the benchmarks in dev/, so it works in a checkout of the repository only.
"""

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pluralism.errors import UserError

EXAMPLE = "pluralism bench --only constrained roofline"
BENCHMARKS = Path("dev/bench.py")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `dev.bench`."""
    parser.add_argument("--only", nargs="+", metavar="NAME", help="which benchmarks to run; default: all")
    parser.add_argument("--raw", metavar="FOLDER", help="folder of HelpSteer2's files; default: the demo's")
    parser.add_argument("--model", help="for the benchmark `ways`: a hub id, a folder or a file")
    file = "where to write the figures; default: %(default)s"
    parser.add_argument("--output", default="results/benchmarks.json", help=file)


def run(arguments: Namespace) -> None:
    """Run the benchmarks in another process; raises a `UserError` outside a checkout."""
    if not BENCHMARKS.is_file():
        raise UserError(f"{BENCHMARKS}: no such file; benchmarks run in the folder of a checkout of the repository")
    command = [sys.executable, "-m", "dev.bench", "--output", arguments.output]
    command += ["--raw", arguments.raw] if arguments.raw is not None else []
    command += ["--model", arguments.model] if arguments.model is not None else []
    command += ["--only", *arguments.only] if arguments.only is not None else []
    sys.exit(subprocess.run(command, check=False).returncode)
