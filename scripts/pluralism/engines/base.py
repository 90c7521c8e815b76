"""What every engine promises."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from pluralism.requests import Generation, Request


class Engine(Protocol):
    """Answers requests. Cheap to construct: weights are loaded at the first call of `generate`."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """JSON-like values: all of the model and its set-up that may change an answer. Read without weights."""

    def generate(self, requests: Sequence[Request]) -> Iterator[Sequence[Generation]]:
        """Yield generations a few at a time, in whatever order they finish, each with its request's key.

        Args:
            requests: distinct requests.
        """
