"""Where the variance of an outcome comes from: a bar per ADM, in it a part per source."""

from string import ascii_uppercase

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose
from pluralism.reporting.drawing.looks import Look
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.rows import height_of_rows, in_rows
from pluralism.reporting.drawing.style import BLUE, GREY, INK, ORANGE, PALE, SKY, SMALL, VERMILLION
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
_END = 103
"""Where the letter of a bar's experiment stands, in percent."""


def variance_shares(source: Source) -> pd.DataFrame:
    """The shares of the sources of variance, under all targets together.

    Returns:
        Columns experiment, adm, source, n (how many of it there are), in percent share with its 95% interval,
        share_low and share_high, and the standard deviations outcome_sd and accuracy_sd in percentage points.
    """
    table = competing(source.tables["variance"], source.names)
    found = table[(table["target_set"] == ALL) & table["share"].notna()].reset_index(drop=True)
    found[["share", "share_low", "share_high"]] *= 100
    columns = ["experiment", "adm", "source", "n", "share", "share_low", "share_high", "outcome_sd", "accuracy_sd"]
    return found[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A row per ADM, in it a bar per experiment, with its letter at the end where there are several."""
    import seaborn.objects as so
    from matplotlib.colors import to_hex

    sources = [name for name in _BARS if name in set(data["source"])]
    experiments = source.names.experiments_in_order(data["experiment"])
    letters = dict(zip(experiments, ascii_uppercase, strict=False)) if len(experiments) > 1 else {}
    shown = data[data["source"].isin(sources)].sort_values("source", key=lambda names: names.map(sources.index))
    shown = in_rows(shown, source.names).assign(
        experiment=lambda found: pd.Categorical(found["experiment"], experiments)
    )
    ends = shown.drop_duplicates(["adm", "experiment"])
    ends = ends.assign(letter=[letters.get(name, "") for name in ends["experiment"]], end=_END)
    colours = so.Nominal({name: _BARS[name][0] for name in sources}, order=sources)
    bar = so.Bar(edgecolor=INK, edgewidth=0.4, alpha=1, width=0.8)
    below = so.Dodge(by=["group"], empty="fill")
    plot = (
        so.Plot(shown, x="share", y="row", group="experiment")
        .add(bar, below, so.Stack(), color="source", orient="y", legend=False)
        .add(so.Text(color=INK, fontsize=SMALL - 1), below, data=ends, x="end", text="letter", orient="y")
        .scale(color=colours)
        .limit(x=(0, _END + 2 if letters else 100))
        .label(x="share of the variance of an outcome (%)", y="")
    )
    key = {
        name: Look(source.names.experiment(name), INK, f"$\\mathrm{{{letter}}}$") for name, letter in letters.items()
    }
    looks = {to_hex(colour): (name, hatch) for name, (colour, hatch) in _BARS.items()}

    def hatch_bars(panel: Panel) -> None:
        """The sources differ in grey, too; seaborn's bars have no hatching."""
        for patch in panel.patches:
            name, hatch = looks[to_hex(patch.get_facecolor())]
            patch.set(hatch=hatch, label=name)

    return compose([Block(plot, height_of_rows(data, source.names, 0.09), key)], each=hatch_bars)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which shares each source lies."""
    whose = data["adm"].map(source.names.adm) + ", " + data["experiment"].map(source.names.experiment)
    parts = [
        f"{name}: {between(rows, 'share', whose[rows.index])}" for name, rows in data.groupby("source", sort=False)
    ]
    return f"Shares of the variance of an outcome by its source. {'; '.join(parts)}."


FIGURES.register("variance_shares")(
    FigureKind("Where the variance comes from", variance_shares, draw, alt, tables=("variance",), applies=competes)
)
