"""The floor: a seeded random pick."""

import random
from collections.abc import Sequence
from itertools import product
from typing import ClassVar

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task
from pluralism.adms.choices import choice_rows
from pluralism.decisions.roles import Role
from pluralism.predictions import Prediction
from pluralism.protocols import Protocol
from pluralism.requests import Generation, RequestKind, canonical


@ADMS.register("random_choice")
class RandomChoice(Adm):
    """Picks a response at random; drawn from the item's own text, the run's seed and, by the protocol, the target."""

    role: ClassVar[Role] = Role.CHANCE
    asks: ClassVar[RequestKind | None] = None
    predicts_levels: ClassVar[bool] = False
    few_shot: NoExamples = None

    def sees_targets(self, protocol: Protocol) -> bool:
        """As the flag `random_per_target` has it; else its pick serves all targets."""
        return protocol.random_per_target

    def queries(self, task: Task) -> list[Query]:
        """None."""
        return []

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per item and sample, and per target if it sees these."""
        targets = [target.name for target in task.targets] if self.sees_targets(task.protocol) else [None]
        rows: list[Prediction] = []
        for target, (index, item), sample in product(targets, enumerate(task.items), range(task.samples)):
            of_target = [target] if target is not None else []
            draw = random.Random(canonical(["pick", task.seed, sample, item.prompt, item.responses, *of_target]))
            order = range(len(item.responses))
            picked = draw.choice(order)
            rows += choice_rows(item=index, order=order, picked=picked, query=index, sample=sample, target=target)
        return rows
