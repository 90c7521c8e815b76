"""Choosing few-shot examples: by similarity, one per level, or at random; never with the item's own prompt."""

import random
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pluralism.datasets.attributes import AttributeSet, same_level
from pluralism.datasets.items import Item
from pluralism.few_shot.examples import COLUMNS, FewShot, may_show
from pluralism.requests import canonical

Row = tuple[str | None, float | None, int, int]
"""Attribute and level, None where an example is for the whole item; train item; rank."""


def choose_examples(
    few_shot: FewShot,
    items: Sequence[Item],
    train: Sequence[Item],
    attributes: AttributeSet,
    similarity: NDArray[np.float64] | None = None,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Choose the examples of every item.

    A train item with the item's own prompt is never chosen, since it may have the same responses.

    Args:
        few_shot: how to choose.
        items: the items of the questions.
        train: the train items.
        attributes: their attributes and levels.
        similarity: shape (items, train); None for random examples.
        seed: of random examples.

    Returns:
        A frame with the columns of `COLUMNS`; examples in the order shown. `one_per_level` chooses for each attribute,
        in the order of the levels; a level without a train item is left out. `most_similar` and `least_similar` choose
        for the item as a whole (attribute and level are missing), `random` for that and for each attribute.
    """
    rows: list[tuple[int, str | None, float | None, int, float | None, int]] = []
    for index, item in enumerate(items):
        others = may_show(train, item)
        if few_shot.select == "random":
            chosen = list(_by_chance(few_shot, item, others, attributes, seed))
        else:
            assert similarity is not None
            alike = similarity[index, others]
            order = np.argsort(alike if few_shot.select == "least_similar" else -alike, kind="stable")
            chosen = list(_by_similarity(few_shot, [others[place] for place in order], train, attributes))
        rows += [
            (index, attribute, level, place, None if similarity is None else float(similarity[index, place]), rank)
            for attribute, level, place, rank in chosen
        ]
    types = {"attribute": "string", "level": "Float64", "similarity": "Float64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(types)


def _by_chance(
    few_shot: FewShot, item: Item, others: Sequence[int], attributes: AttributeSet, seed: int
) -> Iterator[Row]:
    """Drawn by the item's own text, whatever its place in the file; fewer shots are the first of more."""
    for attribute in (None, *attributes.names):
        drawn = list(others)
        random.Random(canonical([seed, item.prompt, item.responses, attribute])).shuffle(drawn)
        for rank, place in enumerate(drawn[: few_shot.shots]):
            yield attribute, None, place, rank


def _by_similarity(
    few_shot: FewShot, ranking: Sequence[int], train: Sequence[Item], attributes: AttributeSet
) -> Iterator[Row]:
    if few_shot.select != "one_per_level":
        yield from ((None, None, place, rank) for rank, place in enumerate(ranking[: few_shot.shots]))
        return
    for attribute in attributes.names:
        chosen = one_per_level(ranking, train, attribute, attributes.levels)
        ranked = sorted((place for _, place in chosen), key=ranking.index)
        yield from ((attribute, level, place, ranked.index(place)) for level, place in chosen)


def one_per_level(
    ranking: Sequence[int], train: Sequence[Item], attribute: str, levels: Sequence[float]
) -> list[tuple[float, int]]:
    """For each level, ascending, the first train item of `ranking` with a response at that level; none twice."""
    chosen: dict[int, float] = {}
    for level in levels:
        for index in ranking:
            if index not in chosen and any(same_level(labels[attribute], level) for labels in train[index].labels):
                chosen[index] = level
                break
    return [(level, index) for index, level in chosen.items()]
