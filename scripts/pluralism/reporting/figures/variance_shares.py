"""Where the variance of an outcome comes from: a bar per ADM, in it a part per source."""

from typing import Any

import pandas as pd

from pluralism.reporting.drawing.layout import label_rows, plain, rows_height, shared_legend
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import BLUE, GREY, INK, ORANGE, PALE, SKY, TEXT_WIDTH, VERMILLION
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
    from matplotlib.figure import Figure

    parts = [(str(experiment), rows) for experiment, rows in data.groupby("experiment", sort=False)]
    adms = [source.names.in_order(rows["adm"]) for _, rows in parts]
    labels = [[source.names.adm(adm) for adm in of_panel] for of_panel in adms]
    heights = [rows_height(of_panel) for of_panel in labels]
    figure = Figure(figsize=(TEXT_WIDTH, sum(heights)))
    panels = figure.subplots(len(parts), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for panel, (experiment, rows), of_panel, words in zip(panels, parts, adms, labels, strict=True):
        panel.grid(visible=False, axis="y")
        panel.set_title(plain(source.names.experiment(experiment)), loc="left")
        shares = rows.pivot_table("share", "adm", "source").reindex(of_panel, columns=list(_BARS)).fillna(0)
        start = pd.Series(0.0, of_panel)
        for name, (colour, hatch) in _BARS.items():
            if name in set(data["source"]):
                fill: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.4}
                panel.barh(range(len(of_panel)), shares[name], 0.7, start, label=name, **fill)
                start = start + shares[name]
        label_rows(panel, words)
    panels[-1].set_xlabel("share of the variance of an outcome (%)")
    panels[-1].set_xlim(0, 100)
    shared_legend(figure)
    return figure


FIGURES.register("variance_shares")(
    FigureKind("Where the variance comes from", variance_shares, draw, tables=("variance",), applies=competes)
)
