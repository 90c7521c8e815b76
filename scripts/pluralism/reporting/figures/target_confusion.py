"""Target confusion: how right the picks for one target are under another."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import INK, SEQUENTIAL, SMALL
from pluralism.reporting.figure import FIGURES, FigureKind, Per, competes
from pluralism.study.names import Names
from pluralism.targets.sets import attribute_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_MOST_NUMBERS, _MOST_INTERVALS = 6, 2
"""Targets in a matrix whose cells have room for their number, and for its interval below."""


def target_confusion(table: pd.DataFrame, names: Names, *, sampled: bool) -> pd.DataFrame:
    """The accuracy of the picks for one target when they are scored on another.

    Args:
        table: the rows of one experiment of the table `confusion`.
        names: which ADMs are references.
        sampled: whether to keep the pairs of sampled targets, or else those of high and low.

    Returns:
        Columns adm, steered_to, scored_on, n_scored, accuracy in percent with its 95% interval, accuracy_low and
        accuracy_high, alignment_score.
    """
    wanted = {name for name in table["steered_to"].unique() if (attribute_count(name) is not None) == sampled}
    both = table["steered_to"].isin(wanted) & table["scored_on"].isin(wanted)
    return competing(table[both], names).drop(columns="experiment")


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A matrix per ADM, targets steered to down and scored on across; `data` is from `target_confusion`."""
    adms = names.in_order(data["adm"])
    targets = sorted(data["steered_to"].unique(), key=lambda name: (attribute_count(name) or 0, name))
    are_sampled = attribute_count(targets[0]) is not None
    unit = "\n(number of attributes)" if are_sampled else ""
    figure, panels = panel_grid(
        [names.adm(adm).label for adm in adms],
        f"scored on{unit}",
        f"steered to{unit}",
        most_columns=3,
        panel_height=2.2 if are_sampled else 1.3,
    )
    steps = data["accuracy"].dropna() / 10
    limits = (10 * np.floor(steps.min()), 10 * np.ceil(steps.max())) if len(steps) else (0, 100)
    images = [
        _draw_panel(
            panel, *(_matrix(data, adm, targets, f"accuracy{end}") for end in ("", "_low", "_high")), limits=limits
        )
        for panel, adm in zip(panels, adms, strict=True)
    ]
    _set_ticks(panels[0], targets)
    figure.colorbar(
        images[0],
        ax=panels,
        label="accuracy (%)",
        shrink=0.8,
        aspect=(30 if are_sampled else 12) * max(1, len(adms) / 6),
    )
    return figure


def _matrix(data: pd.DataFrame, adm: str, targets: list[str], column: str) -> np.ndarray:
    table = data[data["adm"] == adm].pivot(values=column, index="steered_to", columns="scored_on")
    return table.reindex(index=targets, columns=targets).to_numpy(dtype=float)


def _draw_panel(
    panel: "Axes", matrix: np.ndarray, low: np.ndarray, high: np.ndarray, *, limits: tuple[float, float]
) -> "AxesImage":
    panel.grid(visible=False)
    image = panel.imshow(matrix, SEQUENTIAL, vmin=limits[0], vmax=limits[1], aspect="auto", interpolation="none")
    if len(matrix) <= _MOST_NUMBERS:
        for (row, column), value in np.ndenumerate(matrix):
            dark = value > (limits[0] + limits[1]) / 2
            text = "-" if np.isnan(value) else f"{value:.0f}"
            if len(matrix) <= _MOST_INTERVALS and not np.isnan(low[row, column]):
                text += f"\n{low[row, column]:.0f} to {high[row, column]:.0f}"
            panel.text(column, row, text, ha="center", va="center", color="white" if dark else INK, fontsize=SMALL)
    return image


def _set_ticks(panel: "Axes", targets: list[str]) -> None:
    """High and low by name; the sampled ones by the number of attributes, in the middle of those that share it."""
    words = [str(attribute_count(name) or name.removeprefix("target_")) for name in targets]
    places = {word: np.flatnonzero(np.array(words) == word) for word in dict.fromkeys(words)}
    middles = [float(found.mean()) for found in places.values()]
    borders = [float(found[-1]) + 0.5 for found in places.values()][:-1]
    panel.set_xticks(middles, list(places))
    panel.set_yticks(middles, list(places))
    for other in panel.figure.axes:
        for border in borders:
            other.axhline(border, color="white", linewidth=0.6)
            other.axvline(border, color="white", linewidth=0.6)


FIGURES.register("confusion_extremes")(
    FigureKind(
        title="Target confusion, high and low",
        tables=("confusion",),
        per=Per.EXPERIMENT,
        applies=competes,
        data=lambda source: target_confusion(source.table("confusion"), source.names, sampled=False),
        draw=lambda data, source: draw(data, source.names),
    )
)
FIGURES.register("confusion_sampled")(
    FigureKind(
        title="Target confusion, sampled targets",
        tables=("confusion",),
        per=Per.EXPERIMENT,
        applies=lambda part: competes(part) and part.sampled,
        data=lambda source: target_confusion(source.table("confusion"), source.names, sampled=True),
        draw=lambda data, source: draw(data, source.names),
    )
)
