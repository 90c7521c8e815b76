"""Panels that share their axes, rows for ADMs, and the one legend below the panels."""

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from pluralism.reporting.drawing.looks import Look
from pluralism.reporting.drawing.style import COLUMN_WIDTH, GREY, TEXT_WIDTH, styled
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panel: TypeAlias = "Axes"
"""matplotlib's axes, by a name that can be imported without matplotlib."""
_LETTERS_PER_INCH = 12
"""Of a panel's title, at least."""
_SMALL_LETTERS_PER_INCH = 18
"""Of the title of a legend, at least."""
_LETTERS_OF_A_ROW, _LETTERS_OF_AN_ENTRY = 40, 60
"""Of the label of a row, and of an entry in the legend, before it goes on in a second line."""
_ROW_HEIGHT, _LINE_HEIGHT = 0.16, 0.1
"""In inches: a row whose label has one line, and each further line."""


def panel_grid(
    data: pd.DataFrame,
    by: str | None,
    x_label: str,
    y_label: str,
    *,
    title: Callable[[str], str] = str,
    columns: int = 1,
    height: float,
) -> "tuple[Figure, list[tuple[Axes, pd.DataFrame]]]":
    """A figure with a panel per value of a column, in the order found; the panels share both axes.

    Args:
        data: what the figure shows.
        by: the column; None for one panel without a title.
        x_label: of the lowest panel of each column.
        y_label: of the leftmost panel of each row.
        title: of a panel, from the value.
        columns: the most panels in a row.
        height: in inches, labels included.

    Returns:
        The figure, as wide as a column if it has one panel, and each panel with its rows of the data.
    """
    from matplotlib.figure import Figure

    parts = [("", data)]
    if by is not None:
        parts = [(title(str(value)), part) for value, part in data.groupby(by, sort=False, observed=True)]
    rows = math.ceil(len(parts) / columns)
    columns = math.ceil(len(parts) / rows)
    figure = Figure(figsize=(TEXT_WIDTH if columns > 1 else COLUMN_WIDTH, rows * height))
    panels: list[Axes] = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for panel in panels[len(parts) :]:
        panel.remove()
    # A panel above an empty place is the lowest of its column, and shows the labels of the shared axis.
    for panel in panels[len(parts) - columns : len(parts)]:
        panel.tick_params(labelbottom=True)
        panel.set_xlabel(x_label)
    for panel in panels[::columns]:
        panel.set_ylabel(y_label)
    letters_per_line = int(_LETTERS_PER_INCH * figure.get_figwidth() / columns)
    for panel, (text, _) in zip(panels, parts, strict=False):
        panel.set_title(_wrapped(text, letters_per_line), loc="left")
    return figure, [(panel, part) for panel, (_, part) in zip(panels, parts, strict=False)]


def stacked_panels(
    data: pd.DataFrame, names: Names, x_label: str, *, row_height: float = _ROW_HEIGHT
) -> "tuple[Figure, list[tuple[Axes, pd.DataFrame, list[str]]]]":
    """A panel per experiment, below each other, with a row for each ADM that it runs.

    Args:
        data: what the figure shows, with the columns experiment and adm.
        names: labels and order.
        x_label: of the lowest panel; all share the axis.
        row_height: in inches, of a row whose label has one line.

    Returns:
        The figure, and each panel with its rows of the data and its ADMs, the first on top.
    """
    from matplotlib.figure import Figure

    parts = [(str(experiment), rows) for experiment, rows in data.groupby("experiment", sort=False)]
    adms = [names.in_order(rows["adm"]) for _, rows in parts]
    labels = [[names.adm(adm) for adm in of_panel] for of_panel in adms]
    heights = [rows_height(of_panel, row_height=row_height) for of_panel in labels]
    figure = Figure(figsize=(TEXT_WIDTH, sum(heights)))
    panels = figure.subplots(len(parts), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for panel, (experiment, _), words in zip(panels, parts, labels, strict=True):
        panel.grid(visible=False, axis="y")
        panel.set_title(plain(names.experiment(experiment)), loc="left")
        label_rows(panel, words)
    panels[-1].set_xlabel(x_label)
    return figure, [(panel, rows, shown) for panel, (_, rows), shown in zip(panels, parts, adms, strict=True)]


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


def label_rows(panel: Panel, labels: Sequence[str]) -> None:
    """Give a panel, and those that share its axis, a row per label, the first on top."""
    panel.set_yticks(range(len(labels)), [_wrapped(label, _LETTERS_OF_A_ROW) for label in labels])
    panel.set_ylim(len(labels) - 0.5, -0.5)


def shared_legend(figure: "Figure", looks: Mapping[str, Look] | None = None, title: str = "") -> None:
    """One legend below the panels: what any of them labels, and after that the series.

    It gets as many columns as fit. The figure grows by its height, so that the panels keep theirs.

    Args:
        figure: with the panels.
        looks: of the series; none: only what the panels label, in the order found.
        title: text above the entries, for what is common to all panels.
    """
    from matplotlib.lines import Line2D

    found = {
        text: handle for panel in figure.axes for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    shown = {look.label: Line2D([], [], **look.style) for look in (looks or {}).values()}
    entries = {text: handle for text, handle in found.items() if text not in shown} | shown
    words = [_wrapped(label, _LETTERS_OF_AN_ENTRY) for label in entries]
    title = _wrapped(title, int(_SMALL_LETTERS_PER_INCH * figure.get_figwidth()))
    for rows in range(1, len(words) + 1):
        columns = math.ceil(len(words) / rows)
        legend = figure.legend(entries.values(), words, loc="outside lower center", ncols=columns, title=title or None)
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
