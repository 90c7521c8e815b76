"""A figure of seaborn's plots, below each other: a column wide, as high as they need, each with its legend below."""

import math
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from pluralism.datasets.attributes import AttributeSet
from pluralism.reporting.drawing.looks import Look
from pluralism.reporting.drawing.style import COLUMN_WIDTH, GREY, styled, theme

if TYPE_CHECKING:
    import seaborn.objects as so
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.gridspec import GridSpec

Panel: TypeAlias = "Axes"
"""matplotlib's axes, by a name that can be imported without matplotlib."""
_MOST_LINES, _MOST_LINES_OF_MANY_PANELS = 8, 12
"""ADMs in a plot of lines: more of them stand in further plots below it, but not where that makes many panels."""
_MANY_PANELS = 3
"""Below each other; so many are lower, so that the figure fits a page."""
_PANEL_HEIGHT, _LOW_PANEL_HEIGHT = 1.6, 1.15
"""In inches: of a panel as wide as the figure."""
_LETTERS_PER_INCH = 14
"""Of a panel's title, at least."""
_SMALL_LETTERS_PER_INCH = 18
"""Of the title of a legend, at least."""
_LETTERS_OF_A_ROW, _LETTERS_OF_AN_ENTRY = 22, 50
"""Of the label of a row, and of an entry in the legend, before it goes on in a second line."""
_LINES_OF_A_ROW, _LINES_OF_AN_ENTRY, _LINES_OF_A_TITLE = 3, 2, 3
"""At most; where more would be needed, the middle is left out."""
_MANY_ROWS, _MANY_ENTRIES = 12, 4
"""The labels of more rows, and of more entries in a legend, have a line less, so that the figure fits a page."""
_MOST_LEVELS = 5
"""On the axis of a panel of half a column."""
LEVEL_TICKS = (0.0, 0.5, 1.0)
"""Of an axis of levels: the lowest, the middle and the highest."""
TITLE_LINE_HEIGHT = 0.12
"""In inches: each line of a title after the first."""
_ROW_HEIGHT, _LINE_HEIGHT = 0.15, 0.11
"""In inches: a row whose label has one line, and each further line."""
_FRAME_HEIGHT = 0.6
"""In inches: the title and the axis of a panel."""


@dataclass(frozen=True)
class Block:
    """A plot in a figure.

    Attributes:
        plot: of seaborn, without a legend of its own.
        height: of each row of its panels in inches, labels and a title of one line included.
        looks: of the series in its legend, after what its panels label.
    """

    plot: "so.Plot"
    height: float
    looks: Mapping[str, Look] = field(default_factory=dict)


def compose(
    blocks: Iterable[Block], *, each: Callable[[Panel], None] = lambda panel: None, legend: str = ""
) -> "Figure":
    """Draw blocks below each other; their panels get the same limits where they show the same variable.

    Args:
        blocks: the first is on top.
        each: draws on a panel what is no data, for example a line at chance, and sets its ticks.
        legend: text above the entries of each legend, for what is common to all panels.
    """
    from matplotlib.figure import Figure

    blocks = list(blocks)
    figure = Figure(figsize=(COLUMN_WIDTH, 1), layout="constrained")
    grid = figure.add_gridspec(2 * len(blocks), 1)
    heights, drawn = list[float](), list[list[Panel]]()
    for place, block in enumerate(blocks):
        panels = _drawn(block, figure.add_subfigure(grid[2 * place]))
        for panel in panels:
            each(panel)
        heights.append(grid_of(panels[0]).nrows * block.height + _wrap_titles(panels))
        _share_labels(panels)
        _wrap_labels(panels, block.height)
        drawn.append(panels)
        heights.append(_add_legend(figure.add_subfigure(grid[2 * place + 1]), panels, block.looks, legend))
    for alike in zip(*drawn, strict=False):
        _align(alike)
    grid.set_height_ratios(heights)
    figure.set_figheight(sum(heights))
    return figure


def _drawn(block: Block, part: "SubFigure") -> list[Panel]:
    with warnings.catch_warnings():
        # The newest seaborn asks pandas 3 not to copy, as it does anyway.
        warnings.filterwarnings("ignore", "The copy keyword is deprecated")
        block.plot.theme(theme()).on(part).plot()
    return [panel for panel in part.get_figure(root=True).axes if panel.get_figure(root=False) is part]


def grid_of(panel: Panel) -> "GridSpec":
    """The rows and columns of panels that one stands in."""
    grid = panel.get_gridspec()
    assert grid is not None, "panels are made by subplots"
    return grid


def letters(columns: int) -> int:
    """How many letters fit above a panel, so many of which stand side by side."""
    return int(_LETTERS_PER_INCH * COLUMN_WIDTH / columns) - 1


def _wrap_titles(panels: Sequence[Panel]) -> float:
    """Write titles in as many lines as they need; returns the height in inches of all lines but the first."""
    columns, lines = grid_of(panels[0]).ncols, list[int]()
    for panel in panels:
        title = wrapped(panel.get_title("left"), letters(columns), _LINES_OF_A_TITLE)
        panel.set_title(title, loc="left")
        lines.append(title.count("\n"))
    rows = (lines[start : start + columns] for start in range(0, len(lines), columns))
    return TITLE_LINE_HEIGHT * sum(map(max, rows))


def _share_labels(panels: Sequence[Panel]) -> None:
    """Write the label of an axis once, in the middle, where all panels of several have the same."""
    part, rows = panels[0].get_figure(root=False), grid_of(panels[0])
    for axis, several in (("x", rows.ncols > 1), ("y", rows.nrows > 1)):
        labels = {getattr(panel, f"get_{axis}label")() for panel in panels}
        if several and len(labels - {""}) == 1:
            getattr(part, f"sup{axis}label")(*(labels - {""}), fontsize="medium")
            for panel in panels:
                getattr(panel, f"set_{axis}label")("")


def _wrap_labels(panels: Sequence[Panel], height: float) -> None:
    """Write the label of each panel's upright axis in as many lines as a panel of this height in inches needs."""
    for panel in panels:
        panel.set_ylabel(wrapped(panel.get_ylabel(), int(_LETTERS_PER_INCH * height)))


def _align(panels: Sequence[Panel]) -> None:
    """Give panels of different blocks the same limits; those of one share theirs."""
    for axis in "xy" if len(panels) > 1 else "":
        ends = [getattr(panel, f"get_{axis}lim")() for panel in panels]
        for panel in panels:
            getattr(panel, f"set_{axis}lim")(min(low for low, _ in ends), max(high for _, high in ends))


def panel_height(panels: int) -> float:
    """The height in inches of each of so many panels as wide as the figure."""
    return _PANEL_HEIGHT if panels < _MANY_PANELS else _LOW_PANEL_HEIGHT


def most_lines(panels: int) -> int:
    """The most ADMs in a plot of so many panels that are as wide as the figure."""
    return _MOST_LINES if panels < _MANY_PANELS else _MOST_LINES_OF_MANY_PANELS


def line_blocks(looks: Mapping[str, Look], most: int) -> list[dict[str, Look]]:
    """The looks of the series of each plot: at most `most` ADMs, as many in each, and all references.

    A reference is what is drawn in grey.
    """
    references = {key: look for key, look in looks.items() if look.colour == GREY}
    others = [key for key in looks if key not in references]
    blocks = max(1, math.ceil(len(others) / most))
    size = max(1, math.ceil(len(others) / blocks))
    groups = [others[start : start + size] for start in range(0, len(others), size)] or [[]]
    return [{**{key: looks[key] for key in group}, **references} for group in groups]


def rows_height(labels: Iterable[str], row_height: float = _ROW_HEIGHT) -> float:
    """The height in inches of a panel with a row per label, axis and title included.

    Args:
        labels: of the rows.
        row_height: in inches, of a row whose label has one line.
    """
    lines = [label.count("\n") + 1 for label in row_labels(labels).values()]
    return _FRAME_HEIGHT + len(lines) * max(row_height, _ROW_HEIGHT + _LINE_HEIGHT * (max(lines, default=1) - 1))


def row_labels(texts: Iterable[str]) -> dict[str, str]:
    """Texts as labels of rows, in at most three lines; in as many as they need where two would read the same."""
    whole = list(texts)
    return _told_apart(whole, _LETTERS_OF_A_ROW, _LINES_OF_A_ROW - (len(whole) > _MANY_ROWS))


def level_labels(levels: Sequence[float], attributes: AttributeSet) -> list[str]:
    """The labels of levels on the axis of a narrow panel: of more than fit, the lowest, the middle and the highest.

    They are on the scale of the attributes.
    """
    last = len(levels) - 1
    named = range(last + 1) if last < _MOST_LEVELS else (0, last // 2, last)
    return [attributes.shown(level) if place in named else "" for place, level in enumerate(levels)]


def set_level_axis(panel: Panel, attributes: AttributeSet, *axes: Literal["x", "y"]) -> None:
    """Set the ticks of axes that show levels: the lowest, the middle and the highest of the scale."""
    for axis in axes:
        panel.set(**{f"{axis}ticks": LEVEL_TICKS, f"{axis}ticklabels": list(map(attributes.shown, LEVEL_TICKS))})


def _add_legend(part: "SubFigure", panels: Sequence[Panel], looks: Mapping[str, Look], title: str) -> float:
    """One legend for panels, in as many columns as fit, in a part of its own; returns its height in inches."""
    from matplotlib.lines import Line2D

    found = {text: handle for panel in panels for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    found |= {look.label: Line2D([], [], **look.style) for look in looks.values()}
    if not found:
        return 0.01
    texts = _told_apart(found, _LETTERS_OF_AN_ENTRY, _LINES_OF_AN_ENTRY - (len(found) > _MANY_ENTRIES))
    entries = {texts[text]: handle for text, handle in found.items()}
    title = wrapped(title, int(_SMALL_LETTERS_PER_INCH * COLUMN_WIDTH))
    for rows in range(1, len(entries) + 1):
        columns = math.ceil(len(entries) / rows)
        legend = part.legend(entries.values(), entries, loc="center", ncols=columns, title=title or None)
        extent = legend.get_window_extent()
        if extent.width <= 0.97 * COLUMN_WIDTH * part.dpi or columns == 1:
            break
        legend.remove()
    return float(extent.height / part.dpi)


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


class _Wrapper(textwrap.TextWrapper):
    """Breaks a text at spaces, underscores and what is left out; at a hyphen, only a word longer than a line."""

    wordsep_re = re.compile(r"(\s+|(?<=[_…]))")


def wrapped(text: str, letters: int, lines: int | None = None) -> str:
    """A text of the user's in lines of so many letters, drawn as it is written.

    Args:
        text: what to write.
        letters: of a line; one more where a word would else lose its comma to the next.
        lines: at most; of a text that needs more the middle is left out, since names differ at their ends.
    """
    wrapper = _Wrapper(letters + any(len(word) == letters + 1 for word in text.split()))
    shown = wrapper.wrap(text)
    kept = min(len(text), letters * lines) if lines else 0
    while lines and len(shown) > lines:
        kept -= 1
        shown = wrapper.wrap(f"{text[: kept - kept // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}")
    return plain("\n".join(shown))


def _told_apart(texts: Iterable[str], letters: int, lines: int) -> dict[str, str]:
    """Texts in at most so many lines, or whole where two would read the same."""
    whole = list(texts)
    short = {text: wrapped(text, letters, lines) for text in whole}
    return short if len(set(short.values())) == len(short) else {text: wrapped(text, letters) for text in whole}
