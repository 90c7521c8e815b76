#!/usr/bin/env python3
"""Write Snakemake's report of the results that lie here: one HTML file that opens offline.

The study is the one whose config lies beside the results (results/config.yaml), whatever profile and overlays it was
run with. Nothing is run: results that are missing are told.
"""

import argparse
import subprocess
from pathlib import Path

from pluralism.commands import put_this_python_first, run
from pluralism.errors import UserError

CONFIG = Path("results/config.yaml")
STYLE = Path("rules/captions/report.css")


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="where to write it (.html)")
    arguments = parser.parse_args()
    if not CONFIG.is_file():
        raise UserError(f"{CONFIG}: no such file; a report is of results, so run the study first")
    put_this_python_first()
    command = ["snakemake", "--replace-workflow-config", "--configfile", str(CONFIG)]
    command += ["--report", str(arguments.output), "--report-stylesheet", str(STYLE)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"no report, run the study to its end first: {reason(done.stdout)}")
    print(f"{arguments.output}: the report, of the study that {CONFIG} tells of")


def reason(printed: str) -> str:
    """What Snakemake says after the name of its error, or the end of what it says."""
    return printed.partition("WorkflowError:\n")[2].strip() or printed[-2000:].strip()


if __name__ == "__main__":
    run(main)
