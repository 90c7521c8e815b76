"""The accuracy of every ADM at the high and at the low target, with its 95% interval."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.panels import with_references
from pluralism.reporting.drawing.style import BLUE, GREY, VERMILLION
from pluralism.reporting.figure import FIGURES, FigureKind
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SETS = {"high": ("high target", "^", BLUE, BLUE, -0.16), "low": ("low target", "v", VERMILLION, "white", 0.16)}
"""Legend, marker, the colours of its edge and its inside, and how far below the middle of the row it stands."""


def accuracy_by_adm(accuracy: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The accuracies at the high and low target, with the panel that each is drawn in.

    Args:
        accuracy: this table of a dataset's statistics.
        names: which ADMs are references.

    Returns:
        Columns panel, experiment, adm, target_set, n_scored, n_tied; in percent accuracy with its 95% interval,
        accuracy_low and accuracy_high, and random_accuracy, what a random pick is expected to reach.

    Raises:
        UserError: there are none.
    """
    extremes = accuracy[accuracy["target_set"].isin(_SETS)]
    if extremes.empty:
        raise UserError("the statistics hold neither the high nor the low target")
    columns = ["panel", "experiment", "adm", "target_set", "n_scored", "n_tied"]
    return with_references(extremes, names)[[*columns, "accuracy", "accuracy_low", "accuracy_high", "random_accuracy"]]


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per experiment, a row per ADM, a marker per target; `data` is from `accuracy_by_adm`."""
    adms = names.in_order(data["adm"])
    labels = [names.adm(adm).label for adm in adms]
    experiments = list(data["panel"].unique())
    titles = [names.experiment(name).label for name in experiments]
    figure, panels = panel_grid(titles, "accuracy (%)", "", most_columns=3, panel_height=rows_height(labels))
    for panel, name in zip(panels, experiments, strict=True):
        _draw_panel(panel, data[data["panel"] == name], adms)
    label_rows(panels[0], labels)
    panels[0].set_xlim(-3, 103)
    panels[0].set_xticks(range(0, 101, 25))
    shared_legend(figure, panels)
    return figure


def _draw_panel(panel: "Axes", data: pd.DataFrame, adms: list[str]) -> None:
    panel.grid(visible=False, axis="y")
    for target_set, (legend, marker, edge, inside, shift) in _SETS.items():
        part = data[data["target_set"] == target_set]
        rows = part["adm"].map(adms.index).astype(float) + shift
        panel.hlines(rows, part["accuracy_low"], part["accuracy_high"], edge, linewidth=0.7)
        panel.plot(part["accuracy"], rows, marker, color=edge, markerfacecolor=inside, label=legend)
    chance = data.drop_duplicates("target_set")["random_accuracy"].mean()
    panel.axvline(chance, color=GREY, linestyle=":", zorder=1, label="random pick, expected (mean of both)")


FIGURES.register("accuracy")(
    FigureKind(
        title="Accuracy at high and low",
        tables=("accuracy",),
        data=lambda source: accuracy_by_adm(source.table("accuracy"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
