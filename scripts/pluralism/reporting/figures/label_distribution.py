"""How often each level of each attribute is among the labels, in either split."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.style import BLUE, INK, ORANGE
from pluralism.reporting.figure import FIGURES, FigureKind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SPLITS = {"train": (BLUE, ""), "eval": (ORANGE, "//////")}
"""Colour and hatching of a split's bars."""


def label_distribution(splits: Mapping[str, Sequence[Item]], attributes: AttributeSet) -> pd.DataFrame:
    """Count the responses by split, attribute and level; a label between two levels counts as the nearer.

    Returns:
        Columns split, attribute, level, responses (a count), share (percent of the split's responses).
    """
    rows = []
    levels = np.array(attributes.levels)
    for split, items in splits.items():
        for attribute in attributes.names:
            labels = np.array([response[attribute] for item in items for response in item.labels])
            nearest = np.abs(labels[:, None] - levels).argmin(axis=1)
            for level, count in zip(attributes.levels, np.bincount(nearest, minlength=len(levels)), strict=True):
                rows.append((split, attribute, level, count, 100 * count / len(labels)))
    return pd.DataFrame(rows, columns=["split", "attribute", "level", "responses", "share"])


def draw(data: pd.DataFrame) -> "Figure":
    """A panel per attribute, in it a bar per level and split; `data` is from `label_distribution`."""
    attributes = list(data["attribute"].unique())
    levels = sorted(data["level"].unique())
    splits = [split for split in _SPLITS if split in set(data["split"])]
    figure, panels = panel_grid(
        attributes,
        "level of the label (0 to 1)",
        "responses (%)",
        most_columns=3,
        panel_height=1.5,
    )
    width = 0.8 / len(splits)
    for panel, attribute in zip(panels, attributes, strict=True):
        for index, split in enumerate(splits):
            part = data[(data["attribute"] == attribute) & (data["split"] == split)]
            colour, hatch = _SPLITS[split]
            panel.bar(
                np.arange(len(levels)) + (index - (len(splits) - 1) / 2) * width,
                part["share"],
                width,
                color=colour,
                hatch=hatch,
                edgecolor=INK,
                linewidth=0.4,
                label=f"{split} ({part['responses'].sum():,} responses)",
            )
        panel.grid(visible=False, axis="x")
        panel.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    shared_legend(figure, panels)
    return figure


FIGURES.register("label_distribution")(
    FigureKind(
        title="Labels of the items",
        files=("train", "eval"),
        data=lambda source: label_distribution(
            {"train": source.items("train"), "eval": source.items("eval")}, source.attributes
        ),
        draw=lambda data, source: draw(data),
    )
)
