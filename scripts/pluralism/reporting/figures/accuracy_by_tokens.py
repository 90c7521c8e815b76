"""Accuracy against the tokens that a model read and wrote for it."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.looks import Look, adm_looks
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.figure import FIGURES, FigureKind, competes
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def accuracy_by_tokens(accuracy: pd.DataFrame, cost: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The accuracy at high and low of the ADMs that asked a model, and the tokens of all their generations.

    Args:
        accuracy: this table of a dataset's statistics.
        cost: this one.
        names: which ADMs are references.

    Returns:
        Columns experiment, adm, target_set, tokens (read and written, for all items and targets), and accuracy in
        percent with its 95% interval, accuracy_low and accuracy_high.
    """
    spent = cost.assign(tokens=cost["prompt_tokens"] + cost["output_tokens"])
    extremes = competing(accuracy[accuracy["target_set"].isin(["high", "low"])], names)
    found = extremes.merge(spent[spent["tokens"] > 0], on=["experiment", "adm"])
    return found[["experiment", "adm", "target_set", "tokens", "accuracy", "accuracy_low", "accuracy_high"]]


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per experiment, a marker per ADM and target, filled at high; `data` is from `accuracy_by_tokens`."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    experiments = list(data["experiment"].unique())
    titles = [names.experiment(name).label for name in experiments]
    figure, panels = panel_grid(titles, "tokens read and written", "accuracy (%)", most_columns=3, panel_height=1.6)
    looks = adm_looks(names, data["adm"])
    for panel, name in zip(panels, experiments, strict=True):
        _draw_panel(panel, data[data["experiment"] == name], looks, names)
    panels[0].set_xscale("log")
    # Within two powers of ten, the powers alone would be too few marks.
    steps = (1, 2, 5) if data["tokens"].max() < 100 * data["tokens"].min() else (1,)
    panels[0].xaxis.set_major_locator(LogLocator(subs=steps, numticks=5))
    panels[0].xaxis.set_minor_locator(NullLocator())
    panels[0].xaxis.set_major_formatter(EngFormatter(sep=""))
    panels[0].set_xlim(data["tokens"].min() / 1.6, data["tokens"].max() * 1.6)
    labels = [names.adm(adm).label for adm in looks]
    shared_legend(figure, panels, labels, title="Filled: high target. Hollow: low target")
    return figure


def _draw_panel(panel: "Axes", data: pd.DataFrame, looks: dict[str, Look], names: Names) -> None:
    for adm, look in looks.items():
        part = data[data["adm"] == adm]
        for target_set, inside in (("high", look.colour), ("low", "white")):
            of_set = part[part["target_set"] == target_set]
            panel.vlines(of_set["tokens"], of_set["accuracy_low"], of_set["accuracy_high"], look.colour, linewidth=0.6)
            panel.plot(
                of_set["tokens"],
                of_set["accuracy"],
                color=look.colour,
                marker=look.marker,
                linestyle="",
                markerfacecolor=inside,
            )
        if not part.empty:
            panel.plot([], [], color=look.colour, marker=look.marker, linestyle="", label=names.adm(adm).label)


FIGURES.register("accuracy_by_tokens")(
    FigureKind(
        title="Accuracy against tokens spent",
        tables=("accuracy", "cost"),
        applies=competes,
        data=lambda source: accuracy_by_tokens(source.table("accuracy"), source.table("cost"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
