"""Formats that read rated responses from files: which files, how they are split, and labels and annotations of both."""

import logging
import math
import random
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from pluralism.datasets.annotations import ItemAnnotations
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.datasets.ratings import EVAL, TRAIN, Labelled, Part, RatedItem, annotations_of, labelled
from pluralism.datasets.source import Parts, Source
from pluralism.datasets.split import SHUFFLE_SEED
from pluralism.errors import KeyFault, UserError
from pluralism.files import USER_PATH
from pluralism.protocols import Protocol

log = logging.getLogger(__name__)

ALL: Literal["all"] = "all"
"""Of files that the workflow splits, or that say themselves what is of which part."""


LEAST_SHARE, MOST_SHARE = 0.01, 0.99
"""Of train items, where there are some."""
RAW_FORM = "a file, a list of files, or {train: files, eval: files}"


def _by_part(value: Any) -> Any:
    """One path, a list of them, or those of each part -> part: list of paths."""
    parts = value if isinstance(value, Mapping) else {ALL: value}
    found = {part: [paths] if isinstance(paths, str | Path) else paths for part, paths in parts.items()}
    if (
        not found
        or not set(found) <= {ALL, TRAIN, EVAL}
        or not all(isinstance(of, list | tuple) and of for of in found.values())
    ):
        raise ValueError(f"expected {RAW_FORM}")
    return found


_PATHS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
RawFiles = Annotated[
    dict[Literal["all", "train", "eval"], tuple[Annotated[Path, USER_PATH], ...]],
    BeforeValidator(_by_part),
    WithJsonSchema(
        {"anyOf": [*_PATHS["anyOf"], {"type": "object", "properties": {TRAIN: _PATHS, EVAL: _PATHS}}]},
    ),
]
"""One file, several, or some of train items and some of eval items."""


def _no_tiny_share(share: float) -> float:
    if 0 < share < LEAST_SHARE:
        raise ValueError(f"expected 0 or a number from {LEAST_SHARE} to {MOST_SHARE}")
    return share


TrainShare = Annotated[
    float, Field(strict=True, ge=0, le=MOST_SHARE, allow_inf_nan=False), AfterValidator(_no_tiny_share)
]


class FileSource(Source):
    """Files of rated responses. A subclass reads them, by `read`.

    Without files or a column that say which items are train and which are eval, the workflow splits as it does MIC, or
    as `train_share` says.
    """

    raw: RawFiles = Field(
        description="A file, a list of files, or {train: files, eval: files}; of mic: MIC.csv; of helpsteer2, "
        "ultrafeedback, helpsteer3, multipref and global_opinions: the folder of the release."
    )
    train_share: TrainShare | None = Field(
        None,
        description="The share of prompts that become train items, drawn at random; none: the split fills every level.",
    )

    @model_validator(mode="after")
    def _one_split(self) -> Self:
        given = [f"raw.{part}" for part in (TRAIN, EVAL) if part in self.raw]
        if given and (ALL in self.raw or EVAL not in self.raw):
            raise KeyFault(f"raw: expected {RAW_FORM}")
        if self.train_share is not None and (given or self.split_column is not None):
            raise KeyFault(f"train_share: the split is given by {given[0] if given else 'split'} already")
        return self

    @property
    def split_column(self) -> str | None:
        """The column that says which items are train and which are eval."""
        return None

    @property
    def files(self) -> Sequence[Path]:
        """All of them."""
        return [path for _, path in self.files_by_part()]

    def files_by_part(self) -> Iterator[tuple[str, Path]]:
        """The files, each with its part of the split, or `ALL`."""
        yield from ((part, path) for part, paths in self.raw.items() for path in paths)

    @property
    def has_annotators(self) -> bool:
        """Whether the raw data says what each of several annotators gave."""
        return False

    @property
    def annotation_files(self) -> Sequence[Path]:
        """The same files, where they say what each annotator gave."""
        return self.files if self.has_annotators else ()

    @abstractmethod
    def read(self, path: Path, attributes: AttributeSet) -> Iterator[RatedItem]:
        """The items of a file.

        Raises:
            UserError: the file has a fault; names file, row and value.
        """

    def labelled(self, attributes: AttributeSet) -> list[Labelled]:
        """The items of all files, in their order."""
        first, *others = self.files
        place = f"{first} and {len(others)} others" if others else str(first)
        return labelled(self._read_all(attributes), attributes, place)

    def _read_all(self, attributes: AttributeSet) -> Iterator[RatedItem]:
        for part, path in self.files_by_part():
            for item in self.read(path, attributes):
                yield item if part == ALL else replace(item, part=part)

    def load(self, attributes: AttributeSet, protocol: Protocol) -> list[Item]:
        """All items."""
        return [one.item for one in self.labelled(attributes)]

    def parts(self, attributes: AttributeSet, protocol: Protocol) -> Parts | None:
        """Train and eval items as the files, the column or `train_share` say."""
        if self.train_share is None and self.split_column is None and ALL in self.raw:
            return None
        found = [(one.item, one.part) for one in self.labelled(attributes)]
        if self.train_share is not None:
            found = _drawn([item for item, _ in found], self.train_share)
        train, evaluation = ([item for item, its in found if its == part] for part in (TRAIN, EVAL))
        if not evaluation:
            raise UserError(f"the raw data: none of {len(found)} items is of eval, expected at least one")
        if shared := {item.prompt for item in train} & {item.prompt for item in evaluation}:
            text = "%s: %d prompts are of train and of eval: an eval item may have an example with its own prompt"
            log.warning(text, self.files[0], len(shared))
        return train, evaluation

    def annotations_of(
        self, items: Sequence[Item], attributes: AttributeSet, protocol: Protocol
    ) -> list[ItemAnnotations]:
        """What each annotator gave to the responses of items."""
        return annotations_of(self.labelled(attributes), items)


def _drawn(items: Sequence[Item], train_share: float) -> list[tuple[Item, Part]]:
    """Items with their parts; all items of a prompt are in the same one, and at least one prompt is of eval."""
    prompts = sorted({item.prompt for item in items})
    random.Random(SHUFFLE_SEED).shuffle(prompts)
    train = set(prompts[: min(math.floor(train_share * len(prompts) + 0.5), len(prompts) - 1)])
    return [(item, TRAIN if item.prompt in train else EVAL) for item in items]
