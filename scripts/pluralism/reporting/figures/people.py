"""People: how often ADMs pick what a person picked, against how many choices their target is inferred from."""

import pandas as pd

from pluralism.reporting.drawing.layout import Block, Panel, compose, line_blocks
from pluralism.reporting.drawing.looks import ORACLE, RANDOM, adm_looks
from pluralism.reporting.drawing.marks import points_along, with_references
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source
from pluralism.statistics.table_columns import BEST_FIXED, EVERYONE, PERSON

_WORDS = {PERSON: "the person's target", EVERYONE: "everyone's target", BEST_FIXED: "best fixed target"}
"""Whose target -> its words above a panel."""
_SPREAD = 0.5
"""How much of the distance between two numbers of choices the ADMs' markers take, side by side."""
_MOST_LINES = 6
"""ADMs in one plot: its panels are narrow."""
_REFERENCES = {"oracle_accuracy": ORACLE, "random_accuracy": RANDOM}


def people(source: Source) -> pd.DataFrame:
    """The share of people's other choices that ADMs foresee.

    Returns:
        Columns adm, choices, target_of (person, everyone, best_fixed), n_people, n_choices; in percent accuracy and
        gain over everyone's target, with their 95% intervals, the columns that end in _low and _high; oracle_accuracy
        and random_accuracy.
    """
    return competing(source.tables["people"], source.names).drop(columns="experiment")


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel for whose target it is, a line per ADM."""
    numbers = sorted(data["choices"].unique().tolist())
    shown = data.assign(place=data["choices"].map(numbers.index).astype(float), shown=data["target_of"].map(_WORDS))
    shown = shown.sort_values("place", kind="stable")
    references = shown.drop_duplicates(["target_of", "choices"])
    blocks = []
    for looks in line_blocks(adm_looks(source.names, data["adm"]), _MOST_LINES):
        rows = shown[shown["adm"].isin(looks)]
        plot = points_along(rows, "place", "accuracy", "adm", looks, spread=_SPREAD, panel="target_of")
        plot = with_references(plot, references, _REFERENCES).facet("shown", order=list(_WORDS.values()))
        plot = plot.label(x="choices that the target is inferred from", y="picks of the person (%)", title=str)
        blocks.append(Block(plot, 1.7, {**_REFERENCES, **looks}))

    def set_ticks(panel: Panel) -> None:
        panel.set_xticks(range(len(numbers)), [f"{number:g}" for number in numbers])
        panel.set(xlim=(-0.5, len(numbers) - 0.5), ylim=(-3, 103))

    return compose(blocks, each=set_ticks)


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which shares of people's picks the ADMs lie under each target, with the fewest and the most choices."""
    ends = data[data["choices"].isin([data["choices"].min(), data["choices"].max()])]
    groups = ends["target_of"].map(_WORDS) + " from " + ends["choices"].map("{:g}".format)
    found = between_by(ends, groups, "accuracy", ends["adm"].map(source.names.adm))
    whose = "by whose target it is, and from how many choices"
    return f"Share of a person's other picks that each ADM foresees, {whose}: {found}."


FIGURES.register("people")(
    FigureKind(
        "Foreseeing a person's picks",
        people,
        draw,
        alt,
        tables=("people",),
        per=Per.EXPERIMENT,
        applies=lambda part: part.people and bool(part.adms),
    )
)
