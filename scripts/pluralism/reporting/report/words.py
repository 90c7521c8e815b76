"""Words of the report, in which a user's labels stand as text, whatever letters they have."""

from collections.abc import Iterable

from markupsafe import Markup

COMMA = ", "


def name(label: str) -> Markup:
    """A label as text of a page, which does not turn the words around it where it is written from right to left."""
    return Markup("<bdi>{}</bdi>").format(label)


def listed(parts: Iterable[str]) -> Markup:
    """The parts as a list in words: "A, B and C", or "A; B, b; and C" where one has a comma; other text is escaped."""
    *first, last = parts
    if not first:
        return Markup("{}").format(last)
    if any(COMMA in part for part in (*first, last)):
        return Markup("{}; and {}").format(Markup("; ").join(first), last)
    return Markup("{} and {}").format(Markup(COMMA).join(first), last)


def counted(count: int, one: str) -> str:
    """A number of things: "1 item", "1,200 items"."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"
