"""Accuracy against the number of attributes that a sampled target names."""

from typing import TYPE_CHECKING

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import lines_height, panel_grid, shared_legend
from pluralism.reporting.drawing.looks import Look, adm_looks
from pluralism.reporting.drawing.panels import with_references
from pluralism.reporting.figure import FIGURES, FigureKind
from pluralism.study.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPREAD = 0.7
"""How much of the distance between two attribute counts the ADMs' markers take, side by side."""


def accuracy_by_attributes(accuracy: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The mean accuracy over the sampled targets that name the same number of attributes.

    Args:
        accuracy: this table of a dataset's statistics.
        names: which ADMs are references.

    Returns:
        Columns panel, experiment, adm, attributes (how many the targets name), n_targets; in percent accuracy with its
        95% interval, accuracy_low and accuracy_high.

    Raises:
        UserError: there is no sampled target.
    """
    sampled = accuracy[accuracy["target_set"].str.startswith("sampled_")]
    if sampled.empty:
        raise UserError("the statistics hold no sampled target")
    found = with_references(sampled, names)
    found["attributes"] = found["target_set"].str.removeprefix("sampled_").astype(int)
    columns = ["panel", "experiment", "adm", "attributes", "n_targets", "accuracy", "accuracy_low", "accuracy_high"]
    return found[columns]


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per experiment, a line per ADM; `data` is from `accuracy_by_attributes`."""
    looks = adm_looks(names, data["adm"])
    experiments = list(data["panel"].unique())
    titles = [names.experiment(name).label for name in experiments]
    figure, panels = panel_grid(
        titles,
        "number of attributes that the target names",
        "accuracy (%)",
        most_columns=2,
        panel_height=lines_height(1.9, len(looks)),
    )
    for panel, name in zip(panels, experiments, strict=True):
        _draw_panel(panel, data[data["panel"] == name], looks, names)
    panels[0].set_xticks(sorted(data["attributes"].unique()))
    shared_legend(figure, panels, order=[names.adm(adm).label for adm in looks])
    return figure


def _draw_panel(panel: "Axes", data: pd.DataFrame, looks: dict[str, Look], names: Names) -> None:
    panel.grid(visible=False, axis="x")
    for index, (adm, look) in enumerate(looks.items()):
        part = data[data["adm"] == adm].sort_values("attributes")
        if part.empty:
            continue
        x = part["attributes"] + (index - (len(looks) - 1) / 2) * _SPREAD / len(looks)
        panel.vlines(x, part["accuracy_low"], part["accuracy_high"], look.colour, linewidth=0.5)
        label = names.adm(adm).label
        panel.plot(x, part["accuracy"], color=look.colour, marker=look.marker, linestyle=look.line, label=label)


FIGURES.register("accuracy_by_attributes")(
    FigureKind(
        title="Accuracy by number of attributes",
        tables=("accuracy",),
        applies=lambda part: part.sampled,
        data=lambda source: accuracy_by_attributes(source.table("accuracy"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
