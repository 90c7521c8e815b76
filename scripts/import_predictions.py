#!/usr/bin/env python3
"""Read the runs of another code on a dataset, input_output.json, as the predictions of an ADM."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.errors import UserError
from pluralism.inference.imported import imported_predictions, match_items, read_entries
from pluralism.predictions import checked_predictions, write_predictions
from pluralism.targets.target import target_name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    what = "input_output.json, alone to serve every target, or in a folder per target, {target}/input_output.json"
    parser.add_argument("--files", type=Path, nargs="+", required=True, help=what)
    parser.add_argument("--folder", type=Path, required=True, help="what the names of the targets begin in")
    parser.add_argument(
        "--targets", type=Path, nargs="+", required=True, help="target files (JSON); others are left out"
    )
    parser.add_argument("--output", type=Path, required=True, help="where to write the predictions (Parquet)")
    arguments = parser.parse_args()
    attributes = read_attributes(arguments.attributes)
    items = read_items(arguments.eval, attributes)
    known = [None, *map(target_name, arguments.targets)]
    files = {_target(path, arguments.folder): path for path in arguments.files}
    runs = {target: match_items(read_entries(path), items) for target, path in files.items() if target in known}
    if not runs:
        raise UserError(f"{arguments.folder}: no run for a target of the study; found: {', '.join(map(str, files))}")
    rows = imported_predictions(runs, attributes.names)
    try:
        # Deciding knows whether levels beyond 0 to 1 are allowed.
        checked_predictions(rows, [len(item.responses) for item in items], attributes.names, bounded=False)
    except UserError as error:
        raise UserError(f"{arguments.folder}: {error}") from None
    write_predictions(rows, arguments.output)


def _target(path: Path, folder: Path) -> str | None:
    """The target of a file; None where it serves every target."""
    name = path.parent.relative_to(folder).as_posix()
    return None if name == "." else name


if __name__ == "__main__":
    run(main)
