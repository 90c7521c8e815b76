"""The colour, marker and line of each ADM, the same in every figure of a study."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pluralism.reporting.drawing.style import GREY
from pluralism.study.names import Names

Line = str | tuple[int, tuple[float, ...]]
Marker = str | tuple[int, Literal[0, 1, 2], int]


@dataclass(frozen=True)
class Look:
    """How an ADM or an experiment is drawn; no two differ by colour alone."""

    colour: str
    marker: Marker
    line: Line


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


def series_looks(names: Iterable[str]) -> dict[str, Look]:
    """A look for each name, by its place; up to 20 have markers of their own, which may also be hollow."""
    return {name: _look(place) for place, name in enumerate(names)}


def _look(place: int) -> Look:
    line = place + place // len(_MARKERS)  # another one where the markers start again
    return Look(_COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)], _LINES[line % len(_LINES)])


def adm_looks(names: Names, adms: Iterable[str]) -> dict[str, Look]:
    """The looks of ADMs in the order of the config.

    An ADM has its look by its place among all ADMs of the study, so that it is the same whichever of them a figure
    shows. References are grey.

    Args:
        names: the study's.
        adms: those that a figure shows, each as often as it likes.
    """
    shown = names.in_order(adms)
    known = names.in_order([*(adm.name for adm in names.adms), *shown])
    references = [adm for adm in known if names.is_reference(adm)]
    looks = series_looks(adm for adm in known if adm not in references)
    looks |= {
        adm: Look(GREY, _REFERENCE_MARKERS[place % len(_REFERENCE_MARKERS)], ":")
        for place, adm in enumerate(references)
    }
    return {adm: looks[adm] for adm in shown}
