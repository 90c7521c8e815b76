"""Dose response: the level of the picks against the wanted level of one attribute, all others unnamed."""

import pandas as pd

from pluralism.reporting.drawing.layout import lines_height, panel_grid, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, draw_series, series
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, competes

_SPREAD = 0.35
"""How much of the distance between two doses the ADMs' markers take, side by side."""


def dose_response(source: Source) -> pd.DataFrame:
    """The mean level of the picks at each dose.

    Returns:
        Columns adm, attribute (all: the mean over the attributes), wanted, n_items, level with its 95% interval,
        level_low and level_high, oracle_level, random_level.
    """
    return competing(source.tables["dose_response"], source.names).drop(columns="experiment")


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per attribute, a line per ADM."""
    looks = adm_looks(source.names, data["adm"])
    doses = sorted(data["wanted"].unique())
    figure, panels = panel_grid(
        data,
        "attribute",
        "wanted level",
        "mean level of the picks",
        title=lambda name: "all attributes" if name == "all" else name,
        columns=4,
        height=lines_height(1.75, len(looks)),
    )
    for panel, rows in panels:
        references = rows.drop_duplicates("wanted").sort_values("wanted")
        x = references["wanted"]
        panel.plot(x, references["oracle_level"], "-", color=GREY, linewidth=1.6, label="nearest by label (oracle)")
        panel.plot(x, references["random_level"], ":", color=GREY, linewidth=1.0, label="random pick, expected")
        for look, part, shift in series(rows.sort_values("wanted"), "adm", looks, _SPREAD / max(1, len(doses) - 1)):
            draw_series(panel, look, part["wanted"] + shift, part, "level", linewidth=0.7, markersize=2.5)
    shared = panels[0][0]
    shared.set(xlim=(-0.08, 1.08), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
    shared_legend(figure, looks)
    return figure


FIGURES.register("dose_response")(
    FigureKind(
        "Dose response of the picks",
        dose_response,
        draw,
        tables=("dose_response",),
        per=Per.EXPERIMENT,
        applies=lambda part: competes(part) and part.doses,
    )
)
