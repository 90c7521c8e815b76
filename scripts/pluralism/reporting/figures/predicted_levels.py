"""The levels that an ADM predicts, against the true ones."""

import pandas as pd

from pluralism.datasets.attributes import UNIT
from pluralism.decisions.aggregation import response_scores
from pluralism.errors import UserError
from pluralism.predictions import check_predictions
from pluralism.reporting.drawing.layout import Block, Panel, compose, level_labels, set_level_axis
from pluralism.reporting.drawing.looks import Look
from pluralism.reporting.drawing.style import BLUE, GREY, INK, SKY
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, predicts_levels

_QUANTILES = {"percentile_5": 0.05, "quartile_1": 0.25, "median": 0.5, "quartile_3": 0.75, "percentile_95": 0.95}
_BEHIND = {"zorder": 0.8, "capstyle": "butt"}
"""Above the grid, below median and mean, and no longer than the levels are apart."""
_MEDIAN, _MEAN = Look("median", INK, "_"), Look("mean", INK, "D", hollow=True)


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
        (item, response, name, attributes.nearest(labels[name]))
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
    import seaborn.objects as so

    # Where the protocol does not bound them, levels may be beyond the scale.
    levels = data[["mean", *_QUANTILES]].to_numpy(dtype=float)
    ticks = sorted(data["true_level"].unique())
    boxes, scale = {"orient": "x"}, source.attributes.shown_range
    true = "level nearest to the true one" if source.attributes.continuous else "true level"
    plot = (
        so.Plot(data.astype({"attribute": str}), x="true_level", y="median")
        .add(so.Range(_BEHIND, color=BLUE, linewidth=0.8), ymin="percentile_5", ymax="percentile_95", **boxes)
        .add(so.Range(_BEHIND, color=SKY, linewidth=4), ymin="quartile_1", ymax="quartile_3", **boxes)
        .add(so.Dot(color=INK, marker="_", pointsize=5, edgewidth=1.2), **boxes)
        .add(so.Dot(color="white", marker="D", pointsize=2.6, edgecolor=INK, edgewidth=0.6), y="mean", **boxes)
        .facet("attribute", wrap=2)
        .limit(x=(-0.08, 1.08), y=(levels.min(initial=0) - 0.04, levels.max(initial=1) + 0.04))
        .label(x=f"{true} ({scale})", y=f"predicted level ({scale})", title=str)
    )

    def draw_diagonal(panel: Panel) -> None:
        panel.grid(visible=False, axis="x")
        panel.plot([0, 1], [0, 1], "--", color=GREY, linewidth=0.8, label="perfect prediction", zorder=1)
        panel.plot([], [], color=BLUE, linewidth=0.8, label="5th to 95th percentile")
        panel.plot([], [], color=SKY, linewidth=4, label="middle half")
        panel.set_xticks(ticks, level_labels(ticks, source.attributes))
        if source.attributes.shown_scale != UNIT:
            set_level_axis(panel, source.attributes, "y")

    words = f"Levels: {source.aggregate.replace('_', ' ')} over samples"
    return compose([Block(plot, 1.3, {"median": _MEDIAN, "mean": _MEAN})], each=draw_diagonal, legend=words)


def alt(data: pd.DataFrame, source: Source) -> str:
    """The mean predicted level at the lowest and at the highest true level of each attribute."""
    parts = data.sort_values("true_level").groupby("attribute", sort=False, observed=True)["mean"]
    found = [
        f"{name} {source.attributes.on_shown_scale(low):.2f} to {source.attributes.on_shown_scale(high):.2f}"
        for name, low, high in zip(parts.first().index, parts.first(), parts.last(), strict=True)
    ]
    return f"Levels predicted against true ones. Mean at the lowest and the highest true level: {', '.join(found)}."


FIGURES.register("predicted_levels")(
    FigureKind(
        "Predicted against true levels",
        predicted_levels,
        draw,
        alt,
        files=("attributes", "eval", "predictions"),
        per=Per.CELL,
        applies=predicts_levels,
    )
)
