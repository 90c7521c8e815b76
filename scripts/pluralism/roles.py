"""What an ADM is to a study."""

from enum import StrEnum


class Role(StrEnum):
    """What an ADM is to a study: how its results are read beside the others'."""

    CONTENDER = "contender"
    UNALIGNED = "unaligned"
    """Picks what the model itself prefers; side effects are counted from its picks."""
    CHANCE = "chance"
    """What is reached without looking."""
    CEILING = "ceiling"
    """Right by definition, so that comparing with it says nothing that its accuracy does not say."""

    @property
    def is_reference(self) -> bool:
        """Whether it only says how to read the others' scores, and does not compete with them."""
        return self in (Role.CHANCE, Role.CEILING)
