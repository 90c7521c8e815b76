"""The unaligned baseline: the model picks the response that it likes best, and is told of no target."""

from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import Adm, Query, Task, shown_orders
from pluralism.adms.choices import TOKENS_BESIDE_REASONING, choice_question, choice_schema, read_choices
from pluralism.predictions import Prediction
from pluralism.requests import Generation, Request


class UnalignedBaseline(Adm):
    """Picks a letter with one sentence of reasoning. Target-free: one pick per sample serves every target.

    Options:
        reasoning_length: at most so many characters of reasoning.
        swap: whether every cyclic order of the responses is shown, in place of random ones, and each has its votes.
    """

    predicts_levels: ClassVar[bool] = False
    templates: ClassVar[tuple[str, ...]] = ("unaligned_system", "choice_question")

    reasoning_length: int = 512
    swap: bool = False
    few_shot: None = None

    def queries(self, task: Task) -> list[Query]:
        """One per item and sample, in each order shown."""
        return [
            self._query(task, index, sample, order)
            for index, item in enumerate(task.items)
            for sample, order in enumerate(shown_orders(task, item, swap=self.swap))
        ]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """A vote per query."""
        return read_choices(queries, generations)

    def _query(self, task: Task, index: int, sample: int, order: tuple[int, ...]) -> Query:
        request = Request(
            system=task.prompts.render("unaligned_system"),
            examples=(),
            question=choice_question(task, task.items[index], order),
            schema=choice_schema(len(order), self.reasoning_length),
            temperature=task.temperature,
            sample=sample,
            seed=task.seed,
            answer_tokens=self.reasoning_length + TOKENS_BESIDE_REASONING,
        )
        return Query(request, index, sample, order)


ADM = UnalignedBaseline
