"""Accuracy against the number of attributes that a sampled target names."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks, most_lines, panel_height
from pluralism.reporting.drawing.looks import cell_looks
from pluralism.reporting.drawing.marks import points_along
from pluralism.reporting.drawing.panels import cell_labels, for_like_these, in_panels, told
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source
from pluralism.targets.sets import target_set_words

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
    found = for_like_these(in_panels(sampled, source.names), "accuracy")
    found["attributes"] = found["target_set"].str.removeprefix("sampled_").astype(int)
    columns = ["panel", "experiment", "adm", "attributes", "n_targets", "accuracy", "accuracy_low", "accuracy_high"]
    return found.loc[found["accuracy"].notna(), columns].reset_index(drop=True)


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, a line per ADM."""
    counts = sorted(data["attributes"].unique())
    shown = cell_labels(data.assign(place=data["attributes"].map(counts.index)), source.names)
    blocks, panels = [], shown["panel"].nunique()
    for looks in line_blocks(cell_looks(source.names, shown), most_lines(panels)):
        rows = shown[shown["cell"].isin(looks)]
        plot = (
            points_along(rows, "place", "accuracy", "cell", looks, spread=_SPREAD, panel="panel")
            .facet("panel", wrap=1)
            .label(x="number of attributes that the target names", y="accuracy (%)", title=source.names.experiment)
        )
        blocks.append(Block(plot, panel_height(panels), looks))

    def set_ticks(panel: Panel) -> None:
        panel.grid(visible=False, axis="x")
        panel.set_xticks(range(len(counts)), list(map(str, counts)))

    return compose(blocks, each=set_ticks)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which accuracies the ADMs lie, by number of attributes."""
    shown = told(data, source.names)
    whose = shown["adm"].map(source.names.adm) + ", " + shown["panel"].map(source.names.experiment)
    found = between_by(shown, shown["attributes"].map("sampled_{}".format), "accuracy", whose, words=target_set_words)
    return f"Accuracy of each ADM against the number of attributes that a sampled target names. {found}."


FIGURES.register("accuracy_by_attributes")(
    FigureKind(
        "Accuracy by number of attributes",
        accuracy_by_attributes,
        draw,
        alt,
        tables=("accuracy",),
        applies=lambda part: part.sampled,
    )
)
