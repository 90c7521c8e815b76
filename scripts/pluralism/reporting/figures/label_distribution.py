"""How often each level of each attribute is among the labels, in either split."""

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.style import BLUE, INK, ORANGE
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source

_SPLITS = {"train": (BLUE, "", -0.2), "eval": (ORANGE, "//////", 0.2)}
"""Colour and hatching of a split's bars, and how far right of the level they are."""


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
    levels = source.attributes.levels
    figure, panels = panel_grid(
        data, "attribute", "level of the label (0 to 1)", "responses (%)", columns=3, height=1.5
    )
    for panel, rows in panels:
        for split, part in rows.groupby("split", sort=False):
            colour, hatch, shift = _SPLITS[str(split)]
            label = f"{split} ({part['responses'].sum():,} responses)"
            x = np.arange(len(levels)) + shift
            panel.bar(x, part["share"], 0.4, edgecolor=INK, linewidth=0.4, label=label, color=colour, hatch=hatch)
        panel.grid(visible=False, axis="x")
    panels[0][0].set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    shared_legend(figure)
    return figure


FIGURES.register("label_distribution")(
    FigureKind("Labels of the items", label_distribution, draw, files=("attributes", "train", "eval"))
)
