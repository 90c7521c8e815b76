"""The accuracy of every ADM at the high and at the low target, with its 95% interval."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Block, compose
from pluralism.reporting.drawing.looks import RANDOM, Look
from pluralism.reporting.drawing.panels import references_once, told
from pluralism.reporting.drawing.rows import points_by_adm
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source
from pluralism.targets.sets import target_set_words

_SETS = ("high", "low")
_CHANCE = Look(RANDOM.label, GREY, "|")


def accuracy_by_adm(source: Source) -> pd.DataFrame:
    """The accuracies at the high and low target where items are scored; those of a reference once.

    Returns:
        Columns experiment, adm, target_set, n_scored, n_tied; in percent accuracy with its 95% interval,
        accuracy_low and accuracy_high, and random_accuracy, what a random pick is expected to reach.

    Raises:
        UserError: there are none.
    """
    accuracy = source.tables["accuracy"]
    extremes = accuracy[accuracy["target_set"].isin(_SETS)]
    if extremes.empty:
        raise UserError("the statistics hold neither the high nor the low target")
    columns = ["experiment", "adm", "target_set", "n_scored", "n_tied"]
    columns += ["accuracy", "accuracy_low", "accuracy_high", "random_accuracy"]
    found = references_once(extremes, source.names)
    # Under a target for which no item is scored, there is no accuracy.
    return found.loc[found["accuracy"].notna(), columns].reset_index(drop=True)


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per target, a row per ADM, in it a point per experiment and a tick at what a random pick reaches."""
    import seaborn.objects as so

    plot, height, looks = points_by_adm(data, "accuracy", source.names)
    at_chance = {"x": "random_accuracy", "group": "experiment", "orient": "y"}
    plot = (
        plot.add(so.Dash(color=GREY, linewidth=0.8), so.Dodge(by=["group"], empty="fill"), **at_chance)
        .facet("target_set", order=[name for name in _SETS if name in set(data["target_set"])], wrap=2)
        .label(x="accuracy (%)", title=target_set_words)
    )
    return compose([Block(plot, height, {**looks, "chance": _CHANCE})])


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which accuracies the ADMs lie, by target."""
    names, shown = source.names, told(data, source.names)
    whose = shown["adm"].map(names.adm) + ", " + shown["experiment"].map(names.experiment)
    chance = data["random_accuracy"].mean()
    found = between_by(shown, shown["target_set"].map(target_set_words), "accuracy", whose)
    return f"Accuracy of each ADM at the high and the low target. {found}. A random pick: {chance:.0f}%."


FIGURES.register("accuracy")(FigureKind("Accuracy at high and low", accuracy_by_adm, draw, alt, tables=("accuracy",)))
