"""Print scores as compact tables.

Shows the high, low and sampled targets. results/tables/ has all targets. A note follows where scores were made with
other settings than the config of the study's last run, results/config.yaml, has.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError, one_line

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE = "pluralism scores results/mic --adm proposed_spm"
NAME = "scores.csv"
PATTERNS = (NAME, f"results/*/{NAME}", f"*/{NAME}")
"""Of the scores of a folder; the first that matches."""
FILTERS = ("dataset", "experiment", "adm")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the files to read and the rows to show."""
    files = f"a {NAME}, or the folder of a study, dataset, experiment or ADM; default: results/*/{NAME} of this folder"
    parser.add_argument("places", nargs="*", type=Path, default=[Path()], metavar="FILE|FOLDER", help=files)
    for name in FILTERS:
        only = f"only this {name}; may be given several times"
        parser.add_argument(f"--{name}", action="append", metavar="NAME", help=only)


def run(arguments: Namespace) -> None:
    """Print a table per dataset; raises a `UserError` for unknown names, and for files that are missing or faulty."""
    from rich.console import Console

    from pluralism.decisions.score_files import read_scores
    from pluralism.reporting.tables.scores import WIDTH, terminal_tables

    paths = [path for place in arguments.places for path in find_scores(place)]
    scores = read_scores(paths)
    for name in FILTERS:
        if (wanted := getattr(arguments, name)) is not None:
            scores = _only(scores, name, wanted)
    console = Console(width=WIDTH)
    for table in terminal_tables(scores):
        console.print(table)
    for path in paths:
        for note in _misfits(path):
            console.print(one_line(f"note: {note}"), markup=False, highlight=False, soft_wrap=True)


def find_scores(place: Path) -> list[Path]:
    """The score files of a folder, or the file itself; raises a `UserError` if the folder has none."""
    if not place.is_dir():
        return [place]
    for pattern in PATTERNS:
        if found := sorted(place.glob(pattern)):
            return found
    raise UserError(f"{place}: no scores found, expected one of: {', '.join(PATTERNS)}; run the study first")


def _misfits(path: Path) -> Iterator[str]:
    """In what the scores of a dataset or an ADM do not fit the config of the study that they lie in."""
    from pluralism.files import read_yaml
    from pluralism.study.provenance import Provenance, misfits
    from pluralism.study.reading import read_config
    from pluralism.study.study import Study

    for results in path.absolute().parents[1:4:2]:
        config, (dataset, *cell) = results / "config.yaml", path.absolute().relative_to(results).parts[:-1]
        if results.name != "results" or not config.is_file():
            continue
        try:
            study = Study(read_config({**read_yaml(config), "output": os.path.relpath(results.parent)}))
        except UserError as error:
            yield f"{config}: {error}"
            return
        if cells := [entry for entry in study.cells(dataset) if not cell or entry.names[1:] == tuple(cell)]:
            provenance = Provenance(study)
            record = provenance.decisions(cells[0]) if cell else provenance.scores(dataset)
            yield from (f"{fault}, as in {os.path.relpath(config)}" for fault in misfits([record]))
        else:
            yield f"{path}: not in the grid of {os.path.relpath(config)}"


def _only(scores: "pd.DataFrame", column: str, wanted: list[str]) -> "pd.DataFrame":
    known = list(dict.fromkeys(scores[column]))
    for name in wanted:
        if name not in known:
            raise UserError(f"--{column}: '{name}' not found in the scores; there are: {', '.join(known)}")
    return scores[scores[column].isin(wanted)]
