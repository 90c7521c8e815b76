"""The skill of every ADM, from that of a random pick to that of the oracle, by target set, with its 95% interval."""

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.drawing.layout import Block, Panel, compose
from pluralism.reporting.drawing.panels import competing, for_like_these
from pluralism.reporting.drawing.rows import points_by_adm
from pluralism.reporting.drawing.style import GREY
from pluralism.reporting.drawing.words import between_by
from pluralism.reporting.figure import FIGURES, Drawing, FigureKind, Source, competes
from pluralism.targets.sets import SAMPLED, target_set_words


def skill_by_adm(source: Source) -> pd.DataFrame:
    """The skill of the ADMs that compete, at high and low and over all sampled targets.

    Returns:
        Columns experiment, adm, target_set, n_targets, n_scored, skill with its 95% interval, skill_low and
        skill_high: for targets like these where there are several.

    Raises:
        UserError: there is none.
    """
    skill = competing(source.tables["skill"], source.names)
    sets = list(skill["target_set"].unique())
    sampled = [SAMPLED] if SAMPLED in sets else [name for name in sets if name.startswith("sampled_")]
    shown = skill[skill["target_set"].isin(["high", "low", *sampled])]
    if shown.empty:
        raise UserError("the statistics hold neither the high, nor the low, nor a sampled target")
    columns = ["experiment", "adm", "target_set", "n_targets", "n_scored", "skill", "skill_low", "skill_high"]
    return for_like_these(shown, "skill").reset_index(drop=True)[columns]


def draw(data: pd.DataFrame, source: Source) -> Drawing:
    """A panel per target set, a row per ADM, in it a point per experiment."""
    plot, height, looks = points_by_adm(data, "skill", source.names)
    sets = list(data["target_set"].unique())
    plot = plot.facet("target_set", order=sets, wrap=3).label(x="skill", title=target_set_words)
    return compose([Block(plot, height, looks)], each=_draw_ends)


def _draw_ends(panel: Panel) -> None:
    from matplotlib.ticker import MaxNLocator

    panel.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 5, 10]))
    panel.axvline(0, color=GREY, linestyle=":", zorder=1, label="random pick (0)")
    panel.axvline(1, color=GREY, linewidth=0.8, zorder=1, label="oracle (1)")


def alt(data: pd.DataFrame, source: Source) -> str:
    """Between which skills the ADMs lie, by target set."""
    whose = data["adm"].map(source.names.adm) + ", " + data["experiment"].map(source.names.experiment)
    found = between_by(data, data["target_set"].map(target_set_words), "skill", whose, unit="", digits=2)
    return f"Skill of each ADM, from 0 (random pick) to 1 (oracle), with 95% intervals. {found}."


FIGURES.register("skill")(
    FigureKind("Skill: from a random pick to the oracle", skill_by_adm, draw, alt, tables=("skill",), applies=competes)
)
