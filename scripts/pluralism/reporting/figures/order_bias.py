"""How often a response is picked by its position in the order shown."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks, most_lines, panel_height
from pluralism.reporting.drawing.looks import cell_looks
from pluralism.reporting.drawing.marks import points_along
from pluralism.reporting.drawing.panels import cell_labels, competing, in_panels
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes


def order_bias(source: Source) -> pd.DataFrame:
    """The share of picks at each position, by the number of responses shown.

    Returns:
        Columns panel, experiment, adm, n_responses, position (from 1), n (picks by single samples), and in percent of n
        picked with its 95% interval, picked_low and picked_high, and expected.
    """
    found = in_panels(competing(source.tables["order_bias"], source.names), source.names)
    found["position"] += 1
    found[["picked", "picked_low", "picked_high", "expected"]] *= 100
    return found[["panel", *source.tables["order_bias"].columns]]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a line per ADM and number of responses."""
    sizes = sorted(data["n_responses"].unique())
    # Groups of positions are side by side: 1 2, then 1 2 3, and so on, each after a gap.
    starts = {size: sum(sizes[:place]) + place for place, size in enumerate(sizes)}
    shown = cell_labels(data, source.names)
    shown["place"] = shown["n_responses"].map(starts) + shown["position"] - 1.0
    blocks, panels = [], shown["panel"].nunique()
    for looks in line_blocks(cell_looks(source.names, shown), most_lines(panels)):
        rows = shown[shown["cell"].isin(looks)]
        plot = (
            points_along(rows, "place", "picked", "cell", looks, spread=0.5, panel="panel", group="n_responses")
            .facet("panel", wrap=1)
            .label(x="position in the order shown", y="picked there (%)", title=source.names.experiment)
        )
        blocks.append(Block(plot, panel_height(panels), looks))
    places = {start + step: str(step + 1) for size, start in starts.items() for step in range(size)}

    def draw_expected(panel: Panel) -> None:
        panel.grid(visible=False, axis="x")
        for size, start in starts.items():
            panel.hlines(100 / size, start - 0.4, start + size - 0.6, GREY, ":", linewidth=1.0, label="no order bias")
        panel.set_xticks(list(places), list(places.values()))
        panel.set_xlim(-0.6, max(places) + 0.6)
        panel.set_ylim(bottom=0)

    return compose(blocks, each=draw_expected)


def alt(data: pd.DataFrame, source: Source) -> str:
    """How far from chance the positions are picked at most, by number of responses."""
    whose = data["adm"].map(source.names.adm) + ", position " + data["position"].astype(str)
    off = data.assign(off=data["picked"] - data["expected"])
    found = between_by(
        off, data["n_responses"].astype(str), "off", whose, unit=" points", words="of {} responses".format
    )
    return f"How often the response at each position is picked. More than expected, {found}."


FIGURES.register("order_bias")(
    FigureKind("Picks by position", order_bias, draw, alt, tables=("order_bias",), applies=competes)
)
