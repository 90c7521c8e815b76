"""What the choosing ADMs share: the letter of a response, with or without a sentence of reasoning before it."""

from collections.abc import Sequence
from string import ascii_uppercase

from pluralism.adms.base import Query, Task, lettered, parsed, reasoned_schema, schema_text
from pluralism.datasets.items import Item
from pluralism.predictions import Prediction
from pluralism.requests import Generation


def choice_schema(responses: int, reasoning_length: int | None) -> str:
    """A reasoning of at most `reasoning_length` characters, unless None, then one of the first letters."""
    letters = list(ascii_uppercase[:responses])
    return schema_text(reasoned_schema(reasoning_length, {"choice": {"type": "string", "enum": letters}}))


def choice_question(task: Task, item: Item, order: Sequence[int]) -> str:
    """The user turn: the prompt and its lettered responses."""
    return task.prompts.render("choice_question", prompt=item.prompt, responses=lettered(item, order))


def choice_rows(
    *,
    item: int,
    order: Sequence[int],
    picked: int,
    query: int,
    sample: int = 0,
    target: str | None = None,
    reasoning: str = "",
    generation: Generation | None = None,
) -> list[Prediction]:
    """A pick as predictions: score 1 for the response picked, 0 for the others.

    Args:
        item: index of the item.
        order: every response of the item, in the order shown.
        picked: index of the response picked.
        query: index of the query.
        sample: index of the sample.
        target: the target's name, for target-bound ADMs.
        reasoning: why it was picked.
        generation: what the pick cost; None for an ADM that needs no model.
    """
    return [
        Prediction(
            item=item,
            response=response,
            attribute=None,
            sample=sample,
            target=target,
            score=float(response == picked),
            reasoning=reasoning if response == picked else "",
            position=position,
            query=query,
            prompt_tokens=generation.prompt_tokens if generation else 0,
            output_tokens=generation.output_tokens if generation else 0,
        )
        for position, response in enumerate(order)
    ]


def read_choices(queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
    """Read the letters back; they are mapped by position, so equal responses do not matter."""
    return [
        row
        for index, query, answer, generation in parsed(queries, generations)
        for row in choice_rows(
            item=query.item,
            order=query.order,
            picked=query.order[ascii_uppercase.index(answer["choice"])],
            query=index,
            sample=query.sample,
            target=query.target,
            reasoning=answer.get("reasoning", ""),
            generation=generation,
        )
    ]
