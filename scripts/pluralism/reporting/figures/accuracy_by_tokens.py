"""Accuracy against the tokens that a model read and wrote for it."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, panel_height
from pluralism.reporting.drawing.looks import cell_looks, scales, without_lines
from pluralism.reporting.drawing.marks import POINT
from pluralism.reporting.drawing.panels import cell_labels, competing, in_panels
from pluralism.reporting.drawing.words import between, between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes


def accuracy_by_tokens(source: Source) -> pd.DataFrame:
    """The accuracy at high and low of the ADMs that asked a model, and the tokens of all their generations.

    Returns:
        Columns panel, experiment, adm, target_set, tokens (read and written, for all items and targets), and accuracy
        in percent with its 95% interval, accuracy_low and accuracy_high.
    """
    accuracy, cost = source.tables["accuracy"], source.tables["cost"]
    spent = cost.assign(tokens=cost["prompt_tokens"] + cost["output_tokens"])
    extremes = competing(accuracy[accuracy["target_set"].isin(["high", "low"])], source.names)
    found = extremes.merge(spent[spent["tokens"] > 0], on=["experiment", "adm"])
    columns = ["panel", "experiment", "adm", "target_set", "tokens", "accuracy", "accuracy_low", "accuracy_high"]
    return in_panels(found, source.names)[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a marker per ADM and target, filled at high."""
    import seaborn.objects as so

    shown = cell_labels(data, source.names)
    looks = without_lines(cell_looks(source.names, shown))
    shared = {"orient": "x", "color": "cell", "group": "target_set", "legend": False}
    fill = so.Nominal({"high": True, "low": False}, order=["high", "low"])
    plot = (
        so.Plot(shown, x="tokens", y="accuracy")
        .add(so.Range(linewidth=0.6), ymin="accuracy_low", ymax="accuracy_high", **shared)
        .add(so.Dot(pointsize=POINT, edgewidth=0.8), marker="cell", fill="target_set", **shared)
        .scale(**scales(looks) | {"x": "log", "fill": fill})
        .facet("panel", wrap=1)
        .label(x="tokens read and written (log scale)", y="accuracy (%)", title=source.names.experiment)
    )
    lowest, highest = data["tokens"].min(), data["tokens"].max()

    def set_ticks(panel: Panel) -> None:
        from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

        # Within two powers of ten, the powers alone would be too few marks.
        steps = (1, 2, 5) if highest < 100 * lowest else (1,)
        panel.xaxis.set_major_locator(LogLocator(subs=steps, numticks=5))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.set_xlim(lowest / 1.6, highest * 1.6)

    return compose(
        [Block(plot, panel_height(shown["panel"].nunique()), looks)],
        each=set_ticks,
        legend="Filled: high target. Hollow: low target",
    )


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which numbers of tokens and which accuracies the ADMs lie."""
    whose = data["adm"].map(source.names.adm) + ", " + data["panel"].map(source.names.experiment)
    tokens = between(data.assign(tokens=data["tokens"] / 1000), "tokens", whose, unit=" thousand")
    found = between_by(data, data["target_set"], "accuracy", whose, words="{} target".format)
    return f"Accuracy of each ADM against the tokens that its model read and wrote: {tokens}. {found}."


FIGURES.register("accuracy_by_tokens")(
    FigureKind(
        "Accuracy against tokens spent", accuracy_by_tokens, draw, alt, tables=("accuracy", "cost"), applies=competes
    )
)
