"""The accuracy of every ADM by target set, against what a perfect predictor could reach."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks, most_lines, panel_height
from pluralism.reporting.drawing.looks import cell_looks, without_lines
from pluralism.reporting.drawing.marks import points_along
from pluralism.reporting.drawing.panels import cell_labels, in_panels, told
from pluralism.reporting.drawing.style import INK, PALE
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source
from pluralism.targets.sets import target_set_words

_SPREAD, _WIDTH = 0.7, 0.86
"""How much of the distance between two target sets the ADMs' markers take, side by side, and the band behind them."""
_LONGEST_LEVEL_LABEL, _LONGEST_LABEL = 6, 16
"""Letters of a target set's label that is not turned, and of one that is not cut."""


def accuracy_and_ceiling(source: Source) -> pd.DataFrame:
    """The accuracies in the target sets whose noise ceiling is known.

    Returns:
        Columns panel, experiment, adm, target_set; in percent accuracy with its 95% interval, accuracy_low and
        accuracy_high; n_items (those with several annotations of each response), and of these in percent ceiling with
        its 95% interval, ceiling_low and ceiling_high, lower_bound and upper_bound.
    """
    accuracy, ceiling = source.tables["accuracy"], source.tables["noise_ceiling"]
    ceilings = ["ceiling", "ceiling_low", "ceiling_high", "lower_bound", "upper_bound"]
    columns = ["panel", "experiment", "adm", "target_set", "accuracy", "accuracy_low", "accuracy_high"]
    if accuracy.empty or ceiling.empty:
        return pd.DataFrame(columns=[*columns, "n_items", *ceilings])
    found = in_panels(accuracy, source.names)[columns]
    return found.merge(ceiling[["target_set", "n_items", *ceilings]], on="target_set")


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, in it the target sets side by side, each with a band, and a marker per ADM."""
    sets = {name: _label(name) for name in data["target_set"].unique()}
    shown = cell_labels(data, source.names)
    shown["place"] = shown["target_set"].map(list(sets).index).astype(float)
    words = "target set (k: sampled targets that name k attributes)"
    blocks, panels = [], shown["panel"].nunique()
    for looks in line_blocks(without_lines(cell_looks(source.names, shown)), most_lines(panels)):
        rows = shown[shown["cell"].isin(looks)]
        plot = (
            points_along(rows, "place", "accuracy", "cell", looks, spread=_SPREAD, panel="panel", line=False)
            .facet("panel", wrap=1)
            .label(x=words, y="accuracy (%)", title=source.names.experiment)
        )
        blocks.append(Block(plot, panel_height(panels), looks))
    bands = data.drop_duplicates("target_set")

    def draw_ceiling(panel: Panel) -> None:
        x, height = range(len(bands)), bands["upper_bound"] - bands["lower_bound"]
        of_band = "ceiling, bounds"
        # Above the grid, below the markers.
        panel.bar(x, height, _WIDTH, bands["lower_bound"], color=PALE, zorder=0.6, label=of_band)
        panel.vlines(x, bands["ceiling_low"], bands["ceiling_high"], PALE, linewidth=1.2, zorder=0.6)
        starts, ends = ([place + side * _WIDTH / 2 for place in x] for side in (-1, 1))
        panel.hlines(bands["ceiling"], starts, ends, INK, linewidth=0.8, zorder=0.8, label="ceiling, estimate")
        panel.grid(visible=False, axis="x")
        panel.set_xticks(x, list(sets.values()))
        panel.tick_params("x", rotation=45 if max(map(len, sets.values())) > _LONGEST_LEVEL_LABEL else 0)
        panel.set(xlim=(-0.6, len(sets) - 0.4), ylim=(-3, 103))

    return compose(blocks, each=draw_ceiling)


def _label(target_set: str) -> str:
    name = target_set.replace("sampled_", "k=").removeprefix("custom/")
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"


def alt(data: pd.DataFrame, source: Source) -> str:
    """The ceilings, and between which accuracies the ADMs lie below them."""
    shown = told(data, source.names)
    whose = shown["adm"].map(source.names.adm) + ", " + shown["panel"].map(source.names.experiment)
    ceilings = data.drop_duplicates("target_set")["ceiling"]
    found = between_by(shown, shown["target_set"].map(target_set_words), "accuracy", whose)
    return f"Accuracy of each ADM next to the noise ceiling, {ceilings.min():.0f} to {ceilings.max():.0f}%. {found}."


FIGURES.register("noise_ceiling")(
    FigureKind(
        "Accuracy and the noise ceiling",
        accuracy_and_ceiling,
        draw,
        alt,
        tables=("accuracy", "noise_ceiling"),
        applies=lambda part: part.annotated,
    )
)
