"""Accuracy against the number of attributes that a sampled target names."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.adm_names import in_order, label
from pluralism.errors import UserError
from pluralism.figures.layout import panel_grid, shared_legend
from pluralism.figures.score_panels import with_references
from pluralism.figures.style import Look, adm_looks, styled
from pluralism.target_sets import attribute_count

_SPREAD = 0.7
"""How much of the distance between two attribute counts the ADMs' markers take, side by side."""


def accuracy_by_attributes(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of the accuracy over the sampled targets that name the same number of attributes.

    Returns:
        Columns panel, experiment, adm, attributes (how many the targets name), targets (how many there are), mean and
        standard_deviation of their accuracies in percent; a single target has no standard deviation (NaN).

    Raises:
        UserError: there is no sampled target.
    """
    counted = scores.assign(attributes=scores["target"].map(attribute_count))
    sampled = with_references(counted.dropna(subset="attributes").astype({"attributes": int}))
    if sampled.empty:
        raise UserError("the scores hold no sampled target")
    groups = sampled.groupby(["panel", "experiment", "adm", "attributes"], sort=False)["accuracy"]
    return groups.agg(targets="size", mean="mean", standard_deviation="std").reset_index()


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per experiment, a line per ADM; `data` is from `accuracy_by_attributes`."""
    adms = in_order(data["adm"])
    names = list(data["panel"].unique())
    figure, panels = panel_grid(
        names,
        "number of attributes that the target names",
        "accuracy (%)\nmean ± SD over targets",
        most_columns=2,
        panel_height=1.9,
    )
    looks = adm_looks(adms)
    for panel, name in zip(panels, names, strict=True):
        _draw_panel(panel, data[data["panel"] == name], looks)
    panels[0].set_xticks(sorted(data["attributes"].unique()))
    shared_legend(figure, panels, order=[label(adm) for adm in adms])
    return figure


def _draw_panel(panel: Axes, data: pd.DataFrame, looks: dict[str, Look]) -> None:
    panel.grid(visible=False, axis="x")
    for index, (adm, look) in enumerate(looks.items()):
        part = data[data["adm"] == adm].sort_values("attributes")
        if part.empty:
            continue
        panel.errorbar(
            part["attributes"] + (index - (len(looks) - 1) / 2) * _SPREAD / len(looks),
            part["mean"],
            part["standard_deviation"].fillna(0),
            color=look.colour,
            marker=look.marker,
            linestyle=look.line,
            elinewidth=0.5,
            label=label(adm),
        )
