#!/usr/bin/env python3
"""Draw figures of a dataset: each as PNG, PDF and SVG, with the CSV that it draws and what it shows in words (TXT).

The name of a figure is its kind, for example order_bias; for an experiment {experiment}/calibration, for an ADM
{experiment}/{adm}/predicted_levels. Only the options of the files that a figure is drawn from are needed.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pandas import DataFrame

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import Item, read_items
from pluralism.decisions.aggregation import AGGREGATES
from pluralism.errors import UserError
from pluralism.files import is_name
from pluralism.predictions import read_predictions
from pluralism.reporting.arguments import add_arguments, names_of
from pluralism.reporting.drawing.layout import blank
from pluralism.reporting.drawing.output import save
from pluralism.reporting.drawing.style import styled
from pluralism.reporting.figure import FIGURES, FORMS, NOTHING, FigureKind, Source
from pluralism.statistics.stored import read_statistics
from pluralism.targets.target import read_target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = ", ".join(FIGURES.get(kind, "figure").per + kind for kind in FIGURES.names())
    parser.add_argument("figures", nargs="+", metavar="FIGURE", help=kinds)
    parser.add_argument("--statistics", type=Path, help="results/{dataset}/statistics")
    parser.add_argument("--train", type=Path, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, help="attribute file (YAML)")
    parser.add_argument("--targets", type=Path, nargs="+", help="target files (JSON)")
    files = "files {experiment}/{adm}/predictions.parquet"
    parser.add_argument("--predictions", type=Path, nargs="+", default=[], help=files)
    way = "how a score's samples are combined, for each of --predictions; default: mean"
    parser.add_argument("--aggregates", choices=AGGREGATES, nargs="+", help=way)
    add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder for {figure}.{png,pdf,svg,csv,txt}")
    arguments = parser.parse_args()
    arguments.aggregates = arguments.aggregates or ["mean"] * len(arguments.predictions)
    if len(arguments.aggregates) != len(arguments.predictions):
        parser.error("--aggregates: expected one for each of --predictions")
    for name in arguments.figures:
        draw(name, arguments)


def draw(name: str, arguments: argparse.Namespace) -> None:
    """Write the files of one figure to the folder `arguments.output`."""
    *part, kind = name.split("/")
    figure = FIGURES.get(kind, f"figure {name}")
    if len(part) != figure.per.count("/") or not all(map(is_name, part)):
        raise UserError(f"figure {name}: expected {figure.per}{kind}")
    source = read_source(figure, part, arguments)
    data = figure.data(source)
    with styled():
        drawn = blank(NOTHING) if data.empty else figure.draw(data, source)
    paths = [arguments.output / f"{name}.{form}" for form in FORMS]
    save(drawn, data, paths, note=arguments.note, alt=figure.words(data, source))


def read_source(figure: FigureKind, part: list[str], arguments: argparse.Namespace) -> Source:
    """Read what a figure is drawn from; raises UserError if an option or a file is missing or a file has a fault.

    Args:
        figure: its kind.
        part: the experiment and the ADM that it shows; empty for a figure of a whole dataset.
        arguments: the options that name the files.
    """

    def given(option: str) -> Any:
        if not (value := getattr(arguments, option)):
            raise UserError(f"--{option}: missing; the figure is drawn from it")
        return value

    names = names_of(arguments)
    tables = {name: _statistics(given("statistics"), name) for name in figure.tables}
    if part and tables:
        _check_experiment(part[0], tables, arguments.statistics)
        tables = {name: table[table["experiment"] == part[0]] for name, table in tables.items()}
    splits = [split for split in ("train", "eval") if split in figure.files]
    items = {split: _items(given(split), given("attributes"), split == "train") for split in splits}
    source = Source(names, tables, items=items)
    if "attributes" in figure.files:
        source = replace(source, attributes=_attributes(given("attributes")))
    if "targets" in figure.files:
        source = replace(source, targets=[read_target(path, source.attributes) for path in given("targets")])
    if "predictions" in figure.files:
        cells = [[path.parent.parent.name, path.parent.name] for path in arguments.predictions]
        if part not in cells:
            raise UserError(f"--predictions of {'/'.join(part)}: missing; the figure is drawn from it")
        place = cells.index(part)
        predictions = read_predictions(arguments.predictions[place], bounded=False)
        source = replace(source, predictions=predictions, aggregate=arguments.aggregates[place])
    return source


def _check_experiment(experiment: str, tables: Mapping[str, DataFrame], statistics: Path) -> None:
    """Raise a `UserError` if an experiment is neither in the tables of a figure nor among those that ran."""
    if any(experiment in set(table["experiment"]) for table in tables.values()):
        return
    known = list(_statistics(statistics, "accuracy")["experiment"].unique())
    if experiment not in known:
        raise UserError(f"experiment '{experiment}' not found in {statistics}; found: {', '.join(known)}")


_statistics, _attributes = cache(read_statistics), cache(read_attributes)


@cache
def _items(path: Path, attributes: Path, may_be_empty: bool) -> list[Item]:
    return read_items(path, _attributes(attributes), may_be_empty=may_be_empty)


if __name__ == "__main__":
    run(main)
