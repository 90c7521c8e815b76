"""The split into eval and train items that fills every (attribute, level) cell alike."""

import random
from collections.abc import Sequence

from pluralism.datasets.attributes import AttributeSet, same_level
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.protocols import Protocol

MOST_PER_CELL = 20
SHUFFLE_SEED = 42


def split_items(items: Sequence[Item], attributes: AttributeSet, protocol: Protocol) -> tuple[list[int], list[int]]:
    """Split items so that each (attribute, level) cell gives equally many to eval and to train.

    n = min(20, responses in the smallest cell). From the smallest cell to the largest, the first n items that no
    earlier cell took go to eval, and the next n to train. With the protocol's `set_order_split`, a cell's items come in
    the order of CPython's `set`, filled in response order, as in the published split; else in a seeded shuffle.

    Returns:
        Indices of the eval items and of the train items, in the order taken.

    Raises:
        UserError: there are no items, or a cell has no response: the dataset is too small for this split.
    """
    if not items:
        raise UserError("the raw data holds no items, expected some to split")
    cells = {
        (attribute, level): [
            index for index, item in enumerate(items) for labels in item.labels if same_level(labels[attribute], level)
        ]
        for attribute in attributes.names
        for level in attributes.levels
    }
    if empty := [f"{attribute} = {level:g}" for (attribute, level), indices in cells.items() if not indices]:
        raise UserError(
            f"the dataset is too small to split: of {len(items)} items none has a response with {', '.join(empty)}"
        )
    per_cell = min(MOST_PER_CELL, *map(len, cells.values()))
    evaluation: list[int] = []
    train: list[int] = []
    taken: set[int] = set()
    for indices in sorted(cells.values(), key=len):
        free = [index for index in cell_order(indices, protocol) if index not in taken]
        evaluation += free[:per_cell]
        train += free[per_cell : 2 * per_cell]
        taken.update(free[: 2 * per_cell])
    return evaluation, train


def most_eval_items(attributes: AttributeSet) -> int:
    """How many eval items the split takes at most, whatever the raw data."""
    return MOST_PER_CELL * len(attributes.names) * len(attributes.levels)


def cell_order(indices: Sequence[int], protocol: Protocol) -> list[int]:
    """The distinct items of a cell in the order of the split."""
    if protocol.set_order_split:
        return list(set(indices))
    shuffled = sorted(set(indices))
    random.Random(SHUFFLE_SEED).shuffle(shuffled)
    return shuffled
