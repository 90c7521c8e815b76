"""Few-shot examples: how they are chosen, and the file of those chosen, the train items shown before each question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import KeyFault, UserError, shown
from pluralism.few_shot.similarity.settings import SIMILARITIES, Match, Similarity
from pluralism.files import replacing
from pluralism.tables import read_csv

Select = Literal["one_per_level", "most_similar", "random", "least_similar"]

MOST_SHOTS = 1000

# In a config. Reading it makes an ADM of each entry of a list (study/sweeps.py), so that code sees counts only.
_SHOTS_IN_A_CONFIG = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MOST_SHOTS},
        {
            "type": "array",
            "items": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MOST_SHOTS}, {"const": "one_per_level"}]},
            "minItems": 1,
            "uniqueItems": True,
        },
        {"type": "null"},
    ]
}


class FewShot(BaseModel):
    """How an ADM's examples are chosen; it also has the keys of its similarity."""

    model_config = ConfigDict(frozen=True, extra="allow")

    select: Select = Field(
        "one_per_level",
        description="one_per_level: for each level of the attribute asked about, the most similar train item with a "
        "response at it. most_similar, random, least_similar: so many train items, whatever their labels.",
    )
    shots: Annotated[int | None, Field(strict=True, ge=1, le=MOST_SHOTS), WithJsonSchema(_SHOTS_IN_A_CONFIG)] = Field(
        None,
        description="How many; one_per_level takes none. A list such as [0, 1, 3, one_per_level] makes an ADM of each.",
    )
    similarity: Annotated[str, SIMILARITIES] = Field("bertscore", description="What makes two items similar.")
    match: Match = Field("responses", description="What is compared: question and responses, or the question alone.")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The options of our own similarities are listed, too."""
        return SIMILARITIES.with_options(schema, handler)

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.select == "one_per_level" and self.shots is not None:
            raise ValueError("shots: a count goes with select: most_similar, random or least_similar")
        if self.select != "one_per_level" and self.shots is None:
            raise ValueError(f"shots: select: {self.select} needs a count of at least 1")
        try:
            kind = SIMILARITIES.make(self.similarity, self.model_extra or {}, "", type(self).model_fields)
            with SIMILARITIES.guarded(self.similarity, "similarity"):
                kind.checkpoint, kind.name_parts()  # another package's may raise anything
        except UserError as error:
            raise KeyFault(str(error)) from None
        return self

    @property
    def measure(self) -> Similarity | None:
        """The measure that compares the items; None for random examples."""
        if self.select == "random":
            return None
        return Similarity(self.similarity, self.match, self.model_extra or {})

    @property
    def name(self) -> str:
        """The name of the file of the chosen examples; different for every setting."""
        chosen = self.select if self.shots is None else f"{self.select}_{self.shots}"
        return chosen if self.measure is None else f"{chosen}_{self.measure.name}"


@dataclass(frozen=True)
class Shot:
    """A chosen train item.

    Attributes:
        train_item: its index.
        similarity: to the item of the question; None for random shots.
        rank: 0 for the shot to keep longest when the prompt does not fit the model's context.
    """

    train_item: int
    similarity: float | None
    rank: int


Shots = Mapping[tuple[int, str | None], Sequence[Shot]]
"""(eval item, attribute or None) -> the shots, in the order in which they are shown."""

COLUMNS = ["item", "attribute", "level", "train_item", "similarity", "rank"]


def write_examples(table: pd.DataFrame, path: Path) -> None:
    """Write the chosen examples as CSV, completely or not at all."""
    with replacing(path) as (draft,):
        table.to_csv(draft, index=False)


def read_examples(path: Path, items: Sequence[Item], train: Sequence[Item], attributes: AttributeSet) -> Shots:
    """Read what `write_examples` wrote.

    Raises:
        UserError: the file is not found or is not such a table, names an unknown item, train item, attribute or level,
            shows a train item twice or before its own prompt, or has no example for an item.
    """
    table = read_csv(path, COLUMNS, numbers=("item", "level", "train_item", "similarity", "rank"))
    counts = {"item": len(items), "train_item": len(train), "rank": len(train)}
    for row, entry in enumerate(table.to_dict("records"), start=2):
        for name, count in counts.items():
            if entry[name] not in range(count):
                expected = f"a whole number from 0 to {count - 1}" if count else "none: there are no train items"
                raise UserError(f"{path}: row {row}: {name} is {shown(entry[name])}, expected {expected}")
        if entry["attribute"] and entry["attribute"] not in attributes.names:
            allowed = ", ".join(attributes.names)
            raise UserError(f"{path}: row {row}: unknown attribute {shown(entry['attribute'])}; allowed: {allowed}")
        if pd.notna(entry["level"]) and not attributes.is_level(entry["level"]):
            allowed = ", ".join(f"{level:g}" for level in attributes.levels)
            raise UserError(f"{path}: row {row}: level is {entry['level']:g}, expected one of {allowed}")
        item, other = int(entry["item"]), int(entry["train_item"])
        if not _differ(train[other], items[item]):
            raise UserError(f"{path}: row {row}: train item {other} has the prompt of item {item}, expected another")
    for name in ("train_item", "rank"):
        if (twice := table.duplicated(["item", "attribute", name]).to_numpy()).any():
            raise UserError(f"{path}: row {twice.argmax() + 2}: {name} is there twice for the same question")
    for index in sorted(set(range(len(items))) - set(table["item"])):
        if may_show(train, items[index]):
            raise UserError(f"{path}: has no example for item {index}")
    return shots_of(table)


def may_show(train: Sequence[Item], item: Item) -> list[int]:
    """The train items that may precede an item's question: an equal prompt may have the same responses."""
    return [place for place, other in enumerate(train) if _differ(other, item)]


def _differ(train_item: Item, item: Item) -> bool:
    return train_item.prompt.strip() != item.prompt.strip()


def shots_of(table: pd.DataFrame) -> Shots:
    """The shots of a frame with the columns of `COLUMNS`, as `choose_examples` makes it."""
    chosen: dict[tuple[int, str | None], list[Shot]] = {}
    for row in table.to_dict("records"):
        similarity = None if pd.isna(row["similarity"]) else float(row["similarity"])
        key = (int(row["item"]), row["attribute"] if isinstance(row["attribute"], str) and row["attribute"] else None)
        chosen.setdefault(key, []).append(Shot(int(row["train_item"]), similarity, int(row["rank"])))
    return chosen
