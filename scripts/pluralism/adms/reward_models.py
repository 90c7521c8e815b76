"""The ADMs that ask a reward model: one follows its preference, one reads its heads as levels of the attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task, parsed
from pluralism.adms.choices import choice_rows
from pluralism.adms.scores import score_row
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind, RewardQuirks, RewardRequest

HELPSTEER_HEADS = {"helpfulness": 0, "correctness": 1, "coherence": 2, "complexity": 3, "verbosity": 4}
"""The first heads of ArmoRM (Wang et al. 2024), trained on HelpSteer's attributes."""
PUBLISHED_TOKENS = 4096
"""Of a text that the published multi-objective reward model reads; what follows is cut."""

Head = Annotated[int, Field(strict=True, ge=0, le=10_000)]
"""The index of a reward among those that a model gives."""


@ADMS.register("reward_model")
class RewardModel(Adm):
    """Picks the response with the highest reward, the first if several have it. Target-free, and always one sample.

    Options:
        head: which reward counts, from 0, where the model gives several; none for a model with one.
    """

    predicts_levels: ClassVar[bool] = False
    asks: ClassVar[RequestKind | None] = RequestKind.REWARD

    head: Head | None = None
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """One per item and response."""
        return _queries(task.items, RewardRequest("", "", quirks=task.quirks(RewardQuirks)))

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per item."""
        rewards: dict[int, list[float]] = {index: [] for index in range(len(task.items))}
        first: dict[int, int] = {}
        for index, query, answer, _ in parsed(queries, generations):
            if self.head is None and len(answer["rewards"]) != 1:
                raise UserError(
                    f"the reward model has {len(answer['rewards'])} heads, expected 1; the option `head` names one"
                )
            rewards[query.item].append(_reward(answer, self.head or 0))
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
    # The model read each response alone, so each is the first that it was shown.
    return [replace(row, position=0) for row in rows]


@dataclass(frozen=True)
class Range:
    """The lowest and the highest reward that a head gives to a train response."""

    low: float
    high: float

    def level(self, reward: float) -> float:
        """The reward on the scale from 0 (`low`) to 1 (`high`); one outside the range counts as its end."""
        return min(1.0, max(0.0, (reward - self.low) / (self.high - self.low)))

    def __str__(self) -> str:
        return f"train responses have {self.low:.3f} to {self.high:.3f}"


class FixedScale:
    """What a reward means in the published code, whatever the model: r is the level (r * 5 - 0.5) / 5."""

    def level(self, reward: float) -> float:
        """The level, which may be below 0 or above 1: in single precision, so that the same levels tie."""
        return float((np.float32(reward) * 5 - np.float32(0.5)) / 5)

    def __str__(self) -> str:
        return "its level is a tenth less"


@ADMS.register("multi_objective_reward_model")
class MultiObjectiveRewardModel(Adm):
    """Predicts every attribute of one response per answer. Target-free, and always one sample.

    Options:
        heads: attribute -> index of its head, from 0.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.REWARD
    unbounded_with: ClassVar[str | None] = "fixed_reward_levels"

    heads: Annotated[Mapping[str, Head], Field(min_length=1)] = HELPSTEER_HEADS
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """One per response of each train and each eval item.

        Raises:
            UserError: an attribute of the dataset has no head, or there are no train items.
        """
        if missing := [name for name in task.attributes.names if name not in self.heads]:
            raise UserError(f"multi_objective_reward_model: no head for {missing[0]}; heads: {', '.join(self.heads)}")
        quirks = replace(task.quirks(RewardQuirks), reward_without_begin=False)
        if task.protocol.fixed_reward_levels:
            return _queries(task.items, RewardRequest("", "", most_tokens=PUBLISHED_TOKENS, quirks=quirks))
        request = RewardRequest("", "", quirks=quirks)
        if not task.train:
            raise UserError("multi_objective_reward_model: there are no train items to take the range of rewards from")
        return [*_queries(task.train, request, train=True), *_queries(task.items, request)]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One prediction per eval query and attribute."""
        answers = list(parsed(queries, generations))
        known = [answer for _, query, answer, _ in answers if query.train]
        scales: dict[str, Range | FixedScale] = {
            attribute: FixedScale()
            if task.protocol.fixed_reward_levels
            else _range(attribute, [_reward(answer, self.heads[attribute]) for answer in known])
            for attribute in task.attributes.names
        }
        rows: list[Prediction] = []
        for index, query, answer, generation in answers:
            for attribute, scale in scales.items() if not query.train else ():
                reward = _reward(answer, self.heads[attribute])
                text, score = f"Reward {reward:.3f}; {scale}.", scale.level(reward)
                rows.append(score_row(index, query, generation, score=score, reasoning=text, attribute=attribute))
        return rows


def _range(attribute: str, rewards: Sequence[float]) -> Range:
    low, high = min(rewards), max(rewards)
    if low == high:
        raise UserError(f"multi_objective_reward_model: the head of {attribute} gives {low} to every train response")
    return Range(low, high)


def _queries(items: Sequence[Item], request: RewardRequest, *, train: bool = False) -> list[Query]:
    """One per item and response, like `request`. Nothing is random, so there is one sample, whatever the decoding."""
    return [
        Query(replace(request, prompt=item.prompt, response=text), index, 0, (response,), train=train)
        for index, item in enumerate(items)
        for response, text in enumerate(item.responses)
    ]


def _reward(answer: Any, head: int) -> float:
    """The reward that a head gives; a `UserError` if the model has fewer heads."""
    rewards: list[float] = answer["rewards"]
    if head >= len(rewards):
        raise UserError(f"the reward model has {len(rewards)} heads, this ADM reads head {head} (the first is 0)")
    return rewards[head]
