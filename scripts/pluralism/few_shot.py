"""Few-shot examples: which train items stand before an item's question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ConfigDict

from pluralism.attributes import AttributeSet
from pluralism.errors import UserError
from pluralism.files import replacing
from pluralism.items import Item


@dataclass(frozen=True)
class FewShot:
    """How examples are chosen.

    Attributes:
        select: `one_per_level`: for each level of the attribute, the most similar train item with a response at that
            level; `most_similar`: the `shots` most similar train items, whatever their labels.
        shots: how many, for `most_similar`.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    select: Literal["one_per_level", "most_similar"]
    shots: int | None = None

    def __post_init__(self) -> None:
        if (self.select == "most_similar") != (self.shots is not None and self.shots > 0):
            raise ValueError("shots: a count of at least 1 goes with select: most_similar, and only there")

    @property
    def name(self) -> str:
        """What the file of the chosen examples is called."""
        return self.select if self.shots is None else f"{self.select}_{self.shots}"


@dataclass(frozen=True)
class Shot:
    """A chosen train item, its similarity to the item asked about, and its rank in that (0: the most similar)."""

    train_item: int
    similarity: float
    rank: int


Shots = Mapping[tuple[int, str | None], Sequence[Shot]]
"""(eval item, attribute or None) -> the shots, in the order in which they are shown."""

COLUMNS = ["item", "attribute", "level", "train_item", "similarity"]


def matched_text(item: Item) -> str:
    """What is compared: the question with its responses in their own order."""
    return "\n".join((item.prompt, *item.responses))


def tfidf_similarity(items: Sequence[Item], train: Sequence[Item]) -> NDArray[np.float64]:
    """TF-IDF cosine similarity, shape (items, train); the vocabulary and its weights come from the train items."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer()
    known = vectorizer.fit_transform([matched_text(item) for item in train])
    asked = vectorizer.transform([matched_text(item) for item in items])
    similarity: NDArray[np.float64] = (asked @ known.T).toarray()
    return similarity


def choose_examples(
    few_shot: FewShot, similarity: NDArray[np.float64], train: Sequence[Item], attributes: AttributeSet
) -> pd.DataFrame:
    """Choose the examples of every item (and attribute, for `one_per_level`).

    Args:
        few_shot: how to choose.
        similarity: shape (items, train).
        train: the train items.
        attributes: their attributes and levels.

    Returns:
        A frame with the columns item, attribute, level, train_item, similarity; examples in the order shown.
        Attribute and level are missing for `most_similar`. A level that no train item has is left out.
    """
    rows: list[tuple[int, str | None, float | None, int, float]] = []
    for item, similarities in enumerate(similarity):
        ranking = np.argsort(-similarities, kind="stable").tolist()
        if few_shot.select == "most_similar":
            rows += [(item, None, None, index, similarities[index]) for index in ranking[: few_shot.shots]]
        else:
            for attribute in attributes.names:
                for level, index in one_per_level(ranking, train, attribute, attributes.levels):
                    rows.append((item, attribute, level, index, similarities[index]))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"attribute": "string", "level": "Float64"})


def one_per_level(
    ranking: Sequence[int], train: Sequence[Item], attribute: str, levels: Sequence[float]
) -> list[tuple[float, int]]:
    """For each level, ascending, the first train item of `ranking` with a response at that level; none twice."""
    chosen: list[tuple[float, int]] = []
    taken: set[int] = set()
    for level in levels:
        at_level = (
            index
            for index in ranking
            if index not in taken and any(labels[attribute] == level for labels in train[index].labels)
        )
        index = next(at_level, None)
        if index is not None:
            taken.add(index)
            chosen.append((level, index))
    return chosen


def write_examples(table: pd.DataFrame, path: Path) -> None:
    """Write the chosen examples as CSV, all of it or nothing."""
    with replacing(path) as (draft,):
        table.to_csv(draft, index=False)


def read_examples(path: Path) -> Shots:
    """Read what `write_examples` wrote.

    Raises:
        UserError: the file is missing or lacks a column.
    """
    try:
        table = pd.read_csv(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    if missing := [column for column in COLUMNS if column not in table]:
        raise UserError(f"{path}: the column {missing[0]} is missing")
    chosen: dict[tuple[int, str | None], list[tuple[int, float]]] = {}
    for item, attribute, train_item, similarity in zip(
        table["item"], table["attribute"], table["train_item"], table["similarity"], strict=True
    ):
        key = (int(item), attribute if isinstance(attribute, str) else None)
        chosen.setdefault(key, []).append((int(train_item), float(similarity)))
    return {key: _ranked(examples) for key, examples in chosen.items()}


def _ranked(examples: Sequence[tuple[int, float]]) -> list[Shot]:
    by_similarity = sorted(range(len(examples)), key=lambda place: -examples[place][1])
    ranks = {place: rank for rank, place in enumerate(by_similarity)}
    return [Shot(index, similarity, ranks[place]) for place, (index, similarity) in enumerate(examples)]
