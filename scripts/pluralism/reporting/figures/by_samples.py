"""How many samples are enough: accuracy, and decisions that another run would change, against their number."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks
from pluralism.reporting.drawing.looks import adm_looks
from pluralism.reporting.drawing.marks import points_along
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.targets.sets import ALL, target_set_words

_SETS = (ALL, "high", "low")
_MANY = 10
"""More ADMs are shown under all targets only, so that the figure fits a page."""
_MEASURES = {
    "accuracy": "accuracy (%)",
    "flipped": "flips in another run (%)",
    "changed": "flips with more samples (%)",
}
"""Column -> its words; a column of panels each."""
_SPREAD = 0.4
_MOST_LINES = 6
"""ADMs in one plot: its panels are narrow."""


def by_samples(source: Source) -> pd.DataFrame:
    """Accuracy and flips by number of samples, under all targets and, of few ADMs, high and low.

    Returns:
        Columns target_set, adm, samples; in percent accuracy, flipped and changed with their 95% intervals, the columns
        that end in _low and _high.
    """
    table = competing(source.tables["by_samples"], source.names)
    shown = _SETS if table["adm"].nunique() <= _MANY else _SETS[:1]
    found = table[table["target_set"].isin(shown)].reset_index(drop=True)
    ends = [f"{name}{end}" for name in _MEASURES for end in ("", "_low", "_high")]
    found[ends[3:]] *= 100
    return found[["target_set", "adm", "samples", *ends]]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A column of panels per measure, a row per target set, a line per ADM."""
    sets = [name for name in _SETS if name in set(data["target_set"])]
    keys = ["target_set", "adm", "samples"]
    parts = (
        data[keys].assign(
            measure=words, value=data[name], value_low=data[f"{name}_low"], value_high=data[f"{name}_high"]
        )
        for name, words in _MEASURES.items()
    )
    shown = pd.concat(parts, ignore_index=True)
    shown = shown.assign(set=shown["target_set"].map(target_set_words))
    blocks = []
    for looks in line_blocks(adm_looks(source.names, data["adm"]), _MOST_LINES):
        rows = shown[shown["adm"].isin(looks)]
        plot = (
            points_along(rows, "samples", "value", "adm", looks, spread=_SPREAD, panel="target_set")
            .facet("measure", "set", order={"col": list(_MEASURES.values()), "row": list(map(target_set_words, sets))})
            .share(y="col")
            .label(x="samples", y="", title=str)
        )
        blocks.append(Block(plot, 1.1, looks))
    return compose(blocks, each=_name_measure)


def _name_measure(panel: Panel) -> None:
    """Measures stand above the highest panels, target sets left of the first; seaborn has both above all."""
    from matplotlib.ticker import MaxNLocator

    measure, target_set = panel.get_title("left").split(" | ")
    place = panel.get_subplotspec()
    panel.set_title(measure if place is None or place.is_first_row() else "", loc="left")
    panel.set_ylabel(target_set if place is None or place.is_first_col() else "")
    panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def _samples(number: str) -> str:
    return f"{number} sample" if number == "1" else f"{number} samples"


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which values the ADMs lie with the fewest and with the most samples, under all targets."""
    whose = data["adm"].map(source.names.adm)
    ends = data[(data["target_set"] == _SETS[0]) & data["samples"].isin([data["samples"].min(), data["samples"].max()])]
    found = between_by(ends, ends["samples"].astype(str), "accuracy", whose[ends.index], words=_samples)
    return f"Accuracy and decisions that flip, against the number of samples. Accuracy under all targets with {found}."


FIGURES.register("by_samples")(
    FigureKind(
        "How many samples are enough",
        by_samples,
        draw,
        alt,
        tables=("by_samples",),
        per=Per.EXPERIMENT,
        applies=lambda part: part.resampled,
    )
)
