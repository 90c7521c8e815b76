"""Panels that share their axes, rows with an ADM each, and the one legend below the panels."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pluralism.reporting.drawing.style import COLUMN_WIDTH, GREY, SMALL, TEXT_WIDTH, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTERS_PER_INCH = 12
"""Of a panel's title, at least."""
_SMALL_LETTERS_PER_INCH = 18
"""Of the title of a legend, at least."""
_LETTERS_OF_A_ROW, _LETTERS_OF_AN_ENTRY = 40, 60
"""Of the label of a row, and of an entry in the legend, before it goes on in a second line."""
_ROW_HEIGHT, _LINE_HEIGHT = 0.16, 0.1
"""In inches: a row whose label has one line, and each further line."""


def panel_grid(
    titles: Sequence[str], x_label: str, y_label: str, *, most_columns: int, panel_height: float
) -> "tuple[Figure, list[Axes]]":
    """A figure with a panel per title, which share both axes; as wide as a column if there is one panel.

    Args:
        titles: of the panels, row by row.
        x_label: of the lowest panel of each column.
        y_label: of the leftmost panel of each row.
        most_columns: how many panels stand side by side at most.
        panel_height: in inches, labels included.
    """
    from matplotlib.figure import Figure

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
        panel.set_title(_wrapped(title, letters_per_line), loc="left")
    return figure, panels[: len(titles)]


def rows_height(labels: Iterable[str], *, row_height: float = _ROW_HEIGHT) -> float:
    """The height in inches of a panel with a row per label, axis and title included.

    Args:
        labels: of the rows.
        row_height: in inches, of a row whose label has one line.
    """
    lines = [len(_wrapped(label, _LETTERS_OF_A_ROW).split("\n")) for label in labels]
    return 0.6 + len(lines) * max(row_height, _ROW_HEIGHT + _LINE_HEIGHT * (max(lines, default=1) - 1))


def lines_height(height: float, lines: int) -> float:
    """The height in inches of a panel that shows `lines` lines; more than 10 of them need more than `height`."""
    return height + 0.06 * max(0, lines - 10)


def label_rows(panel: "Axes", labels: Sequence[str]) -> None:
    """Give a panel, and those that share its axis, a row per label, the first on top."""
    panel.set_yticks(range(len(labels)), [_wrapped(label, _LETTERS_OF_A_ROW) for label in labels])
    panel.set_ylim(len(labels) - 0.5, -0.5)


def shared_legend(figure: "Figure", panels: "Sequence[Axes]", order: Sequence[str] = (), title: str = "") -> None:
    """One legend below the panels, for what any of them labels.

    It gets as many columns as fit. The figure grows by its height, so that the panels keep theirs.

    Args:
        figure: with the panels.
        panels: whose entries to show.
        order: all labels in the order to show them; none: as they come.
        title: stands above the entries, for what is common to all panels.
    """
    entries = {
        text: handle for panel in panels for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    labels = list(dict.fromkeys(order)) or list(entries)
    handles = [entries[text] for text in labels]
    words = [_wrapped(label, _LETTERS_OF_AN_ENTRY) for label in labels]
    title = _wrapped(title, int(_SMALL_LETTERS_PER_INCH * figure.get_figwidth()))
    for rows in range(1, len(labels) + 1):
        columns = math.ceil(len(labels) / rows)
        legend = figure.legend(
            handles, words, loc="outside lower center", ncols=columns, title=title or None, title_fontsize=SMALL
        )
        extent = legend.get_window_extent()
        if extent.width <= 0.98 * figure.bbox.width or columns == 1:
            break
        legend.remove()
    figure.set_figheight(figure.get_figheight() + extent.height / figure.dpi)


def blank(text: str) -> "Figure":
    """A figure that says why there is nothing to draw."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(COLUMN_WIDTH, 0.6))
        figure.text(0.5, 0.5, text, ha="center", va="center", color=GREY)
        return figure


def plain(text: str) -> str:
    """A text of the user's, drawn as it is written: matplotlib reads what is between dollars as a formula."""
    return text.replace("$", r"\$")


def _wrapped(text: str, letters: int) -> str:
    return plain(textwrap.fill(text, letters, break_on_hyphens=False))
