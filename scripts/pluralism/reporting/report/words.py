"""Words of the report, in which a user's labels stand as text, whatever letters they have."""

from collections.abc import Iterable

from markupsafe import Markup


def name(label: str) -> Markup:
    """A label as text of a page, which does not turn the words around it where it is written from right to left."""
    return Markup("<bdi>{}</bdi>").format(label)


def listed(parts: Iterable[str]) -> Markup:
    """The parts as a list in words: "A, B and C"; those that are no markup are escaped."""
    *first, last = parts
    return Markup("{} and {}").format(Markup(", ").join(first), last) if first else Markup("{}").format(last)


def counted(count: int, one: str) -> str:
    """A number of things: "1 item", "1,200 items"."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"
