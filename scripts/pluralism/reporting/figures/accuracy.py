"""The accuracy of every ADM at the high and at the low target, with its 95% interval."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import label_rows, panel_grid, rows_height, shared_legend
from pluralism.reporting.drawing.panels import with_references
from pluralism.reporting.drawing.style import BLUE, GREY, VERMILLION
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source

_SETS = {"high": ("high target", "^", BLUE, BLUE, -0.16), "low": ("low target", "v", VERMILLION, "white", 0.16)}
"""Words in the legend, marker, its colours at the edge and inside, and how far it is below the middle of its row."""


def accuracy_by_adm(source: Source) -> pd.DataFrame:
    """The accuracies at the high and low target, with the panel that each is drawn in.

    Returns:
        Columns panel, experiment, adm, target_set, n_scored, n_tied; in percent accuracy with its 95% interval,
        accuracy_low and accuracy_high, and random_accuracy, what a random pick is expected to reach.

    Raises:
        UserError: there are none.
    """
    accuracy = source.tables["accuracy"]
    extremes = accuracy[accuracy["target_set"].isin(_SETS)]
    if extremes.empty:
        raise UserError("the statistics hold neither the high nor the low target")
    columns = ["panel", "experiment", "adm", "target_set", "n_scored", "n_tied"]
    columns += ["accuracy", "accuracy_low", "accuracy_high", "random_accuracy"]
    return with_references(extremes, source.names)[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a row per ADM, a marker per target."""
    adms = source.names.in_order(data["adm"])
    labels = [source.names.adm(adm) for adm in adms]
    figure, panels = panel_grid(
        data, "panel", "accuracy (%)", "", title=source.names.experiment, columns=3, height=rows_height(labels)
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="y")
        for target_set, (legend, marker, edge, inside, shift) in _SETS.items():
            part = rows[rows["target_set"] == target_set]
            y = part["adm"].map(adms.index).astype(float) + shift
            panel.hlines(y, part["accuracy_low"], part["accuracy_high"], edge, linewidth=0.7)
            panel.plot(part["accuracy"], y, marker, color=edge, markerfacecolor=inside, label=legend)
        chance = rows.drop_duplicates("target_set")["random_accuracy"].mean()
        panel.axvline(chance, color=GREY, linestyle=":", zorder=1, label="random pick, expected (mean of both)")
    shared = panels[0][0]
    label_rows(shared, labels)
    shared.set_xlim(-3, 103)
    shared.set_xticks(range(0, 101, 25))
    shared_legend(figure)
    return figure


FIGURES.register("accuracy")(FigureKind("Accuracy at high and low", accuracy_by_adm, draw, tables=("accuracy",)))
