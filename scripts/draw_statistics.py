#!/usr/bin/env python3
"""Draw figures from the statistics of a dataset: PDF, PNG and, beside each, the CSV that it draws.

A figure is asked for by its name, such as order_bias, or {experiment}/calibration for one experiment alone.
"""

import argparse
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from pluralism.commands import run
from pluralism.errors import UserError
from pluralism.reporting.figures import (
    accuracy_by_tokens,
    calibration,
    decision_flips,
    order_bias,
    paired_differences,
    shots_sweep,
    target_confusion,
)
from pluralism.reporting.figures.figure_names import OF_A_DATASET, OF_AN_EXPERIMENT, SOURCES
from pluralism.reporting.figures.layout import blank
from pluralism.reporting.figures.output import save
from pluralism.statistics.stored import read_statistics

FIGURES: dict[str, tuple[Callable[..., pd.DataFrame], Callable[[pd.DataFrame], Figure]]] = {
    "paired_differences": (paired_differences.paired_differences, paired_differences.draw),
    "calibration": (calibration.calibration, calibration.draw),
    "confusion_extremes": (partial(target_confusion.target_confusion, sampled=False), target_confusion.draw),
    "confusion_sampled": (partial(target_confusion.target_confusion, sampled=True), target_confusion.draw),
    "order_bias": (order_bias.order_bias, order_bias.draw),
    "decision_flips": (decision_flips.decision_flips, decision_flips.draw),
    "accuracy_by_tokens": (accuracy_by_tokens.accuracy_by_tokens, accuracy_by_tokens.draw),
    "shots_sweep": (shots_sweep.shots_sweep, shots_sweep.draw),
}
"""Name -> what picks the data out of the tables in `SOURCES`, and what draws them."""


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statistics", type=Path, required=True, help="results/{dataset}/statistics")
    names = f"of all experiments: {', '.join(OF_A_DATASET)}; of one: {', '.join(OF_AN_EXPERIMENT)}"
    parser.add_argument("--figures", nargs="+", required=True, help=names)
    parser.add_argument("--note", default="", help="a line to print small above the figures")
    parser.add_argument("--output", type=Path, required=True, help="folder for {figure}.{pdf,png,csv}")
    arguments = parser.parse_args()
    table = cache(partial(read_statistics, arguments.statistics))
    for name in arguments.figures:
        experiment, _, kind = name.rpartition("/")
        if kind not in (OF_AN_EXPERIMENT if experiment else OF_A_DATASET):
            raise UserError(f"--figures: {name}: unknown; {names}")
        choose, draw = FIGURES[kind]
        tables = [table(source) for source in SOURCES[kind]]
        data = choose(*(one[one["experiment"] == experiment] for one in tables) if experiment else tables)
        figure = blank("The statistics hold nothing to draw here.") if data.empty else draw(data)
        paths = [arguments.output / f"{name}.{suffix}" for suffix in ("pdf", "png", "csv")]
        save(figure, data, paths, arguments.note)


if __name__ == "__main__":
    run(main)
