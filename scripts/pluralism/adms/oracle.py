"""The ceiling: an ADM that knows the labels."""

from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task
from pluralism.decisions.roles import Role
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind


@ADMS.register("oracle")
class Oracle(Adm):
    """Predicts every response's labels, exactly."""

    role: ClassVar[Role] = Role.CEILING
    asks: ClassVar[RequestKind | None] = None
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """None."""
        return []

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """The labels."""
        return [
            Prediction(
                item=index,
                response=response,
                attribute=attribute,
                sample=0,
                target=None,
                score=labels[attribute],
                reasoning="",
                position=response,
                query=index,
                prompt_tokens=0,
                output_tokens=0,
            )
            for index, item in enumerate(task.items)
            for response, labels in enumerate(item.labels)
            for attribute in task.attributes.names
        ]
