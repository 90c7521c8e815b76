"""A radar plot of a target that is still clear at half an inch, and that shows level 0 and "not named" differently.

A radar, because a target is a profile over a few attributes of one scale, and some sixty of them are to be told apart
on one page by their shape: each attribute keeps its direction, and no number is read from it, nor any area compared.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pluralism.datasets.attributes import AttributeSet
from pluralism.reporting.drawing.layout import Panel, wrapped
from pluralism.reporting.drawing.looks import Look, series_looks
from pluralism.reporting.drawing.style import GREY, PALE, SMALL
from pluralism.targets.target import Target

_HOLE = 0.3
"""Radius of level 0 where that of level 1 is 1: an attribute that is wanted at 0 keeps a direction."""

_LETTERS = 24
"""Of an attribute's name in the key."""
KEY_LINE = 0.55
"""Of the key, as a part of the radius of a small radar."""
_TIMES = "\N{MULTIPLICATION SIGN}"

Point = tuple[float, float]


@dataclass(frozen=True)
class Radar:
    """Draws radar plots of the same attributes into one plot, whose y axis points down.

    Attributes:
        axes: the plot.
        attributes: one direction each, clockwise from the top; each has a colour and a marker of its own.
    """

    axes: Panel
    attributes: AttributeSet

    @cached_property
    def _looks(self) -> dict[str, Look]:
        return series_looks({name: name for name in self.attributes.names})

    def draw(self, centre: Point, radius: float, target: Target) -> None:
        """Draw a target: a spoke and a marker for each attribute that it names, and nothing for the others.

        A weight other than 1 is printed at the marker.
        """
        from matplotlib.patches import Polygon

        corners = [self._point(centre, radius, name, level) for name, level in target.levels.items()]
        self.axes.add_patch(Polygon(corners, facecolor=PALE, edgecolor=GREY, alpha=0.5, linewidth=0.8))
        self._draw_frame(centre, radius, target.levels)
        for name, corner in zip(target.levels, corners, strict=True):
            self._draw_marker(corner, name)
            if (weight := target.weights[name]) != 1:
                self.axes.annotate(
                    f"{_TIMES}{weight:g}", corner, xytext=(3, 0), textcoords="offset points", va="top", fontsize=SMALL
                )

    def draw_key(self, corner: Point, below: Point, *, weighted: bool) -> None:
        """List all attributes from `corner` down, and say at `below` how to read a plot; `weighted`: weights too."""
        for place, name in enumerate(self.attributes.names):
            left, y = corner[0], corner[1] + KEY_LINE * place
            self._draw_marker((left, y), name)
            self.axes.text(left + 0.5, y, wrapped(name, _LETTERS, 1), va="center", fontsize=SMALL)
        lowest, highest = map(self.attributes.shown, (0.0, 1.0))
        words = (
            f"Clockwise, from the top. Inner ring: level {lowest}.\nOuter ring: level {highest}. No spoke: not named."
        )
        words += f" {_TIMES}2: counts twice." if weighted else ""
        self.axes.text(*below, words, va="center", fontsize=SMALL, linespacing=1.6)

    def _draw_frame(self, centre: Point, radius: float, named: Iterable[str]) -> None:
        from matplotlib.patches import Circle

        for reach in (_HOLE, 1.0):
            self.axes.add_patch(Circle(centre, reach * radius, fill=False, edgecolor=PALE, linewidth=0.6))
        for name in named:
            inner, outer = (self._point(centre, radius, name, level) for level in (0.0, 1.0))
            self.axes.plot(*zip(inner, outer, strict=True), color=GREY, linewidth=0.5)

    def _draw_marker(self, point: Point, attribute: str) -> None:
        look = self._looks[attribute]
        self.axes.plot(*point, marker=look.marker, color=look.colour, clip_on=False)

    def _point(self, centre: Point, radius: float, attribute: str, level: float) -> Point:
        names = self.attributes.names
        angle = 2 * math.pi * names.index(attribute) / len(names)
        reach = (_HOLE + (1 - _HOLE) * level) * radius
        return centre[0] + reach * math.sin(angle), centre[1] - reach * math.cos(angle)
