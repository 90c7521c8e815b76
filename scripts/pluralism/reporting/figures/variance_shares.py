"""Where the variance of an outcome comes from: a bar per ADM, in it a part per source."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, row_label, rows_height
from pluralism.reporting.drawing.panels import cell_labels, competing, in_panels
from pluralism.reporting.drawing.style import BLUE, GREY, INK, ORANGE, PALE, SKY, VERMILLION
from pluralism.reporting.drawing.words import between
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
        Columns panel, experiment, adm, source, n (how many of it there are), in percent share with its 95% interval,
        share_low and share_high, and the standard deviations outcome_sd and accuracy_sd in percentage points.
    """
    table = competing(source.tables["variance"], source.names)
    found = table[(table["target_set"] == ALL) & table["share"].notna()].reset_index(drop=True)
    found[["share", "share_low", "share_high"]] *= 100
    columns = [
        "panel",
        "experiment",
        "adm",
        "source",
        "n",
        "share",
        "share_low",
        "share_high",
        "outcome_sd",
        "accuracy_sd",
    ]
    return in_panels(found, source.names)[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, in it a row per ADM that it runs."""
    import seaborn.objects as so
    from matplotlib.colors import to_hex

    sources = [name for name in _BARS if name in set(data["source"])]
    shown = data[data["source"].isin(sources)].sort_values("source", key=lambda names: names.map(sources.index))
    shown = cell_labels(shown, source.names)
    shown["row"] = shown["cell"].map(row_label)
    heights = [rows_height(part["cell"].unique()) for _, part in shown.groupby("panel", sort=False)]
    colours = so.Nominal({name: _BARS[name][0] for name in sources}, order=sources)
    bar = so.Bar(edgecolor=INK, edgewidth=0.4, alpha=1, width=0.7)
    plot = (
        so.Plot(shown, x="share", y="row", color="source")
        .add(bar, so.Stack(), orient="y", legend=False)
        .scale(color=colours)
        .facet("panel", wrap=1)
        .share(y=False)
        .limit(x=(0, 100))
        .label(x="share of the variance of an outcome (%)", y="", title=source.names.experiment)
    )
    looks = {to_hex(colour): (name, hatch) for name, (colour, hatch) in _BARS.items()}

    def hatch_bars(panel: Panel) -> None:
        """The sources differ in grey, too; seaborn's bars have no hatching."""
        for patch in panel.patches:
            name, hatch = looks[to_hex(patch.get_facecolor())]
            patch.set(hatch=hatch, label=name)

    return compose([Block(plot, heights)], each=hatch_bars)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which shares each source lies."""
    whose = data["adm"].map(source.names.adm) + ", " + data["panel"].map(source.names.experiment)
    parts = [
        f"{name}: {between(rows, 'share', whose[rows.index])}" for name, rows in data.groupby("source", sort=False)
    ]
    return f"Shares of the variance of an outcome by its source. {'; '.join(parts)}."


FIGURES.register("variance_shares")(
    FigureKind("Where the variance comes from", variance_shares, draw, alt, tables=("variance",), applies=competes)
)
