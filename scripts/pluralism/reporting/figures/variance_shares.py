"""Where the variance of an outcome comes from: a bar per ADM, in it a part per source."""

from typing import Any

import pandas as pd

from pluralism.reporting.drawing.layout import shared_legend, stacked_panels
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import BLUE, GREY, INK, ORANGE, PALE, SKY, VERMILLION
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes
from pluralism.statistics.table_columns import BOTH, ITEM, MODEL, ORDER, SAMPLE, TARGET, WORDING
from pluralism.targets.sets import ALL

_BARS = {
    TARGET: (BLUE, ""),
    ITEM: (SKY, "//////"),
    BOTH: (PALE, ""),
    ORDER: (ORANGE, "......"),
    SAMPLE: ("white", "\\\\\\\\\\\\"),
    WORDING: (VERMILLION, "xxxxxx"),
    MODEL: (GREY, ""),
}
"""Colour and hatching of a source."""


def variance_shares(source: Source) -> pd.DataFrame:
    """The shares of the sources of variance, under all targets together.

    Returns:
        Columns experiment, adm, source, n (how many of it there are), in percent share with its 95% interval, share_low
        and share_high, and the standard deviations outcome_sd and accuracy_sd in percentage points.
    """
    table = competing(source.tables["variance"], source.names)
    found = table[(table["target_set"] == ALL) & table["share"].notna()].reset_index(drop=True)
    found[["share", "share_low", "share_high"]] *= 100
    columns = ["experiment", "adm", "source", "n", "share", "share_low", "share_high", "outcome_sd", "accuracy_sd"]
    return found[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, in it a row per ADM that it runs."""
    figure, panels = stacked_panels(data, source.names, "share of the variance of an outcome (%)")
    for panel, rows, adms in panels:
        shares = rows.pivot_table("share", "adm", "source").reindex(adms, columns=list(_BARS)).fillna(0)
        start = pd.Series(0.0, adms)
        for name, (colour, hatch) in _BARS.items():
            if name in set(data["source"]):
                fill: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.4}
                panel.barh(range(len(adms)), shares[name], 0.7, start, label=name, **fill)
                start = start + shares[name]
    panels[0][0].set_xlim(0, 100)
    shared_legend(figure)
    return figure


FIGURES.register("variance_shares")(
    FigureKind("Where the variance comes from", variance_shares, draw, tables=("variance",), applies=competes)
)
