"""Doses: targets that want one attribute at one level of its scale, and nothing of the others.

With them all, what an ADM picks can be followed from the lowest wanted level to the highest.
"""

from pluralism.datasets.attributes import AttributeSet
from pluralism.files import is_name, on_any_disk
from pluralism.targets.sets import DOSES
from pluralism.targets.target import Target

LONGEST_LEVEL = "0.00"
"""As a name ends."""


def dose_targets(attributes: AttributeSet) -> list[Target]:
    """A target for each attribute and level, in their order: doses/care_0, doses/care_0.17, .."""
    return [
        Target(f"{DOSES}/{stem}_{level:g}", {name: level})
        for name, stem in zip(attributes.names, _stems(attributes.names), strict=True)
        for level in attributes.levels
    ]


def _stems(names: tuple[str, ...]) -> list[str]:
    """How the file names of each attribute's targets begin: with its own name, or with its number if one is unfit.

    An attribute may have any name of one line; so one may be no name of a file, or on some disks that of another.
    """
    fit = all(is_name(f"{name}_{LONGEST_LEVEL}") for name in names)
    if fit and len({on_any_disk(name) for name in names}) == len(names):
        return list(names)
    return [f"attribute{number}" for number in range(1, len(names) + 1)]
