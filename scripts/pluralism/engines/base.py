"""What every engine provides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from pluralism.errors import UserError
from pluralism.requests import AnyRequest, Generation, Request, digest

Kind = TypeVar("Kind")

ATTEMPTS = 2
"""How often an answer is sampled that reaches its bound."""
# White space as Python's json.dumps writes it: if it were free, a model might write blanks without end.
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
        """JSON-like values: everything about the model that may change an answer. Known without loading weights."""

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield generations a few at a time, as they finish, each with its request's key.

        Args:
            requests: distinct requests.
        """


@runtime_checkable
class Closes(Protocol):
    """An engine that holds more than memory, such as a server of its own."""

    def close(self) -> None:
        """Let go of it, after the last answer. A later call of `generate` takes it anew."""


@runtime_checkable
class Waits(Protocol):
    """An engine that waits for something at times, such as a server that starts or is away."""

    @property
    def waits_for(self) -> str:
        """What keeps it from answering just now, in a few words, for whoever watches; empty if nothing does."""


def waits_for(engine: Engine) -> str:
    """What keeps an engine from answering just now; empty if nothing does, as far as it says."""
    return engine.waits_for if isinstance(engine, Waits) else ""


@dataclass(frozen=True)
class PromptText:
    """What a model reads of a request.

    Attributes:
        text: with all control tokens in words.
        tokens: how many it has.
        dropped_examples: few-shot examples left out to fit the context.
    """

    text: str
    tokens: int
    dropped_examples: int


@runtime_checkable
class ShowsPrompts(Protocol):
    """An engine that renders requests itself, and can show what it renders, without loading weights."""

    def prompt_text(self, request: Request) -> PromptText:
        """What the model reads of a request."""


@runtime_checkable
class KnowsDevice(Protocol):
    """An engine that knows what its model runs on; asked for it once answers are there."""

    @property
    def device(self) -> str:
        """The device's name as its driver tells it. It is no part of a key: only the plan of a run reads it."""


def requests_of_kind(kind: type[Kind], requests: Sequence[AnyRequest], engine: str, model: str) -> list[Kind]:
    """The requests, all of the one kind that an engine answers.

    Raises:
        UserError: a request is of another kind.
    """
    found: list[Kind] = [request for request in requests if isinstance(request, kind)]
    if len(found) < len(requests):
        raise UserError(f"model {model}: the engine {engine} does not answer what this ADM asks; set another engine")
    return found


def sampling_key(key: str, attempt: int) -> str:
    """The seed of an answer's random numbers: the request's key, and another for each further attempt."""
    return key if attempt == 0 else digest([key, attempt])
