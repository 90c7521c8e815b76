"""Kaleido, a sequence-to-sequence model of human values, on this machine."""

from typing import ClassVar

from pluralism.engines.base import Engine
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.requests import RequestKind


@ENGINES.register("kaleido")
class Kaleido(EngineKind):
    """A checkpoint of Kaleido."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset({RequestKind.VALUE})
    takes_gpus_in_turn: ClassVar[bool] = True

    def open(self, model: LanguageModel) -> Engine:
        """Import the engine's libraries."""
        from pluralism.engines.scorers.kaleido import KaleidoEngine

        return KaleidoEngine(model)
