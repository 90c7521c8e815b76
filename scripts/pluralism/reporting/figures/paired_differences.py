"""The ADMs of an experiment against the proposed one, on the same items: a forest plot."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.reporting.adm_names import REFERENCES, held_against, in_order, label
from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import BLUE, GREY, INK, PALE, styled
from pluralism.targets.sets import target_set_words

_SIGNIFICANCE = 0.05


def paired_differences(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Each ADM's accuracy minus that of the one that all are held against.

    Args:
        comparisons: the rows of one experiment of the table `comparisons`.

    Returns:
        Columns target_set, adm, held_against, n_scored, difference with its 95% interval (difference_low and
        difference_high) and the smallest_detectable_difference in percentage points, p_holm.
    """
    compared = comparisons[~comparisons[["adm_a", "adm_b"]].isin(REFERENCES).any(axis=1)]
    against = held_against([*compared["adm_a"], *compared["adm_b"]])
    columns = ["difference", "difference_low", "difference_high"]
    turned = compared[compared["adm_a"] == against].rename(columns={"adm_a": "adm_b", "adm_b": "adm_a"})
    # What is subtracted changes places with what it is subtracted from, and so do the ends of the interval.
    turned[columns] = -turned[["difference", "difference_high", "difference_low"]].to_numpy()
    found = pd.concat([compared[compared["adm_b"] == against], turned]).sort_index()
    found = found.rename(columns={"adm_a": "adm", "adm_b": "held_against"})
    return found[
        ["target_set", "adm", "held_against", "n_scored", *columns, "smallest_detectable_difference", "p_holm"]
    ].reset_index(drop=True)


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per target set, a row per ADM; `data` is from `paired_differences`."""
    adms = in_order(data["adm"])
    sets = list(data["target_set"].unique())
    figure, panels = panel_grid(
        list(map(target_set_words, sets)),
        "difference (points)",
        "",
        most_columns=4,
        panel_height=0.6 + 0.16 * len(adms),
    )
    for panel, name in zip(panels, sets, strict=True):
        _draw_panel(panel, data[data["target_set"] == name], adms)
    panels[0].set_yticks(range(len(adms)), map(label, adms))
    panels[0].set_ylim(len(adms) - 0.5, -0.5)
    against = label(str(data["held_against"].iloc[0]))
    shared_legend(figure, panels, title=f"Accuracy minus that of {against}, in percentage points")
    return figure


def _draw_panel(panel: Axes, data: pd.DataFrame, adms: list[str]) -> None:
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
