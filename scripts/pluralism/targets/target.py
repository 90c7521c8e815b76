"""Alignment targets: attribute -> wanted level, by hand, at the extremes, or sampled; and the weights beside levels."""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Levels, check_levels
from pluralism.errors import UserError
from pluralism.files import read_json

NEUTRAL = 0.5
"""A sampled target does not name an attribute whose level came out neutral."""

SAMPLING_SEED = 42


@dataclass(frozen=True)
class WeightedTarget(Mapping[str, float]):
    """A target whose attributes count differently. It reads as every target does: attribute -> wanted level.

    Attributes:
        levels: attribute -> wanted level in [0, 1].
        weights: attribute -> how much its squared distance counts; positive, and 1 where a target gives no weight.
    """

    levels: Levels
    weights: Mapping[str, float]

    def __getitem__(self, attribute: str) -> float:
        return self.levels[attribute]

    def __iter__(self) -> Iterator[str]:
        return iter(self.levels)

    def __len__(self) -> int:
        return len(self.levels)


def weights_of(target: Levels) -> Mapping[str, float]:
    """Attribute -> weight; all 1 for a target without weights."""
    return target.weights if isinstance(target, WeightedTarget) else dict.fromkeys(target, 1.0)


def extreme_target(attributes: AttributeSet, level: float) -> dict[str, float]:
    """The target that wants `level` of every attribute."""
    return dict.fromkeys(attributes.names, level)


def sampled_targets(attributes: AttributeSet, attribute_count: int, number: int) -> list[dict[str, float]]:
    """Sample targets that name `attribute_count` attributes, none of them at the neutral level.

    All combinations of levels in product order, with neutral attributes left out; of those with exactly
    `attribute_count` attributes left, `random.Random(42).sample(.., number)`.

    Raises:
        UserError: there are fewer such targets than asked for.
    """
    if not 1 <= attribute_count <= len(attributes.names):
        raise UserError(f"--num_attributes: {attribute_count}, expected 1 to {len(attributes.names)}")
    count = len(attributes.names)
    combinations = product(attributes.levels, repeat=count)
    candidates = [levels for levels in combinations if count - levels.count(NEUTRAL) == attribute_count]
    if not 0 < number <= len(candidates):
        raise UserError(f"--num_targets: {number}, expected 1 to {len(candidates)}: there are no more such targets")
    return [
        {name: level for name, level in zip(attributes.names, levels, strict=True) if level != NEUTRAL}
        for levels in random.Random(SAMPLING_SEED).sample(candidates, number)
    ]


def sampled_file_name(attribute_count: int, index: int) -> str:
    """The file name of a sampled target."""
    return f"{attribute_count}attributes_target{index:02d}.json"


def target_name(path: Path) -> str:
    """How a target file is called below `results/`: target_high, sampled/3attributes_target07, custom/mine."""
    if path.parent.name.startswith("sampled_"):
        return f"sampled/{path.stem}"
    if path.parent.parent.name == "custom":
        return f"custom/{path.stem}"
    return path.stem


def read_target(path: Path, attributes: Sequence[str] | None = None) -> Levels:
    """Read a target file.

    Args:
        path: JSON, attribute -> level or {"level", "weight"}.
        attributes: the attributes that it may name; None to allow any.

    Returns:
        A plain mapping, or a `WeightedTarget` where the file gives a weight.

    Raises:
        UserError: the file is missing, names no attribute, one that is not known, a level outside [0, 1], or a weight
            that is not positive and finite.
    """
    target = read_json(path)
    if weights := _weights(target, path):
        target = target | {name: target[name]["level"] for name in weights}
    check_levels(target, str(path))
    if not target:
        raise UserError(f"{path}: names no attribute, expected at least one")
    for attribute in target:
        if attributes is not None and attribute not in attributes:
            raise UserError(f"{path}: unknown attribute '{attribute}'; allowed: {', '.join(attributes)}")
    levels = {attribute: float(level) for attribute, level in target.items()}
    return WeightedTarget(levels, dict.fromkeys(levels, 1.0) | weights) if weights else levels


def _weights(target: Any, path: Path) -> dict[str, float]:
    """Attribute -> weight, for the entries of a target file that give one."""
    entries = target.items() if isinstance(target, Mapping) else ()
    weighted = {name: entry for name, entry in entries if isinstance(entry, Mapping)}
    for name, entry in weighted.items():
        if set(entry) != {"level", "weight"}:
            raise UserError(f"{path}: {name} has the keys {', '.join(entry) or 'none'}, expected level and weight")
        weight = entry["weight"]
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= sys.float_info.max:
            raise UserError(f"{path}: the weight of {name} is {weight!r}, expected a positive number")
    return {name: float(entry["weight"]) for name, entry in weighted.items()}
