"""Series of data: the colour, marker and line of each ADM, the same in every figure of a study, and how it is drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from pluralism.reporting.drawing.style import GREY
from pluralism.study.names import Names

if TYPE_CHECKING:
    import seaborn.objects as so

Line = str | tuple[int, tuple[float, ...]]
Marker = str | tuple[int, Literal[0, 1, 2], int]


@dataclass(frozen=True)
class Look:
    """How an ADM or an experiment is drawn, and its words in the legend; no two differ by colour alone."""

    label: str
    colour: str
    marker: Marker
    line: Line = ""
    hollow: bool = False

    @property
    def style(self) -> dict[str, Any]:
        """The look as options of matplotlib's `plot`."""
        inside = {"markerfacecolor": "none"} if self.hollow else {}
        return {"color": self.colour, "marker": self.marker, "linestyle": self.line, "label": self.label, **inside}


ORACLE = Look("nearest by label (oracle)", GREY, "", "-")
RANDOM = Look("random pick, expected", GREY, "", ":")
"""Lines of what the items themselves bring along."""

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


def adm_colours(names: Names) -> dict[str, str]:
    """The colour of every ADM of a study: the same in all its figures, and in its pages."""
    return {adm: look.colour for adm, look in adm_looks(names, (adm.name for adm in names.adms)).items()}


def cell_looks(names: Names, cells: pd.DataFrame) -> dict[str, Look]:
    """The looks of ADMs in experiments, by what `panels.cell_labels` calls them, in the order of the config.

    One that is shown from several experiments keeps its colour, and changes its marker and its line.

    Args:
        names: the study's.
        cells: what a figure shows, with the columns adm and cell.
    """
    shown = cells[["adm", "cell"]].drop_duplicates()
    found = dict[str, Look]()
    for adm, look in adm_looks(names, shown["adm"]).items():
        for again, cell in enumerate(shown.loc[shown["adm"] == adm, "cell"]):
            marker, line = (_MARKERS[-again], _LINES[again % len(_LINES)]) if again else (look.marker, look.line)
            found[cell] = replace(look, label=cell, marker=marker, line=line)
    return found


def scales(looks: Mapping[str, Look]) -> "dict[str, so.Nominal]":
    """The looks as scales of a plot that maps color, marker, linestyle and fill to the keys of the looks."""
    import seaborn.objects as so

    values: dict[str, dict[str, Any]] = {
        "color": {key: look.colour for key, look in looks.items()},
        "marker": {key: look.marker for key, look in looks.items()},
        "linestyle": {key: look.line for key, look in looks.items()},
        "fill": {key: not look.hollow for key, look in looks.items()},
    }
    return {name: so.Nominal(found, order=list(looks)) for name, found in values.items()}


def without_lines(looks: Mapping[str, Look]) -> dict[str, Look]:
    """The same looks, of markers alone."""
    return {key: replace(look, line="") for key, look in looks.items()}
