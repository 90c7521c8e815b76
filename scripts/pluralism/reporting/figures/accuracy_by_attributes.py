"""Accuracy against the number of attributes that a sampled target names."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.errors import UserError
from pluralism.reporting.adm_names import in_order, label
from pluralism.reporting.figures.accuracy_panels import with_references
from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import Look, adm_looks, styled

_SPREAD = 0.7
"""How much of the distance between two attribute counts the ADMs' markers take, side by side."""


def accuracy_by_attributes(accuracy: pd.DataFrame) -> pd.DataFrame:
    """The mean accuracy over the sampled targets that name the same number of attributes.

    Args:
        accuracy: this table of a dataset's statistics.

    Returns:
        Columns panel, experiment, adm, attributes (how many the targets name), n_targets; in percent accuracy with its
        95% interval, accuracy_low and accuracy_high.

    Raises:
        UserError: there is no sampled target.
    """
    sampled = accuracy[accuracy["target_set"].str.startswith("sampled_")]
    if sampled.empty:
        raise UserError("the statistics hold no sampled target")
    found = with_references(sampled)
    found["attributes"] = found["target_set"].str.removeprefix("sampled_").astype(int)
    columns = ["panel", "experiment", "adm", "attributes", "n_targets", "accuracy", "accuracy_low", "accuracy_high"]
    return found[columns]


@styled()
def draw(data: pd.DataFrame) -> Figure:
    """A panel per experiment, a line per ADM; `data` is from `accuracy_by_attributes`."""
    adms = in_order(data["adm"])
    names = list(data["panel"].unique())
    figure, panels = panel_grid(
        names, "number of attributes that the target names", "accuracy (%)", most_columns=2, panel_height=1.9
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
        x = part["attributes"] + (index - (len(looks) - 1) / 2) * _SPREAD / len(looks)
        panel.vlines(x, part["accuracy_low"], part["accuracy_high"], look.colour, linewidth=0.5)
        panel.plot(x, part["accuracy"], color=look.colour, marker=look.marker, linestyle=look.line, label=label(adm))
