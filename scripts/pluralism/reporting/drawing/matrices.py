"""Matrices beside each other, with one scale of colours for all, by seaborn."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import TITLE_LINE_HEIGHT, Panel, letters, wrapped
from pluralism.reporting.drawing.style import COLUMN_WIDTH, SMALL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MANY = 6
"""More matrices are three in a row, and lower."""
_HEIGHT, _LOW_HEIGHT = 1.4, 0.95
"""In inches: of a row of two panels, and of one of three."""
_LABELS_HEIGHT = 0.3
"""In inches: what the matrices have down and across."""
_SCALE_HEIGHT = 0.45
"""In inches: the scale of colours with its labels."""


def are_many(matrices: Collection[object]) -> bool:
    """Whether they are drawn small, with no room for numbers in their cells."""
    return len(matrices) > _MANY


def heat_maps(
    matrices: Mapping[str, pd.DataFrame],
    *,
    texts: Mapping[str, pd.DataFrame] | None = None,
    limits: tuple[float, float],
    colours: str,
    words: str,
    down: str,
    across: str,
    small: bool = False,
    each: Callable[[Panel], None] = lambda panel: None,
) -> "Figure":
    """A panel per matrix, with all rows and columns of the first.

    Args:
        matrices: title of a panel -> its values.
        texts: title of a panel -> what stands in its cells; None for nothing.
        limits: the values of the palest and the darkest colour.
        colours: a colour map of matplotlib.
        words: what the values are, at the scale of colours below.
        down: what the rows are.
        across: what the columns are.
        small: whether three fit in a row, as they have to where there are many.
        each: draws on a panel, and sets its ticks.
    """
    import seaborn as sns
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    columns, height = (3, _LOW_HEIGHT) if small or are_many(matrices) else (2, _HEIGHT)
    rows = math.ceil(len(matrices) / columns)
    columns = min(columns, len(matrices))
    titles = [wrapped(title, letters(columns), 3) for title in matrices]
    height += TITLE_LINE_HEIGHT * max(title.count("\n") for title in titles)
    heights = [rows * height + _LABELS_HEIGHT, _SCALE_HEIGHT]
    figure = Figure(figsize=(COLUMN_WIDTH, sum(heights)), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0]
    panels: list[Panel] = list(above.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for panel in panels[len(matrices) :]:
        panel.remove()
    shown = panels[: len(matrices)]
    for panel, (title, values) in zip(shown, matrices.items(), strict=True):
        written = {"annot": texts[title], "fmt": "", "annot_kws": {"fontsize": SMALL - 1}} if texts else {}
        low, high = limits
        sns.heatmap(values, ax=panel, cmap=colours, vmin=low, vmax=high, cbar=False, rasterized=True, **written)
        panel.set(xlabel="", ylabel="")
        panel.tick_params(labelrotation=0, length=0)
        each(panel)
    for panel, title in zip(shown, titles, strict=True):
        panel.set_title(title, loc="left")
    # A panel above an empty place is the lowest of its column, and shows the labels of the shared axis.
    for panel in shown[-columns:]:
        panel.tick_params(labelbottom=True)
    above.supxlabel(across, fontsize="medium")
    above.supylabel(down, fontsize="medium")
    scale = below.add_subplot()
    figure.colorbar(shown[0].collections[0], scale, orientation="horizontal", ticks=MaxNLocator(5), label=words)
    return figure
