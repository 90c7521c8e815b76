"""The skill of every ADM, from that of a random pick to that of the oracle, by target set, with its 95% interval."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import shared_legend, stacked_panels
from pluralism.reporting.drawing.panels import competing, for_like_these
from pluralism.reporting.drawing.style import BLUE, GREY, INK, VERMILLION
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes
from pluralism.targets.sets import SAMPLED, target_set_words

_SHIFT = 0.22
"""How far the markers of a row are apart."""
_MARKERS = {"high": ("^", BLUE, BLUE), "low": ("v", VERMILLION, "white")}
_SAMPLED_MARKER = ("o", INK, INK)
"""Marker, its colours at the edge and inside."""


def skill_by_adm(source: Source) -> pd.DataFrame:
    """The skill of the ADMs that compete, at high and low and over all sampled targets.

    Returns:
        Columns experiment, adm, target_set, n_targets, n_scored, skill with its 95% interval, skill_low and skill_high:
        for targets like these where there are several.

    Raises:
        UserError: there is none.
    """
    skill = competing(source.tables["skill"], source.names)
    sets = list(skill["target_set"].unique())
    sampled = [SAMPLED] if SAMPLED in sets else [name for name in sets if name.startswith("sampled_")]
    shown = skill[skill["target_set"].isin([*_MARKERS, *sampled])]
    if shown.empty:
        raise UserError("the statistics hold neither the high, nor the low, nor a sampled target")
    columns = ["experiment", "adm", "target_set", "n_targets", "n_scored", "skill", "skill_low", "skill_high"]
    return for_like_these(shown, "skill")[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, in it a row per ADM that it runs, a marker per target set."""
    figure, panels = stacked_panels(data, source.names, "skill", row_height=0.2)
    sets = list(data["target_set"].unique())
    for panel, rows, adms in panels:
        panel.axvline(0, color=GREY, linestyle=":", zorder=1, label="random pick (0)")
        panel.axvline(1, color=GREY, linewidth=0.8, zorder=1, label="oracle (1)")
        for place, target_set in enumerate(sets):
            marker, edge, inside = _MARKERS.get(target_set, _SAMPLED_MARKER)
            part = rows[rows["target_set"] == target_set]
            y = part["adm"].map(adms.index).astype(float) + (place - (len(sets) - 1) / 2) * _SHIFT
            panel.hlines(y, part["skill_low"], part["skill_high"], edge, linewidth=0.7)
            words = target_set_words(target_set)
            panel.plot(part["skill"], y, marker, color=edge, markerfacecolor=inside, markersize=3, label=words)
    shared_legend(figure)
    return figure


FIGURES.register("skill")(
    FigureKind("Skill: from a random pick to the oracle", skill_by_adm, draw, tables=("skill",), applies=competes)
)
