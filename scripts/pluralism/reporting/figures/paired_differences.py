"""The ADMs of an experiment against the one that all are compared with, on the same items: a forest plot."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, row_labels, rows_height
from pluralism.reporting.drawing.looks import Look, adm_looks
from pluralism.reporting.drawing.marks import points_in_rows
from pluralism.reporting.drawing.style import GREY, INK, PALE
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.statistics.table_columns import SIGNIFICANCE
from pluralism.targets.sets import target_set_words

_LOOKS = {"True": Look("p < 0.05 (Holm)", INK, "o"), "False": Look("p ≥ 0.05 (Holm)", INK, "o", hollow=True)}
"""Of a difference, by whether it differs from 0."""
_DETECTABLE = Look("below the smallest detectable difference", PALE, "s")


def paired_differences(source: Source) -> pd.DataFrame:
    """Each ADM's accuracy minus that of the one that all are compared with.

    Returns:
        Columns target_set, adm, compared_with, n_scored, difference with its 95% interval (difference_low and
        difference_high) and the smallest_detectable_difference in percentage points, p_holm.
    """
    comparisons = source.tables["comparisons"]
    is_reference = comparisons[["adm_a", "adm_b"]].map(source.names.is_reference)
    compared = comparisons[~is_reference.any(axis=1)]
    adms = [*compared["adm_a"], *compared["adm_b"]]
    against = source.names.compared_with(adms) if adms else ""
    columns = ["difference", "difference_low", "difference_high"]
    turned = compared[compared["adm_a"] == against].rename(columns={"adm_a": "adm_b", "adm_b": "adm_a"})
    # What is subtracted changes places with what it is subtracted from, and so do the ends of the interval.
    turned[columns] = -turned[["difference", "difference_high", "difference_low"]].to_numpy()
    found = pd.concat([compared[compared["adm_b"] == against], turned]).sort_index()
    found = found.rename(columns={"adm_a": "adm", "adm_b": "compared_with"})
    columns = ["target_set", "adm", "compared_with", "n_scored", *columns, "smallest_detectable_difference", "p_holm"]
    return found[columns].reset_index(drop=True)


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per target set, a row per ADM."""
    import seaborn.objects as so

    adms = source.names.in_order(data["adm"])
    shown = data.sort_values("adm", key=lambda names: names.map(adms.index), kind="stable")
    shown["row"] = shown["adm"].map(source.names.adm).map(row_labels(map(source.names.adm, adms)))
    shown["differs"], shown["one"] = (shown["p_holm"] < SIGNIFICANCE).astype(str), ""
    shown["detectable_low"] = -shown["smallest_detectable_difference"]
    sets = list(data["target_set"].unique())
    looks = adm_looks(source.names, adms)
    ends = {"xmin": "detectable_low", "xmax": "smallest_detectable_difference"}
    points = points_in_rows(
        shown, "difference", "row", colours=("adm", looks), markers=("differs", _LOOKS), place="one"
    )
    plot = (
        points.add(so.Range({"zorder": 0.8}, color=PALE, linewidth=5), orient="y", **ends)
        .facet("target_set", order=sets, wrap=4)
        .label(x="difference (points)", title=target_set_words)
    )
    against = source.names.adm(str(data["compared_with"].iloc[0]))
    return compose(
        [Block(plot, rows_height(map(source.names.adm, adms)), {"detectable": _DETECTABLE, **_LOOKS})],
        each=_draw_zero,
        legend=f"Accuracy minus that of {against}, in percentage points",
    )


def _draw_zero(panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    panel.xaxis.set_major_locator(MaxNLocator(2))
    panel.axvline(0, color=GREY, linewidth=0.8, zorder=1)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which values the differences lie, by target set, and how many differ from 0."""
    against = source.names.adm(str(data["compared_with"].iloc[0]))
    differ = int((data["p_holm"] < SIGNIFICANCE).sum())
    whose = data["adm"].map(source.names.adm)
    found = between_by(data, data["target_set"].map(target_set_words), "difference", whose, unit=" points")
    return f"Accuracy of each ADM minus that of {against}; {differ} of {len(data)} have p < 0.05 (Holm). {found}."


FIGURES.register("paired_differences")(
    FigureKind(
        "Each ADM compared with one of them",
        paired_differences,
        draw,
        alt,
        tables=("comparisons",),
        per=Per.EXPERIMENT,
        applies=lambda part: len(part.adms) > 1,
    )
)
