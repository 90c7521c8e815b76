"""Selection: the response whose levels are nearest to the target. Used on predictions to decide, on labels to score."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pluralism.items import Levels

Array = NDArray[np.float64]


def distance(levels: Levels, target: Levels) -> float:
    """Euclidean distance over the target's attributes; `levels` may name more."""
    return math.sqrt(sum((levels[attribute] - wanted) ** 2 for attribute, wanted in target.items()))


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


def distances(levels: Array, attributes: Sequence[str], target: Levels) -> Array:
    """Euclidean distance of every response to the target, over the target's attributes.

    The squares are added one attribute after the other in the target's order, as `distance` adds them, so that both
    give the same floats and so the same ties.

    Args:
        levels: shape (items, responses, attributes), from `level_array`.
        attributes: the names along its last axis; they include the target's.
        target: attribute -> wanted level.

    Returns:
        Shape (items, responses); NaN where there is no response.
    """
    squares = np.zeros(levels.shape[:2])
    for attribute, wanted in target.items():
        squares = squares + (levels[:, :, attributes.index(attribute)] - wanted) ** 2
    return np.sqrt(squares)


def nearest_responses(levels: Array, attributes: Sequence[str], target: Levels) -> NDArray[np.intp]:
    """Index of the nearest response of each item, shape (items,); the first wins a tie."""
    picked: NDArray[np.intp] = np.nanargmin(distances(levels, attributes, target), axis=1)
    return picked
