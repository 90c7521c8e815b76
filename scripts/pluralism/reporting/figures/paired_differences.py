"""The ADMs of an experiment against the one that all are compared with, on the same items: a forest plot."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.style import BLUE, GREY, INK, PALE
from pluralism.reporting.figure import FIGURES, FigureKind, Per, compares
from pluralism.study.names import Names
from pluralism.targets.sets import target_set_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIGNIFICANCE = 0.05


def paired_differences(comparisons: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Each ADM's accuracy minus that of the one that all are compared with.

    Args:
        comparisons: the rows of one experiment of the table `comparisons`.
        names: which ADM the others are compared with, and which are references.

    Returns:
        Columns target_set, adm, held_against, n_scored, difference with its 95% interval (difference_low and
        difference_high) and the smallest_detectable_difference in percentage points, p_holm.
    """
    pair = comparisons[["adm_a", "adm_b"]]
    references = [adm for adm in pd.unique(pair.to_numpy().ravel()) if names.is_reference(adm)]
    compared = comparisons[~pair.isin(references).any(axis=1)]
    adms = [*compared["adm_a"], *compared["adm_b"]]
    against = names.compared_with(adms) if adms else ""
    columns = ["difference", "difference_low", "difference_high"]
    turned = compared[compared["adm_a"] == against].rename(columns={"adm_a": "adm_b", "adm_b": "adm_a"})
    # What is subtracted changes places with what it is subtracted from, and so do the ends of the interval.
    turned[columns] = -turned[["difference", "difference_high", "difference_low"]].to_numpy()
    found = pd.concat([compared[compared["adm_b"] == against], turned]).sort_index()
    found = found.rename(columns={"adm_a": "adm", "adm_b": "held_against"})
    return found[
        ["target_set", "adm", "held_against", "n_scored", *columns, "smallest_detectable_difference", "p_holm"]
    ].reset_index(drop=True)


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per target set, a row per ADM; `data` is from `paired_differences`."""
    adms = names.in_order(data["adm"])
    labels = [names.adm(adm).label for adm in adms]
    sets = list(data["target_set"].unique())
    figure, panels = panel_grid(
        list(map(target_set_words, sets)),
        "difference (points)",
        "",
        most_columns=4,
        panel_height=rows_height(labels),
    )
    for panel, name in zip(panels, sets, strict=True):
        _draw_panel(panel, data[data["target_set"] == name], adms)
    label_rows(panels[0], labels)
    against = names.adm(str(data["held_against"].iloc[0])).label
    shared_legend(figure, panels, title=f"Accuracy minus that of {against}, in percentage points")
    return figure


def _draw_panel(panel: "Axes", data: pd.DataFrame, adms: list[str]) -> None:
    panel.grid(visible=False, axis="y")
    rows = data["adm"].map(adms.index).to_numpy(dtype=float)
    detectable = data["smallest_detectable_difference"].to_numpy(dtype=float)
    panel.hlines(rows, -detectable, detectable, PALE, linewidth=5, label="smaller than can be detected (power 0.8)")
    panel.axvline(0, color=GREY, linewidth=0.8)
    panel.hlines(rows, data["difference_low"], data["difference_high"], INK, linewidth=0.8, label="95% interval")
    differs = data["p_holm"].to_numpy(dtype=float) < _SIGNIFICANCE
    for chosen, inside, words in ((differs, BLUE, "p < 0.05 (Holm)"), (~differs, "white", "p ≥ 0.05 (Holm)")):
        shown = np.where(chosen, data["difference"], np.nan)
        panel.plot(shown, rows, "o", color=BLUE, markerfacecolor=inside, label=words, zorder=3)


FIGURES.register("paired_differences")(
    FigureKind(
        title="Each ADM compared with one of them",
        tables=("comparisons",),
        per=Per.EXPERIMENT,
        applies=compares,
        data=lambda source: paired_differences(source.table("comparisons"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
