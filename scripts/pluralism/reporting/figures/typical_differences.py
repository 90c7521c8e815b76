"""How far apart two ADMs are, next to two wordings, models and decodings of one ADM."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, compose, rows_height
from pluralism.reporting.drawing.looks import Look, adm_looks, without_lines
from pluralism.reporting.drawing.marks import draw_borders, points_in_rows
from pluralism.reporting.drawing.style import INK
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes
from pluralism.statistics.table_columns import FACTORS
from pluralism.targets.sets import ALL, target_set_words

_SETS = (ALL, "high", "low")


def typical_differences(source: Source) -> pd.DataFrame:
    """The typical difference in accuracy of any two of a group that differs in one thing.

    Returns:
        Columns target_set, factor (what they differ in), adm (empty where ADMs are compared), experiments, levels, and
        in percentage points difference with its 95% interval, difference_low and difference_high.
    """
    found = source.tables["typical_differences"]
    found = found[found["target_set"].isin(_SETS)]
    columns = ["target_set", "factor", "adm", "experiments", "levels"]
    columns += ["difference", "difference_low", "difference_high"]
    return found.loc[found["difference"].notna(), columns].reset_index(drop=True)


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per target set, a row per factor, in it a marker per group."""
    looks = {"": Look("all ADMs of an experiment", INK, "o")}
    looks |= without_lines(adm_looks(source.names, [adm for adm in data["adm"] if adm]))
    looks = {adm: look for adm, look in looks.items() if adm in set(data["adm"])}
    factors = [factor for factor in FACTORS if factor in set(data["factor"])]
    # The groups of a factor stand one below the other, in the order of the table.
    shown = data.assign(
        row="two " + data["factor"] + "s", place=data.groupby(["target_set", "factor"]).cumcount().astype(str)
    ).sort_values("factor", key=lambda names: names.map(factors.index), kind="stable")
    both = ("adm", looks)
    plot = (
        points_in_rows(shown, "difference", "row", colours=both, markers=both, place="place")
        .facet("target_set", wrap=3)
        .label(x="difference (points)", title=target_set_words)
        .limit(x=(0, None))
    )
    most = int(data.groupby(["target_set", "factor"]).size().max())
    return compose([Block(plot, rows_height(factors, 0.12 + 0.045 * most), looks)], each=draw_borders)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which values the typical differences lie, by what differs, under all targets."""
    of_all = data[data["target_set"] == data["target_set"].iloc[0]]
    whose = of_all["adm"].map(source.names.adm).where(of_all["adm"] != "", of_all["experiments"])
    found = between_by(of_all, of_all["factor"], "difference", whose, unit=" points", digits=1, words="two {}s".format)
    return f"Typical difference in accuracy of two ADMs, and of one ADM in two wordings, models or decodings. {found}."


FIGURES.register("typical_differences")(
    FigureKind(
        "Two ADMs next to two wordings, models and decodings",
        typical_differences,
        draw,
        alt,
        tables=("typical_differences",),
        applies=competes,
    )
)
