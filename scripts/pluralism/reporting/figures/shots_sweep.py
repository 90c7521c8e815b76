"""Accuracy against the number of few-shot examples, of ADMs that a sweep over shots made."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralism.reporting.figures.layout import panel_grid, shared_legend
from pluralism.reporting.figures.style import Look, series_looks, styled
from pluralism.study.sweeps import ONE_PER_LEVEL, swept
from pluralism.targets.sets import target_set_words

_SPREAD = 0.05
"""How far apart the lines are, in parts of the whole width."""


def shots_sweep(accuracy: pd.DataFrame) -> pd.DataFrame:
    """The accuracy of the ADMs that a sweep made.

    Args:
        accuracy: this table of a dataset's statistics.

    Returns:
        Columns target_set, experiment, sweep (the ADM that stood in the config), shots (a count or one_per_level), and
        accuracy in percent with its 95% interval, accuracy_low and accuracy_high.
    """
    found = accuracy.assign(origin=accuracy["adm"].map(swept)).dropna(subset="origin")
    found["sweep"] = [sweep for sweep, _ in found["origin"]]
    found["shots"] = [shots for _, shots in found["origin"]]
    columns = ["target_set", "experiment", "sweep", "shots", "accuracy", "accuracy_low", "accuracy_high"]
    return found[columns].reset_index(drop=True)


@styled()
def draw(data: pd.DataFrame) -> Figure:
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
    looks = series_looks([f"{experiment}, {sweep}" if several else experiment for experiment, sweep in lines])
    for panel, name in zip(panels, sets, strict=True):
        part = data[data["target_set"] == name]
        for index, ((experiment, sweep), (words, look)) in enumerate(zip(lines, looks.items(), strict=True)):
            of_line = part[(part["experiment"] == experiment) & (part["sweep"] == sweep)]
            shift = (index - (len(lines) - 1) / 2) * _SPREAD * apart / len(lines)
            _draw_line(panel, of_line.assign(x=of_line["shots"].map(places) + shift), look, words)
    ticks = {shots: "1 per\nlevel" if shots == ONE_PER_LEVEL else str(shots) for shots in data["shots"].unique()}
    panels[0].set_xticks([places[shots] for shots in ticks], list(ticks.values()))
    panels[0].margins(x=0.1)
    shared_legend(figure, panels)
    return figure


def _draw_line(panel: Axes, data: pd.DataFrame, look: Look, words: str) -> None:
    counted = data[data["shots"] != ONE_PER_LEVEL].sort_values("x")
    panel.plot(counted["x"], counted["accuracy"], color=look.colour, linestyle=look.line, linewidth=0.7)
    panel.vlines(data["x"], data["accuracy_low"], data["accuracy_high"], look.colour, linewidth=0.5)
    panel.plot(data["x"], data["accuracy"], look.marker, color=look.colour)
    panel.plot([], [], color=look.colour, marker=look.marker, linestyle=look.line, label=words)
