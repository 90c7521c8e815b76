"""Measure the engine on random weights of real shapes, and a real model beside other ways; count the grid."""

import argparse
from pathlib import Path

from dev.benchmarks.grid import grid
from dev.benchmarks.items import read_some_items
from dev.benchmarks.launches import launches
from dev.benchmarks.measures import Figures, as_json, cell, constrained, prefix_reuse, roofline, timed, write_line
from dev.benchmarks.ways import ITEMS, compare
from dev.benchmarks.workloads import WORKLOADS
from dev.make_pilot import MODEL, package_file
from pluralism.commands import run
from pluralism.errors import UserError
from pluralism.files import write_text

BENCHMARKS = {"constrained": constrained, "prefix": prefix_reuse, "cell": cell, "roofline": roofline}
COUNTS = {"grid": grid, "launches": launches}
COMPARED = "ways"
ALL = [*BENCHMARKS, *COUNTS, COMPARED]


def compared(model: str | None, raw: Path) -> Figures:
    """Compare ways on a model, or on the pilot's; where that is not installed, or texts are short, tell so."""
    try:
        for workload in WORKLOADS.values():
            workload(read_some_items(raw, ITEMS))
        return compare(model or str(package_file(*MODEL)), raw)
    except UserError as error:
        print(f"{COMPARED}: skipped, {error}; name a model by --model, and a folder of real texts by --raw")
        return {}


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ALL, default=ALL, help="which to run")
    parser.add_argument(
        "--raw", type=Path, default=Path("data/demo/helpsteer2"), help="folder of HelpSteer2's files; better real ones"
    )
    parser.add_argument("--model", help=f"of the benchmark {COMPARED}: a hub id, a folder or a file; else the pilot's")
    parser.add_argument("--output", type=Path, required=True, help="where to write the figures (JSON)")
    arguments = parser.parse_args()
    items = read_some_items(arguments.raw, 500)
    everything: Figures = {}
    for name in arguments.only:
        if name == COMPARED:
            everything |= compared(arguments.model, arguments.raw)
            continue
        figures, seconds = timed(BENCHMARKS[name], items) if name in BENCHMARKS else timed(COUNTS[name])
        write_line(name, figures, seconds)
        everything |= figures
    write_text(arguments.output, as_json(everything))


if __name__ == "__main__":
    run(main)
