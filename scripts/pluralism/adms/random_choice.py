"""The floor: a seeded random pick."""

import random
from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task
from pluralism.adms.choices import choice_rows
from pluralism.decisions.roles import Role
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind, canonical


@ADMS.register("random_choice")
class RandomChoice(Adm):
    """Picks a response at random, the same for every target; drawn from the item's own text and the run's seed."""

    role: ClassVar[Role] = Role.CHANCE
    asks: ClassVar[RequestKind | None] = None
    predicts_levels: ClassVar[bool] = False
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """None."""
        return []

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per item and sample."""
        rows: list[Prediction] = []
        for index, item in enumerate(task.items):
            for sample in range(task.samples):
                draw = random.Random(canonical(["pick", task.seed, sample, item.prompt, item.responses]))
                order = range(len(item.responses))
                rows += choice_rows(item=index, order=order, picked=draw.choice(order), query=index, sample=sample)
        return rows
