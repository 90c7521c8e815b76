"""The ADMs of an experiment against the one that all are compared with, on the same items: a forest plot."""

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.style import BLUE, GREY, INK, PALE
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.statistics.table_columns import SIGNIFICANCE
from pluralism.targets.sets import target_set_words


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
    adms = source.names.in_order(data["adm"])
    labels = [source.names.adm(adm) for adm in adms]
    height = rows_height(labels)
    figure, panels = panel_grid(
        data, "target_set", "difference (points)", "", title=target_set_words, columns=4, height=height
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="y")
        y = rows["adm"].map(adms.index).to_numpy(dtype=float)
        detectable = rows["smallest_detectable_difference"].to_numpy(dtype=float)
        panel.hlines(y, -detectable, detectable, PALE, linewidth=5, label="below the smallest detectable difference")
        panel.axvline(0, color=GREY, linewidth=0.8)
        panel.hlines(y, rows["difference_low"], rows["difference_high"], INK, linewidth=0.8, label="95% interval")
        differs = rows["p_holm"].to_numpy(dtype=float) < SIGNIFICANCE
        for chosen, inside, words in ((differs, BLUE, "p < 0.05 (Holm)"), (~differs, "white", "p ≥ 0.05 (Holm)")):
            shown = np.where(chosen, rows["difference"], np.nan)
            panel.plot(shown, y, "o", color=BLUE, markerfacecolor=inside, label=words, zorder=3)
    label_rows(panels[0][0], labels)
    against = source.names.adm(str(data["compared_with"].iloc[0]))
    shared_legend(figure, title=f"Accuracy minus that of {against}, in percentage points")
    return figure


FIGURES.register("paired_differences")(
    FigureKind(
        "Each ADM compared with one of them",
        paired_differences,
        draw,
        tables=("comparisons",),
        per=Per.EXPERIMENT,
        applies=lambda part: len(part.adms) > 1,
    )
)
