"""Check a config and the files that it names.

Checks keys, names, raw data, items, targets, prompts and models in local folders, and reports all faults at once.
Uses no network: `pluralism plan` also checks models on the hub, and counts the work. Exits with 1 at a fault.
"""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError

if TYPE_CHECKING:
    from pluralism.study.study import Study

EXAMPLE = "pluralism check --configfile mine.yaml"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the config and its overlays."""
    base = "the base config; default: %(default)s"
    parser.add_argument("config", nargs="?", type=Path, default=Path("config.yaml"), help=base)
    parser.add_argument("--configfile", type=Path, nargs="+", action="extend", default=[], help="overlays, in order")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of a config, and check nothing")


def run(arguments: Namespace) -> None:
    """Print a summary of the study, or a `UserError` after a list of its faults."""
    from rich.console import Console

    from pluralism.planning.checks import study_problems
    from pluralism.planning.configuration import merged_config
    from pluralism.planning.display import WIDTH, problems_table
    from pluralism.planning.inputs import read_inputs
    from pluralism.reporting.figure import planned_figures
    from pluralism.study.config import Config
    from pluralism.study.study import Study

    if arguments.schema:
        print(json.dumps(Config.model_json_schema(), indent=1))
        return
    study = Study(merged_config(arguments.config, arguments.configfile))
    for dataset in study.datasets:
        planned_figures(study.config, dataset)
    problems = [problem for dataset in study.datasets for problem in read_inputs(study, dataset)[1]]
    problems += study_problems(study, ask_hub=False)
    if problems:
        Console(width=WIDTH, highlight=False).print(problems_table(problems))
    if errors := sum(problem.kind == "error" for problem in problems):
        raise UserError(f"{arguments.config}: {errors} missing or faulty, see the list above")
    print(f"{arguments.config}: {_summary(study)}")


def _summary(study: "Study") -> str:
    config, cells = study.config, [cell for dataset in study.datasets for cell in study.cells(dataset)]
    experiments, adms = {cell.experiment for cell in cells}, {cell.adm for cell in cells}
    writers = sum(config.datasets[dataset].has_written_reasonings for dataset in study.datasets)
    asking = sum(cell.needs_model for cell in cells) + writers
    return (
        f"no fault; datasets: {len(config.grid.datasets)} ({', '.join(config.grid.datasets)}), "
        f"experiments: {len(experiments)}, ADMs: {len(adms)}, "
        f"jobs: {len(cells) + writers} ({asking} of them ask a model), "
        f"{_people(study)}own targets: {sum(len(study.paths.custom_targets(dataset)) for dataset in study.datasets)}"
    )


def _people(study: "Study") -> str:
    targets = [targets for dataset in study.datasets if (targets := study.people_targets(dataset))]
    return f"people: {sum(len(of) - 1 for of in targets)}, " if targets else ""
