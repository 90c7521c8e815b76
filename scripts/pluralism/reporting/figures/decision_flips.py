"""How often an ADM picks another response when the responses are shown in another order."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, compose, row_label, rows_height
from pluralism.reporting.drawing.looks import Look, adm_looks, series_looks
from pluralism.reporting.drawing.marks import points_in_rows
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import INK
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes


def decision_flips(source: Source) -> pd.DataFrame:
    """The share of pairs of samples in different orders that picked different responses.

    Returns:
        Columns experiment, adm, n (pairs), and in percent of n flipped with its 95% interval, flipped_low and
        flipped_high.
    """
    found = competing(source.tables["flips"], source.names)
    found[["flipped", "flipped_low", "flipped_high"]] *= 100
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A row per ADM, in it a marker per experiment that has it."""
    adms = source.names.in_order(data["adm"])
    shown = data.sort_values("adm", key=lambda names: names.map(adms.index), kind="stable")
    shown["row"] = [row_label(source.names.adm(adm)) for adm in shown["adm"]]
    looks = series_looks({name: source.names.experiment(name) for name in data["experiment"]})
    markers = {name: Look(look.label, INK, look.marker) for name, look in looks.items()}
    colours = ("adm", adm_looks(source.names, adms))
    plot = points_in_rows(
        shown, "flipped", "row", colours=colours, markers=("experiment", markers), place="experiment"
    ).label(x="decisions that flip (%)")
    most = int(data.groupby("adm").size().max())
    height = rows_height(map(source.names.adm, adms), 0.08 + 0.06 * most)
    return compose([Block(plot.limit(x=(0, None)), height, markers)])


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which shares of flips the ADMs lie, by experiment."""
    found = between_by(
        data, data["experiment"].map(source.names.experiment), "flipped", data["adm"].map(source.names.adm)
    )
    return f"Decisions of each ADM that flip when the responses are shown in another order. {found}."


FIGURES.register("decision_flips")(
    FigureKind("Decisions that flip with the order", decision_flips, draw, alt, tables=("flips",), applies=competes)
)
