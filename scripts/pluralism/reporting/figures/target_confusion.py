"""Target confusion: how right the picks for one target are under another."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Panel, panel_grid
from pluralism.reporting.drawing.panels import competing
from pluralism.reporting.drawing.style import INK, SEQUENTIAL, SMALL
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Per, Source, competes
from pluralism.targets.sets import attribute_count

_MOST_NUMBERS, _MOST_INTERVALS = 6, 2
"""Targets in a matrix whose cells have room for their number, and for its interval below."""


def target_confusion(source: Source, *, sampled: bool) -> pd.DataFrame:
    """The accuracy of the picks for one target when they are scored on another: of sampled targets, or of high and low.

    Returns:
        Columns adm, steered_to, scored_on, n_scored, accuracy in percent with its 95% interval, accuracy_low and
        accuracy_high, alignment_score.

    Raises:
        UserError: two rows are about the same targets of an ADM.
    """
    table = source.tables["confusion"]
    wanted = [name for name in table["steered_to"].unique() if (attribute_count(name) is not None) == sampled]
    both = table["steered_to"].isin(wanted) & table["scored_on"].isin(wanted)
    found = competing(table[both], source.names).drop(columns="experiment")
    if found.duplicated(["adm", "steered_to", "scored_on"]).any():
        raise UserError("the statistics hold the same targets of an ADM twice in the table confusion")
    return found


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A matrix per ADM, targets steered to down and scored on across."""
    adms = source.names.in_order(data["adm"])
    both = {*data["steered_to"], *data["scored_on"]}
    targets = sorted(both, key=lambda name: (attribute_count(name) or 0, name))
    sampled = attribute_count(targets[0]) is not None
    unit = "\n(number of attributes)" if sampled else ""
    figure, panels = panel_grid(
        data.sort_values("adm", key=lambda names: names.map(adms.index), kind="stable"),
        "adm",
        f"scored on{unit}",
        f"steered to{unit}",
        title=source.names.adm,
        columns=3,
        height=2.2 if sampled else 1.3,
    )
    steps = data["accuracy"].dropna() / 10
    low, high = (10 * np.floor(steps.min()), 10 * np.ceil(steps.max())) if len(steps) else (0, 100)
    for panel, rows in panels:
        matrix = rows.pivot(values="accuracy", index="steered_to", columns="scored_on")
        matrix = matrix.reindex(index=targets, columns=targets).astype(float)
        image = panel.imshow(matrix, SEQUENTIAL, vmin=low, vmax=high, aspect="auto", interpolation="none")
        panel.grid(visible=False)
        if len(targets) <= _MOST_NUMBERS:
            _write_numbers(panel, rows, targets, middle=(low + high) / 2)
    _set_ticks([panel for panel, _ in panels], targets)
    aspect = (30 if sampled else 12) * max(1, len(adms) / 6)
    figure.colorbar(image, ax=[panel for panel, _ in panels], label="accuracy (%)", shrink=0.8, aspect=aspect)
    return figure


def _write_numbers(panel: Panel, rows: pd.DataFrame, targets: list[str], *, middle: float) -> None:
    """Write each accuracy into its cell, in white on those above `middle`; a dash where there is none."""
    numbers = rows[["accuracy", "accuracy_low", "accuracy_high"]].to_numpy(dtype=float)
    for steered, scored, (value, low, high) in zip(rows["steered_to"], rows["scored_on"], numbers, strict=True):
        text = "-" if np.isnan(value) else f"{value:.0f}"
        if len(targets) <= _MOST_INTERVALS and not np.isnan(low):
            text += f"\n{low:.0f} to {high:.0f}"
        place, colour = (targets.index(scored), targets.index(steered)), "white" if value > middle else INK
        panel.text(*place, text, ha="center", va="center", color=colour, fontsize=SMALL)


def _set_ticks(panels: list[Panel], targets: list[str]) -> None:
    """High and low by name; the sampled ones by the number of attributes, in the middle of those that share it."""
    words = np.array([str(attribute_count(name) or name.removeprefix("target_")) for name in targets])
    places = {word: np.flatnonzero(words == word) for word in dict.fromkeys(words)}
    middles = [float(found.mean()) for found in places.values()]
    panels[0].set_xticks(middles, list(places))
    panels[0].set_yticks(middles, list(places))
    for panel in panels:
        for found in list(places.values())[:-1]:
            panel.axhline(found[-1] + 0.5, color="white", linewidth=0.6)
            panel.axvline(found[-1] + 0.5, color="white", linewidth=0.6)


_EXTREMES, _SAMPLED = (partial(target_confusion, sampled=sampled) for sampled in (False, True))
_KIND = FigureKind(
    "Target confusion, high and low", _EXTREMES, draw, ("confusion",), per=Per.EXPERIMENT, applies=competes
)
FIGURES.register("confusion_extremes")(_KIND)
FIGURES.register("confusion_sampled")(
    replace(
        _KIND,
        title="Target confusion, sampled targets",
        data=_SAMPLED,
        applies=lambda part: competes(part) and part.sampled,
    )
)
