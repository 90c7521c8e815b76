"""The unaligned baseline: the model picks the response that it likes best, whatever the target."""

from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import ADMS, Query, ReasoningAdm, Task, shown_orders
from pluralism.adms.choices import choice_question, choice_schema, read_choices
from pluralism.decisions.roles import Role
from pluralism.predictions import Prediction
from pluralism.requests import Generation, Request


@ADMS.register("unaligned_baseline")
class UnalignedBaseline(ReasoningAdm):
    """Picks a letter, by default with a sentence of reasoning. Target-free: one pick per sample serves every target.

    Options:
        swap: whether every cyclic order of the responses is shown, in place of random ones, and each has its votes.
    """

    role: ClassVar[Role] = Role.UNALIGNED
    predicts_levels: ClassVar[bool] = False
    templates: ClassVar[tuple[str, ...]] = ("unaligned_system", "choice_question")

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
            system=task.prompts.render("unaligned_system", reasoning=self.reasons),
            examples=(),
            question=choice_question(task, task.items[index], order),
            schema=choice_schema(len(order), self.longest_reasoning),
            temperature=task.temperature,
            sample=sample,
            seed=task.seed,
            answer_tokens=self.answer_tokens(),
        )
        return Query(request, index, sample, order)
