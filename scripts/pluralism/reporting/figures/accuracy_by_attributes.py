"""Accuracy against the number of attributes that a sampled target names."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import lines_height, panel_grid, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, draw_series, series
from pluralism.reporting.drawing.panels import for_like_these, with_references
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source

_SPREAD = 0.7
"""How much of the distance between two attribute counts the ADMs' markers take, side by side."""


def accuracy_by_attributes(source: Source) -> pd.DataFrame:
    """The mean accuracy over the sampled targets that name the same number of attributes.

    Returns:
        Columns panel, experiment, adm, attributes (how many the targets name), n_targets; in percent accuracy with its
        95% interval for targets like these, accuracy_low and accuracy_high; no row where no item is scored.

    Raises:
        UserError: there is no sampled target.
    """
    accuracy = source.tables["accuracy"]
    sampled = accuracy[accuracy["target_set"].str.startswith("sampled_")]
    if sampled.empty:
        raise UserError("the statistics hold no sampled target")
    found = for_like_these(with_references(sampled, source.names), "accuracy")
    found["attributes"] = found["target_set"].str.removeprefix("sampled_").astype(int)
    columns = ["panel", "experiment", "adm", "attributes", "n_targets", "accuracy", "accuracy_low", "accuracy_high"]
    return found.loc[found["accuracy"].notna(), columns].reset_index(drop=True)


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a line per ADM."""
    looks = adm_looks(source.names, data["adm"])
    figure, panels = panel_grid(
        data,
        "panel",
        "number of attributes that the target names",
        "accuracy (%)",
        title=source.names.experiment,
        columns=2,
        height=lines_height(1.9, len(looks)),
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="x")
        for look, part, shift in series(rows.sort_values("attributes"), "adm", looks, _SPREAD):
            draw_series(panel, look, part["attributes"] + shift, part, "accuracy")
    panels[0][0].set_xticks(sorted(data["attributes"].unique()))
    shared_legend(figure, looks)
    return figure


FIGURES.register("accuracy_by_attributes")(
    FigureKind(
        "Accuracy by number of attributes",
        accuracy_by_attributes,
        draw,
        tables=("accuracy",),
        applies=lambda part: part.sampled,
    )
)
