"""The levels that an ADM predicts, against the true ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate, response_scores
from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.style import BLUE, GREY, INK, SKY
from pluralism.reporting.figure import FIGURES, FigureKind, Per, predicts_levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_QUANTILES = {"percentile_5": 0.05, "quartile_1": 0.25, "median": 0.5, "quartile_3": 0.75, "percentile_95": 0.95}


def predicted_levels(
    items: Sequence[Item], predictions: pd.DataFrame, attributes: AttributeSet, aggregate: Aggregate = "mean"
) -> pd.DataFrame:
    """Summarise the predicted levels of the responses that have the same true level.

    Args:
        items: the eval items, whose labels are the true levels; a label between two levels counts as the nearer.
        predictions: the ADM's, as `read_predictions` gives them.
        attributes: whose levels to show.
        aggregate: how a response's scores in the samples are taken together first.

    Returns:
        Columns attribute, true_level, responses (a count), mean, and quantiles of the predicted levels.

    Raises:
        UserError: the ADM picks responses without predicting levels, or the predictions are about other items.
    """
    scored = predictions[predictions["attribute"].isin(attributes.names)]
    if scored.empty:
        raise UserError("predictions: none of a level; this ADM picks a response outright")
    keys = ["item", "response", "attribute"]
    predicted = response_scores(scored, aggregate)
    joined = predicted.merge(_true_levels(items, attributes), on=keys, how="left")
    if not (unlabelled := joined[joined["true_level"].isna()]).empty:
        item, response = unlabelled[["item", "response"]].iloc[0]
        raise UserError(f"predictions: response {response} of item {item} is not among the eval items")
    # As a category, the attributes come in their own order and not in that of the alphabet.
    joined["attribute"] = pd.Categorical(joined["attribute"], attributes.names)
    groups = joined.groupby(["attribute", "true_level"], observed=True)["score"]
    summary = pd.DataFrame({"responses": groups.size(), "mean": groups.mean()})
    for name, quantile in _QUANTILES.items():
        summary[name] = groups.quantile(quantile)
    return summary.reset_index()


def _true_levels(items: Sequence[Item], attributes: AttributeSet) -> pd.DataFrame:
    rows = [
        (item, response, attribute, min(attributes.levels, key=lambda level: abs(level - labels[attribute])))
        for item, entry in enumerate(items)
        for response, labels in enumerate(entry.labels)
        for attribute in attributes.names
    ]
    return pd.DataFrame(rows, columns=["item", "response", "attribute", "true_level"])


def draw(data: pd.DataFrame, aggregate: Aggregate = "mean") -> "Figure":
    """A panel per attribute, a box per true level; `data` is from `predicted_levels` with the same `aggregate`."""
    attributes = list(data["attribute"].unique())
    figure, panels = panel_grid(
        attributes,
        "true level (0 to 1)",
        f"predicted level (0 to 1)\n{aggregate.replace('_', ' ')} over samples",
        most_columns=3,
        panel_height=1.8,
    )
    for panel, attribute in zip(panels, attributes, strict=True):
        _draw_panel(panel, data[data["attribute"] == attribute])
    ticks = sorted(data["true_level"].unique())
    panels[0].set_xticks(ticks, [f"{level:g}" for level in ticks])
    panels[0].set_xlim(-0.08, 1.08)
    panels[0].set_ylim(-0.04, 1.04)
    shared_legend(figure, panels)
    return figure


def _draw_panel(panel: "Axes", data: pd.DataFrame) -> None:
    panel.grid(visible=False, axis="x")
    panel.plot([0, 1], [0, 1], "--", color=GREY, linewidth=0.8, label="perfect prediction")
    x = data["true_level"]
    panel.vlines(x, data["percentile_5"], data["percentile_95"], BLUE, linewidth=0.8, label="5th to 95th percentile")
    panel.vlines(x, data["quartile_1"], data["quartile_3"], SKY, linewidth=5, zorder=1.5, label="middle half")
    panel.plot(x, data["median"], "_", color=INK, markersize=6, markeredgewidth=1.2, label="median")
    panel.plot(
        x, data["mean"], "D", color="white", markersize=2.8, markeredgecolor=INK, markeredgewidth=0.6, label="mean"
    )


FIGURES.register("predicted_levels")(
    FigureKind(
        title="Predicted against true levels",
        files=("eval", "predictions"),
        per=Per.CELL,
        applies=predicts_levels,
        data=lambda source: predicted_levels(
            source.items("eval"), source.predicted(), source.attributes, source.aggregate
        ),
        draw=lambda data, source: draw(data, source.aggregate),
    )
)
