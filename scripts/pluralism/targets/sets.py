"""The sets that targets form: high, low, the sampled ones by their attribute count, the doses, and people's.

Doses and people's targets have tables and figures of their own; those of the other sets leave them out.
"""

import re
from collections.abc import Iterable

HIGH, LOW = "target_high", "target_low"
EXTREMES = (HIGH, LOW)
"""The targets that want every attribute at 1, and at 0."""
DOSES = "doses"
"""The targets that each want one attribute at one level of its scale, and the folder of their names."""
PEOPLE = "people"
"""The targets that are inferred from people's choices, and the folder of their names."""
ALL = "all"
"""The set of all targets of a dataset, where a number is over them together."""
SAMPLED = "sampled"
"""The set of all sampled targets, whatever their number of attributes, where a number is over them together."""


def attribute_count(target: str) -> int | None:
    """How many attributes a sampled target names; None for a target that is not a sampled one."""
    match = re.fullmatch(r"sampled/([0-9]{1,4})attributes_target[0-9]+", target)
    return int(match[1]) if match else None


def target_set(target: str) -> str:
    """The set of a target: high, low, sampled_3, doses, people, or one of its own, as custom/mine."""
    if (count := attribute_count(target)) is not None:
        return f"sampled_{count}"
    if stands_apart(target):
        return target.partition("/")[0]
    return target.removeprefix("target_") if target in EXTREMES else target


def is_dose(target: str) -> bool:
    """Whether a target is a dose: one attribute at one level of its scale."""
    return target.startswith(f"{DOSES}/")


def stands_apart(target: str) -> bool:
    """Whether a target is only in the tables and figures of its set: a dose, or a person's."""
    return is_dose(target) or target.startswith(f"{PEOPLE}/")


def is_own(target: str) -> bool:
    """Whether a target is a user's own: neither high, low, sampled, a dose nor a person's."""
    return target not in EXTREMES and attribute_count(target) is None and not stands_apart(target)


def target_set_words(target_set: str) -> str:
    """A set's label in figures: "high target", "sampled, 3 attributes", "all targets"."""
    if target_set in (ALL, SAMPLED):
        return "all targets" if target_set == ALL else "all sampled targets"
    if target_set in ("high", "low"):
        return f"{target_set} target"
    if target_set.startswith("sampled_"):
        count = target_set.removeprefix("sampled_")
        return f"sampled, {count} attribute{'' if count == '1' else 's'}"
    return target_set


def target_sets(targets: Iterable[str]) -> list[str]:
    """The sets that `targets` form: high, low, the sampled ones by their attribute count, then the rest by name."""

    def rank(target: str) -> tuple[int, int, str]:
        count = attribute_count(target)
        group = {HIGH: 0, LOW: 1}.get(target, 3 if count is None else 2)
        return group, count or 0, target

    return list(dict.fromkeys(target_set(target) for target in sorted(targets, key=rank)))
