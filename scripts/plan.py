#!/usr/bin/env python3
"""Say what a run would make and take, and what it lacks, without running anything.

Takes the same profile and overlays as Snakemake: `python scripts/plan.py --workflow-profile profiles/demo` tells of
`snakemake --workflow-profile profiles/demo`. Exits with 1 where something is missing.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from pluralism.commands import run
from pluralism.errors import UserError
from pluralism.planning.checks import study_findings
from pluralism.planning.configuration import merged_config, read_profile
from pluralism.planning.display import WIDTH, findings_table, plan_tables
from pluralism.planning.findings import Finding
from pluralism.planning.plan import Plan, make_plan
from pluralism.planning.rates import GivenRate
from pluralism.study.study import Study


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="the config that the rest lies over")
    parser.add_argument("--workflow-profile", help="a profile's folder, or its name in profiles/; default: default")
    parser.add_argument(
        "--configfile", type=Path, nargs="+", help="overlays, in their order; they take the place of the profile's own"
    )
    parser.add_argument(
        "--tokens-per-second",
        nargs="+",
        default=[],
        metavar="RATE",
        help="output tokens per second, such as 800, where the journals tell none; or llama_3b=800, for that model of "
        "the config, whatever its journals tell. `make bench` measures some",
    )
    parser.add_argument(
        "--why",
        action="store_true",
        help="tell in which parts of its key what is to make differs from what is answered and no longer asked for",
    )
    arguments = parser.parse_args()
    given = [GivenRate.parse(text) for text in arguments.tokens_per_second]
    console = Console(width=WIDTH, highlight=False)
    profile = read_profile(arguments.workflow_profile)
    try:
        study = Study(merged_config(arguments.config, arguments.configfile or profile.overlays))
    except UserError as error:
        console.print(findings_table([*profile.findings, Finding("config", str(error))]))
        sys.exit(1)
    plan = make_plan(study, given, why=arguments.why)
    findings = (*profile.findings, *plan.findings, *study_findings(study))
    for part in plan_tables(Plan(plan.rows, findings)):
        console.print(part)
    if any(finding.kind == "missing" for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    run(main)
