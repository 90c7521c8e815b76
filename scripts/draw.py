#!/usr/bin/env python3
"""Draw figures of a dataset: each as PDF, PNG and the CSV that it draws.

The name of a figure is its kind, for example order_bias; for an experiment {experiment}/calibration, for an ADM
{experiment}/{adm}/predicted_levels. Only the options of the files that a figure is drawn from are needed.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from pluralism.commands import run
from pluralism.decisions.aggregation import AGGREGATES
from pluralism.errors import UserError
from pluralism.reporting.arguments import add_arguments, names_of
from pluralism.reporting.drawing.layout import blank
from pluralism.reporting.drawing.output import save
from pluralism.reporting.drawing.style import styled
from pluralism.reporting.figure import FIGURES, Per
from pluralism.reporting.source import Source

PARTS = {Per.DATASET: [], Per.EXPERIMENT: ["{experiment}"], Per.CELL: ["{experiment}", "{adm}"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = ", ".join("/".join([*PARTS[FIGURES.get(kind, "figure").per], kind]) for kind in FIGURES.names())
    parser.add_argument("figures", nargs="+", metavar="FIGURE", help=kinds)
    parser.add_argument("--statistics", type=Path, help="results/{dataset}/statistics")
    parser.add_argument("--train", type=Path, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, help="attribute file (YAML)")
    parser.add_argument("--targets", type=Path, nargs="+", default=[], help="target files (JSON)")
    files = "files {experiment}/{adm}/predictions.parquet"
    parser.add_argument("--predictions", type=Path, nargs="+", default=[], help=files)
    way = "how a score's samples are combined, for each of --predictions; default: mean"
    parser.add_argument("--aggregates", choices=AGGREGATES, nargs="+", help=way)
    add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder for {figure}.{pdf,png,csv}")
    arguments = parser.parse_args()
    aggregates = arguments.aggregates or ["mean"] * len(arguments.predictions)
    if len(aggregates) != len(arguments.predictions):
        parser.error("--aggregates: expected one for each of --predictions")
    cells = [f"{path.parent.parent.name}/{path.parent.name}" for path in arguments.predictions]
    source = Source(
        names=names_of(arguments),
        statistics=arguments.statistics,
        train=arguments.train,
        eval=arguments.eval,
        attribute_file=arguments.attributes,
        target_files=arguments.targets,
        predictions=dict(zip(cells, arguments.predictions, strict=True)),
        aggregates=dict(zip(cells, aggregates, strict=True)),
    )
    for name in arguments.figures:
        draw(name, source, arguments.output, arguments.note)


def draw(name: str, source: Source, folder: Path, note: str) -> None:
    """Write `{name}.pdf`, `.png` and `.csv` of one figure, with a small note above it."""
    *parts, kind = name.split("/")
    figure = FIGURES.get(kind, f"figure {name}")
    if len(parts) != len(PARTS[figure.per]):
        raise UserError(f"figure {name}: expected {'/'.join([*PARTS[figure.per], kind])}")
    experiment, adm = [*parts, None, None][:2]
    source = replace(source, experiment=experiment, adm=adm)
    data = figure.data(source)
    with styled():
        drawn = blank("The statistics hold nothing to draw here.") if data.empty else figure.draw(data, source)
    save(drawn, data, [folder / f"{name}.{suffix}" for suffix in ("pdf", "png", "csv")], note)


if __name__ == "__main__":
    run(main)
