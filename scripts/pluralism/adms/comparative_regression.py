"""Comparative regression, zero-shot or few-shot: all responses at once, for each an optional reasoning and a score."""

from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import ClassVar

from pydantic import Field

from pluralism.adms.base import (
    ADMS,
    Query,
    ReasoningAdm,
    Task,
    answer_text,
    lettered,
    object_schema,
    parsed,
    schema_text,
    shown_orders,
)
from pluralism.adms.scores import score_of, score_rows, score_schema, scores_of_phrases, strictly, with_distributions
from pluralism.adms.shots import examples_by_order
from pluralism.datasets.items import Item
from pluralism.predictions import Prediction
from pluralism.requests import ChatQuirks, Generation, Request, RequestKind


@ADMS.register("comparative_regression")
class ComparativeRegression(ReasoningAdm):
    """Predicts every attribute of all responses of an item in one answer. Target-free.

    Options:
        few_shot: how the examples are chosen; none for zero-shot.
        swap: show every cyclic order of the responses, in place of random ones.
    """

    templates: ClassVar[tuple[str, ...]] = ("comparative_system", "comparative_question")
    turn: ClassVar[str | None] = "comparative_question"
    in_ablation: ClassVar[bool] = True
    unbounded_with: ClassVar[str | None] = "loose_grammar"

    swap: bool = Field(False, strict=True)

    def queries(self, task: Task) -> list[Query]:
        """One per item, attribute and sample, in each order shown."""
        return [
            query
            for item in range(len(task.items))
            for attribute in task.attributes.names
            for query in self._samples(task, item, attribute)
        ]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One prediction per response of each query."""
        return [
            row
            for index, query, answer, generation in parsed(queries, generations)
            for row in score_rows(index, query, list(answer.values()), generation)
        ]

    def _samples(self, task: Task, index: int, attribute: str) -> Iterator[Query]:
        item = task.items[index]
        letters = ascii_uppercase[: len(item.responses)]
        system = task.prompts.render(
            "comparative_system",
            attribute=task.attributes[attribute],
            scores=scores_of_phrases(task.attributes),
            reasoning=self.reasons,
        )
        orders = shown_orders(task, item, swap=self.swap, attribute=attribute)
        examples = examples_by_order(
            task, index, attribute, lambda example: self._example(task, example, attribute), orders
        )
        loose = task.protocol.loose_grammar
        scored = score_schema(self.longest_reasoning, loose=loose)
        schema = schema_text(object_schema(dict.fromkeys(letters, scored)), loose=loose)
        for sample, order in enumerate(orders):
            request = Request(
                system=system,
                examples=examples[order],
                question=self._question(task, item, order, attribute),
                schema=schema,
                temperature=task.temperature,
                sample=sample,
                seed=task.seed,
                answer_tokens=self.answer_tokens(len(order)),
                quirks=task.quirks(ChatQuirks),
            )
            yield Query(request, index, sample, order, attribute)

    def _question(self, task: Task, item: Item, order: Sequence[int], attribute: str) -> str:
        return task.prompts.render(
            "comparative_question",
            prompt=item.prompt,
            responses=lettered(item, order),
            attribute=task.attributes[attribute],
        )

    def _example(self, task: Task, item: Item, attribute: str) -> tuple[str, str]:
        protocol, order = task.protocol, range(len(item.responses))
        answered = item.first_equal if protocol.equal_responses_by_text else order
        answer = {}
        for letter, response in zip(ascii_uppercase, answered, strict=False):
            score = score_of(item.labels[response][attribute], protocol)
            answer[letter] = self.example_answer(item, response, [attribute], task.attributes, score, protocol=protocol)
        return self._question(task, item, order, attribute), answer_text(answer, protocol)


@ADMS.register("expected_comparative_regression")
class ExpectedComparativeRegression(ComparativeRegression):
    """Predicts as `ComparativeRegression` does, by the mean of each score's exact distribution.

    That is the distribution of a response's score given what was written before it: the reasonings and scores of the
    responses shown earlier, as plain comparative regression would have written them.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.DISTRIBUTION
    turn: ClassVar[str | None] = "comparative_question"
    in_ablation: ClassVar[bool] = False
    unbounded_with: ClassVar[str | None] = None

    def queries(self, task: Task) -> list[Query]:
        """One per item, attribute and sample."""
        return with_distributions(super().queries(strictly(task)))
