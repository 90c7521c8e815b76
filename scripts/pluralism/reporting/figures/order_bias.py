"""How often a response is picked by its position in the order shown."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.reporting.adm_names import REFERENCES, in_order, label
from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import GREY, Look, adm_looks, styled

_EXPECTED = "no order bias"


def order_bias(table: pd.DataFrame) -> pd.DataFrame:
    """The share of picks at each position, by the number of responses shown.

    Args:
        table: `order_bias` of a dataset's statistics.

    Returns:
        Columns experiment, adm, n_responses, position (from 1), n (picks by single samples), and in percent of n picked
        with its 95% interval, picked_low and picked_high, and expected.
    """
    found = table[~table["adm"].isin(REFERENCES)].copy()
    found["position"] += 1
    found[["picked", "picked_low", "picked_high", "expected"]] *= 100
    return found.reset_index(drop=True)


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per experiment, a line per ADM and number of responses; `data` is from `order_bias`."""
    adms = in_order(data["adm"])
    names = list(data["experiment"].unique())
    figure, panels = panel_grid(
        names,
        "position in the order shown",
        "picked there (%)",
        most_columns=2,
        panel_height=1.7,
    )
    sizes = sorted(data["n_responses"].unique())
    # Groups of positions stand side by side: 1 2, then 1 2 3, and so on, each after a gap.
    starts = {size: sum(sizes[:place]) + place for place, size in enumerate(sizes)}
    looks = adm_looks(adms)
    for panel, name in zip(panels, names, strict=True):
        _draw_panel(panel, data[data["experiment"] == name], starts, looks)
    places = [(starts[size] + step, str(step + 1)) for size in sizes for step in range(size)]
    panels[0].set_xticks(*map(list, zip(*places, strict=True)))
    panels[0].set_xlim(-0.6, places[-1][0] + 0.6)
    panels[0].set_ylim(0, 1.05 * float(data["picked_high"].fillna(data["picked"]).max()))
    shared_legend(figure, panels, [_EXPECTED, *map(label, adms)])
    return figure


def _draw_panel(panel: Axes, data: pd.DataFrame, starts: dict[int, int], looks: dict[str, Look]) -> None:
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
                label=label(adm),
            )
