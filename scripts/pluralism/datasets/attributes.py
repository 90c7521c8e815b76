"""Attribute sets: what a dataset's labels measure, its levels, and the words for them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import LINE_FORM, is_line, read_yaml

BUILT_IN = Path(__file__).parent / "formats"


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

    def phrase(self, name: str, level: float) -> str:
        """The phrase of the level that is nearest to `level`."""
        return self[name].phrases[self.place(level)]

    def sentence(self, name: str, level: float) -> str:
        """A response's level in a sentence: a reasoning that needs no model."""
        return f"The response {self.phrase(name, level)}."


def level_grid(count: int) -> tuple[float, ...]:
    """`count` equally spaced levels from 0 to 1, rounded to 2 decimals as the published labels are."""
    return tuple(round(index / (count - 1), 2) for index in range(count))


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
    if not isinstance(levels, int) or levels < 2:
        raise UserError(f"{path}: levels is {shown(levels)}, expected a count of at least 2")
    if not isinstance(attributes, dict) or not attributes:
        raise UserError(f"{path}: attributes is {shown(attributes)}, expected name: description, phrases")
    entries = tuple(_attribute(name, entry, levels, path) for name, entry in attributes.items())
    return AttributeSet(entries, level_grid(levels))


def _attribute(name: str, entry: Any, levels: int, path: Path) -> Attribute:
    if not isinstance(name, str) or not name.strip() or not is_line(name):
        raise UserError(f"{path}: attributes: invalid name {shown(name)}, expected {LINE_FORM}")
    if not isinstance(entry, dict) or set(entry) - {"words"} != {"description", "phrases"}:
        raise UserError(f"{path}: {name}: expected the keys description, phrases and, optionally, words")
    for key in ("phrases", "words"):
        if key in entry and (not isinstance(entry[key], list) or len(entry[key]) != levels):
            raise UserError(f"{path}: {name}: {key}: expected a list of {levels} texts, one per level")
    phrases, words = (tuple(str(text) for text in entry.get(key, ())) for key in ("phrases", "words"))
    return Attribute(name, str(entry["description"]), phrases, words)
