"""How often an ADM picks another response when the responses are shown in another order."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, compose
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.rows import points_by_adm
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
    plot, height, looks = points_by_adm(data, "flipped", source.names)
    return compose([Block(plot.label(x="decisions that flip (%)").limit(x=(0, None)), height, looks)])


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which shares of flips the ADMs lie, by experiment."""
    found = between_by(
        data, data["experiment"].map(source.names.experiment), "flipped", data["adm"].map(source.names.adm)
    )
    return f"Decisions of each ADM that flip when the responses are shown in another order. {found}."


FIGURES.register("decision_flips")(
    FigureKind("Decisions that flip with the order", decision_flips, draw, alt, tables=("flips",), applies=competes)
)
