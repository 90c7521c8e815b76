"""Selection: the response whose levels are nearest to the target. Used on predictions to decide, on labels to score."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pluralism.datasets.items import Levels
from pluralism.errors import UserError
from pluralism.targets.target import Target

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]

Scale = Sequence[float]
"""All levels of a scale, ascending. Neighbours are one step apart, however they were rounded."""

PARTS_OF_A_STEP = 10**6
"""A level between two of a scale is rounded to this part of a step."""


def distances(levels: Array, attributes: Sequence[str], target: Target, scale: Scale | None = None) -> Array:
    """Weighted Euclidean distance to the target over its attributes.

    The square root of the sum of weight * (level - wanted level) ** 2. The squares are added one attribute after the
    other in the target's order, so that the floats, and so the ties, are those of the plain sum.

    Args:
        levels: shape (.., attributes), as from `level_array`.
        attributes: the names along the last axis; they include the target's.
        target: the wanted levels.
        scale: the scale whose steps are counted, so that equal distances are exactly equal; None to compare the levels
            as they are written.

    Returns:
        Shape (..), in units of the scale's length; NaN where there is no response.
    """
    unit = 1.0 if scale is None else float((len(scale) - 1) * PARTS_OF_A_STEP)
    squares = np.zeros(levels.shape[:-1])
    # In steps the weighted squares are made whole numbers too: a weight of 0.1 would separate equal distances.
    least = 1.0 if scale is None else min(target.weights.values(), default=1.0)
    for attribute, wanted in target.levels.items():
        has, wants = levels[..., attributes.index(attribute)], np.array(wanted)
        if scale is not None:
            has, wants = _in_steps(has, scale), _in_steps(wants, scale)
        square = target.weights[attribute] / least * (has - wants) ** 2
        squares = squares + (square if scale is None else np.round(square))
    return np.sqrt(squares * least) / unit


def nearest_responses(levels: Array, attributes: Sequence[str], target: Target, scale: Scale | None = None) -> Indices:
    """Index of the nearest response of each item, shape (items,); the first wins a tie. Arguments: see `distances`."""
    picked: Indices = np.nanargmin(distances(levels, attributes, target, scale), axis=1)
    return picked


def nearest_response(levels: Sequence[Levels], target: Target) -> int:
    """Index of the nearest of one item's responses; the first wins a tie."""
    return int(nearest_responses(level_array([levels], target.attributes), target.attributes, target)[0])


def level_array(levels: Sequence[Sequence[Levels]], attributes: Sequence[str]) -> Array:
    """Levels as one array: shape (items, most responses of an item, attributes), NaN where an item has fewer.

    Raises:
        UserError: a level is NaN, which would count as no response.
    """
    most = max((len(responses) for responses in levels), default=0)
    array = np.full((len(levels), most, len(attributes)), np.nan)
    for item, responses in enumerate(levels):
        array[item, : len(responses)] = [[entry[name] for name in attributes] for entry in responses]
        if (wrong := np.argwhere(np.isnan(array[item, : len(responses)]))).size:
            response, place = wrong[0]
            raise UserError(f"item {item}, response {response}: {attributes[place]} is nan, expected a level")
    return array


def _in_steps(levels: Array, scale: Scale) -> Array:
    """Levels in whole millionths of a step of a scale: its levels are whole steps, others are interpolated.

    So .17 and .33 are 1 and 2 steps of MIC's scale, whose levels are sixths. The numbers are small enough for a sum of
    their squares to be exact in a float.
    """
    steps: Array = np.round(np.interp(levels, scale, np.arange(len(scale))) * PARTS_OF_A_STEP)
    return steps
