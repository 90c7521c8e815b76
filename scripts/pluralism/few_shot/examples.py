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
from pluralism.few_shot.questions import Order, read_attribute, read_order
from pluralism.few_shot.similarity.settings import SIMILARITIES, Match, Similarity
from pluralism.files import replacing
from pluralism.protocols import Protocol
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
        "response at it; a continuous label is at the nearest level. "
        "most_similar, random, least_similar: so many train items, whatever their labels.",
    )
    shots: Annotated[int | None, Field(strict=True, ge=1, le=MOST_SHOTS), WithJsonSchema(_SHOTS_IN_A_CONFIG)] = Field(
        None,
        description="How many; one_per_level takes none. A list such as [0, 1, 3, one_per_level] makes an ADM of each.",
    )
    similarity: Annotated[str, SIMILARITIES] = Field("bertscore", description="What makes two items similar.")
    match: Match | None = Field(
        None,
        description="What is compared: turn, the user turns in which the ADM asks and shows examples; responses, "
        "question and responses; question, it alone. None: turn where the protocol sets similarity_of_turns and the "
        "kind of ADM allows it, else responses.",
    )

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

    def under(self, protocol: Protocol, *, has_turn: bool) -> Self:
        """The same, with what is compared under a protocol, by an ADM whose user turns can be compared or not.

        Raises:
            ValueError: turns are to be compared that cannot be.
        """
        if self.match == "turn" and not has_turn:
            raise ValueError("match: an ADM of this kind has no turns to compare, expected responses or question")
        by_default: Match = "turn" if protocol.similarity_of_turns and has_turn else "responses"
        return self.model_copy(update={"match": self.match or by_default})

    @property
    def measure(self) -> Similarity | None:
        """The measure of what is similar; None for random examples."""
        if self.select == "random":
            return None
        return Similarity(self.similarity, self.match or "responses", self.model_extra or {})

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
        similarity: to the question; None for random shots.
        rank: 0 for the shot to keep longest when the prompt does not fit the model's context.
        order: in which the question shows its responses; None where the shot is for every order.
    """

    train_item: int
    similarity: float | None
    rank: int
    order: Order | None = None


Shots = Mapping[tuple[int, str | None], Sequence[Shot]]
"""(eval item, attribute or None) -> the shots, in the order in which they are shown; those of all orders."""

COLUMNS = ["item", "attribute", "order", "level", "train_item", "similarity", "rank"]


def write_examples(table: pd.DataFrame, path: Path) -> None:
    """Write the chosen examples as CSV, completely or not at all."""
    with replacing(path) as (draft,):
        table.to_csv(draft, index=False)


def read_examples(
    path: Path, items: Sequence[Item], train: Sequence[Item], attributes: AttributeSet, protocol: Protocol
) -> Shots:
    """Read what `write_examples` wrote.

    Raises:
        UserError: the file is not found or is not such a table, names an unknown item, train item, attribute, order or
            level, shows a train item twice, or one that the protocol does not show, or has no example for an item.
    """
    table = read_csv(path, COLUMNS, numbers=("item", "level", "train_item", "similarity", "rank"))
    counts = {"item": len(items), "train_item": len(train), "rank": len(train)}
    for row, entry in enumerate(table.to_dict("records"), start=2):
        for name, count in counts.items():
            if entry[name] not in range(count):
                expected = f"a whole number from 0 to {count - 1}" if count else "none: there are no train items"
                raise UserError(f"{path}: row {row}: {name} is {shown(entry[name])}, expected {expected}")
        try:
            read_attribute(entry["attribute"], attributes.names)
            read_order(entry["order"], len(items[int(entry["item"])].responses))
        except ValueError as error:
            raise UserError(f"{path}: row {row}: {error}") from None
        if pd.notna(entry["level"]) and not attributes.is_level(entry["level"]):
            expected = f"one of {attributes.level_list}"
            raise UserError(f"{path}: row {row}: level is {entry['level']:g}, expected {expected}")
        item, other = int(entry["item"]), int(entry["train_item"])
        if not _shows(protocol, train[other], items[item]):
            raise UserError(f"{path}: row {row}: train item {other} has the prompt of item {item}, expected another")
    for name in ("train_item", "rank"):
        if (twice := table.duplicated(["item", "attribute", "order", name]).to_numpy()).any():
            raise UserError(f"{path}: row {twice.argmax() + 2}: {name} is there twice for the same question")
    for index in sorted(set(range(len(items))) - set(table["item"])):
        if may_show(train, items[index], protocol):
            raise UserError(f"{path}: has no example for item {index}")
    return shots_of(table, items)


def may_show(train: Sequence[Item], item: Item, protocol: Protocol) -> list[int]:
    """The train items that may precede an item's question: an equal prompt may have the same responses."""
    return [place for place, other in enumerate(train) if _shows(protocol, other, item)]


def _shows(protocol: Protocol, train_item: Item, item: Item) -> bool:
    return protocol.examples_with_own_prompt or train_item.prompt.strip() != item.prompt.strip()


def shots_of(table: pd.DataFrame, items: Sequence[Item]) -> Shots:
    """The shots of these items, of a frame with the columns of `COLUMNS`, as `choose_examples` makes it."""
    chosen: dict[tuple[int, str | None], list[Shot]] = {}
    for row in table.to_dict("records"):
        item, attribute = int(row["item"]), row["attribute"] if isinstance(row["attribute"], str) else ""
        similarity = None if pd.isna(row["similarity"]) else float(row["similarity"])
        order = read_order(row["order"], len(items[item].responses))
        shot = Shot(int(row["train_item"]), similarity, int(row["rank"]), order)
        chosen.setdefault((item, attribute or None), []).append(shot)
    return chosen
