"""Accuracy against the number of few-shot examples, of ADMs that a sweep over shots made."""

import math

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose
from pluralism.reporting.drawing.looks import series_looks
from pluralism.reporting.drawing.marks import points_along
from pluralism.reporting.drawing.panels import for_like_these
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source
from pluralism.study.sweeps import ONE_PER_LEVEL
from pluralism.targets.sets import target_set_words

_SPREAD = 0.25
"""How much of the least distance between two counts the lines take, side by side."""


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
    shown = data.assign(line=data["experiment"] + "/" + data["sweep"], place=data["shots"].map(places))
    shown["counted"] = (shown["shots"] != ONE_PER_LEVEL).astype(str)
    several = data["sweep"].nunique() > 1
    looks = series_looks(
        {
            line: source.names.experiment(experiment) + (f", {sweep}" if several else "")
            for line, experiment, sweep in zip(shown["line"], data["experiment"], data["sweep"], strict=True)
        }
    )
    plot = (
        points_along(shown, "place", "accuracy", "line", looks, spread=_SPREAD, panel="target_set", group="counted")
        .facet("target_set", wrap=2)
        .label(x="few-shot examples (log scale)", y="accuracy (%)", title=target_set_words)
    )
    ticks = {shots: "1 per\nlevel" if shots == ONE_PER_LEVEL else str(shots) for shots in data["shots"].unique()}

    def set_ticks(panel: Panel) -> None:
        panel.set_xticks([places[shots] for shots in ticks], list(ticks.values()))
        panel.margins(x=0.12)

    return compose([Block(plot, 1.25, looks)], each=set_ticks)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which accuracies the ADMs lie, by number of examples."""
    whose = data["experiment"].map(source.names.experiment) + ", " + data["target_set"].map(target_set_words)
    found = between_by(data, data["shots"].astype(str), "accuracy", whose, words="{} examples".format)
    return f"Accuracy against the number of few-shot examples. {found}.".replace(f"{ONE_PER_LEVEL} ", "one per level: ")


FIGURES.register("shots_sweep")(
    FigureKind(
        "Accuracy against the number of shots",
        shots_sweep,
        draw,
        alt,
        tables=("accuracy",),
        applies=lambda part: part.swept,
    )
)
