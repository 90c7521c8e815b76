"""Attribute sets: what a dataset's labels measure, its levels, and the words for them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import is_line, read_yaml

BUILT_IN = Path(__file__).parent / "formats"
MOST_LEVELS = 101
"""More would be equal where they are rounded to 2 decimals."""
MOST_ATTRIBUTES = 100
LONGEST_NAME = 100
"""Characters of an attribute's name, which is a heading in figures."""
ALL = "all"
"""In tables, in place of an attribute's name: all attributes together."""
LARGEST_ROUNDING = 0.005
"""Half of the last decimal of a level: a label of 0.1667 is the level 0.17."""
DECIMALS = 2
"""Of a level, as the published labels have them."""
UNIT = (0.0, 1.0)
"""The scale of all that is stored."""
CONTINUOUS_STEPS = 36
"""Of continuous labels: halves, thirds, quarters, sixths, ninths and twelfths are whole steps, and so are the
millionth parts that distances count."""

Range = tuple[float, float]
"""The lowest and the highest value of a scale."""


@dataclass(frozen=True)
class Attribute:
    """One dimension of value.

    Attributes:
        name: as in labels and targets.
        description: a sentence for the prompts.
        phrases: one per level, ascending; completes "a response that ...".
        words: one per level, ascending; completes "the response is ..."; empty where no model writes reasonings.
        scale: what the levels 0 and 1 are in raw data, where it is another scale than that of the set.
    """

    name: str
    description: str
    phrases: tuple[str, ...]
    words: tuple[str, ...] = ()
    scale: Range | None = None


@dataclass(frozen=True)
class AttributeSet:
    """The attributes of a dataset, in their published order, and the levels that they share.

    Attributes:
        attributes: in order.
        levels: ascending, in [0, 1], rounded to 2 decimals.
        scale: what the levels 0 and 1 are in raw data, and where levels are shown to people.
        continuous: whether a label may be any number from 0 to 1. The levels are then the middles of bins: a label
            counts as the nearest one where phrases, examples per level or the split need a level.
    """

    attributes: tuple[Attribute, ...]
    levels: tuple[float, ...]
    scale: Range = UNIT
    continuous: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes' names, in order."""
        return tuple(attribute.name for attribute in self.attributes)

    def __getitem__(self, name: str) -> Attribute:
        return self.attributes[self.names.index(name)]

    def place(self, level: float) -> int:
        """The index of the level that is nearest to `level`."""
        return min(range(len(self.levels)), key=lambda index: abs(self.levels[index] - level))

    def nearest(self, label: float) -> float:
        """The level that is nearest to a label, the lower of two."""
        return self.levels[self.place(label)]

    def is_level(self, label: float) -> bool:
        """Whether a label is one of the levels."""
        return same_level(label, self.nearest(label))

    def may_be_label(self, label: float) -> bool:
        """Whether a response may have this label."""
        return 0 <= label <= 1 if self.continuous else self.is_level(label)

    @property
    def expected_labels(self) -> str:
        """Which labels a response may have, for messages."""
        if self.continuous:
            return "a number from 0 to 1"
        return f"one of {self.level_list}"

    @property
    def level_list(self) -> str:
        """The levels, for messages."""
        return ", ".join(f"{level:g}" for level in self.levels)

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """The evenly spaced levels in whose steps distances are counted, so that equal ones are exactly equal.

        The levels themselves, or the fewest more that all levels are among: 7 for 0, 0.17, 0.5 and 1.
        """
        if self.continuous:
            return tuple(step / CONTINUOUS_STEPS for step in range(CONTINUOUS_STEPS + 1))
        return self._even_grid

    @cached_property
    def _even_grid(self) -> tuple[float, ...]:
        grids = map(level_grid, range(max(2, len(self.levels)), MOST_LEVELS))
        return next((grid for grid in grids if set(self.levels) <= set(grid)), level_grid(MOST_LEVELS))

    def scale_of(self, name: str | None = None) -> Range:
        """What the levels 0 and 1 of an attribute are in raw data; without a name, those of the set."""
        return self.scale if name is None else self[name].scale or self.scale

    @property
    def shown_scale(self) -> Range:
        """The scale that figures show levels on: that of all attributes, or 0 to 1 where theirs differ."""
        first, *others = {self.scale_of(name) for name in self.names} or {self.scale}
        return UNIT if others else first

    def from_scale(self, value: float, name: str | None = None) -> float:
        """The level of a raw value; one that is out of the scale gives a level out of [0, 1].

        Args:
            value: on the scale of the attribute `name`, or of the set.
            name: of an attribute.

        Returns:
            The level as it is written where labels are levels, (value - lowest) / (highest - lowest) otherwise.
        """
        level = _on_unit(value, self.scale_of(name))
        return self.nearest(level) if not self.continuous and self.is_level(level) else level

    def to_scale(self, level: float, name: str | None = None) -> float:
        """The raw value of a level; where labels are levels, 2 for the level 0.17 of 1 to 7, which is a rounded sixth.

        Args:
            level: in [0, 1].
            name: of an attribute; None for the scale of the set.
        """
        return on_scale(level if self.continuous else self.unrounded(level), self.scale_of(name))

    def shown(self, level: float) -> str:
        """A level as people read it, on the scale that figures show."""
        return f"{self.on_shown_scale(level):{'g' if self.shown_scale == UNIT else '.4g'}}"

    def on_shown_scale(self, level: float) -> float:
        """A level on the scale that figures show."""
        return level if self.shown_scale == UNIT else on_scale(self.unrounded(level), self.shown_scale)

    @property
    def shown_range(self) -> str:
        """From which level to which, as people read it: "0 to 1"."""
        lowest, highest = self.shown_scale
        return f"{lowest:.4g} to {highest:.4g}"

    def unrounded(self, level: float) -> float:
        """One of the levels before it was rounded to 2 decimals; any other number as it is."""
        return self._even_grid.index(level) / (len(self._even_grid) - 1) if level in self.levels else level

    def phrase(self, name: str, level: float) -> str:
        """The phrase of the level that is nearest to `level`."""
        return self[name].phrases[self.place(level)]

    def sentence(self, name: str, level: float) -> str:
        """A response's level in a sentence: a reasoning that needs no model."""
        return f"The response {self.phrase(name, level)}."


def on_scale(level: float, scale: Range) -> float:
    """The value of a level in [0, 1] on a scale: lowest + level * (highest - lowest), without the noise of floats."""
    lowest, highest = scale
    return float(f"{lowest + level * (highest - lowest):.12g}")


def _on_unit(value: float, scale: Range) -> float:
    lowest, highest = scale
    return (value - lowest) / (highest - lowest)


def level_grid(count: int) -> tuple[float, ...]:
    """`count` equally spaced levels from 0 to 1, rounded to 2 decimals as the published labels are."""
    return tuple(round(index / (count - 1), DECIMALS) for index in range(count))


def same_level(label: float, level: float) -> bool:
    """Whether a label is a level of `level_grid`; it may have more decimals than the level has."""
    return abs(label - level) < LARGEST_ROUNDING + 1e-9  # 0.125 is the level 0.12


def attribute_file(dataset: str) -> Path:
    """The attribute file of a built-in dataset."""
    path = BUILT_IN / f"{dataset}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in BUILT_IN.glob("*.yaml")))
        raise UserError(f"dataset '{dataset}' has no attribute file; built in: {known}")
    return path


def read_attributes(path: Path) -> AttributeSet:
    """Read an attribute file: `levels`, `attributes` (name -> description, phrases and more), `scale` and `labels`.

    Raises:
        UserError: the file is not found, or a key is missing or has an invalid value.
    """
    value = read_yaml(path)
    if set(value) - {"scale", "labels"} != {"levels", "attributes"}:
        raise UserError(f"{path}: expected the keys levels and attributes and, optionally, scale and labels")
    scale = _scale(value["scale"], f"{path}: scale") if "scale" in value else UNIT
    levels, attributes = _levels(value["levels"], scale, f"{path}: levels"), value["attributes"]
    if (labels := value.get("labels", "levels")) not in ("levels", "continuous"):
        raise UserError(f"{path}: labels is {shown(labels)}, expected levels or continuous")
    if not isinstance(attributes, dict) or not 1 <= len(attributes) <= MOST_ATTRIBUTES:
        raise UserError(
            f"{path}: attributes is {shown(attributes)}, expected 1 to {MOST_ATTRIBUTES} of name: description, phrases"
        )
    entries = tuple(_attribute(name, entry, len(levels), path) for name, entry in attributes.items())
    return AttributeSet(entries, levels, scale, labels == "continuous")


def _scale(value: Any, place: str) -> Range:
    if not isinstance(value, list) or len(value) != 2 or not all(map(is_number, value)) or not value[0] < value[1]:
        raise UserError(f"{place} is {shown(value)}, expected the lowest and the highest value, as [1, 7]")
    return float(value[0]), float(value[1])


def _levels(value: Any, scale: Range, place: str) -> tuple[float, ...]:
    """The levels that a count, or a list of values on the scale, stands for."""
    if isinstance(value, list):
        return _named_levels(value, scale, place)
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= MOST_LEVELS:
        expected = f"a count from 2 to {MOST_LEVELS}, or a list of levels"
        raise UserError(f"{place} is {shown(value)}, expected {expected}")
    return level_grid(value)


def _named_levels(values: Sequence[Any], scale: Range, place: str) -> tuple[float, ...]:
    if not 2 <= len(values) <= MOST_LEVELS or not all(map(is_number, values)):
        raise UserError(f"{place} is {shown(values)}, expected a list of 2 to {MOST_LEVELS} numbers")
    levels = tuple(round(_on_unit(value, scale), DECIMALS) for value in values)
    for value, level in zip(values, levels, strict=True):
        if not scale[0] <= value <= scale[1]:
            raise UserError(f"{place}: {value:g} is out of the scale, {scale[0]:g} to {scale[1]:g}")
        if levels.count(level) > 1:
            raise UserError(f"{place}: {value:g} is less than a hundredth of the scale from another level")
    if list(levels) != sorted(levels):
        raise UserError(f"{place} is {shown(list(values))}, expected them in ascending order")
    return levels


def is_number(value: Any) -> bool:
    """Whether a value of a file is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _attribute(name: str, entry: Any, levels: int, path: Path) -> Attribute:
    if name == ALL:
        raise UserError(f"{path}: attributes: invalid name {shown(name)}, which stands for all attributes in tables")
    if not is_line(name) or name != name.strip() or len(name) > LONGEST_NAME:
        raise UserError(
            f"{path}: attributes: invalid name {shown(name)}, expected one line of at most {LONGEST_NAME} characters, "
            "without blanks around it"
        )
    place = f"{path}: {name}"
    if not isinstance(entry, dict) or set(entry) - {"words", "scale"} != {"description", "phrases"}:
        raise UserError(f"{place}: expected the keys description, phrases and, optionally, words and scale")
    for key in ("phrases", "words"):
        if key in entry and (not isinstance(entry[key], list) or len(entry[key]) != levels):
            raise UserError(f"{place}: {key}: expected a list of {levels} texts, one per level")
    phrases, words = (
        tuple(_line(text, f"{place}: {key}: entry {number}") for number, text in enumerate(entry.get(key, ()), start=1))
        for key in ("phrases", "words")
    )
    scale = _scale(entry["scale"], f"{place}: scale") if "scale" in entry else None
    return Attribute(name, _line(entry["description"], f"{place}: description"), phrases, words, scale)


def _line(text: Any, place: str) -> str:
    """A text for prompts, without the line break that ends a block of YAML."""
    if not isinstance(text, str):
        raise UserError(f"{place} is {shown(text)}, expected text; put it in quotes")
    if not is_line(text.strip()):
        raise UserError(f"{place} is {shown(text)}, expected one line of text")
    return text.strip()
