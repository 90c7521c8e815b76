"""The ADMs of an experiment against the one that all are compared with, on the same items: a forest plot."""

from dataclasses import replace
from itertools import cycle

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, rows_height
from pluralism.reporting.drawing.looks import Look, adm_looks
from pluralism.reporting.drawing.marks import draw_borders, points_in_rows
from pluralism.reporting.drawing.rows import in_rows
from pluralism.reporting.drawing.style import GREY, INK, PALE
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.statistics.table_columns import SIGNIFICANCE
from pluralism.targets.sets import target_set_words

_P = {"True": Look("p < 0.05 (Holm)", INK, "s"), "False": Look("p ≥ 0.05 (Holm)", INK, "s", hollow=True)}
"""Of a difference, by whether it differs from 0."""
_MARKERS = "^voDsPX*dp"
"""Of target sets; all can be hollow."""
_DETECTABLE = Look("too small to detect", PALE, "s")


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
    """A row per ADM, in it a point per target set."""
    import seaborn.objects as so

    adms, sets = source.names.in_order(data["adm"]), list(data["target_set"].unique())
    shown = in_rows(data, source.names)
    shown["marker"] = shown["target_set"] + (shown["p_holm"] < SIGNIFICANCE).astype(str)
    shown["detectable_low"] = -shown["smallest_detectable_difference"]
    shown["target_set"] = pd.Categorical(shown["target_set"], sets)
    looks = {
        name: Look(target_set_words(name), INK, marker) for name, marker in zip(sets, cycle(_MARKERS), strict=False)
    }
    markers = {
        f"{name}{p}": replace(look, hollow=of_p.hollow) for name, look in looks.items() for p, of_p in _P.items()
    }
    ends = {"xmin": "detectable_low", "xmax": "smallest_detectable_difference"}
    colours = adm_looks(source.names, adms)
    points = points_in_rows(
        shown, "difference", "row", colours=("adm", colours), markers=("marker", markers), place="target_set"
    )
    below = so.Dodge(by=["group"], empty="fill")
    plot = points.add(
        so.Range({"zorder": 0.8, "capstyle": "butt"}, color=PALE, linewidth=3),
        below,
        orient="y",
        group="target_set",
        **ends,
    )
    height = rows_height(map(source.names.adm, adms), 0.08 + 0.05 * len(sets))
    return compose(
        [Block(plot.label(x="difference (points)"), height, {"detectable": _DETECTABLE, **looks, **_P})],
        each=_draw_zero,
        legend=f"Accuracy minus that of {source.names.adm(str(data['compared_with'].iloc[0]))}, in percentage points",
    )


def _draw_zero(panel: Panel) -> None:
    panel.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    draw_borders(panel)


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
