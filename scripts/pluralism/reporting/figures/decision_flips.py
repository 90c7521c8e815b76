"""How often an ADM picks another response when the responses are shown in another order."""

import pandas as pd
from matplotlib.figure import Figure

from pluralism.reporting.adm_names import REFERENCES, in_order, label
from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import PALE, series_looks, styled


def decision_flips(table: pd.DataFrame) -> pd.DataFrame:
    """The share of pairs of samples in different orders that picked different responses.

    Args:
        table: `flips` of a dataset's statistics.

    Returns:
        Columns experiment, adm, n (pairs), and in percent of n flipped with its 95% interval, flipped_low and
        flipped_high.
    """
    found = table[~table["adm"].isin(REFERENCES)].copy()
    found[["flipped", "flipped_low", "flipped_high"]] *= 100
    return found.reset_index(drop=True)


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A row per ADM, a marker per experiment; `data` is from `decision_flips`."""
    adms = in_order(data["adm"])
    looks = series_looks(list(data["experiment"].unique()))
    row_height = 0.1 + 0.05 * len(looks)
    figure, (panel,) = panel_grid(
        [""], "decisions that flip (%)", "", most_columns=1, panel_height=0.5 + row_height * len(adms)
    )
    panel.grid(visible=False, axis="y")
    for border in range(1, len(adms)):
        panel.axhline(border - 0.5, color=PALE, linewidth=0.5)
    for index, (experiment, look) in enumerate(looks.items()):
        part = data[data["experiment"] == experiment]
        shift = (index - (len(looks) - 1) / 2) * 0.7 / len(looks)
        rows = part["adm"].map(adms.index) + shift
        panel.hlines(rows, part["flipped_low"], part["flipped_high"], look.colour, linewidth=0.7)
        panel.plot(part["flipped"], rows, look.marker, color=look.colour, label=experiment)
    panel.set_yticks(range(len(adms)), map(label, adms))
    panel.set_ylim(len(adms) - 0.5, -0.5)
    panel.set_xlim(left=0)
    shared_legend(figure, [panel])
    return figure
