"""Choosing few-shot examples: by similarity, one per level, or at random."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.few_shot.examples import COLUMNS, FewShot, may_show
from pluralism.few_shot.questions import order_text
from pluralism.few_shot.similarity.matrix import Comparison
from pluralism.protocols import Protocol
from pluralism.requests import canonical

Row = tuple[str | None, float | None, int, int]
"""Attribute and level, None where an example is for the whole item; train item; rank."""


def choose_examples(
    few_shot: FewShot,
    items: Sequence[Item],
    train: Sequence[Item],
    attributes: AttributeSet,
    similarity: Comparison | None = None,
    *,
    protocol: Protocol,
    seed: int = 0,
) -> pd.DataFrame:
    """Choose the examples of every item, or of every user turn about it.

    Args:
        few_shot: how to choose.
        items: the items of the questions.
        train: the train items.
        attributes: their attributes and levels.
        similarity: of items or of turns to the train items; None for random examples.
        protocol: says which of equally similar train items comes first, and whether one with the item's own prompt,
            which may have the same responses, is ever chosen; see also `Answers`.
        seed: of random examples.

    Returns:
        A frame with the columns of `COLUMNS`; examples in the order shown. `one_per_level` chooses for each attribute,
        or for that of the turn, in the order of the levels; a level without a train item is left out. `most_similar`
        and `least_similar` choose for the item as a whole (attribute and level are missing) or for the turn, `random`
        for the item and for each attribute.
    """
    allowed = [may_show(train, item, protocol) for item in items]
    rows: list[tuple[int, str | None, str, float | None, int, float | None, int]] = []
    if similarity is None:
        for index, item in enumerate(items):
            chosen = _by_chance(few_shot, item, allowed[index], attributes, seed)
            rows += [(index, attribute, "", level, place, None, rank) for attribute, level, place, rank in chosen]
    else:
        levels = few_shot.select == "one_per_level"
        answers = {name: Answers.of(train, name, attributes, protocol) for name in attributes.names if levels}
        for question, alike in zip(similarity.questions, similarity.matrix, strict=True):
            ranking = _ranking(few_shot, alike, allowed[question.item], protocol)
            chosen = _by_similarity(few_shot, question.attribute, ranking, answers)
            order = order_text(question.order)
            rows += [
                (question.item, attribute, order, level, place, float(alike[place]), rank)
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


def _ranking(few_shot: FewShot, alike: NDArray[np.float64], others: Sequence[int], protocol: Protocol) -> list[int]:
    """The train items that may be shown, those to choose first in front."""
    places = np.array(others[::-1] if protocol.later_of_equally_similar else others, dtype=np.intp)
    distance = alike[places] if few_shot.select == "least_similar" else -alike[places]
    ranking: list[int] = places[np.argsort(distance, kind="stable")].tolist()
    return ranking


def _by_similarity(
    few_shot: FewShot, asked: str | None, ranking: Sequence[int], answers: Mapping[str, "Answers"]
) -> Iterator[Row]:
    """Those of a question about the attribute `asked`, or about an item."""
    if few_shot.select != "one_per_level":
        yield from ((asked, None, place, rank) for rank, place in enumerate(ranking[: few_shot.shots]))
        return
    for attribute in answers if asked is None else (asked,):
        chosen = one_per_level(ranking, answers[attribute])
        ranked = sorted((place for _, place in chosen), key=ranking.index)
        yield from ((attribute, level, place, ranked.index(place)) for level, place in chosen)


@dataclass(frozen=True)
class Answers:
    """What train items answer about an attribute as examples.

    Attributes:
        levels: those to show an example of, ascending.
        of_items: for each train item the levels of its responses; of a continuous label the nearest level.
        contents: for each train item what is equal for those that count as one.
        with_second_choice: whether a level whose first train item is chosen already gets the next.
    """

    levels: Sequence[float]
    of_items: Sequence[Sequence[float]]
    contents: Sequence[object]
    with_second_choice: bool

    @classmethod
    def of(cls, train: Sequence[Item], attribute: str, attributes: AttributeSet, protocol: Protocol) -> Self:
        """Those of an attribute.

        Published, the levels are all that are written in answers, and train items of equal question and answer count
        as one; corrected, they are those of the scale. So they are of continuous labels, with either.
        """
        by_text = protocol.equal_responses_by_text
        places = [item.first_equal if by_text else range(len(item.responses)) for item in train]
        labels = [[item.labels[place][attribute] for place in shown] for item, shown in zip(train, places, strict=True)]
        on_scale = [[attributes.nearest(label) for label in shown] for shown in labels]
        if not protocol.levels_without_second_choice:
            return cls(attributes.levels, on_scale, range(len(train)), with_second_choice=True)
        reasonings = [
            [item.reasonings[place].get(attribute) for place in shown] if item.reasonings is not None else []
            for item, shown in zip(train, places, strict=True)
        ]
        contents = [
            (item.prompt, item.responses, *answer) for item, *answer in zip(train, labels, reasonings, strict=True)
        ]
        if attributes.continuous:
            return cls(attributes.levels, on_scale, contents, with_second_choice=False)
        return cls(sorted(set().union(*labels)), labels, contents, with_second_choice=False)


def one_per_level(ranking: Sequence[int], answers: Answers) -> list[tuple[float, int]]:
    """For each level, ascending, the first train item of `ranking` with a response at it; none twice."""
    chosen: dict[int, float] = {}
    for level in answers.levels:
        at_level = (index for index in ranking if level in answers.of_items[index])
        if answers.with_second_choice:
            at_level = (index for index in at_level if index not in chosen)
        first = next(at_level, None)
        if first is not None and answers.contents[first] not in [answers.contents[index] for index in chosen]:
            chosen[first] = level
    return [(level, index) for index, level in chosen.items()]
