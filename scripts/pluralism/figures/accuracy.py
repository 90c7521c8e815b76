"""The accuracy of every ADM at the high and at the low target."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.adm_names import in_order, label
from pluralism.errors import UserError
from pluralism.figures.layout import panel_grid, shared_legend
from pluralism.figures.score_panels import with_references
from pluralism.figures.style import BLUE, GREY, PALE, VERMILLION, styled

_TARGETS = {"target_high": ("high target", "^", BLUE, BLUE), "target_low": ("low target", "v", VERMILLION, "none")}
"""Legend, marker, and the colours of its edge and its inside; a high target's is still seen below an empty one."""


def accuracy_by_adm(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores at the high and low target, with the panel that each is drawn in.

    Raises:
        UserError: there are none.
    """
    extremes = scores[scores["target"].isin(_TARGETS)]
    if extremes.empty:
        raise UserError("the scores hold neither target_high nor target_low")
    columns = ["panel", "experiment", "adm", "target", "accuracy", "n_scored", "n_tied"]
    return with_references(extremes)[columns]


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per experiment, a row per ADM, a marker per target; `data` is from `accuracy_by_adm`."""
    adms = in_order(data["adm"])
    names = list(data["panel"].unique())
    figure, panels = panel_grid(names, "accuracy (%)", "", most_columns=3, panel_height=0.6 + 0.16 * len(adms))
    for panel, name in zip(panels, names, strict=True):
        _draw_panel(panel, data[data["panel"] == name], adms)
    panels[0].set_yticks(range(len(adms)), map(label, adms))
    panels[0].set_ylim(len(adms) - 0.5, -0.5)
    panels[0].set_xlim(-3, 103)
    panels[0].set_xticks(range(0, 101, 25))
    shared_legend(figure, panels)
    return figure


def _draw_panel(panel: Axes, data: pd.DataFrame, adms: list[str]) -> None:
    panel.grid(visible=False, axis="y")
    # A line joins the two markers of an ADM, and so tells at a glance how far its accuracy depends on the target.
    for adm, accuracies in data.groupby("adm")["accuracy"]:
        panel.hlines(adms.index(str(adm)), accuracies.min(), accuracies.max(), color=PALE, linewidth=1.5, zorder=1)
    for target, (legend, marker, edge, inside) in _TARGETS.items():
        part = data[data["target"] == target]
        panel.plot(
            part["accuracy"], part["adm"].map(adms.index), marker, color=edge, markerfacecolor=inside, label=legend
        )
    random = data.loc[data["adm"] == "random", "accuracy"]
    if not random.empty:
        panel.axvline(random.mean(), color=GREY, linestyle=":", zorder=1, label="random (mean of high and low)")
