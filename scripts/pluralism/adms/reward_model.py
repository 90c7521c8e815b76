"""Reward model: picks the response with the highest reward, whatever the target."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from pluralism.adms.base import ADMS, Adm, Query, Task, parsed
from pluralism.adms.choices import choice_rows
from pluralism.adms.rewards import head_reward, reward_queries
from pluralism.errors import UserError
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind


@ADMS.register("reward_model")
class RewardModel(Adm):
    """Picks the response with the highest reward, the first if several have it. Target-free, and always one sample.

    Options:
        head: which reward counts, from 0, where the model gives several; none for a model with one.
    """

    predicts_levels: ClassVar[bool] = False
    asks: ClassVar[RequestKind | None] = RequestKind.REWARD

    head: int | None = Field(None, ge=0)
    few_shot: None = None

    def queries(self, task: Task) -> list[Query]:
        """One per item and response."""
        return reward_queries(task.items)

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per item."""
        rewards: dict[int, list[float]] = {index: [] for index in range(len(task.items))}
        first: dict[int, int] = {}
        for index, query, answer, _ in parsed(queries, generations):
            if self.head is None and len(answer["rewards"]) != 1:
                raise UserError(
                    f"the reward model has {len(answer['rewards'])} heads, expected 1; the option `head` names one"
                )
            rewards[query.item].append(head_reward(answer, self.head or 0))
            first.setdefault(query.item, index)
        return [row for item, values in rewards.items() for row in _vote(item, values, first[item], generations)]


def _vote(item: int, rewards: Sequence[float], first: int, generations: Sequence[Generation]) -> list[Prediction]:
    """The pick among the responses of an item, whose queries begin at `first`."""
    picked = max(range(len(rewards)), key=rewards.__getitem__)
    rows = choice_rows(
        item=item,
        order=range(len(rewards)),
        picked=picked,
        query=first + picked,
        reasoning=f"Rewards: {', '.join(f'{reward:.3f}' for reward in rewards)}.",
        generation=generations[first + picked],
    )
    # Each response was read alone, so none stood behind another.
    return [replace(row, position=0) for row in rows]
