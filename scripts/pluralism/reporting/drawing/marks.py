"""Points with their intervals, as plots of seaborn: in rows, or over an axis of numbers.

The intervals are those of the statistics, clustered by prompt, so that seaborn draws them and computes none.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import Panel
from pluralism.reporting.drawing.looks import Look, scales
from pluralism.reporting.drawing.style import PALE

if TYPE_CHECKING:
    import seaborn.objects as so

POINT = 3.4
"""Size of a marker, in points."""
_SPREAD = 0.65
"""How much of a row its points take."""


def points_in_rows(
    data: pd.DataFrame,
    value: str,
    row: str,
    *,
    colours: tuple[str, Mapping[str, Look]],
    markers: tuple[str, Mapping[str, Look]],
    place: str | None = None,
) -> "so.Plot":
    """A row per value of a column, in it points with their intervals, one below the other.

    Args:
        data: what the plot shows, in the order of its rows and points.
        value: the column of the values; the ends of their intervals are in `{value}_low` and `{value}_high`.
        row: the column of the labels of rows.
        colours: the column that a point has its colour by, and the looks of its values.
        markers: the column that a point has its marker by, hollow or not, and the looks of its values.
        place: the column that tells points of a row apart; by default that of the markers.
    """
    import seaborn.objects as so

    (colour, colour_looks), (marker, marker_looks) = colours, markers
    shared = {"orient": "y", "color": colour, "group": place or marker, "width": "spread", "legend": False}
    below = so.Dodge(by=["group"], empty="fill" if place else "keep")
    ends = {"xmin": f"{value}_low", "xmax": f"{value}_high"}
    return (
        so.Plot(data.assign(spread=_SPREAD), x=value, y=row)
        .add(so.Range(linewidth=0.7), below, **ends, **shared)
        .add(so.Dot(pointsize=POINT, edgewidth=0.8), below, marker=marker, fill=marker, **shared)
        .scale(**scales(marker_looks) | {"color": scales(colour_looks)["color"]})
        .label(y="")
    )


def draw_borders(panel: Panel) -> None:
    """Draw pale lines between the rows of a panel."""
    for border in range(1, len(panel.get_yticks())):
        panel.axhline(border - 0.5, color=PALE, linewidth=0.5)


def points_along(
    data: pd.DataFrame,
    x: str,
    value: str,
    by: str,
    looks: Mapping[str, Look],
    *,
    spread: float,
    panel: str,
    line: bool = True,
    **more: Any,
) -> "so.Plot":
    """Points over an axis, with their intervals and, for each series, a line through them.

    Args:
        data: what the plot shows, in the order of the series.
        x: the column of the places on the axis.
        value: the column of the values; the ends of their intervals are in `{value}_low` and `{value}_high`.
        by: the column that tells the series apart, the keys of `looks`.
        looks: of the series.
        spread: how much of the distance between two places the series of a panel take, side by side.
        panel: the column that tells panels apart.
        line: whether a line leads through the points.
        more: variables of the line or the points, for example the `group` within which a line leads on.
    """
    import seaborn.objects as so

    shared = {"orient": "x", "legend": False, "color": by, "marker": by, **more}
    ends = {"ymin": f"{value}_low", "ymax": f"{value}_high"}
    placed = data.assign(**{x: data[x] + _beside(data, x, data[by].map(list(looks).index), data[panel], spread)})
    plot = (
        so.Plot(placed, x=x, y=value).scale(**scales(looks)).add(so.Range(linewidth=0.6, alpha=0.6), **ends, **shared)
    )
    if line:
        return plot.add(so.Line(pointsize=POINT, edgewidth=0.6), linestyle=by, **shared)
    return plot.add(so.Dot(pointsize=POINT, edgewidth=0.8), fill=by, **shared)


def with_references(plot: "so.Plot", data: pd.DataFrame, looks: Mapping[str, Look]) -> "so.Plot":
    """A plot with a line more per column that `looks` has, for what is the same for all series; `data` has it once."""
    import seaborn.objects as so

    for column, look in looks.items():
        line = so.Line(color=look.colour, linestyle=look.line, linewidth=1.2)
        plot = plot.add(line, data=data, y=column, orient="x", legend=False)
    return plot


def _beside(
    data: pd.DataFrame, x: str, ranks: "pd.Series[int]", panels: "pd.Series[str]", spread: float
) -> "pd.Series[float]":
    """How far beside its place each point stands: the series of a panel side by side, their middle at the place.

    seaborn's own `Dodge` would keep room for each part of a line, too, and for series of other panels.
    """
    places = np.unique(data[x].to_numpy(dtype=float))
    distance = float(np.diff(places).min()) if len(places) > 1 else 1.0
    series = ranks.groupby(panels)
    count, rank = series.transform("nunique"), series.rank(method="dense")
    # Few series at few places need not be far apart to be told from each other.
    return (0.02 * count * len(places)).clip(upper=spread) * distance * ((rank - 0.5) / count - 0.5)
