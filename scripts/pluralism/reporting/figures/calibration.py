"""The levels that an experiment's ADMs predict, against the true ones of the same responses, in ten bins."""

import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, series
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, predicts_levels

_LARGEST, _SMALLEST = 26.0, 2.0
"""Areas of markers, in points squared: of the fullest bin of a figure, and of an almost empty one."""


def calibration(source: Source) -> pd.DataFrame:
    """The bins that hold a response.

    Returns:
        Columns adm, attribute (`all` for all together), bin_low, bin_high, n, share (of the ADM's responses, in
        percent), mean_predicted, mean_true with its 95% interval, mean_true_low and mean_true_high.
    """
    table = source.tables["calibration"]
    found = competing(table[table["n"] > 0], source.names).drop(columns="experiment")
    share = 100 * found["n"] / found.groupby(["adm", "attribute"])["n"].transform("sum")
    found.insert(list(found.columns).index("n") + 1, "share", share)
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per attribute, a line per ADM."""
    looks = adm_looks(source.names, data["adm"])
    figure, panels = panel_grid(
        data.assign(area=_SMALLEST + (_LARGEST - _SMALLEST) * data["share"] / data["share"].max()),
        "attribute",
        "mean predicted level",
        "mean true level",
        title=lambda name: "all attributes" if name == "all" else name,
        columns=4,
        height=1.75,
    )
    for panel, rows in panels:
        panel.plot([0, 1], [0, 1], ":", color=GREY, linewidth=0.8, label="perfect calibration")
        for look, part, _ in series(rows, "adm", looks):
            x, y = part["mean_predicted"], part["mean_true"]
            panel.vlines(x, part["mean_true_low"], part["mean_true_high"], look.colour, linewidth=0.5, alpha=0.6)
            panel.plot(x, y, color=look.colour, linestyle=look.line, linewidth=0.7)
            panel.scatter(x, y, part["area"], look.colour, marker=look.marker, linewidths=0)
    shared = panels[0][0]
    # Where the protocol does not bound them, levels may be beyond the scale.
    predicted = data["mean_predicted"].to_numpy(dtype=float)
    shared.set(xlim=(predicted.min(initial=0) - 0.05, predicted.max(initial=1) + 0.05))
    shared.set(xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
    shared.set(ylim=(-0.05, 1.05), yticks=[0, 0.5, 1], yticklabels=["0", "0.5", "1"])
    shared_legend(figure, looks, title="The larger a marker, the more responses")
    return figure


FIGURES.register("calibration")(
    FigureKind(
        "Calibration of the predicted levels",
        calibration,
        draw,
        tables=("calibration",),
        per=Per.EXPERIMENT,
        applies=predicts_levels,
    )
)
