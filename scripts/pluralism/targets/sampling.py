"""Sampled targets: the published draw of targets that name a given number of attributes."""

import random
import sys
from math import comb

from pluralism.datasets.attributes import AttributeSet
from pluralism.errors import UserError, shown
from pluralism.targets.target import Target

NEUTRAL = 0.5
"""A sampled target leaves out an attribute that gets this level, whether or not it is one of the dataset's."""

SEED = 42
MOST_TARGETS = 100_000
"""Of one draw."""


def sampled_targets(attributes: AttributeSet, attribute_count: int, number: int) -> list[Target]:
    """Sample targets that name `attribute_count` attributes, none of them at the neutral level.

    All combinations of levels in product order, with neutral attributes left out; of those with exactly
    `attribute_count` attributes left, `random.Random(42).sample(.., number)`. No combination is made that is not drawn.

    Raises:
        UserError: there are fewer than `number` such targets, or they are too many.
    """
    count = len(attributes.names)
    if not 1 <= attribute_count <= count:
        raise UserError(f"--num_attributes: {shown(attribute_count)}, expected 1 to {count}")
    total = candidate_count(attributes, attribute_count)
    most = min(total, MOST_TARGETS)
    if not 1 <= number <= most:
        why = "there are no more such targets" if most == total else "more are too many"
        raise UserError(f"--num_targets: {shown(number)}, expected 1 to {most}: {why}")
    drawn = [_candidate(_with_neutral(attributes), count, attribute_count, place) for place in _draw(total, number)]
    return [
        Target(
            f"sampled/{sampled_name(attribute_count, index)}",
            {name: level for name, level in zip(attributes.names, levels, strict=True) if level != NEUTRAL},
        )
        for index, levels in enumerate(drawn)
    ]


def candidate_count(attributes: AttributeSet, attribute_count: int) -> int:
    """How many targets name `attribute_count` attributes."""
    return _ways(_with_neutral(attributes), len(attributes.names), attribute_count)


def _with_neutral(attributes: AttributeSet) -> tuple[float, ...]:
    return tuple(sorted({*attributes.levels, NEUTRAL}))


def _ways(levels: tuple[float, ...], count: int, named: int) -> int:
    """How many combinations of levels for `count` attributes have exactly `named` that are not neutral."""
    if not 0 <= named <= count:
        return 0
    neutral = levels.count(NEUTRAL)
    ways: int = comb(count, named) * (len(levels) - neutral) ** named * neutral ** (count - named)
    return ways


def _candidate(levels: tuple[float, ...], count: int, named: int, place: int) -> list[float]:
    """The combination at a place among those that `_ways` counts, in product order."""
    combination: list[float] = []
    for rest in reversed(range(count)):
        # Whether the attribute here is named -> the number of ways to go on.
        ways = {is_named: _ways(levels, rest, named - is_named) for is_named in (False, True)}
        for level in levels:
            is_named = level != NEUTRAL
            if place < ways[is_named]:
                break
            place -= ways[is_named]
        combination.append(level)
        named -= is_named
    return combination


def _draw(total: int, number: int) -> list[int]:
    """`number` of the places below `total`: what `sample` gives, which takes no range beyond `sys.maxsize`."""
    draw = random.Random(SEED)
    if total <= sys.maxsize:
        return draw.sample(range(total), number)
    places: dict[int, None] = {}
    while len(places) < number:
        places[draw.randrange(total)] = None
    return list(places)


def sampled_name(attribute_count: int, index: int) -> str:
    """The file name of a sampled target, without .json."""
    return f"{attribute_count}attributes_target{index:02d}"
