"""The split into eval and train items that fills every (attribute, level) cell alike, as far as the data allow."""

import random
from collections.abc import Sequence
from functools import cache

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.protocols import Protocol

MOST_PER_CELL = 20
SHUFFLE_SEED = 42


def split_items(
    items: Sequence[Item], attributes: AttributeSet, protocol: Protocol, *, alike: bool = True
) -> tuple[list[int], list[int]]:
    """Split items so that each (attribute, level) cell gives equally many to eval and to train.

    A label is in the cell of the nearest level. From the smallest cell to the largest, the first n items that no
    earlier cell took go to eval, and the next n to train.

    With the protocol's `set_order_split`, a cell's items come in the order of CPython's `set`, filled in response
    order, as in the published split; else in a seeded shuffle.

    Args:
        items: all items.
        attributes: of their labels.
        protocol: says in which order a cell's items are taken.
        alike: whether all cells give alike, as in the published split: n = min(20, responses in the smallest cell).
            Else a cell gives what it can, and some may be empty: n = min(20, half of its items that no earlier cell
            took, rounded up).

    Returns:
        Indices of the eval items and of the train items, in the order taken.

    Raises:
        UserError: there are no items; or all cells are to give alike, and one has no response.
    """
    if not items:
        raise UserError("the raw data holds no items, expected some to split")
    cells = _cells(items, attributes)
    if alike and (
        empty := [f"{attribute} = {level:g}" for (attribute, level), indices in cells.items() if not indices]
    ):
        raise UserError(
            f"the dataset is too small to split: of {len(items)} items none has a response with {', '.join(empty)}"
        )
    of_smallest = min(map(len, cells.values()))
    evaluation: list[int] = []
    train: list[int] = []
    taken: set[int] = set()
    for indices in sorted(cells.values(), key=len):
        free = [index for index in cell_order(indices, protocol) if index not in taken]
        per_cell = min(MOST_PER_CELL, of_smallest if alike else (len(free) + 1) // 2)
        evaluation += free[:per_cell]
        train += free[per_cell : 2 * per_cell]
        taken.update(free[: 2 * per_cell])
    return evaluation, train


def _cells(items: Sequence[Item], attributes: AttributeSet) -> dict[tuple[str, float], list[int]]:
    """Attribute and level -> the item of each response that has it, in order."""
    nearest = cache(attributes.nearest)
    cells: dict[tuple[str, float], list[int]] = {
        (attribute, level): [] for attribute in attributes.names for level in attributes.levels
    }
    for index, item in enumerate(items):
        for labels in item.labels:
            for attribute in attributes.names:
                cells[attribute, nearest(labels[attribute])].append(index)
    return cells


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
