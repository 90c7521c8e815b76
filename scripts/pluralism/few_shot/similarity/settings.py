"""What is compared, and by which kind of similarity."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pluralism.datasets.items import Item
from pluralism.files import LONGEST_NAME
from pluralism.registry import ClassRegistry

Match = Literal["turn", "responses", "question"]
ITEM_MATCHES: tuple[Match, ...] = ("responses", "question")
"""Those that compare items themselves, whatever an ADM asks about them."""
Matrix = NDArray[np.float64]


class SimilarityKind(BaseModel, ABC):
    """What makes two texts similar; the fields of a subclass are its options among the keys of `few_shot`.

    A new kind is a module in `pluralism.few_shot.similarity.kinds` that registers its class (`SIMILARITIES`), or a
    class of your own package. Every command that reads a config imports it: import heavy libraries in `compare`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def checkpoint(self) -> str | None:
        """The model that it loads, on a GPU if there is one: a hub id or a local folder; None if it needs no model."""
        return None

    def name_parts(self) -> list[str]:
        """Its options in the names of files; different for every setting."""
        return [f"{key}{value}" for key, value in self]

    @abstractmethod
    def compare(self, asked: Sequence[str], known: Sequence[str]) -> Matrix:
        """The similarity of every pair, shape (asked, known); higher is more alike.

        Raises:
            UserError: its model cannot be loaded.
        """


SIMILARITIES = ClassRegistry[SimilarityKind](
    "similarity",
    SimilarityKind,
    package="pluralism.few_shot.similarity.kinds",
    group="pluralism.similarities",
    key="similarity",
)
"""The kinds of similarity: register yours with `@SIMILARITIES.register("its_name")`."""


@dataclass(frozen=True)
class Similarity:
    """A measure of how alike two items are.

    Attributes:
        method: a kind of similarity.
        match: what is compared: turn (the user turn in which an ADM asks, with those of its examples), responses (the
            question and its responses) or question (it alone).
        options: of the kind; defaults are filled in.

    Raises:
        UserError: the kind or an option is unknown.
    """

    method: str
    match: Match = "responses"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", self.kind.model_dump())

    @cached_property
    def kind(self) -> SimilarityKind:
        """The kind with its options."""
        return SIMILARITIES.make(self.method, self.options, place="")

    @property
    def name(self) -> str:
        """Its name in those of files; different for every setting."""
        parts = [self.method, *self.kind.name_parts(), *([self.match] if self.match != "responses" else [])]
        return "_".join(map(name_part, parts))


def name_part(text: str, longest: int = LONGEST_NAME) -> str:
    """A text in the name of a file; where letters have to go, its digest keeps it different from all others."""
    plain = re.sub(r"[^\w.-]", "-", text.replace("/", "--"))[:longest]
    return plain if plain.replace("--", "/") == text else f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def matched_text(item: Item, match: Match) -> str:
    """What is compared of an item: the question with its responses in their own order, or the question alone.

    What is compared of a turn is in `pluralism.inference.turns`.
    """
    assert match in ITEM_MATCHES, "turns are those of an ADM"
    return "\n".join((item.prompt, *item.responses)) if match == "responses" else item.prompt
