"""Series of data: the colour, marker and line of each ADM, the same in every figure of a study, and how it is drawn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pluralism.reporting.drawing.style import GREY
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = str | tuple[int, tuple[float, ...]]
Marker = str | tuple[int, Literal[0, 1, 2], int]


@dataclass(frozen=True)
class Look:
    """How an ADM or an experiment is drawn, and its words in the legend; no two differ by colour alone."""

    label: str
    colour: str
    marker: Marker
    line: Line

    @property
    def style(self) -> dict[str, Any]:
        """The look as options of matplotlib's `plot`."""
        return {"color": self.colour, "marker": self.marker, "linestyle": self.line, "label": self.label}


_DASH_DOT_DOT: Line = (0, (4.0, 1.2, 1.0, 1.2, 1.0, 1.2))
_COLOURS = (
    *("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#222222"),
    *("#56b4e9", "#882255", "#e69f00", "#332288", "#8c6d31"),
)
"""Those of Okabe and Ito without yellow, which is too pale on paper, and four darker ones of Paul Tol."""
_MARKERS: tuple[Marker, ...] = (
    *("o", "s", "^", "D", "v", "P", "X", "*", "<", ">"),
    *("d", "p", "$\\spadesuit$", (4, 1, 0), "$\\clubsuit$", "h", (3, 1, 0), "$\\heartsuit$", (6, 1, 0), (3, 1, 180)),
)
_LINES: tuple[Line, ...] = ("-", "--", "-.", _DASH_DOT_DOT)
_REFERENCE_MARKERS: tuple[Marker, ...] = ("x", "+", "|", "_")


def series_looks(labels: Mapping[str, str]) -> dict[str, Look]:
    """A look for each key, by its place; up to 20 have markers of their own, which may also be hollow."""
    looks = {}
    for place, (key, label) in enumerate(labels.items()):
        line = _LINES[(place + place // len(_MARKERS)) % len(_LINES)]  # another one where the markers start again
        looks[key] = Look(label, _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)], line)
    return looks


def adm_looks(names: Names, adms: Iterable[str]) -> dict[str, Look]:
    """The looks of ADMs in the order of the config.

    An ADM has its look by its place among all ADMs of the study, so that it is the same whichever of them a figure
    shows. References are grey.

    Args:
        names: the study's.
        adms: those that a figure shows; may hold one more than once.
    """
    shown = names.in_order(adms)
    labels = {adm: names.adm(adm) for adm in names.in_order([*(adm.name for adm in names.adms), *shown])}
    references = [adm for adm in labels if names.is_reference(adm)]
    looks = series_looks({adm: label for adm, label in labels.items() if adm not in references})
    for place, adm in enumerate(references):
        looks[adm] = Look(labels[adm], GREY, _REFERENCE_MARKERS[place % len(_REFERENCE_MARKERS)], ":")
    return {adm: looks[adm] for adm in shown}


def without_lines(looks: Mapping[str, Look]) -> dict[str, Look]:
    """The same looks, of markers alone."""
    return {key: replace(look, line="") for key, look in looks.items()}


def series(
    data: pd.DataFrame, column: str, looks: Mapping[str, Look], spread: float = 0.0
) -> Iterator[tuple[Look, pd.DataFrame, float]]:
    """The rows of each series, its look, and how far to shift it so that it hides no other.

    Args:
        data: what a panel shows; a series without rows in it is left out.
        column: which series a row belongs to, a key of `looks`.
        looks: of all series of the figure.
        spread: the width over which the series are spread.
    """
    for place, (key, look) in enumerate(looks.items()):
        if not (rows := data[data[column] == key]).empty:
            yield look, rows, (place - (len(looks) - 1) / 2) * spread / len(looks)


def draw_series(
    panel: "Axes", look: Look, x: "pd.Series[float]", rows: pd.DataFrame, column: str, **style: Any
) -> None:
    """Draw a series: its markers, the line through them, and a bar for each interval.

    Args:
        panel: where.
        look: of the series.
        x: where its rows stand.
        rows: of the series.
        column: the values; the ends of their intervals are in `{column}_low` and `{column}_high`.
        style: options of matplotlib's `plot`, for markers and line.
    """
    panel.vlines(x, rows[f"{column}_low"], rows[f"{column}_high"], look.colour, linewidth=0.6)
    panel.plot(x, rows[column], **look.style, **style)
