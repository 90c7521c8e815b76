"""What the choosing ADMs share: the letter of a response, with an optional sentence of reasoning before it."""

from abc import ABC
from collections.abc import Callable, Iterator, Sequence
from string import ascii_uppercase
from typing import ClassVar

from pydantic import Field

from pluralism.adms.base import (
    Query,
    ReasoningAdm,
    Task,
    lettered,
    parsed,
    reasoned_schema,
    schema_text,
    shown_orders,
)
from pluralism.adms.shots import examples_by_order
from pluralism.datasets.items import Item
from pluralism.predictions import Prediction
from pluralism.requests import ChatQuirks, Example, Generation, Request


class ChoosingAdm(ReasoningAdm, ABC):
    """Base of the ADMs that pick a letter, by default after a sentence of reasoning.

    Options:
        swap: show every cyclic order of the responses, in place of random ones, and count the votes of each.
    """

    predicts_levels: ClassVar[bool] = False

    swap: bool = Field(False, strict=True)

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """A vote per query."""
        return read_choices(queries, generations, task.items if task.protocol.equal_responses_by_text else None)

    def ask(
        self,
        task: Task,
        index: int,
        system: str,
        examples: tuple[Example, ...] = (),
        target: str | None = None,
        *,
        write: Callable[[Item], tuple[str, str]] | None = None,
    ) -> Iterator[Query]:
        """The queries about one item, one for each sample in each order shown.

        Args:
            task: with the items.
            index: of the item.
            system: the system prompt.
            examples: few-shot examples, the same in every order.
            target: the target's name, for target-bound ADMs.
            write: words a train item as (question, answer); then the examples are the task's.
        """
        orders = shown_orders(task, task.items[index], swap=self.swap)
        by_order = examples_by_order(task, index, None, write, orders) if write is not None else {}
        for sample, order in enumerate(orders):
            request = Request(
                system=system,
                examples=by_order.get(order, examples),
                question=choice_question(task, task.items[index], order),
                schema=choice_schema(len(order), self.longest_reasoning, loose=task.protocol.loose_grammar),
                temperature=task.temperature,
                sample=sample,
                seed=task.seed,
                answer_tokens=self.answer_tokens(),
                quirks=task.quirks(ChatQuirks),
            )
            yield Query(request, index, sample, order, target=target)


def choice_schema(responses: int, reasoning_length: int | None, *, loose: bool = False) -> str:
    """A reasoning of at most `reasoning_length` characters, unless None, then one of the first letters.

    With `loose`, in the published grammar.
    """
    choice = {"choice": {"type": "string", "enum": list(ascii_uppercase[:responses])}}
    return schema_text(reasoned_schema(reasoning_length, choice, loose=loose), loose=loose)


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


def read_choices(
    queries: Sequence[Query], generations: Sequence[Generation], by_text: Sequence[Item] | None = None
) -> list[Prediction]:
    """Predictions from the letters.

    A letter is a position, so equal responses do not matter; of the items in `by_text`, a pick of any of them is one
    of the first.
    """
    return [
        row
        for index, query, answer, generation in parsed(queries, generations)
        for row in choice_rows(
            item=query.item,
            order=query.order,
            picked=_picked(query, answer["choice"], by_text),
            query=index,
            sample=query.sample,
            target=query.target,
            reasoning=answer.get("reasoning", ""),
            generation=generation,
        )
    ]


def _picked(query: Query, letter: str, by_text: Sequence[Item] | None) -> int:
    picked = query.order[ascii_uppercase.index(letter)]
    return picked if by_text is None else by_text[query.item].first_equal[picked]
