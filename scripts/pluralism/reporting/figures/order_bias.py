"""How often a response is picked by its position in the order shown."""

import pandas as pd

from pluralism.reporting.drawing.layout import lines_height, panel_grid, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, draw_series, series
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes


def order_bias(source: Source) -> pd.DataFrame:
    """The share of picks at each position, by the number of responses shown.

    Returns:
        Columns experiment, adm, n_responses, position (from 1), n (picks by single samples), and in percent of n picked
        with its 95% interval, picked_low and picked_high, and expected.
    """
    found = competing(source.tables["order_bias"], source.names)
    found["position"] += 1
    found[["picked", "picked_low", "picked_high", "expected"]] *= 100
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a line per ADM and number of responses."""
    looks = adm_looks(source.names, data["adm"])
    sizes = sorted(data["n_responses"].unique())
    # Groups of positions are side by side: 1 2, then 1 2 3, and so on, each after a gap.
    starts = {size: sum(sizes[:place]) + place for place, size in enumerate(sizes)}
    figure, panels = panel_grid(
        data,
        "experiment",
        "position in the order shown",
        "picked there (%)",
        title=source.names.experiment,
        columns=2,
        height=lines_height(1.7, len(looks)),
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="x")
        for size, start in starts.items():
            panel.hlines(100 / size, start - 0.4, start + size - 0.6, GREY, ":", linewidth=1.0, label="no order bias")
            of_size = rows[rows["n_responses"] == size].sort_values("position")
            for look, part, shift in series(of_size, "adm", looks, spread=0.5):
                draw_series(panel, look, start + part["position"] - 1 + shift, part, "picked", linewidth=0.7)
    places = [(starts[size] + step, str(step + 1)) for size in sizes for step in range(size)]
    shared = panels[0][0]
    shared.set_xticks(*map(list, zip(*places, strict=True)))
    shared.set_xlim(-0.6, places[-1][0] + 0.6)
    shared.set_ylim(0, 1.05 * float(data["picked_high"].fillna(data["picked"]).max()))
    shared_legend(figure, looks)
    return figure


FIGURES.register("order_bias")(
    FigureKind("Picks by position", order_bias, draw, tables=("order_bias",), applies=competes)
)
