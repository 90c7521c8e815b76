"""The levels that an experiment's ADMs predict, against the true ones of the same responses, in ten bins."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.reporting.adm_names import REFERENCES, in_order, label
from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import GREY, Look, adm_looks, styled

_LARGEST, _SMALLEST = 26.0, 2.0
"""Areas of markers, in points squared: of the fullest bin of a figure, and of an almost empty one."""


def calibration(table: pd.DataFrame) -> pd.DataFrame:
    """The bins that hold a response.

    Args:
        table: the rows of one experiment of the table `calibration`.

    Returns:
        Columns adm, attribute (`all` for all together), bin_low, bin_high, n, share (of the ADM's responses, in
        percent), mean_predicted, mean_true with its 95% interval, mean_true_low and mean_true_high.
    """
    found = table[~table["adm"].isin(REFERENCES) & (table["n"] > 0)].drop(columns="experiment")
    share = 100 * found["n"] / found.groupby(["adm", "attribute"])["n"].transform("sum")
    found.insert(list(found.columns).index("n") + 1, "share", share)
    return found.reset_index(drop=True)


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per attribute, a line per ADM; `data` is from `calibration`."""
    attributes = list(data["attribute"].unique())
    adms = in_order(data["adm"])
    figure, panels = panel_grid(
        ["all attributes" if name == "all" else name for name in attributes],
        "mean predicted level",
        "mean true level",
        most_columns=4,
        panel_height=1.75,
    )
    looks = adm_looks(adms)
    areas = _SMALLEST + (_LARGEST - _SMALLEST) * data["share"] / data["share"].max()
    for panel, attribute in zip(panels, attributes, strict=True):
        _draw_panel(panel, data.assign(area=areas)[data["attribute"] == attribute], looks)
    ticks = [0, 0.5, 1]
    for set_ticks in (panels[0].set_xticks, panels[0].set_yticks):
        set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    panels[0].set_xlim(-0.05, 1.05)
    panels[0].set_ylim(-0.05, 1.05)
    shared_legend(
        figure, panels, ["perfect calibration", *map(label, adms)], title="The larger a marker, the more responses"
    )
    return figure


def _draw_panel(panel: Axes, data: pd.DataFrame, looks: dict[str, Look]) -> None:
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
        panel.plot([], [], color=look.colour, linestyle=look.line, marker=look.marker, label=label(adm))
