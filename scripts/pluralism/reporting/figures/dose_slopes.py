"""What a dose of one attribute does to all: slopes of the level of each attribute on the wanted level of each."""

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import Panel
from pluralism.reporting.drawing.looks import ORACLE
from pluralism.reporting.drawing.matrices import are_many, heat_maps
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import DIVERGING
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source

_MOST_NUMBERS = 6
"""Attributes in a matrix whose cells have room for their number."""
_LETTERS = 11
"""Of an attribute's name at a matrix, before it is cut."""


def dose_slopes(source: Source) -> pd.DataFrame:
    """The slopes of each ADM, after those of the responses nearest to each dose.

    Returns:
        Columns adm (empty for the nearest responses), steered_attribute, attribute, n_items, slope with its 95%
        interval, slope_low and slope_high.
    """
    found = competing(source.tables["dose_slopes"], source.names).drop(columns="experiment")
    nearest = found.drop_duplicates(["steered_attribute", "attribute"]).drop(columns="slope")
    nearest = nearest.rename(columns={"oracle_slope": "slope"}).assign(adm="", slope_low=np.nan, slope_high=np.nan)
    return pd.concat([nearest, found], ignore_index=True)[found.columns.drop("oracle_slope")]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A matrix per ADM, wanted attributes down and followed ones across."""
    attributes, steered = list(dict.fromkeys(data["attribute"])), list(dict.fromkeys(data["steered_attribute"]))
    matrices = {}
    for adm in ("", *source.names.in_order(adm for adm in data["adm"] if adm)):
        rows = data[data["adm"] == adm]
        slopes = rows.pivot(index="steered_attribute", columns="attribute", values="slope")
        slopes = slopes.reindex(index=steered, columns=attributes).astype(float)
        matrices[source.names.adm(adm) if adm else ORACLE.label] = slopes.rename(index=_short, columns=_short)
    most = max(1e-9, float(data["slope"].abs().max()))
    texts = {title: slopes.map(_number) for title, slopes in matrices.items()}
    return heat_maps(
        matrices,
        texts=texts if len(attributes) <= _MOST_NUMBERS and not are_many(matrices) else None,
        limits=(-most, most),
        colours=DIVERGING,
        words="slope",
        down="wanted level of",
        across="level of",
        each=_turn_names,
    )


def _turn_names(panel: Panel) -> None:
    panel.tick_params(axis="x", labelrotation=90)


def _number(value: float) -> str:
    """A slope as it stands in a cell: .25 for 0.25, which leaves room for the others."""
    return "" if np.isnan(value) else f"{value:.2f}".replace("-0.00", "0.00").replace("0.", ".", 1)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which slopes the meant effects and the side effects lie."""
    of_adms = data[data["adm"] != ""]
    whose = of_adms["adm"].map(source.names.adm) + ", " + of_adms["attribute"] + " by " + of_adms["steered_attribute"]
    meant = (of_adms["attribute"] == of_adms["steered_attribute"]).map({True: "the wanted one", False: "others"})
    found = between_by(of_adms, meant, "slope", whose, unit="", digits=2)
    return f"How much the level of each attribute in the picks rises with the wanted level of each. {found}."


FIGURES.register("dose_slopes")(
    FigureKind(
        "Side effects of a dose",
        dose_slopes,
        draw,
        alt,
        tables=("dose_slopes",),
        per=Per.EXPERIMENT,
        applies=lambda part: part.doses,
    )
)
