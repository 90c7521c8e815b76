"""The levels that an experiment's ADMs predict, against the true ones of the same responses, in ten bins."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.looks import Look, adm_looks
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.figure import FIGURES, FigureKind, Per, predicts_levels
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LARGEST, _SMALLEST = 26.0, 2.0
"""Areas of markers, in points squared: of the fullest bin of a figure, and of an almost empty one."""


def calibration(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The bins that hold a response.

    Args:
        table: the rows of one experiment of the table `calibration`.
        names: which ADMs are references.

    Returns:
        Columns adm, attribute (`all` for all together), bin_low, bin_high, n, share (of the ADM's responses, in
        percent), mean_predicted, mean_true with its 95% interval, mean_true_low and mean_true_high.
    """
    found = competing(table[table["n"] > 0], names).drop(columns="experiment")
    share = 100 * found["n"] / found.groupby(["adm", "attribute"])["n"].transform("sum")
    found.insert(list(found.columns).index("n") + 1, "share", share)
    return found


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per attribute, a line per ADM; `data` is from `calibration`."""
    attributes = list(data["attribute"].unique())
    figure, panels = panel_grid(
        ["all attributes" if name == "all" else name for name in attributes],
        "mean predicted level",
        "mean true level",
        most_columns=4,
        panel_height=1.75,
    )
    looks = adm_looks(names, data["adm"])
    areas = _SMALLEST + (_LARGEST - _SMALLEST) * data["share"] / data["share"].max()
    for panel, attribute in zip(panels, attributes, strict=True):
        _draw_panel(panel, data.assign(area=areas)[data["attribute"] == attribute], looks, names)
    ticks = [0, 0.5, 1]
    for set_ticks in (panels[0].set_xticks, panels[0].set_yticks):
        set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    panels[0].set_xlim(-0.05, 1.05)
    panels[0].set_ylim(-0.05, 1.05)
    labels = ["perfect calibration", *(names.adm(adm).label for adm in looks)]
    shared_legend(figure, panels, labels, title="The larger a marker, the more responses")
    return figure


def _draw_panel(panel: "Axes", data: pd.DataFrame, looks: dict[str, Look], names: Names) -> None:
    panel.plot([0, 1], [0, 1], ":", color=GREY, linewidth=0.8, label="perfect calibration")
    for adm, look in looks.items():
        part = data[data["adm"] == adm]
        if part.empty:
            continue
        x, y = part["mean_predicted"], part["mean_true"]
        panel.vlines(x, part["mean_true_low"], part["mean_true_high"], look.colour, linewidth=0.5, alpha=0.6)
        panel.plot(x, y, color=look.colour, linestyle=look.line, linewidth=0.7)
        panel.scatter(x, y, part["area"], look.colour, marker=look.marker, linewidths=0)
        # The legend shows the line with a marker of common size.
        label = names.adm(adm).label
        panel.plot([], [], color=look.colour, linestyle=look.line, marker=look.marker, label=label)


FIGURES.register("calibration")(
    FigureKind(
        title="Calibration of the predicted levels",
        tables=("calibration",),
        per=Per.EXPERIMENT,
        applies=predicts_levels,
        data=lambda source: calibration(source.table("calibration"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
