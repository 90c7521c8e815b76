"""The role of an ADM in a study: how to read its results next to those of the others."""

from enum import StrEnum


class Role(StrEnum):
    """The role of an ADM in a study."""

    CONTENDER = "contender"
    UNALIGNED = "unaligned"
    """Picks what the model itself prefers; side effects are counted from its picks."""
    CHANCE = "chance"
    """Picks without reading the item."""
    CEILING = "ceiling"
    """Right by definition, so that a comparison with it says no more than its accuracy."""

    @property
    def is_reference(self) -> bool:
        """Whether it only helps to read the scores of the others, and does not compete with them."""
        return self in (Role.CHANCE, Role.CEILING)
