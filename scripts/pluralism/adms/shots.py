"""The few-shot examples before a question, in the words of the ADM that asks it."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shot
from pluralism.few_shot.questions import Order, order_text
from pluralism.requests import Example

if TYPE_CHECKING:
    from pluralism.adms.base import Task


def examples_for(
    task: "Task", item: int, attribute: str | None, write: Callable[[Item], tuple[str, str]], order: Order | None = None
) -> tuple[Example, ...]:
    """The few-shot examples before an item's question: those for the attribute, else those for the item as a whole.

    Args:
        task: with the shots.
        item: index of the item.
        attribute: the attribute of the question, if it is about one.
        write: words a train item as (question, answer).
        order: of the responses in the question. None: whatever it is; the first of those that examples were chosen for.

    Raises:
        UserError: they were chosen for other orders.
    """
    return examples_by_order(task, item, attribute, write, [order])[order]


def examples_by_order(
    task: "Task",
    item: int,
    attribute: str | None,
    write: Callable[[Item], tuple[str, str]],
    orders: Iterable[Order | None],
) -> dict[Order | None, tuple[Example, ...]]:
    """The examples of each of an item's orders, see `examples_for`; each train item is worded once."""

    @cache
    def worded(train_item: int) -> tuple[str, str]:
        return write(task.train[train_item])

    def example(shot: Shot) -> Example:
        return Example(*worded(shot.train_item), similarity_rank=shot.rank, train_item=shot.train_item)

    shots = task.shots.get((item, attribute)) or task.shots.get((item, None), ())
    examples = {}
    for order in dict.fromkeys(orders):
        wanted = order if order is not None or not shots else shots[0].order
        found = [shot for shot in shots if shot.order in (None, wanted)]
        if shots and not found:
            place = f"item {item}" if attribute is None else f"item {item}, {attribute}"
            raise UserError(f"few-shot examples: none for {place} with its responses in the order {order_text(order)}")
        examples[order] = tuple(map(example, found))
    return examples
