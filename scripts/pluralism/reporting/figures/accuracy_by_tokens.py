"""Accuracy against the tokens that a model read and wrote for it."""

import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, draw_series, series, without_lines
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes


def accuracy_by_tokens(source: Source) -> pd.DataFrame:
    """The accuracy at high and low of the ADMs that asked a model, and the tokens of all their generations.

    Returns:
        Columns experiment, adm, target_set, tokens (read and written, for all items and targets), and accuracy in
        percent with its 95% interval, accuracy_low and accuracy_high.
    """
    accuracy, cost = source.tables["accuracy"], source.tables["cost"]
    spent = cost.assign(tokens=cost["prompt_tokens"] + cost["output_tokens"])
    extremes = competing(accuracy[accuracy["target_set"].isin(["high", "low"])], source.names)
    found = extremes.merge(spent[spent["tokens"] > 0], on=["experiment", "adm"])
    return found[["experiment", "adm", "target_set", "tokens", "accuracy", "accuracy_low", "accuracy_high"]]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a marker per ADM and target, filled at high."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    looks = without_lines(adm_looks(source.names, data["adm"]))
    figure, panels = panel_grid(
        data,
        "experiment",
        "tokens read and written",
        "accuracy (%)",
        title=source.names.experiment,
        columns=3,
        height=1.6,
    )
    for panel, rows in panels:
        for look, part, _ in series(rows, "adm", looks):
            for target_set, inside in (("high", look.colour), ("low", "white")):
                of_set = part[part["target_set"] == target_set]
                draw_series(panel, look, of_set["tokens"], of_set, "accuracy", markerfacecolor=inside)
    shared = panels[0][0]
    shared.set_xscale("log")
    # Within two powers of ten, the powers alone would be too few marks.
    steps = (1, 2, 5) if data["tokens"].max() < 100 * data["tokens"].min() else (1,)
    shared.xaxis.set_major_locator(LogLocator(subs=steps, numticks=5))
    shared.xaxis.set_minor_locator(NullLocator())
    shared.xaxis.set_major_formatter(EngFormatter(sep=""))
    shared.set_xlim(data["tokens"].min() / 1.6, data["tokens"].max() * 1.6)
    shared_legend(figure, looks, title="Filled: high target. Hollow: low target")
    return figure


FIGURES.register("accuracy_by_tokens")(
    FigureKind("Accuracy against tokens spent", accuracy_by_tokens, draw, tables=("accuracy", "cost"), applies=competes)
)
