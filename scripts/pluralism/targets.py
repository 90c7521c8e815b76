"""Alignment targets: attribute -> wanted level, by hand, at the extremes, or sampled."""

import random
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from pluralism.attributes import AttributeSet
from pluralism.errors import UserError
from pluralism.files import read_json
from pluralism.items import check_levels

NEUTRAL = 0.5
"""A sampled target does not name an attribute whose level came out neutral."""

SAMPLING_SEED = 42


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


def read_target(path: Path, attributes: Sequence[str] | None = None) -> dict[str, float]:
    """Read a target file.

    Args:
        path: JSON, attribute -> level.
        attributes: the attributes that it may name; None to allow any.

    Raises:
        UserError: the file is missing, names no attribute, one that is not known, or a level outside [0, 1].
    """
    target = read_json(path)
    check_levels(target, str(path))
    if not target:
        raise UserError(f"{path}: names no attribute, expected at least one")
    for attribute in target:
        if attributes is not None and attribute not in attributes:
            raise UserError(f"{path}: unknown attribute '{attribute}'; allowed: {', '.join(attributes)}")
    return {attribute: float(level) for attribute, level in target.items()}
