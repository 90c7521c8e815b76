"""The unaligned baseline: the model picks the response that it likes best, and is told of no target."""

from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import Query, ReasoningAdm, Task, shown_order
from pluralism.adms.choices import choice_question, choice_schema, read_choices
from pluralism.predictions import Prediction
from pluralism.requests import Generation, Request


class UnalignedBaseline(ReasoningAdm):
    """Picks a letter, by default with a sentence of reasoning. Target-free: one pick per sample serves every target."""

    predicts_levels: ClassVar[bool] = False
    templates: ClassVar[tuple[str, ...]] = ("unaligned_system", "choice_question")

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
            system=task.prompts.render("unaligned_system", reasoning=self.reasons),
            examples=(),
            question=choice_question(task, item, order),
            schema=choice_schema(len(order), self.longest_reasoning),
            temperature=task.temperature,
            sample=sample,
            seed=task.seed,
            answer_tokens=self.answer_tokens(),
        )
        return Query(request, index, sample, order)


ADM = UnalignedBaseline
