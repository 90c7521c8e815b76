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
"""Where the scores of a folder are: the first that matches."""
FILTERS = ("dataset", "experiment", "adm")


def add_arguments(parser: ArgumentParser) -> None:
    """Add which files to read, and which of their rows to show."""
    parser.add_argument(
        "places",
        nargs="*",
        type=Path,
        default=[Path()],
        metavar="FILE|FOLDER",
        help=f"a {NAME}, or a folder of them: of a study, a dataset, an experiment or an ADM; "
        f"default: results/*/{NAME} of this folder",
    )
    for name in FILTERS:
        parser.add_argument(
            f"--{name}", action="append", metavar="NAME", help=f"only this {name}; may be given several times"
        )


def run(arguments: Namespace) -> None:
    """Print a table per dataset.

    Raises:
        UserError: there are no such scores, or a file has a fault.
    """
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
    """The score files of a folder; a file is its own.

    Raises:
        UserError: the folder has none.
    """
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
