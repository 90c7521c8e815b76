"""Panels that share their axes, and the one legend below them."""

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.reporting.figures.style import COLUMN_WIDTH, GREY, SMALL, TEXT_WIDTH, styled

_LETTERS_PER_INCH = 12
"""Of a panel's title, at least."""


def panel_grid(
    titles: Sequence[str], x_label: str, y_label: str, *, most_columns: int, panel_height: float
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel per title, which share both axes; as wide as a column if there is one panel.

    Args:
        titles: of the panels, row by row.
        x_label: of the lowest panel of each column.
        y_label: of the leftmost panel of each row.
        most_columns: how many panels stand side by side at most.
        panel_height: in inches, labels included.
    """
    rows = math.ceil(len(titles) / most_columns)
    columns = math.ceil(len(titles) / rows)
    figure = Figure(figsize=(TEXT_WIDTH if columns > 1 else COLUMN_WIDTH, rows * panel_height))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels: list[Axes] = list(grid.flat)
    for panel in panels[len(titles) :]:
        panel.remove()
    # A panel above an empty place is the lowest of its column, and shows the labels of the shared axis.
    for panel in panels[len(titles) - columns : len(titles)]:
        panel.tick_params(labelbottom=True)
        panel.set_xlabel(x_label)
    for panel in panels[::columns]:
        panel.set_ylabel(y_label)
    letters_per_line = int(_LETTERS_PER_INCH * figure.get_figwidth() / columns)
    for panel, title in zip(panels, titles, strict=False):
        panel.set_title(textwrap.fill(title, letters_per_line), loc="left")
    return figure, panels[: len(titles)]


def shared_legend(figure: Figure, panels: Sequence[Axes], order: Sequence[str] = (), title: str = "") -> None:
    """One legend below the panels, for what any of them labels; in `order`, which names all labels, or as they come.

    It gets as many columns as fit. The figure grows by its height, so that the panels keep theirs. A `title` above the
    entries tells what is common to all panels.
    """
    entries = {
        text: handle for panel in panels for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    labels = order or list(entries)
    handles = [entries[text] for text in labels]
    for rows in range(1, len(labels) + 1):
        columns = math.ceil(len(labels) / rows)
        legend = figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, title=title or None, title_fontsize=SMALL
        )
        extent = legend.get_window_extent()
        if extent.width <= 0.98 * figure.bbox.width or columns == 1:
            break
        legend.remove()
    figure.set_figheight(figure.get_figheight() + extent.height / figure.dpi)


@styled()
def blank(text: str) -> Figure:
    """A figure that tells why there is nothing to draw."""
    figure = Figure(figsize=(COLUMN_WIDTH, 0.6))
    figure.text(0.5, 0.5, text, ha="center", va="center", color=GREY)
    return figure
