"""The split into eval and train items."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pluralism.datasets.attributes import Attribute, AttributeSet
from pluralism.datasets.items import Item
from pluralism.datasets.split import cell_order, split_items
from pluralism.errors import UserError
from pluralism.protocols import PROTOCOLS

PUBLISHED = PROTOCOLS["published"]
ONE = AttributeSet((Attribute("good", "", ("no", "yes")),), (0.0, 1.0))
TWO = AttributeSet((Attribute("good", "", ("no", "yes")), Attribute("long", "", ("no", "yes"))), (0.0, 1.0))


def item(*levels: Sequence[float]) -> Item:
    labels = tuple(dict(zip(("good", "long"), response, strict=False)) for response in levels)
    return Item("p", tuple("r" for _ in levels), labels)


def test_each_cell_gives_n_items_to_eval_and_then_n_to_train() -> None:
    items = [item([0.0])] * 2 + [item([1.0])] * 5
    # The smaller cell, 0.0, is first: n = min(20, 2), both of its items go to eval; then 2 and 2 of the cell 1.0.
    assert split_items(items, ONE, PUBLISHED) == ([0, 1, 2, 3], [4, 5])


def test_a_cell_counts_responses_but_takes_an_item_once() -> None:
    items = [item([0.0], [0.0]), item([1.0], [1.0]), item([1.0]), item([0.0])]
    # Both cells count 3 responses; each has 2 items, and all of them go to eval.
    assert split_items(items, ONE, PUBLISHED) == ([0, 3, 1, 2], [])


def test_cells_of_equal_size_are_visited_attribute_by_attribute() -> None:
    items = [item([1.0, 0.0]), item([0.0, 1.0])]
    # good = 0 comes first and takes item 1, so long = 1 finds it taken.
    assert split_items(items, TWO, PUBLISHED) == ([1, 0], [])


def test_an_item_that_an_earlier_cell_left_untaken_is_free_for_a_later_one() -> None:
    items = [item([0.0, 0.0])] * 3 + [item([1.0, 1.0]), item([1.0, 0.0])]
    # Counts: good 0: 3, good 1: 2, long 0: 4, long 1: 1, so n = 1. long 1 takes 3 to eval; good 1 takes 4 to eval;
    # good 0 takes 0 to eval and 1 to train; long 0 finds only 2 free.
    assert split_items(items, TWO, PUBLISHED) == ([3, 4, 0, 2], [1])


def test_no_cell_gives_more_than_twenty() -> None:
    items = [item([0.0])] * 100 + [item([1.0])] * 90
    evaluation, train = split_items(items, ONE, PUBLISHED)
    assert (len(evaluation), len(train)) == (40, 40)


def test_published_order_is_that_of_a_python_set() -> None:
    indices = [70, 3, 64, 8, 3]
    # A set of 4 small integers has a table of 8 places; each stands at its value modulo 8, and 8 finds the place of 64
    # taken and moves on. (A set display would not do here: its order depends on whether Python compiled it just now.)
    assert cell_order(indices, PUBLISHED) == [64, 8, 3, 70]
    assert cell_order(indices, PUBLISHED) != sorted(set(indices))


def test_corrected_order_does_not_depend_on_the_order_of_the_responses() -> None:
    corrected = PROTOCOLS["corrected"]
    assert cell_order([70, 3, 64, 8, 3], corrected) == cell_order([3, 8, 64, 70], corrected)


def test_an_empty_cell_is_named() -> None:
    with pytest.raises(UserError, match="too small to split: of 2 items none has a response with long = 1"):
        split_items([item([0.0, 0.0]), item([1.0, 0.0])], TWO, PUBLISHED)


def test_where_cells_need_not_be_alike_each_gives_half_of_its_items_and_some_may_be_empty() -> None:
    items = [item([0.0, 0.0])] * 5 + [item([1.0, 0.0])] * 2
    # Nothing has long = 1. good = 1 has 2 items, 1 to each part; then good = 0 has 5: 3 to eval, 2 to train.
    assert split_items(items, TWO, PUBLISHED, alike=False) == ([5, 0, 1, 2], [6, 3, 4])


def test_a_continuous_label_is_in_the_cell_of_the_nearest_level() -> None:
    items = [item([0.1], [0.4])] * 3 + [item([0.6], [0.9])] * 60
    # The cell 0 has 3 items: 2 to eval, 1 to train; the cell 1 has 60, of which it gives 20 to each.
    evaluation, train = split_items(items, replace(ONE, continuous=True), PUBLISHED, alike=False)
    assert (evaluation, train) == ([0, 1, *range(3, 23)], [2, *range(23, 43)])
