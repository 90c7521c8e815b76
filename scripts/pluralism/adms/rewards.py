"""What the ADMs share that ask a reward model."""

from collections.abc import Sequence
from typing import Any

from pluralism.adms.base import Query
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.requests import RewardRequest


def reward_queries(items: Sequence[Item], *, train: bool = False) -> list[Query]:
    """One per item and response. Nothing is drawn at random, so there is one sample whatever the decoding says.

    Args:
        items: what is asked about.
        train: whether they are the train items.
    """
    return [
        Query(RewardRequest(item.prompt, text), index, 0, (response,), train=train)
        for index, item in enumerate(items)
        for response, text in enumerate(item.responses)
    ]


def head_reward(answer: Any, head: int) -> float:
    """The reward that a head gives.

    Raises:
        UserError: the model has fewer heads.
    """
    rewards: list[float] = answer["rewards"]
    if head >= len(rewards):
        raise UserError(f"the reward model has {len(rewards)} heads, this ADM reads head {head} (the first is 0)")
    return rewards[head]
