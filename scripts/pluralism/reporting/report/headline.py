"""The answer of a study in brief: the skill of each ADM, and who beats whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd
from markupsafe import Markup

from pluralism.reporting.drawing.looks import adm_colours
from pluralism.reporting.drawing.panels import competing, for_like_these
from pluralism.reporting.report.words import counted, listed, name
from pluralism.statistics.table_columns import SIGNIFICANCE
from pluralism.study.names import Names
from pluralism.targets.sets import SAMPLED, target_set_words

_LOWEST = -1.0
"""Skills below are drawn here: at chance of nearly 100% they have no bound."""


@dataclass(frozen=True)
class Skill:
    """The skill of an ADM on a set of targets, and where it is drawn on a line of 100 units.

    Attributes:
        value: None where no item is scored.
        text: the number.
        interval: in brackets; empty where there is none.
        place: of the value.
        low: of the lower end of the interval; None where there is none.
        high: of the upper end.
    """

    value: float | None
    text: str
    interval: str = ""
    place: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SkillRow:
    """An ADM in an experiment: its names and labels, its colour in all figures, and its skill on each set."""

    cell: tuple[str, str]
    experiment: str
    adm: str
    colour: str
    skills: list[Skill]


@dataclass(frozen=True)
class Skills:
    """The skill of all ADMs of a dataset that compete.

    Attributes:
        keys: the sets of targets.
        rows: in the order of the config; empty where only references were run.
        chance: where the skill of a random pick is drawn.
    """

    keys: list[str]
    rows: list[SkillRow]
    chance: float

    @property
    def sets(self) -> list[str]:
        """The sets of targets in words."""
        return [target_set_words(one) for one in self.keys]

    @property
    def by_experiment(self) -> list[tuple[str, list[SkillRow]]]:
        """The rows of each experiment, which stand next to each other."""
        return [(label, list(rows)) for label, rows in groupby(self.rows, attrgetter("experiment"))]

    @property
    def best(self) -> tuple[SkillRow, str, Skill] | None:
        """The ADM that is highest on the last set, this set and the skill; None where nothing is known."""
        known = [(row, row.skills[-1]) for row in self.rows if row.skills[-1].value is not None]
        found = max(known, key=lambda pair: pair[1].value or 0.0, default=None)
        return (found[0], self.sets[-1], found[1]) if found else None


def skills(table: pd.DataFrame, names: Names) -> Skills:
    """What `skill` of the statistics says of high, low, a user's own targets, and last all sampled ones together."""
    shown = for_like_these(competing(table, names), "skill")
    sets = [one for one in shown["target_set"].unique() if one != SAMPLED]
    if SAMPLED in shown["target_set"].unique():
        sets = [*(one for one in sets if not one.startswith("sampled_")), SAMPLED]
    shown = shown[shown["target_set"].isin(sets)]
    lowest = min([0.0, *shown["skill"].dropna(), *shown["skill_low"].dropna()])
    floor = max(_LOWEST, lowest)
    colours = adm_colours(names)
    found = {(row["experiment"], row["adm"], row["target_set"]): row for row in shown.to_dict("records")}
    rows = [
        SkillRow(
            (str(experiment), adm),
            names.experiment(str(experiment)),
            names.adm(adm),
            colours.get(adm, "currentColor"),
            [_skill(found.get((experiment, adm, one)), floor) for one in sets],
        )
        for experiment, part in shown.groupby("experiment", sort=False)
        for adm in names.in_order(part["adm"])
    ]
    return Skills(sets, rows, _place(0.0, floor))


def _skill(row: Mapping[Any, Any] | None, floor: float) -> Skill:
    if row is None or pd.isna(row["skill"]):
        return Skill(None, "-")
    place = _place(row["skill"], floor)
    if pd.isna(row["skill_low"]):
        return Skill(row["skill"], f"{row['skill']:.2f}", place=place)
    low, high = row["skill_low"], row["skill_high"]
    return Skill(
        row["skill"], f"{row['skill']:.2f}", f"[{low:.2f}, {high:.2f}]", place, _place(low, floor), _place(high, floor)
    )


def _place(value: float, floor: float) -> float:
    return round(100 * (min(max(value, floor), 1.0) - floor) / (1.0 - floor), 2)


def reference_sentences(accuracy: pd.DataFrame, names: Names) -> list[Markup]:
    """What references reach, from the table `accuracy`: "Random is right on 46.7% (high target) and 50.7% (low ..)"."""
    found = []
    for adm in names.in_order(adm for adm in accuracy["adm"] if names.is_reference(adm)):
        rows = accuracy[(accuracy["adm"] == adm) & accuracy["accuracy"].notna()].drop_duplicates("target_set")
        reached = [
            Markup("{} ({})").format(f"{row['accuracy']:.1f}%", name(target_set_words(row["target_set"])))
            for row in rows.to_dict("records")
        ]
        if reached:
            found.append(Markup("{} is right on {}.").format(name(names.adm(adm)), listed(reached)))
    return found


def comparisons_in_brief(comparisons: pd.DataFrame) -> str:
    """How many of the `comparisons` show a difference; empty where nothing is compared."""
    differ = int((comparisons["p_holm"] < SIGNIFICANCE).sum())
    return f"{differ:,} of {counted(len(comparisons), 'comparison')} of two ADMs" if len(comparisons) else ""


def who_beats_whom(comparisons: pd.DataFrame, names: Names) -> list[tuple[str, list[Markup]]]:
    """Sentences per experiment, from the table `comparisons`: what is left after the correction for many of them."""
    found = []
    for experiment, part in comparisons.groupby("experiment", sort=False):
        sets = list(part["target_set"].unique())
        differs = part[part["p_holm"] < SIGNIFICANCE]
        wins: dict[str, dict[str, list[str]]] = {}
        for row in differs.to_dict("records"):
            pair = (row["adm_a"], row["adm_b"]) if row["difference"] > 0 else (row["adm_b"], row["adm_a"])
            wins.setdefault(pair[0], {}).setdefault(pair[1], []).append(row["target_set"])
        sentences = [_wins(adm, wins[adm], sets, names) for adm in names.in_order(wins)]
        found.append((names.experiment(str(experiment)), [*sentences, _no_difference(len(part), len(differs))]))
    return found


def _wins(adm: str, beaten: Mapping[str, list[str]], sets: Sequence[str], names: Names) -> Markup:
    """Whom an ADM beats, those that it beats under the same sets of targets together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for other in names.in_order(beaten):
        together.setdefault(tuple(beaten[other]), []).append(other)
    parts = [
        Markup("{} {}").format(listed(name(names.adm(other)) for other in others), _under(where, sets))
        for where, others in sorted(together.items(), key=lambda entry: -len(entry[0]))
    ]
    return Markup("<strong>{}</strong> beats {}.").format(name(names.adm(adm)), Markup(". It beats ").join(parts))


def _under(where: Sequence[str], sets: Sequence[str]) -> Markup:
    if len(where) == len(sets) > 1:
        return Markup("under every set of targets")
    return Markup("({})").format(listed(name(target_set_words(one)) for one in where))


def _no_difference(total: int, different: int) -> Markup:
    if different == total:
        return Markup("No comparison is left without a difference.")
    return Markup("In {} of {} no difference is found, which does not show that two ADMs are equal.").format(
        f"{total - different:,}", counted(total, "comparison")
    )
