"""Causal language models, on this machine."""

from typing import ClassVar

from pluralism.engines.base import Engine
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.requests import RequestKind


@ENGINES.register("transformers")
class Transformers(EngineKind):
    """Any causal language model that transformers loads; answers obey their schema."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset(
        {RequestKind.CHAT, RequestKind.DISTRIBUTION, RequestKind.COMPLETION, RequestKind.LIKELIHOOD}
    )
    takes_gpus_in_turn: ClassVar[bool] = True
    uses_chat_template: ClassVar[bool] = True
    reads_gguf: ClassVar[bool] = True

    def open(self, model: LanguageModel) -> Engine:
        """Import the engine's libraries."""
        from pluralism.engines.local.engine import TransformersEngine

        return TransformersEngine(model)
