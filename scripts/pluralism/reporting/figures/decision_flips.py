"""How often an ADM picks another response when the responses are shown in another order."""

import pandas as pd

from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.looks import series, series_looks, without_lines
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import PALE
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes


def decision_flips(source: Source) -> pd.DataFrame:
    """The share of pairs of samples in different orders that picked different responses.

    Returns:
        Columns experiment, adm, n (pairs), and in percent of n flipped with its 95% interval, flipped_low and
        flipped_high.
    """
    found = competing(source.tables["flips"], source.names)
    found[["flipped", "flipped_low", "flipped_high"]] *= 100
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A row per ADM, a marker per experiment."""
    adms = source.names.in_order(data["adm"])
    labels = [source.names.adm(adm) for adm in adms]
    looks = without_lines(series_looks({name: source.names.experiment(name) for name in data["experiment"]}))
    height = rows_height(labels, row_height=0.1 + 0.05 * len(looks))
    figure, [(panel, _)] = panel_grid(data, None, "decisions that flip (%)", "", height=height)
    panel.grid(visible=False, axis="y")
    for border in range(1, len(adms)):
        panel.axhline(border - 0.5, color=PALE, linewidth=0.5)
    for look, part, shift in series(data, "experiment", looks, spread=0.7):
        rows = part["adm"].map(adms.index) + shift
        panel.hlines(rows, part["flipped_low"], part["flipped_high"], look.colour, linewidth=0.7)
        panel.plot(part["flipped"], rows, **look.style)
    label_rows(panel, labels)
    panel.set_xlim(left=0)
    shared_legend(figure, looks)
    return figure


FIGURES.register("decision_flips")(
    FigureKind("Decisions that flip with the order", decision_flips, draw, tables=("flips",), applies=competes)
)
