"""Sampled targets: the published draw of targets that name a given number of attributes."""

import random
from itertools import product

from pluralism.datasets.attributes import AttributeSet
from pluralism.errors import UserError
from pluralism.targets.target import Target

NEUTRAL = 0.5
"""A sampled target leaves out an attribute that gets this level."""

SEED = 42


def sampled_targets(attributes: AttributeSet, attribute_count: int, number: int) -> list[Target]:
    """Sample targets that name `attribute_count` attributes, none of them at the neutral level.

    All combinations of levels in product order, with neutral attributes left out; of those with exactly
    `attribute_count` attributes left, `random.Random(42).sample(.., number)`.

    Raises:
        UserError: there are fewer than `number` such targets.
    """
    count = len(attributes.names)
    if not 1 <= attribute_count <= count:
        raise UserError(f"--num_attributes: {attribute_count}, expected 1 to {count}")
    combinations = product(attributes.levels, repeat=count)
    candidates = [levels for levels in combinations if count - levels.count(NEUTRAL) == attribute_count]
    if not 0 < number <= len(candidates):
        raise UserError(f"--num_targets: {number}, expected 1 to {len(candidates)}: there are no more such targets")
    return [
        Target(
            f"sampled/{sampled_name(attribute_count, index)}",
            {name: level for name, level in zip(attributes.names, levels, strict=True) if level != NEUTRAL},
        )
        for index, levels in enumerate(random.Random(SEED).sample(candidates, number))
    ]


def sampled_name(attribute_count: int, index: int) -> str:
    """The file name of a sampled target, without .json."""
    return f"{attribute_count}attributes_target{index:02d}"
