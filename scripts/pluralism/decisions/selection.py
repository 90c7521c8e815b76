"""Selection: the response whose levels are nearest to the target. Used on predictions to decide, on labels to score."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pluralism.datasets.items import Levels
from pluralism.targets.target import weights_of

Array = NDArray[np.float64]

Grid = Sequence[float]
"""All levels of a scale, ascending. Neighbours are one step apart, however they were rounded."""

PARTS_OF_A_STEP = 10**6
"""Where levels are counted in steps, a level between two of the scale is rounded to this part of a step."""


def distance(levels: Levels, target: Levels) -> float:
    """Euclidean distance over the target's attributes, weighted where the target gives weights.

    The square root of the sum of weight * (level - wanted level) ** 2; `levels` may name more attributes.
    """
    weights = weights_of(target)
    return math.sqrt(
        sum(weights[attribute] * (levels[attribute] - wanted) ** 2 for attribute, wanted in target.items())
    )


def nearest_response(levels: Sequence[Levels], target: Levels) -> int:
    """Index of the response that is nearest to the target; the first wins a tie."""
    return min(range(len(levels)), key=lambda response: distance(levels[response], target))


def level_array(levels: Sequence[Sequence[Levels]], attributes: Sequence[str]) -> Array:
    """Levels per item and response as one array.

    Returns:
        Shape (items, most responses of an item, attributes); NaN where an item has fewer responses.
    """
    most = max((len(responses) for responses in levels), default=0)
    array = np.full((len(levels), most, len(attributes)), np.nan)
    for item, responses in enumerate(levels):
        array[item, : len(responses)] = [[entry[name] for name in attributes] for entry in responses]
    return array


def in_steps(levels: Array, grid: Grid) -> Array:
    """Levels in whole millionths of a step of a scale: its levels are whole steps, what lies between is interpolated.

    So .17 and .33 are 1 and 2 steps of MIC's scale, whose levels are sixths, and both are one step from the next
    level. The numbers are whole, and small enough for a sum of their squares to be exact in a float.
    """
    steps: Array = np.round(np.interp(levels, grid, np.arange(len(grid))) * PARTS_OF_A_STEP)
    return steps


def distances(levels: Array, attributes: Sequence[str], target: Levels, grid: Grid | None = None) -> Array:
    """Euclidean distance of every response to the target, over the target's attributes, weighted as by `distance`.

    The squares are added one attribute after the other in the target's order, as `distance` adds them, so that both
    give the same floats and so the same ties. A weight of 1 changes no float.

    Args:
        levels: shape (items, responses, attributes), from `level_array`.
        attributes: the names along its last axis; they include the target's.
        target: attribute -> wanted level; it may have weights.
        grid: the scale whose steps are counted, so that equal distances are equal exactly; None to compare the levels
            as they are written.

    Returns:
        Shape (items, responses), in units of the scale's length; NaN where there is no response.
    """
    unit = 1.0 if grid is None else float((len(grid) - 1) * PARTS_OF_A_STEP)
    squares, weights = np.zeros(levels.shape[:2]), weights_of(target)
    # In steps the weighted squares are made whole numbers too, for a weight such as 0.1 would part what is equal.
    least = 1.0 if grid is None else min(weights.values(), default=1.0)
    for attribute, wanted in target.items():
        has, wants = levels[:, :, attributes.index(attribute)], np.array(wanted)
        if grid is not None:
            has, wants = in_steps(has, grid), in_steps(wants, grid)
        square = weights[attribute] / least * (has - wants) ** 2
        squares = squares + (square if grid is None else np.round(square))
    return np.sqrt(squares * least) / unit


def nearest_responses(
    levels: Array, attributes: Sequence[str], target: Levels, grid: Grid | None = None
) -> NDArray[np.intp]:
    """Index of the nearest response of each item, shape (items,); the first wins a tie. As `distances` counts them."""
    picked: NDArray[np.intp] = np.nanargmin(distances(levels, attributes, target, grid), axis=1)
    return picked
