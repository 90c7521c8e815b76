"""The levels that an ADM predicts, against the true ones."""

import pandas as pd

from pluralism.decisions.aggregation import response_scores
from pluralism.errors import UserError
from pluralism.predictions import check_predictions
from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.style import BLUE, GREY, INK, SKY
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, predicts_levels

_QUANTILES = {"percentile_5": 0.05, "quartile_1": 0.25, "median": 0.5, "quartile_3": 0.75, "percentile_95": 0.95}


def predicted_levels(source: Source) -> pd.DataFrame:
    """Summarise the predicted levels of the responses that have the same true level.

    The labels of the eval items are the true levels; a label between two levels counts as the nearer.

    Returns:
        Columns attribute, true_level, responses (a count), mean, and quantiles of the predicted levels.

    Raises:
        UserError: the ADM picks responses without predicting levels, or the predictions are about other items.
    """
    attributes, predictions = source.attributes, source.predictions
    scored = predictions[predictions["attribute"].isin(attributes.names)]
    if scored.empty:
        raise UserError("predictions: no level found; this ADM picks a response outright")
    nearest = [
        (item, response, name, min(attributes.levels, key=lambda level: abs(level - labels[name])))
        for item, entry in enumerate(source.items["eval"])
        for response, labels in enumerate(entry.labels)
        for name in attributes.names
    ]
    keys = ["item", "response", "attribute"]
    true_levels = pd.DataFrame(nearest, columns=[*keys, "true_level"])
    try:
        check_predictions(predictions, [len(entry.responses) for entry in source.items["eval"]], attributes.names)
    except UserError as error:
        raise UserError(f"predictions: {error}") from None
    joined = response_scores(scored, source.aggregate).merge(true_levels, on=keys)
    # As a category, the attributes come in their own order and not in that of the alphabet.
    joined["attribute"] = pd.Categorical(joined["attribute"], attributes.names)
    groups = joined.groupby(["attribute", "true_level"], observed=True)["score"]
    quantiles = {name: groups.quantile(quantile) for name, quantile in _QUANTILES.items()}
    return pd.DataFrame({"responses": groups.size(), "mean": groups.mean(), **quantiles}).reset_index()


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per attribute, a box per true level."""
    figure, panels = panel_grid(
        data,
        "attribute",
        "true level (0 to 1)",
        f"predicted level (0 to 1)\n{source.aggregate.replace('_', ' ')} over samples",
        columns=3,
        height=1.8,
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="x")
        panel.plot([0, 1], [0, 1], "--", color=GREY, linewidth=0.8, label="perfect prediction")
        x = rows["true_level"]
        panel.vlines(
            x, rows["percentile_5"], rows["percentile_95"], BLUE, linewidth=0.8, label="5th to 95th percentile"
        )
        panel.vlines(x, rows["quartile_1"], rows["quartile_3"], SKY, linewidth=5, zorder=1.5, label="middle half")
        panel.plot(x, rows["median"], "_", color=INK, mew=1.2, markersize=6, label="median")
        panel.plot(x, rows["mean"], "D", color="white", mec=INK, mew=0.6, markersize=2.8, label="mean")
    ticks = sorted(data["true_level"].unique())
    shared = panels[0][0]
    shared.set_xticks(ticks, [f"{level:g}" for level in ticks])
    # Where the protocol does not bound them, levels may be beyond the scale.
    shown = data[["mean", *_QUANTILES]].to_numpy(dtype=float)
    shared.set(xlim=(-0.08, 1.08), ylim=(shown.min(initial=0) - 0.04, shown.max(initial=1) + 0.04))
    shared_legend(figure)
    return figure


FIGURES.register("predicted_levels")(
    FigureKind(
        "Predicted against true levels",
        predicted_levels,
        draw,
        files=("attributes", "eval", "predictions"),
        per=Per.CELL,
        applies=predicts_levels,
    )
)
