"""Print scores as compact tables.

Shows the high, low and sampled targets. results/tables/ has all targets.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError

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

    scores = read_scores([path for place in arguments.places for path in find_scores(place)])
    for name in FILTERS:
        if (wanted := getattr(arguments, name)) is not None:
            scores = _only(scores, name, wanted)
    console = Console(width=WIDTH)
    for table in terminal_tables(scores):
        console.print(table)


def find_scores(place: Path) -> list[Path]:
    """The score files of a folder, or the file itself; raises a `UserError` if the folder has none."""
    if not place.is_dir():
        return [place]
    for pattern in PATTERNS:
        if found := sorted(place.glob(pattern)):
            return found
    raise UserError(f"{place}: no scores found, expected one of: {', '.join(PATTERNS)}; run the study first")


def _only(scores: "pd.DataFrame", column: str, wanted: list[str]) -> "pd.DataFrame":
    known = list(dict.fromkeys(scores[column]))
    for name in wanted:
        if name not in known:
            raise UserError(f"--{column}: '{name}' not found in the scores; there are: {', '.join(known)}")
    return scores[scores[column].isin(wanted)]
