"""Reward models, on this machine."""

from typing import Annotated, ClassVar

from pydantic import Field

from pluralism.engines.base import Engine
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.requests import IN_KEY, RequestKind


@ENGINES.register("reward_model")
class RewardModel(EngineKind):
    """A sequence classifier whose logits are rewards."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset({RequestKind.REWARD})
    takes_gpus_in_turn: ClassVar[bool] = True
    uses_chat_template: ClassVar[bool] = True

    reward_head: Annotated[str | None, IN_KEY] = Field(
        None,
        pattern=r"^\S+$",
        description="The checkpoint's name of the linear layer that gives the rewards, where it is not the `score` of "
        "the library's own classes.",
    )

    def open(self, model: LanguageModel) -> Engine:
        """Import the engine's libraries."""
        from pluralism.engines.scorers.reward_model import RewardModelEngine

        return RewardModelEngine(model, self.reward_head)
