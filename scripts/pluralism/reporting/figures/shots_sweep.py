"""Accuracy against the number of few-shot examples, of ADMs that a sweep over shots made."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.drawing.layout import panel_grid, shared_legend
from pluralism.reporting.drawing.looks import Look, series_looks
from pluralism.reporting.figure import FIGURES, FigureKind
from pluralism.study.names import Names
from pluralism.study.sweeps import ONE_PER_LEVEL
from pluralism.targets.sets import target_set_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPREAD = 0.05
"""How far apart the lines are, in parts of the whole width."""


def shots_sweep(accuracy: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The accuracy of the ADMs that a sweep made.

    Args:
        accuracy: this table of a dataset's statistics.
        names: which ADMs a sweep made.

    Returns:
        Columns target_set, experiment, sweep (the ADM that stood in the config), shots (a count or one_per_level), and
        accuracy in percent with its 95% interval, accuracy_low and accuracy_high.
    """
    sweeps = {adm.name: adm.sweep for adm in names.adms if adm.sweep is not None}
    found = accuracy[accuracy["adm"].isin(sweeps)].copy()
    found["sweep"] = [sweeps[adm].adm for adm in found["adm"]]
    found["shots"] = pd.Series([sweeps[adm].shots for adm in found["adm"]], index=found.index, dtype=object)
    columns = ["target_set", "experiment", "sweep", "shots", "accuracy", "accuracy_low", "accuracy_high"]
    return found[columns].reset_index(drop=True)


def draw(data: pd.DataFrame, names: Names) -> "Figure":
    """A panel per target set, a line per experiment and sweep; `data` is from `shots_sweep`."""
    sets = list(data["target_set"].unique())
    figure, panels = panel_grid(
        list(map(target_set_words, sets)),
        "few-shot examples (log scale)",
        "accuracy (%)",
        most_columns=4,
        panel_height=1.6,
    )
    counts = sorted(shots for shots in data["shots"].unique() if shots != ONE_PER_LEVEL)
    # One example per level is no count: it stands apart, to the right of the counts, and no line leads there.
    apart = math.log2(1 + max(counts, default=0)) + 1
    places = {**{count: math.log2(1 + count) for count in counts}, ONE_PER_LEVEL: apart}
    lines = list(dict.fromkeys(zip(data["experiment"], data["sweep"], strict=True)))
    several = len({sweep for _, sweep in lines}) > 1
    looks = series_looks(map("/".join, lines)).values()
    for panel, name in zip(panels, sets, strict=True):
        part = data[data["target_set"] == name]
        for index, ((experiment, sweep), look) in enumerate(zip(lines, looks, strict=True)):
            label = names.experiment(experiment).label
            of_line = part[(part["experiment"] == experiment) & (part["sweep"] == sweep)]
            shift = (index - (len(lines) - 1) / 2) * _SPREAD * apart / len(lines)
            placed = of_line.assign(x=of_line["shots"].map(places) + shift)
            _draw_line(panel, placed, look, f"{label}, {sweep}" if several else label)
    ticks = {shots: "1 per\nlevel" if shots == ONE_PER_LEVEL else str(shots) for shots in data["shots"].unique()}
    panels[0].set_xticks([places[shots] for shots in ticks], list(ticks.values()))
    panels[0].margins(x=0.1)
    shared_legend(figure, panels)
    return figure


def _draw_line(panel: "Axes", data: pd.DataFrame, look: Look, label: str) -> None:
    counted = data[data["shots"] != ONE_PER_LEVEL].sort_values("x")
    panel.plot(counted["x"], counted["accuracy"], color=look.colour, linestyle=look.line, linewidth=0.7)
    panel.vlines(data["x"], data["accuracy_low"], data["accuracy_high"], look.colour, linewidth=0.5)
    panel.plot(data["x"], data["accuracy"], color=look.colour, marker=look.marker, linestyle="")
    panel.plot([], [], color=look.colour, marker=look.marker, linestyle=look.line, label=label)


FIGURES.register("shots_sweep")(
    FigureKind(
        title="Accuracy against the number of shots",
        tables=("accuracy",),
        applies=lambda part: part.swept,
        data=lambda source: shots_sweep(source.table("accuracy"), source.names),
        draw=lambda data, source: draw(data, source.names),
    )
)
