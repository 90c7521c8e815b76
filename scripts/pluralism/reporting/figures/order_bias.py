"""How often a response is picked by its position in the order shown."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import lines_height, panel_grid, shared_legend
from pluralism.reporting.drawing.looks import Look, adm_looks
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.figure import FIGURES, FigureKind, competes
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EXPECTED = "no order bias"


def order_bias(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The share of picks at each position, by the number of responses shown.

    Args:
        table: `order_bias` of a dataset's statistics.
        names: which ADMs are references.

    Returns:
        Columns experiment, adm, n_responses, position (from 1), n (picks by single samples), and in percent of n picked
        with its 95% interval, picked_low and picked_high, and expected.
    """
    found = competing(table, names)
    found["position"] += 1
    found[["picked", "picked_low", "picked_high", "expected"]] *= 100
    return found


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per experiment, a line per ADM and number of responses; `data` is from `order_bias`."""
    looks = adm_looks(names, data["adm"])
    experiments = list(data["experiment"].unique())
    figure, panels = panel_grid(
        [names.experiment(name).label for name in experiments],
        "position in the order shown",
        "picked there (%)",
        most_columns=2,
        panel_height=lines_height(1.7, len(looks)),
    )
    sizes = sorted(data["n_responses"].unique())
    # Groups of positions stand side by side: 1 2, then 1 2 3, and so on, each after a gap.
    starts = {size: sum(sizes[:place]) + place for place, size in enumerate(sizes)}
    for panel, name in zip(panels, experiments, strict=True):
        _draw_panel(panel, data[data["experiment"] == name], starts, looks, names)
    places = [(starts[size] + step, str(step + 1)) for size in sizes for step in range(size)]
    panels[0].set_xticks(*map(list, zip(*places, strict=True)))
    panels[0].set_xlim(-0.6, places[-1][0] + 0.6)
    panels[0].set_ylim(0, 1.05 * float(data["picked_high"].fillna(data["picked"]).max()))
    shared_legend(figure, panels, [_EXPECTED, *(names.adm(adm).label for adm in looks)])
    return figure


def _draw_panel(
    panel: "Axes", data: pd.DataFrame, starts: dict[int, int], looks: dict[str, Look], names: Names
) -> None:
    panel.grid(visible=False, axis="x")
    for size, start in starts.items():
        panel.hlines(100 / size, start - 0.4, start + size - 0.6, GREY, ":", linewidth=1.0, label=_EXPECTED)
        for index, (adm, look) in enumerate(looks.items()):
            part = data[(data["adm"] == adm) & (data["n_responses"] == size)].sort_values("position")
            if part.empty:
                continue
            places = start + part["position"] - 1 + (index - (len(looks) - 1) / 2) * 0.5 / len(looks)
            panel.vlines(places, part["picked_low"], part["picked_high"], look.colour, linewidth=0.6)
            panel.plot(
                places,
                part["picked"],
                color=look.colour,
                marker=look.marker,
                linestyle=look.line,
                linewidth=0.7,
                label=names.adm(adm).label,
            )


FIGURES.register("order_bias")(
    FigureKind(
        title="Picks by position",
        tables=("order_bias",),
        applies=competes,
        data=lambda source: order_bias(source.table("order_bias"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
