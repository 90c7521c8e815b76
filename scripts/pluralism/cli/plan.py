"""Show what a run would cost, what it can show and what is missing, without running it.

Takes the same profile and overlays as Snakemake: `pluralism plan --workflow-profile profiles/demo` is about
`snakemake --workflow-profile profiles/demo`. Needs no GPU. Exits with 1 where something is missing.
"""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace

from pluralism.planning.options import add_config_options, add_pricing_options, read_pricing, read_study

EXAMPLE = (
    "pluralism plan --workflow-profile profiles/slurm --configfile mine.yaml --device h100 --dollars-per-gpu-hour 2.5"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add arguments that Snakemake has, too, and those of the plan."""
    add_config_options(parser)
    add_pricing_options(parser)
    why = "show in which parts of its key a new request differs from an answer that is no longer needed"
    parser.add_argument("--why", action="store_true", help=why)


def run(arguments: Namespace) -> None:
    """Print the plan; raises a `UserError` for an invalid rate or config."""
    from rich.console import Console

    from pluralism.planning.checks import study_problems
    from pluralism.planning.display import WIDTH, plan_tables
    from pluralism.planning.findable import warnings
    from pluralism.planning.plan import make_plan
    from pluralism.statistics.beforehand import findable

    console = Console(width=WIDTH, highlight=False)
    study, profile = read_study(arguments)
    pricing = read_pricing(arguments, profile, study.config.models)
    plan = make_plan(study, pricing, why=arguments.why)
    found = tuple(findable(study, plan.inputs))
    problems = (*profile.problems, *plan.problems, *study_problems(study), *warnings(found))
    for part in plan_tables(replace(plan, problems=problems, findable=found)):
        console.print(part)
    if any(problem.kind == "error" for problem in problems):
        sys.exit(1)
