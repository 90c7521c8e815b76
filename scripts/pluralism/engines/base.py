"""What every engine promises."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Generation, digest

Kind = TypeVar("Kind")

TRIES = 2
"""How often an answer is sampled that grew too long."""
# White space as Python's json.dumps writes it, and no other: free white space lets a model write blanks for ever.
JSON_FORM: Any = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "json_allowed_escapes": 'nrt"\\',
}
"""How an answer is written: options of llguidance, here or in a server."""


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


def draw_key(key: str, attempt: int) -> str:
    """What the random numbers of an answer are seeded by: the request's key, and another for each further attempt."""
    return key if attempt == 0 else digest([key, attempt])
