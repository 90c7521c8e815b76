"""What a dose of one attribute does to all: slopes of the level of each attribute on the wanted level of each."""

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import Panel, panel_grid, plain
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import DIVERGING, INK, SMALL
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, competes

_MOST_NUMBERS = 6
"""Attributes in a matrix whose cells have room for their number."""
_LETTERS = 14
"""Of an attribute's name at a matrix, before it is cut."""
_NEAREST = "nearest by label (oracle)"
"""The panel of what the items themselves bring along."""


def dose_slopes(source: Source) -> pd.DataFrame:
    """The slopes of each ADM, after those of the responses nearest to each dose.

    Returns:
        Columns adm (empty for the nearest responses), steered_attribute, attribute, n_items, slope with its 95%
        interval, slope_low and slope_high.
    """
    found = competing(source.tables["dose_slopes"], source.names).drop(columns="experiment")
    nearest = found.drop_duplicates(["steered_attribute", "attribute"]).drop(columns="slope")
    nearest = nearest.rename(columns={"oracle_slope": "slope"}).assign(adm="", slope_low=np.nan, slope_high=np.nan)
    return pd.concat([nearest, found], ignore_index=True)[found.columns.drop("oracle_slope")]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A matrix per ADM, wanted attributes down and followed ones across."""
    attributes = list(dict.fromkeys(data["attribute"]))
    steered = list(dict.fromkeys(data["steered_attribute"]))
    adms = ["", *source.names.in_order(adm for adm in data["adm"] if adm)]
    figure, panels = panel_grid(
        data.sort_values("adm", key=lambda names: names.map(adms.index), kind="stable"),
        "adm",
        "level of",
        "wanted level of",
        title=lambda adm: source.names.adm(adm) if adm else _NEAREST,
        columns=3,
        height=2.3,
    )
    most = max(1e-9, float(data["slope"].abs().max()))
    for panel, rows in panels:
        matrix = rows.pivot(values="slope", index="steered_attribute", columns="attribute")
        matrix = matrix.reindex(index=steered, columns=attributes).astype(float)
        image = panel.imshow(matrix, DIVERGING, vmin=-most, vmax=most, aspect="auto", interpolation="none")
        panel.grid(visible=False)
        panel.tick_params(axis="x", labelrotation=90)
        if len(attributes) <= _MOST_NUMBERS:
            _write_numbers(panel, matrix.to_numpy(), most)
    shared = panels[0][0]  # its ticks are those of all panels
    shared.set_xticks(range(len(attributes)), list(map(_short, attributes)))
    shared.set_yticks(range(len(steered)), list(map(_short, steered)))
    aspect = 30 * max(1, len(adms) / 6)
    figure.colorbar(image, ax=[panel for panel, _ in panels], label="slope", shrink=0.8, aspect=aspect)
    return figure


def _write_numbers(panel: Panel, matrix: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", most: float) -> None:
    """Write each slope into its cell, in white where the colour is dark."""
    for (row, column), value in np.ndenumerate(matrix):
        if not np.isnan(value):
            text, colour = f"{value:.2f}".replace("-0.00", "0.00"), "white" if abs(value) > 0.6 * most else INK
            panel.text(column, row, text, ha="center", va="center", color=colour, fontsize=SMALL - 1)


def _short(name: str) -> str:
    return plain(name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…")


FIGURES.register("dose_slopes")(
    FigureKind(
        "Side effects of a dose",
        dose_slopes,
        draw,
        tables=("dose_slopes",),
        per=Per.EXPERIMENT,
        applies=lambda part: competes(part) and part.doses,
    )
)
