"""Print scores as compact tables.

Shows the high, low and sampled targets, or those of --target. A run that is not finished has the scores that are there.
A note follows where scores are missing, imported, or made with other settings than the config of the study's last run,
results/config.yaml, has. `pluralism data scores` has all of them for a spreadsheet.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.commands import terminal_width
from pluralism.errors import UserError, one_line

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE = "pluralism scores studies/mine --dataset mic --adm proposed_spm --adm random --target high --sort high"
NAME, RESULTS = "scores.csv", "results"
PATTERNS = (NAME, f"{RESULTS}/*/{NAME}", f"{RESULTS}/*/*/*/{NAME}", f"*/{NAME}")
"""Of the scores of a folder, a dataset's before those of its ADMs."""
FILTERS = ("dataset", "experiment", "adm")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the files to read and the rows to show."""
    files = f"a {NAME}, or the folder of a study, dataset, experiment or ADM; default: results/*/{NAME} of this folder"
    parser.add_argument("places", nargs="*", type=Path, metavar="FILE|FOLDER", help=files)
    study = "the study's folder, `output` in its config; the same as naming it in front"
    parser.add_argument("--study", type=Path, metavar="FOLDER", help=study)
    for name in FILTERS:
        only = f"only this {name.replace('adm', 'ADM')}; may be given several times"
        parser.add_argument(f"--{name}", action="append", metavar="NAME", help=only)
    target = "only this target, or set such as high or sampled_3; may be given several times"
    parser.add_argument("--target", action="append", metavar="NAME", help=target)
    best = "sort the ADMs of each experiment by the accuracy on this set of targets; default: as in the config"
    parser.add_argument("--sort", metavar="SET", help=best)


def run(arguments: Namespace) -> None:
    """Print a table per dataset; raises a `UserError` for unknown names, and for files that are missing or faulty."""
    from rich.console import Console

    from pluralism.decisions.score_files import read_scores
    from pluralism.reporting.tables.scores import WIDTH, chosen_targets, terminal_tables

    named = [arguments.study] if arguments.study is not None else []
    places = [*arguments.places, *named] or [Path()]
    paths = list(dict.fromkeys(path for place in places for path in find_scores(place)))
    scores = read_scores(paths)
    for name in FILTERS:
        if (wanted := getattr(arguments, name)) is not None:
            scores = _only(scores, name, wanted)
    scores, set_of = chosen_targets(scores, arguments.target)
    console = Console(width=terminal_width(WIDTH))
    for table in terminal_tables(scores, set_of=set_of, width=console.width, sort=arguments.sort):
        console.print(table)
    shown = set(scores["dataset"])
    notes = [note for place in places for note in _unfinished(place, shown)]
    notes += [note for path in paths if shown & set(read_scores([path])["dataset"]) for note in _notes(path)]
    for note in dict.fromkeys(notes):
        console.print(one_line(f"note: {note}"), markup=False, highlight=False, soft_wrap=True)


def find_scores(place: Path) -> list[Path]:
    """The score files of a folder, or the file itself; raises a `UserError` if the folder has none.

    Of a dataset whose scores are not gathered yet, those of its ADMs.
    """
    if not place.is_dir():
        return [place]
    if (own := place / NAME).is_file():
        return [own]
    for folder in (place / RESULTS, place):
        gathered = sorted(folder.glob(f"*/{NAME}"))
        datasets = {path.parent for path in gathered}
        if found := [*gathered, *(path for path in _of_adms(folder) if path.parents[2] not in datasets)]:
            return _in_order(found, folder)
    raise UserError(f"{place}: no scores found, expected one of: {', '.join(PATTERNS)}; run the study first")


def _of_adms(folder: Path) -> list[Path]:
    """The score files of single ADMs in a folder of results, or in that of a dataset."""
    depth = "*/*" if folder.parent.name == RESULTS else "*/*/*" if folder.name == RESULTS else None
    return sorted(folder.glob(f"{depth}/{NAME}")) if depth is not None else []


def _in_order(paths: list[Path], folder: Path) -> list[Path]:
    """Score files in a folder of results, in the order of the config; others as they are."""
    from pluralism.reporting.data.folder import find_results

    if folder.name != RESULTS:
        return paths
    found = find_results(folder)
    names = [one for dataset in found.datasets for one in ((dataset,), *(c for c in found.cells if c[0] == dataset))]
    return sorted(paths, key=lambda path: _place(path.relative_to(folder).parts[:-1], names))


def _place(name: tuple[str, ...], names: Sequence[tuple[str, ...]]) -> int:
    return names.index(name) if name in names else len(names)


def _unfinished(place: Path, datasets: Container[str]) -> Iterator[str]:
    """The ADMs of a study that have no scores yet."""
    from pluralism.reporting.data.folder import find_results

    if place.name == RESULTS or (place / RESULTS).is_dir():
        found = find_results(place)
        for dataset in (name for name in found.datasets if name in datasets):
            yield from found.lacking(dataset, "scores", found.paths.cell_scores)


def _notes(path: Path) -> Iterator[str]:
    """What the scores of a dataset or an ADM are of other code, and do not fit the config of the study they lie in."""
    from pluralism.files import read_yaml
    from pluralism.study.provenance import Provenance, misfits
    from pluralism.study.reading import read_config
    from pluralism.study.study import Study

    for results in path.absolute().parents[1:4:2]:
        config = Path(os.path.relpath(results / "config.yaml"))
        dataset, *cell = path.absolute().relative_to(results).parts[:-1]
        if results.name != "results" or not config.is_file():
            continue
        try:
            study = Study(read_config({**read_yaml(config), "output": os.path.relpath(results.parent)}, str(config)))
        except UserError as error:
            yield str(error)
            return
        if cells := [entry for entry in study.cells(dataset) if not cell or entry.names[1:] == tuple(cell)]:
            imported = dict.fromkeys(entry.experiment for entry in cells if entry.imported is not None)
            yield from (f"{dataset}, {name}: imported, other code decided" for name in imported)
            provenance = Provenance(study)
            record = provenance.decisions(cells[0]) if cell else provenance.scores(dataset)
            yield from (f"{fault}, as in {config}" for fault in misfits([record]))
        else:
            yield f"{path}: not in the grid of {config}"


def _only(scores: "pd.DataFrame", column: str, wanted: list[str]) -> "pd.DataFrame":
    known = list(dict.fromkeys(scores[column]))
    for name in wanted:
        if name not in known:
            raise UserError(f"--{column}: '{name}' not found in the scores; there are: {', '.join(known)}")
    return scores[scores[column].isin(wanted)]
