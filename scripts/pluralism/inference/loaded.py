"""A model's engine that is opened once, and only if it has to be: for its identity, if not known, or for an answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from pluralism.engines import open_engine
from pluralism.engines.base import Closes, Engine, KnowsDevice, waits_for
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Generation, canonical


class LoadedOnce:
    """An engine as any other.

    Attributes:
        has_answered: whether the model was asked, and so is loaded.
        has_failed: whether it could not answer all that it was asked.
    """

    def __init__(
        self,
        model: LanguageModel | None,
        known: Mapping[str, Any] | None = None,
        tell: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:
        """Open nothing yet.

        Args:
            model: that it asks; None where none should be asked.
            known: its identity, if it is known.
            tell: is given an identity that was not known.
        """
        self._model, self._known, self._tell = model, known, tell
        self.has_answered = self.has_failed = False

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Of the model."""
        if self._known is not None:
            return self._known
        self._tell(identity := self._engine.identity)
        return identity

    @property
    def waits_for(self) -> str:
        """As the engine of the model tells it."""
        return waits_for(self._engine) if "_engine" in vars(self) else ""

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Answer with the model, which is loaded for the first requests.

        Raises:
            UserError: it is another here than where its identity was found out, as `dtype: auto` may make it.
        """
        self.has_answered = True
        try:
            if canonical(self._engine.identity) != canonical(self.identity):
                place = f"model {self._model.id if self._model is not None else ''}"
                raise UserError(f"{place}: is another on this machine than on that of another job; name its dtype")
            yield from self._engine.generate(requests)
        except BaseException:
            self.has_failed = True
            raise

    @property
    def device(self) -> str:
        """What the model runs on; empty where its engine does not know."""
        return self._engine.device if isinstance(self._engine, KnowsDevice) else ""

    def close(self) -> None:
        """Let go of the model, if it was loaded."""
        if "_engine" in vars(self) and isinstance(self._engine, Closes):
            self._engine.close()

    @cached_property
    def _engine(self) -> Engine:
        if self._model is None:
            raise UserError("the ADM asks a model: the settings have none")
        return open_engine(self._model)
