"""No model: random answers, for tests of all that stands around one."""

from typing import ClassVar

from pluralism.engines.base import Engine
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.requests import RequestKind


@ENGINES.register("scripted")
class Scripted(EngineKind):
    """Needs nothing, and answers whatever it is asked."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset(RequestKind)
    loads_weights: ClassVar[bool] = False

    def open(self, model: LanguageModel) -> Engine:
        """Import the engine's libraries."""
        from pluralism.engines.scripted import ScriptedEngine

        return ScriptedEngine(model)
