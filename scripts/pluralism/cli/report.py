"""Write a report of the results: one HTML file that opens offline.

This is Snakemake's report of the study in a folder, by the config of the run (results/config.yaml). It runs nothing,
and fails if a result is missing, or was made with other settings than this config has.
"""

import json
import subprocess
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pluralism.commands import put_this_python_first
from pluralism.errors import UserError

EXAMPLE = "pluralism report studies/mine"
STYLE = "rules/captions/report.css"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the study and the file to write."""
    folder = "the study's folder, `output` in its config; default: this folder"
    parser.add_argument("study", nargs="?", type=Path, default=Path(), metavar="FOLDER", help=folder)
    file = "where to write it (.html); default: results/report.html of the study"
    parser.add_argument("--output", type=Path, help=file)


def run(arguments: Namespace) -> None:
    """Call Snakemake; raises a `UserError` if results are missing, or do not fit the config."""
    from pluralism.files import located
    from pluralism.study.paths import Paths

    config = arguments.study / Paths().config("yaml")
    output = arguments.output or arguments.study / Paths().report()
    _check_results(config, arguments.study)
    if not output.parent.is_dir():
        raise UserError(f"{output.parent}: no such folder")
    put_this_python_first()
    command = [
        "snakemake",
        "--snakefile",
        located("Snakefile"),
        "--replace-workflow-config",
        "--configfile",
        str(config),
    ]
    # Where the study lies now: it may have been moved.
    command += ["--config", f"output={json.dumps(str(arguments.study))}"]
    command += ["--report", str(output), "--report-stylesheet", located(STYLE)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"no report, run the study to its end first: {_reason(done.stdout)}")
    print(f"{output}: the report of the study in {config}")


def _check_results(config: Path, folder: Path) -> None:
    from pluralism.files import read_yaml
    from pluralism.reporting.records import study_records
    from pluralism.study.provenance import check_fit
    from pluralism.study.reading import read_config
    from pluralism.study.study import Study

    if not config.is_file():
        raise UserError(f"{config}: no such file; name a study's folder, and run it to its end first")
    check_fit(study_records(Study(read_config({**read_yaml(config), "output": str(folder)}))), config)


def _reason(printed: str) -> str:
    """What Snakemake prints after the name of its error or of ours, or the last line that it prints."""
    for mark in ("WorkflowError:\n", "error: "):
        if mark in printed:
            return printed.partition(mark)[2].strip()
    return printed.strip().rpartition("\n")[2]
