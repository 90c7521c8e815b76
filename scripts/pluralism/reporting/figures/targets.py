"""Alignment targets as radar plots: a small one per target, in rows by the number of attributes that they name."""

from collections.abc import Iterator

import pandas as pd

from pluralism.reporting.drawing.layout import plain
from pluralism.reporting.drawing.radar import KEY_LINE, Radar
from pluralism.reporting.drawing.style import COLUMN_WIDTH, SMALL
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source
from pluralism.targets.sets import attribute_count, stands_apart, target_set_words, target_sets
from pluralism.targets.target import Target

_PER_ROW = 5
_CELL_WIDTH, _CELL_HEIGHT = 2.4, 3.0
_TITLE_WIDTH = 3.4
_TOP_HEIGHT = 6.6
"""Sizes in radii of a small radar: its place, the space left of a row, and the row of big radars on top."""
_KEY_LINES = 7
"""Attributes in the key beside the big radars; more make the row higher."""


def target_levels(source: Source) -> pd.DataFrame:
    """The levels that targets want, a row per attribute that a target names; without doses and people's.

    Returns:
        Columns set (high, low, sampled_3, ..), target, attribute, level, weight (1 where a target gives none).
    """
    shown = [target for target in source.targets if not stands_apart(target.name)]
    sets = target_sets(target.name for target in shown)
    rows = [
        (target.set, target.name, attribute, target.levels[attribute], target.weights[attribute])
        for target in sorted(shown, key=lambda target: (sets.index(target.set), target.name))
        for attribute in source.attributes.names
        if attribute in target.levels
    ]
    return pd.DataFrame(rows, columns=["set", "target", "attribute", "level", "weight"])


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """High, low and a key on top; below them the sampled targets by attribute count, then the user's own."""
    from matplotlib.figure import Figure

    is_extreme = data["set"].isin(["high", "low"])
    rows = list(_rows(data[~is_extreme]))
    # The key grows with the attributes.
    top = _TOP_HEIGHT + max(0.0, KEY_LINE * (len(source.attributes.names) - _KEY_LINES))
    height = top + _CELL_HEIGHT * len(rows)
    width = _TITLE_WIDTH + _CELL_WIDTH * _PER_ROW
    figure = Figure(figsize=(COLUMN_WIDTH, COLUMN_WIDTH * height / width))
    axes = figure.add_subplot(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.axis("off")
    radar = Radar(axes, source.attributes)
    middle = 2.6
    for index, target in enumerate(_targets(data[is_extreme])):
        x = 1.7 + 3.5 * index
        radar.draw((x, middle), 1.5, target)
        axes.text(x, 0.3, target.set, ha="center", va="center")
    radar.draw_key((7.7, 1.0), (0.2, top - 1.1), weighted=bool((data["weight"] != 1).any()))
    for index, (title, targets) in enumerate(rows):
        y = top + _CELL_HEIGHT * (index + 0.5)
        axes.text(0, y + 0.2, title, va="center")
        for column, target in enumerate(targets):
            x = _TITLE_WIDTH + _CELL_WIDTH * (column + 0.5)
            radar.draw((x, y + 0.2), 1.0, target)
            axes.text(x, y - 1.1, plain(_short(target.name)), ha="center", va="center", fontsize=SMALL)
    # All of it lies within the axes, which fill the page.
    for artist in (*axes.texts, *axes.lines, *axes.patches):
        artist.set_in_layout(False)
    return figure


def _rows(data: pd.DataFrame) -> Iterator[tuple[str, list[Target]]]:
    """The small radars: a row per attribute count and one for a user's own targets, or more where one is full."""
    counts = data["target"].map(attribute_count).fillna(0).astype(int)
    for count in [*sorted(set(counts) - {0}), *({0} & set(counts))]:
        title = {0: "own targets", 1: "1 attribute"}.get(count, f"{count} attributes")
        targets = _targets(data[counts == count])
        for start in range(0, len(targets), _PER_ROW):
            yield title if start == 0 else "", targets[start : start + _PER_ROW]


def _targets(data: pd.DataFrame) -> list[Target]:
    return [
        Target(
            str(name),
            dict(zip(part["attribute"], part["level"], strict=True)),
            dict(zip(part["attribute"], part["weight"], strict=True)),
        )
        for name, part in data.groupby("target", sort=False)
    ]


def _short(name: str) -> str:
    """What fits above a small radar: the number of a sampled target; of another's name, the ends if it is long."""
    if attribute_count(name) is not None:
        return name.rpartition("_target")[2]
    own = name.removeprefix("custom/")
    return own if len(own) <= 12 else f"{own[:6]}…{own[-5:]}"


def alt(data: pd.DataFrame, source: Source) -> str:
    """How many targets there are, by their set."""
    counts = data.groupby("set", sort=False)["target"].nunique()
    found = ", ".join(f"{target_set_words(str(name))} ({count})" for name, count in counts.items())
    return f"The levels that each alignment target wants, as radar plots: {found}."


FIGURES.register("targets")(FigureKind("Targets", target_levels, draw, alt, files=("attributes", "targets")))
