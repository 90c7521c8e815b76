"""Attribute sets: what a dataset's labels measure, its levels, and the words for them."""

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
LARGEST_ROUNDING = 0.005
"""Half of the last decimal of a level: a label of 0.1667 is the level 0.17."""


@dataclass(frozen=True)
class Attribute:
    """One dimension of value.

    Attributes:
        name: as in labels and targets.
        description: a sentence for the prompts.
        phrases: one per level, ascending; completes "a response that ...".
        words: one per level, ascending; completes "the response is ..."; empty where no model writes reasonings.
    """

    name: str
    description: str
    phrases: tuple[str, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class AttributeSet:
    """The attributes of a dataset, in their published order, and the levels that they share."""

    attributes: tuple[Attribute, ...]
    levels: tuple[float, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes' names, in order."""
        return tuple(attribute.name for attribute in self.attributes)

    def __getitem__(self, name: str) -> Attribute:
        return self.attributes[self.names.index(name)]

    def place(self, level: float) -> int:
        """The index of the level that is nearest to `level`."""
        return min(range(len(self.levels)), key=lambda index: abs(self.levels[index] - level))

    def is_level(self, label: float) -> bool:
        """Whether a label is one of the levels."""
        return same_level(label, self.levels[self.place(label)])

    def phrase(self, name: str, level: float) -> str:
        """The phrase of the level that is nearest to `level`."""
        return self[name].phrases[self.place(level)]

    def sentence(self, name: str, level: float) -> str:
        """A response's level in a sentence: a reasoning that needs no model."""
        return f"The response {self.phrase(name, level)}."


def level_grid(count: int) -> tuple[float, ...]:
    """`count` equally spaced levels from 0 to 1, rounded to 2 decimals as the published labels are."""
    return tuple(round(index / (count - 1), 2) for index in range(count))


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
    """Read an attribute file: `levels` (a count) and `attributes` (name -> description, phrases and optional words).

    Raises:
        UserError: the file is not found, or a key is missing or has an invalid value.
    """
    value = read_yaml(path)
    if set(value) != {"levels", "attributes"}:
        raise UserError(f"{path}: expected the keys levels and attributes")
    levels, attributes = value["levels"], value["attributes"]
    if isinstance(levels, bool) or not isinstance(levels, int) or not 2 <= levels <= MOST_LEVELS:
        raise UserError(f"{path}: levels is {shown(levels)}, expected a count from 2 to {MOST_LEVELS}")
    if not isinstance(attributes, dict) or not 1 <= len(attributes) <= MOST_ATTRIBUTES:
        raise UserError(
            f"{path}: attributes is {shown(attributes)}, expected 1 to {MOST_ATTRIBUTES} of name: description, phrases"
        )
    entries = tuple(_attribute(name, entry, levels, path) for name, entry in attributes.items())
    return AttributeSet(entries, level_grid(levels))


def _attribute(name: str, entry: Any, levels: int, path: Path) -> Attribute:
    if not is_line(name) or name != name.strip() or len(name) > LONGEST_NAME:
        raise UserError(
            f"{path}: attributes: invalid name {shown(name)}, expected one line of at most {LONGEST_NAME} characters, "
            "without blanks around it"
        )
    place = f"{path}: {name}"
    if not isinstance(entry, dict) or set(entry) - {"words"} != {"description", "phrases"}:
        raise UserError(f"{place}: expected the keys description, phrases and, optionally, words")
    for key in ("phrases", "words"):
        if key in entry and (not isinstance(entry[key], list) or len(entry[key]) != levels):
            raise UserError(f"{place}: {key}: expected a list of {levels} texts, one per level")
    phrases, words = (
        tuple(_line(text, f"{place}: {key}: entry {number}") for number, text in enumerate(entry.get(key, ()), start=1))
        for key in ("phrases", "words")
    )
    return Attribute(name, _line(entry["description"], f"{place}: description"), phrases, words)


def _line(text: Any, place: str) -> str:
    """A text for prompts, without the line break that ends a block of YAML."""
    if not isinstance(text, str):
        raise UserError(f"{place} is {shown(text)}, expected text; put it in quotes")
    if not is_line(text.strip()):
        raise UserError(f"{place} is {shown(text)}, expected one line of text")
    return text.strip()
