"""The accuracy of every ADM by target set, against what a perfect predictor could reach."""

import pandas as pd

from pluralism.reporting.drawing.layout import lines_height, panel_grid, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, draw_series, series, without_lines
from pluralism.reporting.drawing.panels import with_references
from pluralism.reporting.drawing.style import INK, PALE
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source

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
    found = with_references(accuracy, source.names)[columns]
    return found.merge(ceiling[["target_set", "n_items", *ceilings]], on="target_set")


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, in it the target sets side by side, each with a band, and a marker per ADM."""
    looks = without_lines(adm_looks(source.names, data["adm"]))
    sets = list(data["target_set"].unique())
    labels = [_label(name) for name in sets]
    figure, panels = panel_grid(
        data,
        "panel",
        "target set (k: sampled targets that name k attributes)",
        "accuracy (%)",
        title=source.names.experiment,
        columns=2,
        height=lines_height(1.9, len(looks)),
    )
    for panel, rows in panels:
        panel.grid(visible=False, axis="x")
        bands = rows.drop_duplicates("target_set")
        x, height = bands["target_set"].map(sets.index), bands["upper_bound"] - bands["lower_bound"]
        words = "noise ceiling, lower to upper bound"
        # Above the grid, below the markers.
        panel.bar(x, height, _WIDTH, bands["lower_bound"], color=PALE, zorder=0.6, label=words)
        panel.vlines(x, bands["ceiling_low"], bands["ceiling_high"], PALE, linewidth=1.2, zorder=0.6)
        ends = (x - _WIDTH / 2, x + _WIDTH / 2)
        panel.hlines(bands["ceiling"], *ends, INK, linewidth=0.8, zorder=0.8, label="noise ceiling, estimate")
        for look, part, shift in series(rows, "adm", looks, _SPREAD):
            draw_series(panel, look, part["target_set"].map(sets.index) + shift, part, "accuracy")
    turn = 45 if max(map(len, labels)) > _LONGEST_LEVEL_LABEL else 0
    shared = panels[0][0]
    shared.set_xticks(range(len(sets)), labels)
    for panel, _ in panels:
        panel.tick_params("x", rotation=turn)
    shared.set_ylim(-3, 103)
    shared_legend(figure, looks)
    return figure


def _label(target_set: str) -> str:
    name = target_set.replace("sampled_", "k=").removeprefix("custom/")
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"


FIGURES.register("noise_ceiling")(
    FigureKind(
        "Accuracy and the noise ceiling",
        accuracy_and_ceiling,
        draw,
        tables=("accuracy", "noise_ceiling"),
        applies=lambda part: part.annotated,
    )
)
