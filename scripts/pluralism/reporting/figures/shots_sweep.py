"""Accuracy against the number of few-shot examples, of ADMs that a sweep over shots made."""

import math
from dataclasses import replace

import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.looks import draw_series, series, series_looks
from pluralism.reporting.drawing.panels import for_like_these
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source
from pluralism.study.sweeps import ONE_PER_LEVEL
from pluralism.targets.sets import target_set_words

_SPREAD = 0.05
"""How far apart the lines are, in parts of the whole width."""


def shots_sweep(source: Source) -> pd.DataFrame:
    """The accuracy of the ADMs that a sweep made.

    Returns:
        Columns target_set, experiment, sweep (the ADM in the config), shots (a count or one_per_level), and accuracy in
        percent with its 95% interval, accuracy_low and accuracy_high: for targets like these where there are several.
    """
    sweeps = {adm.name: adm.sweep for adm in source.names.adms if adm.sweep is not None}
    accuracy = source.tables["accuracy"]
    found = for_like_these(accuracy[accuracy["adm"].isin(sweeps)].reset_index(drop=True), "accuracy")
    found["sweep"] = [sweeps[adm].adm for adm in found["adm"]]
    found["shots"] = pd.Series([sweeps[adm].shots for adm in found["adm"]], dtype=object)
    return found[["target_set", "experiment", "sweep", "shots", "accuracy", "accuracy_low", "accuracy_high"]]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per target set, a line per experiment and sweep."""
    counts = sorted(shots for shots in data["shots"].unique() if shots != ONE_PER_LEVEL)
    # One example per level is no count: it is apart, to the right of the counts, and no line leads there.
    apart = math.log2(1 + max(counts, default=0)) + 1
    places = {**{count: math.log2(1 + count) for count in counts}, ONE_PER_LEVEL: apart}
    placed = data.assign(line=data["experiment"] + "/" + data["sweep"], place=data["shots"].map(places))
    several = data["sweep"].nunique() > 1
    looks = series_looks(
        {
            line: source.names.experiment(experiment) + (f", {sweep}" if several else "")
            for line, experiment, sweep in zip(placed["line"], data["experiment"], data["sweep"], strict=True)
        }
    )
    figure, panels = panel_grid(
        placed,
        "target_set",
        "few-shot examples (log scale)",
        "accuracy (%)",
        title=target_set_words,
        columns=4,
        height=1.6,
    )
    for panel, rows in panels:
        for look, part, shift in series(rows.sort_values("place"), "line", looks, _SPREAD * apart):
            counted = part[part["shots"] != ONE_PER_LEVEL]
            x, y = counted["place"] + shift, counted["accuracy"]
            panel.plot(x, y, color=look.colour, linestyle=look.line, linewidth=0.7)
            draw_series(panel, replace(look, line=""), part["place"] + shift, part, "accuracy")
    ticks = {shots: "1 per\nlevel" if shots == ONE_PER_LEVEL else str(shots) for shots in data["shots"].unique()}
    shared = panels[0][0]
    shared.set_xticks([places[shots] for shots in ticks], list(ticks.values()))
    shared.margins(x=0.1)
    shared_legend(figure, looks)
    return figure


FIGURES.register("shots_sweep")(
    FigureKind(
        "Accuracy against the number of shots", shots_sweep, draw, tables=("accuracy",), applies=lambda part: part.swept
    )
)
