"""What train items are compared with: an eval item, or one of the user turns in which it is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass

from pluralism.errors import shown

Order = tuple[int, ...]
"""Responses by their index in the item, in the order shown."""


@dataclass(frozen=True)
class Question:
    """An eval item, or one of its user turns.

    Attributes:
        item: index of the eval item.
        attribute: what the turn asks about; None for an item, and for a turn that names none.
        order: in which the turn shows the responses; None for an item.
    """

    item: int
    attribute: str | None = None
    order: Order | None = None


def order_text(order: Order | None) -> str:
    """An order in a file, "1 0"; empty for None."""
    return "" if order is None else " ".join(map(str, order))


def read_order(text: str, responses: int) -> Order | None:
    """Read what `order_text` wrote of an item with so many responses.

    Raises:
        ValueError: it is no such text.
    """
    known = {str(index): index for index in range(responses)}
    words = text.split(" ") if text else []
    if not set(words) <= set(known) or len(set(words)) < len(words):
        raise ValueError(f"order is {shown(text)}, expected indices of the item's {responses} responses, as 1 0")
    return tuple(known[word] for word in words) or None


def read_attribute(text: str, names: Sequence[str]) -> str | None:
    """The attribute that a file names; None where it names none.

    Raises:
        ValueError: it is unknown.
    """
    if text and text not in names:
        raise ValueError(f"unknown attribute {shown(text)}; allowed: {', '.join(names)}")
    return text or None
