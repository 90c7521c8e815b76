"""The unaligned baseline: the model picks the response that it likes best, and is told of no target."""

from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import Adm, Query, Task, shown_order
from pluralism.adms.choices import TOKENS_BESIDE_REASONING, choice_question, choice_schema, read_choices
from pluralism.predictions import Prediction
from pluralism.requests import Generation, Request


class UnalignedBaseline(Adm):
    """Picks a letter with one sentence of reasoning. Target-free: one pick per sample serves every target.

    Options:
        reasoning_length: at most so many characters of reasoning.
    """

    predicts_levels: ClassVar[bool] = False
    templates: ClassVar[tuple[str, ...]] = ("unaligned_system", "choice_question")

    reasoning_length: int = 512
    few_shot: None = None

    def queries(self, task: Task) -> list[Query]:
        """One per item and sample."""
        return [self._query(task, item, sample) for item in range(len(task.items)) for sample in range(task.samples)]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """A vote per query."""
        return read_choices(queries, generations)

    def _query(self, task: Task, index: int, sample: int) -> Query:
        item = task.items[index]
        order = shown_order(task, item, sample)
        request = Request(
            system=task.prompts.render("unaligned_system"),
            examples=(),
            question=choice_question(task, item, order),
            schema=choice_schema(len(order), self.reasoning_length),
            temperature=task.temperature,
            sample=sample,
            seed=task.seed,
            answer_tokens=self.reasoning_length + TOKENS_BESIDE_REASONING,
        )
        return Query(request, index, sample, order)


ADM = UnalignedBaseline
