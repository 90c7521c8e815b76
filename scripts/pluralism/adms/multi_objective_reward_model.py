"""Multi-objective reward model: a head per attribute, brought to levels by the rewards of the train items."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from pluralism.adms.base import ADMS, Adm, Query, Task, parsed
from pluralism.adms.rewards import head_reward, reward_queries
from pluralism.adms.scores import score_row
from pluralism.errors import UserError
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind

HELPSTEER_HEADS = {"helpfulness": 0, "correctness": 1, "coherence": 2, "complexity": 3, "verbosity": 4}
"""The first heads of ArmoRM (Wang et al. 2024), trained on HelpSteer's attributes."""


@dataclass(frozen=True)
class Range:
    """The lowest and the highest reward that a head gives to a train response."""

    low: float
    high: float

    def level(self, reward: float) -> float:
        """The reward on the scale from 0 (`low`) to 1 (`high`); one outside of the range counts as its end."""
        return min(1.0, max(0.0, (reward - self.low) / (self.high - self.low)))


@ADMS.register("multi_objective_reward_model")
class MultiObjectiveRewardModel(Adm):
    """Predicts every attribute of one response per answer. Target-free, and always one sample.

    Options:
        heads: attribute -> index of its head, from 0.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.REWARD

    heads: Mapping[str, Annotated[int, Field(ge=0)]] = HELPSTEER_HEADS
    few_shot: None = None

    def queries(self, task: Task) -> list[Query]:
        """One per response of each train and each eval item.

        Raises:
            UserError: an attribute of the dataset has no head, or there are no train items.
        """
        if missing := [name for name in task.attributes.names if name not in self.heads]:
            raise UserError(f"multi_objective_reward_model: no head for {missing[0]}; heads: {', '.join(self.heads)}")
        if not task.train:
            raise UserError("multi_objective_reward_model: there are no train items to take the range of rewards from")
        return [*reward_queries(task.train, train=True), *reward_queries(task.items)]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One prediction per eval query and attribute."""
        answers = list(parsed(queries, generations))
        known = [answer for _, query, answer, _ in answers if query.train]
        ranges = {
            attribute: _range(attribute, [head_reward(answer, self.heads[attribute]) for answer in known])
            for attribute in task.attributes.names
        }
        return [
            row
            for index, query, answer, generation in answers
            if not query.train
            for row in self._rows(index, query, answer, generation, ranges)
        ]

    def _rows(
        self, index: int, query: Query, answer: object, generation: Generation, ranges: Mapping[str, Range]
    ) -> Iterator[Prediction]:
        for attribute, train in ranges.items():
            reward = head_reward(answer, self.heads[attribute])
            yield score_row(
                index,
                query,
                generation,
                score=train.level(reward),
                reasoning=f"Reward {reward:.3f}; train responses have {train.low:.3f} to {train.high:.3f}.",
                attribute=attribute,
            )


def _range(attribute: str, rewards: Sequence[float]) -> Range:
    low, high = min(rewards), max(rewards)
    if low == high:
        raise UserError(f"multi_objective_reward_model: the head of {attribute} gives {low} to every train response")
    return Range(low, high)
