"""Dose response: the level of the picks against the wanted level of one attribute, all others unnamed."""

import pandas as pd

from pluralism.datasets.attributes import UNIT
from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks, most_lines, set_level_axis
from pluralism.reporting.drawing.looks import ORACLE, RANDOM, adm_looks
from pluralism.reporting.drawing.marks import points_along, with_references
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source

_SPREAD = 0.35
"""How much of the distance between two doses the ADMs' markers take, side by side."""
_REFERENCES = {"oracle_level": ORACLE, "random_level": RANDOM}


def dose_response(source: Source) -> pd.DataFrame:
    """The mean level of the picks at each dose.

    Returns:
        Columns adm, attribute (all: the mean over the attributes), wanted, n_items, level with its 95% interval,
        level_low and level_high, oracle_level, random_level.
    """
    return competing(source.tables["dose_response"], source.names).drop(columns="experiment")


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per attribute, a line per ADM."""
    shown = data.assign(shown=data["attribute"].replace("all", "all attributes")).sort_values("wanted", kind="stable")
    order = list(data["attribute"].replace("all", "all attributes").unique())
    references = shown.drop_duplicates(["attribute", "wanted"])
    blocks = []
    for looks in line_blocks(adm_looks(source.names, data["adm"]), most_lines(len(order))):
        plot = points_along(
            shown[shown["adm"].isin(looks)], "wanted", "level", "adm", looks, spread=_SPREAD, panel="shown"
        )
        plot = with_references(plot, references, _REFERENCES).facet("shown", order=order, wrap=3)
        plot = plot.label(x="wanted level", y="mean level of the picks", title=str)
        blocks.append(Block(plot, 1.1, {**_REFERENCES, **looks}))

    def set_ticks(panel: Panel) -> None:
        panel.set(xlim=(-0.08, 1.08))
        set_level_axis(panel, source.attributes, "x")
        if source.attributes.shown_scale != UNIT:
            set_level_axis(panel, source.attributes, "y")

    return compose(blocks, each=set_ticks)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which levels the picks lie at the lowest and at the highest dose, over all attributes."""
    of_all = data[data["attribute"] == "all"]
    ends = of_all[of_all["wanted"].isin([of_all["wanted"].min(), of_all["wanted"].max()])]
    ends = ends.assign(level=ends["level"].map(source.attributes.on_shown_scale))
    whose = data["adm"].map(source.names.adm)
    found = between_by(
        ends,
        ends["wanted"].map(source.attributes.shown),
        "level",
        whose[ends.index],
        unit="",
        digits=2,
        words="wanted {}".format,
    )
    return f"Mean level of an attribute in the picks against the wanted level. Over all attributes: {found}."


FIGURES.register("dose_response")(
    FigureKind(
        "Dose response of the picks",
        dose_response,
        draw,
        alt,
        tables=("dose_response",),
        files=("attributes",),
        per=Per.EXPERIMENT,
        applies=lambda part: part.doses,
    )
)
