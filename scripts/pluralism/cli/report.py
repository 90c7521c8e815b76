"""Write a report of the results: one HTML file that opens offline.

This is Snakemake's report of the study in this folder, by the config of the run (results/config.yaml). It runs nothing,
and fails if a result is missing.
"""

import subprocess
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pluralism.commands import put_this_python_first
from pluralism.errors import UserError
from pluralism.study.paths import Paths

EXAMPLE = "pluralism report --output results/report.html"
CONFIG = Path(Paths().config("yaml"))
STYLE = "rules/captions/report.css"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the one argument."""
    file = "where to write it (.html); default: %(default)s"
    parser.add_argument("--output", type=Path, default=Path("results/report.html"), help=file)


def run(arguments: Namespace) -> None:
    """Call Snakemake; raises a `UserError` if results are missing."""
    from pluralism.files import located

    if not CONFIG.is_file():
        raise UserError(f"{CONFIG}: no such file; a report is of results, so run the study first")
    put_this_python_first()
    command = [
        "snakemake",
        "--snakefile",
        located("Snakefile"),
        "--replace-workflow-config",
        "--configfile",
        str(CONFIG),
    ]
    command += ["--report", str(arguments.output), "--report-stylesheet", located(STYLE)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"no report, run the study to its end first: {_reason(done.stdout)}")
    print(f"{arguments.output}: the report of the study in {CONFIG}")


def _reason(printed: str) -> str:
    """What Snakemake prints after the name of its error or of ours, or the end of what it prints."""
    for mark in ("WorkflowError:\n", "error: "):
        if mark in printed:
            return printed.partition(mark)[2].strip()
    return printed[-2000:].strip()
