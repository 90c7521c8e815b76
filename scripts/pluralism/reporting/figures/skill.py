"""The skill of every ADM, from that of a random pick to that of the oracle, by target set, with its 95% interval."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Block, Panel, compose, row_label, rows_height
from pluralism.reporting.drawing.looks import Look, cell_looks
from pluralism.reporting.drawing.marks import points_in_rows
from pluralism.reporting.drawing.panels import cell_labels, competing, for_like_these, in_panels
from pluralism.reporting.drawing.style import GREY, INK
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes
from pluralism.targets.sets import SAMPLED, target_set_words

_LOOKS = {"high": Look("high target", INK, "^"), "low": Look("low target", INK, "v", hollow=True)}
_MARKERS = "oDsPX*dphH<>"
"""Of the sets of sampled targets."""


def skill_by_adm(source: Source) -> pd.DataFrame:
    """The skill of the ADMs that compete, at high and low and over all sampled targets.

    Returns:
        Columns panel, experiment, adm, target_set, n_targets, n_scored, skill with its 95% interval, skill_low and
        skill_high: for targets like these where there are several.

    Raises:
        UserError: there is none.
    """
    skill = competing(source.tables["skill"], source.names)
    sets = list(skill["target_set"].unique())
    sampled = [SAMPLED] if SAMPLED in sets else [name for name in sets if name.startswith("sampled_")]
    shown = skill[skill["target_set"].isin([*_LOOKS, *sampled])]
    if shown.empty:
        raise UserError("the statistics hold neither the high, nor the low, nor a sampled target")
    columns = ["panel", "experiment", "adm", "target_set", "n_targets", "n_scored", "skill", "skill_low", "skill_high"]
    return in_panels(for_like_these(shown, "skill"), source.names)[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per experiment, in it a row per ADM that it runs, a point per target set."""
    shown = cell_labels(data, source.names)
    shown["row"] = shown["cell"].map(row_label)
    sampled = [name for name in shown["target_set"].unique() if name not in _LOOKS]
    looks = _LOOKS | {name: Look(target_set_words(name), INK, _MARKERS[place]) for place, name in enumerate(sampled)}
    markers = {name: look for name, look in looks.items() if name in set(shown["target_set"])}
    row_height = 0.05 + 0.05 * len(markers)
    heights = [rows_height(part["cell"].unique(), row_height) for _, part in shown.groupby("panel", sort=False)]
    colours = cell_looks(source.names, shown)
    plot = (
        points_in_rows(shown, "skill", "row", colours=("cell", colours), markers=("target_set", markers))
        .facet("panel", wrap=1)
        .share(y=False)
        .label(x="skill", title=source.names.experiment)
    )
    return compose([Block(plot, heights, markers)], each=_draw_ends)


def _draw_ends(panel: Panel) -> None:
    panel.axvline(0, color=GREY, linestyle=":", zorder=1, label="random pick (0)")
    panel.axvline(1, color=GREY, linewidth=0.8, zorder=1, label="oracle (1)")


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which skills the ADMs lie, by experiment and target set."""
    names = source.names
    groups = data["panel"].map(names.experiment) + ", " + data["target_set"].map(target_set_words)
    found = between_by(data, groups, "skill", data["adm"].map(names.adm), unit="", digits=2)
    return f"Skill of each ADM, from 0 (random pick) to 1 (oracle), with 95% intervals. {found}."


FIGURES.register("skill")(
    FigureKind("Skill: from a random pick to the oracle", skill_by_adm, draw, alt, tables=("skill",), applies=competes)
)
