"""The unaligned baseline: the model picks the response that it likes best, whatever the target."""

from typing import ClassVar

from pluralism.adms.base import ADMS, NoExamples, Query, Task
from pluralism.adms.choices import ChoosingAdm
from pluralism.decisions.roles import Role


@ADMS.register("unaligned_baseline")
class UnalignedBaseline(ChoosingAdm):
    """Picks what the model itself prefers. Target-free: one pick per sample serves every target."""

    role: ClassVar[Role] = Role.UNALIGNED
    templates: ClassVar[tuple[str, ...]] = ("unaligned_system", "choice_question")

    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """One per item and sample, in each order shown."""
        system = task.prompts.render("unaligned_system", reasoning=self.reasons)
        return [query for index in range(len(task.items)) for query in self.ask(task, index, system)]
