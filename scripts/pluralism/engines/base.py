"""What every engine promises."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Generation

Kind = TypeVar("Kind")


class Engine(Protocol):
    """Answers requests. Cheap to construct: weights are loaded at the first call of `generate`."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """JSON-like values: all of the model and its set-up that may change an answer. Read without weights."""

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield generations a few at a time, in whatever order they finish, each with its request's key.

        Args:
            requests: distinct requests.
        """


def of_kind(kind: type[Kind], requests: Sequence[AnyRequest], engine: str, model: str) -> list[Kind]:
    """The requests, all of the one kind that an engine answers.

    Raises:
        UserError: the ADM asks something else.
    """
    found: list[Kind] = [request for request in requests if isinstance(request, kind)]
    if len(found) < len(requests):
        raise UserError(f"model {model}: the engine {engine} does not answer what this ADM asks; set another engine")
    return found
