"""The figures and tables that the report shows of a dataset, each with its caption, and those that hold nothing."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from pluralism.errors import UserError
from pluralism.reporting.figure import FIGURES, FORMS, Planned, planned_figures
from pluralism.reporting.report.captions import caption
from pluralism.reporting.tables.catalogue import FRONT_PAGE, PAGES, PAPER_TABLES
from pluralism.reporting.tables.statistics import paper_tables, statistics_pages
from pluralism.reporting.tables.table import Table
from pluralism.statistics.table_columns import WHY_EMPTY
from pluralism.study.study import Study

SMALL_SVG = 200_000
"""Bytes. A larger drawing is embedded only where its PNG is larger still."""
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}

Source = Callable[[Path], str]
"""Gives the address of a picture, as the page names it."""


@dataclass(frozen=True)
class Picture:
    """A figure that has something to show.

    Attributes:
        anchor: its place in the page.
        title: of its kind.
        part: experiment and ADM that it is of; empty for a whole dataset.
        path: the file that is shown.
        alt: what it shows, for those who do not see it.
        caption: can be read alone; empty for one of another package.
    """

    anchor: str
    title: str
    part: tuple[str, ...]
    path: Path
    alt: str
    caption: Markup


@dataclass(frozen=True)
class ShownTable:
    """A table that has rows: its place in the page, its title and its caption."""

    anchor: str
    title: str
    table: Table
    caption: Markup


def check_results(study: Study) -> None:
    """Raise a `UserError` if a figure or a table of statistics of a study is missing."""
    for dataset in study.datasets:
        figures = [
            study.paths.figure(dataset, planned.name, form) for planned in _planned(study, dataset) for form in FORMS
        ]
        tables = [study.paths.statistics(dataset, table) for table in PAGES]
        for path in (*figures, *tables, study.paths.scores(dataset)):
            if not Path(path).is_file():
                raise UserError(f"no report, run the study to its end first: {path}: no such file")


def pictures(study: Study, dataset: str) -> tuple[list[Picture], list[str]]:
    """The figures of a dataset, and the titles of those whose data has no rows."""
    names, shown, empty = study.config.names(), list[Picture](), list[str]()
    for planned in _planned(study, dataset):
        path = Path(study.paths.figure(dataset, planned.name, "png"))
        part = [names.experiment(planned.part.experiment)] if planned.part.experiment else []
        part += [names.adm(planned.part.adm)] if planned.part.adm else []
        title = planned.figure.title
        if _holds_nothing(path.with_suffix(".csv")):
            empty.append(": ".join([title, *part]))
            continue
        alt = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        anchor = f"figure-{dataset}-{planned.name.replace('/', '-')}"
        shown.append(Picture(anchor, title, tuple(part), _smallest(path), alt, caption(planned.kind, study.config)))
    return shown, empty


def _planned(study: Study, dataset: str) -> list[Planned]:
    """In the order of the kinds, those of the whole dataset before those of its parts."""
    figures = [entry for stage in planned_figures(study.config, dataset).values() for entry in stage]
    ranks = {kind: rank for rank, kind in enumerate(FIGURES.names())}
    return sorted(figures, key=lambda entry: (entry.figure.per.count("/"), ranks[entry.kind]))


def _holds_nothing(path: Path) -> bool:
    try:
        return pd.read_csv(path, nrows=1).empty
    except pd.errors.EmptyDataError:
        return True
    except ValueError as error:
        raise UserError(f"{path}: not CSV, remove it to make it again: {error}") from None


def _smallest(png: Path) -> Path:
    """The SVG file of a figure where it is small, which is sharp at any size; else its PNG."""
    svg = png.with_suffix(".svg")
    return svg if svg.stat().st_size <= max(SMALL_SVG, png.stat().st_size) else png


def embedded(path: Path) -> str:
    """A picture as a part of the page."""
    return f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def tables(study: Study, dataset: str) -> tuple[list[ShownTable], dict[str, list[str]]]:
    """The tables of a dataset, and why others hold nothing: reason -> their titles."""
    shown, empty = list[ShownTable](), dict[str, list[str]]()
    for name, title, table in _all_tables(study, dataset):
        if table.rows:
            text = caption(f"table_{name}", study.config)
            shown.append(ShownTable(f"table-{dataset}-{table.name}", title, table, text))
        else:
            empty.setdefault(WHY_EMPTY.get(name, "the study has nothing for it"), []).append(title.split(":")[0])
    return shown, empty


def _all_tables(study: Study, dataset: str) -> Iterator[tuple[str, str, Table]]:
    """(name, title, table): those of the statistics, then the paper's but for the one that the page opens with."""
    folder, names = Path(study.paths.statistics_folder(dataset)), study.config.names()
    yield from zip(PAGES, PAGES.values(), statistics_pages(folder, names, dataset), strict=True)
    benchmarks = Path(study.paths.benchmarks_folder(dataset))
    paper = paper_tables(folder, names, dataset=dataset, ablation=study.ablation(), benchmarks=benchmarks)
    for (name, title), table in zip(PAPER_TABLES.items(), paper, strict=True):
        if name != FRONT_PAGE:
            yield name, title, table
