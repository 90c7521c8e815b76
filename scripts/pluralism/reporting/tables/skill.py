"""The skill of every ADM at a glance, with which the report opens."""

from typing import Any

import pandas as pd

from pluralism.reporting.drawing.panels import competing, for_like_these
from pluralism.reporting.tables.table import Cell, Number, Table
from pluralism.study.names import Names
from pluralism.targets.sets import SAMPLED, target_set_words

_NOTES = (
    "Skill: (accuracy - random accuracy) / (100 - random accuracy), so that 0 is a random pick and 1 the oracle. In "
    "brackets its 95% interval: over prompts, and for sampled targets over prompts and targets, so that it is about "
    "targets like these. How many items and targets it is over is in the table with all target sets."
)


def skill_table(name: str, title: str, skill: pd.DataFrame, names: Names) -> Table:
    """Experiments and their ADMs down; the high, the low and all sampled targets across, and a user's own.

    Args:
        name: of the table's files.
        title: what it shows.
        skill: this table of a dataset's statistics.
        names: labels, order and roles; references are left out.
    """
    shown = for_like_these(competing(skill, names), "skill")
    sets = list(shown["target_set"].unique())
    sets = [one for one in sets if SAMPLED not in sets or not one.startswith("sampled_")]
    found = {
        (row["experiment"], row["adm"], row["target_set"]): row
        for row in shown.dropna(subset="skill").to_dict("records")
    }
    rows: list[list[Cell]] = []
    for experiment, part in shown.groupby("experiment", sort=False):
        for place, adm in enumerate(names.in_order(part["adm"])):
            cells = [_cell(found.get((experiment, adm, one))) for one in sets]
            rows.append([names.experiment(str(experiment)) if place == 0 else "", names.adm(adm), *cells])
    data = shown[["experiment", "adm", "target_set", "skill", "skill_low", "skill_high"]]
    header = ["experiment", "ADM", *map(target_set_words, sets)]
    return Table(name, title, data, header, rows, _NOTES, without_rows="Only references were run.")


def _cell(row: dict[Any, Any] | None) -> Cell:
    if row is None:
        return "-"
    interval = "" if pd.isna(row["skill_low"]) else f" [{row['skill_low']:.2f}, {row['skill_high']:.2f}]"
    return Number(row["skill"], f"{row['skill']:.2f}{interval}")
