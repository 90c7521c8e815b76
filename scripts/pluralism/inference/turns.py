"""The user turns in which ADMs ask, compared with those in which they would show the train items as examples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.questions import Question
from pluralism.few_shot.similarity.matrix import Comparison, text_matrix
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.inference.jobs import task_of
from pluralism.inference.settings import Asking
from pluralism.targets.target import extreme_targets

Turns = Mapping[Question, str]


def compare_turns(
    similarity: Similarity,
    askings: Sequence[Asking],
    items: Sequence[Item],
    train: Sequence[Item],
    attributes: AttributeSet,
) -> Comparison:
    """Compare every user turn of ADMs with those of the train items about the same attribute.

    Equal texts are compared once, and those about one attribute at a time.

    Args:
        similarity: the measure.
        askings: ADMs that ask in the same words, though they may show responses in other orders.
        items: the items asked about.
        train: the train items, which examples show with their responses in their own order.
        attributes: of the items.

    Raises:
        UserError: the ADMs do not ask in the same words; or as `similarity_matrix`.
    """
    asked = _joined(user_turns(asking, items, attributes) for asking in askings)
    known = _joined(user_turns(asking, train, attributes, own_order=True) for asking in askings)
    matrix = np.empty((len(asked), len(train)))
    for attribute in dict.fromkeys(question.attribute for question in asked):
        own_orders = (tuple(range(len(item.responses))) for item in train)
        examples = [known[Question(index, attribute, order)] for index, order in enumerate(own_orders)]
        rows = {row: text for row, (question, text) in enumerate(asked.items()) if question.attribute == attribute}
        texts = {text: place for place, text in enumerate(dict.fromkeys(rows.values()))}
        matrix[list(rows)] = text_matrix(similarity, list(texts), examples)[[texts[text] for text in rows.values()]]
    return Comparison(list(asked), matrix)


def user_turns(asking: Asking, items: Sequence[Item], attributes: AttributeSet, *, own_order: bool = False) -> Turns:
    """What an ADM asks about items, whatever the target, in all orders that it shows or only in the items' own."""
    adm = asking.make_adm()
    targets = extreme_targets(attributes)[:1] if adm.target_bound else ()
    task = task_of(asking, attributes=attributes, train=(), evaluation=items, shots={}, targets=targets)
    if own_order:
        task = replace(task, samples=1, shuffle=False)
    return {Question(query.item, query.attribute, query.order): query.chat.question for query in adm.queries(task)}


def _joined(parts: Iterable[Turns]) -> dict[Question, str]:
    joined: dict[Question, str] = {}
    for turns in parts:
        for question, text in turns.items():
            if joined.setdefault(question, text) != text:
                raise UserError(f"the ADMs ask about item {question.item} in different words, expected the same")
    return joined
