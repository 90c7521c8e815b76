"""Accuracy against the tokens that a model read and wrote for it."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from pluralism.reporting.adm_names import REFERENCES, in_order, label
from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import Look, adm_looks, styled


def accuracy_by_tokens(accuracy: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """The accuracy at high and low of the ADMs that asked a model, and the tokens of all their generations.

    Args:
        accuracy: this table of a dataset's statistics.
        cost: this one.

    Returns:
        Columns experiment, adm, target_set, tokens (read and written, for all items and targets), and accuracy in
        percent with its 95% interval, accuracy_low and accuracy_high.
    """
    spent = cost.assign(tokens=cost["prompt_tokens"] + cost["output_tokens"])
    extremes = accuracy[accuracy["target_set"].isin(["high", "low"]) & ~accuracy["adm"].isin(REFERENCES)]
    found = extremes.merge(spent[spent["tokens"] > 0], on=["experiment", "adm"])
    return found[["experiment", "adm", "target_set", "tokens", "accuracy", "accuracy_low", "accuracy_high"]]


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per experiment, a marker per ADM and target, filled at high; `data` is from `accuracy_by_tokens`."""
    adms = in_order(data["adm"])
    names = list(data["experiment"].unique())
    figure, panels = panel_grid(names, "tokens read and written", "accuracy (%)", most_columns=3, panel_height=1.6)
    looks = adm_looks(adms)
    for panel, name in zip(panels, names, strict=True):
        _draw_panel(panel, data[data["experiment"] == name], looks)
    panels[0].set_xscale("log")
    # Within two powers of ten, the powers alone would be too few marks.
    steps = (1, 2, 5) if data["tokens"].max() < 100 * data["tokens"].min() else (1,)
    panels[0].xaxis.set_major_locator(LogLocator(subs=steps, numticks=5))
    panels[0].xaxis.set_minor_locator(NullLocator())
    panels[0].xaxis.set_major_formatter(EngFormatter(sep=""))
    panels[0].set_xlim(data["tokens"].min() / 1.6, data["tokens"].max() * 1.6)
    shared_legend(figure, panels, list(map(label, adms)), title="Filled: high target. Hollow: low target")
    return figure


def _draw_panel(panel: Axes, data: pd.DataFrame, looks: dict[str, Look]) -> None:
    for adm, look in looks.items():
        part = data[data["adm"] == adm]
        for target_set, inside in (("high", look.colour), ("low", "white")):
            of_set = part[part["target_set"] == target_set]
            panel.vlines(of_set["tokens"], of_set["accuracy_low"], of_set["accuracy_high"], look.colour, linewidth=0.6)
            panel.plot(of_set["tokens"], of_set["accuracy"], look.marker, color=look.colour, markerfacecolor=inside)
        if not part.empty:
            panel.plot([], [], look.marker, color=look.colour, label=label(adm))
