"""How many samples are enough: accuracy, and decisions that another run would change, against their number."""

import pandas as pd

from pluralism.reporting.drawing.layout import lines_height, shared_legend
from pluralism.reporting.drawing.looks import adm_looks, draw_series, series
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import TEXT_WIDTH
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.targets.sets import ALL, target_set_words

_SETS = (ALL, "high", "low")
_ROWS = {"accuracy": "accuracy (%)", "flipped": "flips in\nanother run (%)", "changed": "flips with\nmore samples (%)"}
"""Column -> its words; a row of panels each."""
_SPREAD = 0.4


def by_samples(source: Source) -> pd.DataFrame:
    """Accuracy and flips by number of samples, under all targets, high and low.

    Returns:
        Columns target_set, adm, samples; in percent accuracy, flipped and changed with their 95% intervals, the columns
        that end in _low and _high.
    """
    table = competing(source.tables["by_samples"], source.names)
    found = table[table["target_set"].isin(_SETS)].reset_index(drop=True)
    ends = [f"{name}{end}" for name in _ROWS for end in ("", "_low", "_high")]
    found[ends[3:]] *= 100
    return found[["target_set", "adm", "samples", *ends]]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A row of panels per measure, a column per target set, a line per ADM."""
    from matplotlib.figure import Figure

    looks = adm_looks(source.names, data["adm"])
    sets = [name for name in _SETS if name in set(data["target_set"])]
    figure = Figure(figsize=(TEXT_WIDTH, len(_ROWS) * lines_height(1.4, len(looks))))
    panels = figure.subplots(len(_ROWS), len(sets), sharex=True, sharey="row", squeeze=False)
    for row, (column, words) in zip(panels, _ROWS.items(), strict=True):
        row[0].set_ylabel(words)
        for panel, target_set in zip(row, sets, strict=True):
            panel.grid(visible=False, axis="x")
            rows = data[data["target_set"] == target_set].sort_values("samples")
            for look, part, shift in series(rows, "adm", looks, _SPREAD):
                draw_series(panel, look, part["samples"] + shift, part, column)
        if column != "accuracy":
            row[0].set_ylim(bottom=0)
    for panel, target_set in zip(panels[0], sets, strict=True):
        panel.set_title(target_set_words(target_set), loc="left")
    for panel in panels[-1]:
        panel.set_xlabel("samples")
    panels[0][0].set_xticks(sorted(data["samples"].unique()))
    shared_legend(figure, looks)
    return figure


FIGURES.register("by_samples")(
    FigureKind(
        "How many samples are enough",
        by_samples,
        draw,
        tables=("by_samples",),
        per=Per.EXPERIMENT,
        applies=lambda part: bool(part.adms) and part.resampled,
    )
)
