"""The accuracy of every ADM at the high and at the low target, with its 95% interval."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Block, compose, row_label, rows_height
from pluralism.reporting.drawing.looks import Look, cell_looks
from pluralism.reporting.drawing.marks import points_in_rows
from pluralism.reporting.drawing.panels import cell_labels, in_panels
from pluralism.reporting.drawing.style import GREY, INK
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source

_LOOKS = {"high": Look("high target", INK, "^"), "low": Look("low target", INK, "v", hollow=True)}
_CHANCE = Look("random pick, expected", GREY, "|")


def accuracy_by_adm(source: Source) -> pd.DataFrame:
    """The accuracies at the high and low target, with the panel that each is drawn in.

    Returns:
        Columns panel, experiment, adm, target_set, n_scored, n_tied; in percent accuracy with its 95% interval,
        accuracy_low and accuracy_high, and random_accuracy, what a random pick is expected to reach.

    Raises:
        UserError: there are none.
    """
    accuracy = source.tables["accuracy"]
    extremes = accuracy[accuracy["target_set"].isin(_LOOKS)]
    if extremes.empty:
        raise UserError("the statistics hold neither the high nor the low target")
    columns = ["panel", "experiment", "adm", "target_set", "n_scored", "n_tied"]
    columns += ["accuracy", "accuracy_low", "accuracy_high", "random_accuracy"]
    return in_panels(extremes, source.names)[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a row per ADM, in it a point per target and a tick at what a random pick reaches."""
    import seaborn.objects as so

    shown = cell_labels(data, source.names)
    shown["row"] = shown["cell"].map(row_label)
    heights = [rows_height(part["cell"].unique()) for _, part in shown.groupby("panel", sort=False)]
    looks = cell_looks(source.names, shown)
    at_chance = {"x": "random_accuracy", "group": "target_set", "orient": "y"}
    plot = (
        points_in_rows(shown, "accuracy", "row", colours=("cell", looks), markers=("target_set", _LOOKS))
        .add(so.Dash(color=GREY, linewidth=0.8), so.Dodge(by=["group"]), **at_chance)
        .facet("panel", wrap=1)
        .share(y=False)
        .limit(x=(-3, 103))
        .label(x="accuracy (%)", title=source.names.experiment)
    )
    return compose([Block(plot, heights, {**_LOOKS, "chance": _CHANCE})])


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which accuracies the ADMs lie, by experiment and target."""
    names = source.names
    groups = data["panel"].map(names.experiment) + ", " + data["target_set"]
    chance = data["random_accuracy"].mean()
    found = between_by(data, groups, "accuracy", data["adm"].map(names.adm))
    return f"Accuracy of each ADM at the high and the low target. {found}. A random pick: {chance:.0f}%."


FIGURES.register("accuracy")(FigureKind("Accuracy at high and low", accuracy_by_adm, draw, alt, tables=("accuracy",)))
