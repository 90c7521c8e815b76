"""Alignment targets: the level that a person wants of each attribute, how much each counts, and their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pluralism.datasets.attributes import UNIT, AttributeSet, is_number
from pluralism.datasets.items import Levels
from pluralism.errors import UserError, shown
from pluralism.files import read_json
from pluralism.targets.sets import DOSES, HIGH, LOW, PEOPLE, target_set

SMALLEST_WEIGHT, LARGEST_WEIGHT = 1e-6, 1e6


@dataclass(frozen=True)
class Target:
    """What a person wants of the responses.

    Attributes:
        name: its folder below `results/`: target_high, sampled/3attributes_target07, doses/care_0.17,
            people/person0001, custom/mine.
        levels: attribute -> wanted level in [0, 1]; some attributes may be left out.
        weights: attribute -> how much its squared distance counts; from 1e-6 to 1e6, 1 where not given.
    """

    name: str
    levels: Levels
    weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", {name: self.weights.get(name, 1.0) for name in self.levels})

    @property
    def file_name(self) -> str:
        """The name of its file, without folders."""
        return f"{self.name.rpartition('/')[2]}.json"

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that it names, in its order."""
        return tuple(self.levels)

    @property
    def is_weighted(self) -> bool:
        """Whether a weight differs from 1."""
        return any(weight != 1 for weight in self.weights.values())

    @property
    def set(self) -> str:
        """The set that it belongs to in tables and figures."""
        return target_set(self.name)

    def as_json(self) -> dict[str, Any]:
        """The target as it is stored in its file, with all weights."""
        return {name: {"level": level, "weight": self.weights[name]} for name, level in self.levels.items()}

    def check(self, known: Sequence[str], how: str) -> None:
        """Raise a `UserError` unless all its attributes are `known`; `how`: "predicted" or "labelled", for its text."""
        if missing := [name for name in self.levels if name not in known]:
            raise UserError(
                f"target {self.name} names {missing[0]}, which was not {how}; {how}: {', '.join(known) or 'none'}"
            )


def extreme_targets(attributes: AttributeSet) -> tuple[Target, Target]:
    """The high and the low target: every attribute at 1, every attribute at 0."""
    return (
        Target(HIGH, dict.fromkeys(attributes.names, 1.0)),
        Target(LOW, dict.fromkeys(attributes.names, 0.0)),
    )


def target_name(path: Path) -> str:
    """The target's name from its file's path, as the attribute `Target.name` has it."""
    for group in ("sampled", DOSES, PEOPLE):
        if path.parent.name.startswith(f"{group}_"):
            return f"{group}/{path.stem}"
    if path.parent.parent.name == "custom":
        return f"custom/{path.stem}"
    return path.stem


def read_target(path: Path, attributes: AttributeSet | None = None) -> Target:
    """Read a target file: JSON, attribute -> level, or an object of a level, or a value on the scale, and a weight.

    Args:
        path: the file.
        attributes: those that the target may name, with their scales; None to allow any, where the file has no values.

    Raises:
        UserError: the file is not found, or it names no attribute, one that is not in `attributes`, a level outside
            [0, 1], a value outside the scale or a weight outside [1e-6, 1e6].
    """
    entries = read_json(path)
    if not isinstance(entries, Mapping):
        raise UserError(f"{path}: expected an object of attribute: level")
    if not entries:
        raise UserError(f"{path}: names no attribute, expected at least one")
    for name in entries:
        if attributes is not None and name not in attributes.names:
            raise UserError(f"{path}: unknown attribute {shown(name)}; allowed: {', '.join(attributes.names)}")
    weights = {
        name: _weight(entry["weight"], f"{path}: the weight of {name}")
        for name, entry in entries.items()
        if isinstance(entry, Mapping) and "weight" in entry
    }
    levels = {name: _level(entry, name, attributes, str(path)) for name, entry in entries.items()}
    return Target(target_name(path), levels, weights)


def _level(entry: Any, name: str, attributes: AttributeSet | None, path: str) -> float:
    """The level that an entry of a target file wants."""
    keys = set(entry) - {"weight"} if isinstance(entry, Mapping) else {"level"}
    if keys not in ({"level"}, {"value"}):
        found = ", ".join(entry) or "none"
        raise UserError(f"{path}: {name} has the keys {found}, expected level or value and, optionally, weight")
    on_scale = keys == {"value"}
    given = entry[keys.pop()] if isinstance(entry, Mapping) else entry
    if on_scale and attributes is None:
        raise UserError(f"{path}: {name} has a value on a scale, which only the dataset's attribute file tells")
    lowest, highest = attributes.scale_of(name) if attributes is not None else UNIT
    first, last = (lowest, highest) if on_scale else UNIT
    if not is_number(given) or not first <= given <= last:
        expected = "a number from 0 to 1"
        if on_scale or (lowest, highest) != UNIT:
            expected = f'a level from 0 to 1, or a value from {lowest:g} to {highest:g}, as {{"value": {highest:g}}}'
        raise UserError(f"{path}: {name} is {shown(given)}, expected {expected}")
    return attributes.from_scale(given, name) if on_scale and attributes is not None else float(given)


def _weight(weight: Any, place: str) -> float:
    if not is_number(weight) or not SMALLEST_WEIGHT <= weight <= LARGEST_WEIGHT:
        expected = f"a positive number, from {SMALLEST_WEIGHT:g} to {LARGEST_WEIGHT:g}"
        raise UserError(f"{place} is {shown(weight)}, expected {expected}")
    return float(weight)
