"""How often each level of each attribute is among the labels, in either split."""

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, level_labels
from pluralism.reporting.drawing.looks import Look, scales
from pluralism.reporting.drawing.style import BLUE, INK, ORANGE
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source

_COLOURS = {"train": BLUE, "eval": ORANGE}
"""Of a split's bars: one is dark, the other pale, in grey, too."""


def label_distribution(source: Source) -> pd.DataFrame:
    """Count the responses by split, attribute and level; a label between two levels counts as the nearer.

    Returns:
        Columns split, attribute, level, responses (a count), share (percent of the split's responses).
    """
    rows = []
    levels = np.array(source.attributes.levels)
    for split, items in source.items.items():
        for attribute in source.attributes.names:
            if not items:
                continue
            labels = np.array([response[attribute] for item in items for response in item.labels])
            nearest = np.abs(labels[:, None] - levels).argmin(axis=1)
            for level, count in zip(levels, np.bincount(nearest, minlength=len(levels)), strict=True):
                rows.append((split, attribute, level, count, 100 * count / len(labels)))
    return pd.DataFrame(rows, columns=["split", "attribute", "level", "responses", "share"])


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per attribute, in it a bar per level and split."""
    import seaborn.objects as so

    shares = data.groupby("split", sort=False)["responses"].sum() // data["attribute"].nunique()
    looks = {str(split): Look(f"{split} ({n:,} responses)", _COLOURS[str(split)], "s") for split, n in shares.items()}
    levels = list(source.attributes.levels)
    level = "level nearest to the label" if source.attributes.continuous else "level of the label"
    plot = (
        so.Plot(data.assign(place=data["level"].map(levels.index)), x="place", y="share", color="split")
        .add(so.Bar(edgecolor=INK, edgewidth=0.4, alpha=1), so.Dodge(), orient="x", legend=False)
        .scale(color=scales(looks)["color"])
        .facet("attribute", wrap=2)
        .label(x=f"{level} ({source.attributes.shown_range})", y="responses (%)", title=str)
    )

    def set_ticks(panel: Panel) -> None:
        panel.grid(visible=False, axis="x")
        panel.set_xticks(range(len(levels)), level_labels(levels, source.attributes))

    return compose([Block(plot, 1.2, looks)], each=set_ticks)


def alt(data: pd.DataFrame, source: Source) -> str:
    """The most frequent level of each attribute among the eval items."""
    part = data[data["split"] == ("eval" if "eval" in set(data["split"]) else data["split"].iloc[0])]
    most = part.loc[part.groupby("attribute", sort=False)["share"].idxmax()]
    found = [
        f"{attribute} {source.attributes.shown(level)} ({share:.0f}%)"
        for attribute, level, share in zip(most["attribute"], most["level"], most["share"], strict=True)
    ]
    return (
        f"How often each level of each attribute is among the labels. Most often, among eval items: {', '.join(found)}."
    )


FIGURES.register("label_distribution")(
    FigureKind("Labels of the items", label_distribution, draw, alt, files=("attributes", "train", "eval"))
)
