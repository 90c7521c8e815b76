"""How often an ADM picks another response when the responses are shown in another order."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.looks import series_looks
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import PALE
from pluralism.reporting.figure import FIGURES, FigureKind, competes
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def decision_flips(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The share of pairs of samples in different orders that picked different responses.

    Args:
        table: `flips` of a dataset's statistics.
        names: which ADMs are references.

    Returns:
        Columns experiment, adm, n (pairs), and in percent of n flipped with its 95% interval, flipped_low and
        flipped_high.
    """
    found = competing(table, names)
    found[["flipped", "flipped_low", "flipped_high"]] *= 100
    return found


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A row per ADM, a marker per experiment; `data` is from `decision_flips`."""
    adms = names.in_order(data["adm"])
    labels = [names.adm(adm).label for adm in adms]
    looks = series_looks(list(data["experiment"].unique()))
    height = rows_height(labels, row_height=0.1 + 0.05 * len(looks))
    figure, (panel,) = panel_grid([""], "decisions that flip (%)", "", most_columns=1, panel_height=height)
    panel.grid(visible=False, axis="y")
    for border in range(1, len(adms)):
        panel.axhline(border - 0.5, color=PALE, linewidth=0.5)
    for index, (experiment, look) in enumerate(looks.items()):
        part = data[data["experiment"] == experiment]
        shift = (index - (len(looks) - 1) / 2) * 0.7 / len(looks)
        rows = part["adm"].map(adms.index) + shift
        panel.hlines(rows, part["flipped_low"], part["flipped_high"], look.colour, linewidth=0.7)
        label = names.experiment(experiment).label
        panel.plot(part["flipped"], rows, color=look.colour, marker=look.marker, linestyle="", label=label)
    label_rows(panel, labels)
    panel.set_xlim(left=0)
    shared_legend(figure, [panel])
    return figure


FIGURES.register("decision_flips")(
    FigureKind(
        title="Decisions that flip with the order",
        tables=("flips",),
        applies=competes,
        data=lambda source: decision_flips(source.table("flips"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
