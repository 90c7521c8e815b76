"""Causal language models that are served elsewhere, by vLLM, SGLang or another, by the OpenAI protocol."""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pluralism.engines.base import Engine
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.requests import NOT_IN_KEY, RequestKind


def _plain_url(url: str) -> str:
    """Refuse what is not the URL of a server, and a URL with a password, which logs would show."""
    parts = urlsplit(url)
    if "".join(url.split()) != url or parts.port == 0:  # a port that is none raises a ValueError
        raise ValueError("expected a URL without blanks, like http://node1:8000/v1")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a URL like http://node1:8000/v1")
    if parts.username is not None:
        raise ValueError("names a user or a password; a key belongs into the environment (api_key_variable)")
    return url


class Server(BaseModel):
    """Where a model is served, and how requests are sent. None of this changes an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[Annotated[str, AfterValidator(_plain_url)], ...] = Field(
        min_length=1,
        max_length=1000,
        description="The servers' base URLs, all of which serve the same model; the work is spread over them.",
    )
    api_key_variable: str = Field(
        "OPENAI_API_KEY",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="The environment variable that holds the servers' API key; it need not be set.",
    )
    concurrency: int = Field(
        64, strict=True, ge=1, le=10_000, description="Requests under way at a time at each server."
    )
    timeout: float = Field(
        600.0,
        strict=True,
        allow_inf_nan=False,
        ge=0.01,
        le=604_800,
        description="Seconds that a request may take, and for how long it is sent again while a server is busy or "
        "away; after that the server is given up.",
    )


@ENGINES.register("server")
class Served(EngineKind):
    """A model that is served elsewhere: `id` is the name that it is served by.

    `revision`, `dtype` and `context` say how the server was started, and are part of the key of an answer; the dtype
    `auto` says that the server chose it.
    """

    answers: ClassVar[frozenset[RequestKind]] = frozenset({RequestKind.CHAT, RequestKind.COMPLETION})
    loads_weights: ClassVar[bool] = False
    is_remote: ClassVar[bool] = True

    server: Annotated[Server, NOT_IN_KEY]

    def open(self, model: LanguageModel) -> Engine:
        """Import the engine's libraries; nothing is sent yet."""
        from pluralism.engines.server.engine import ServerEngine

        return ServerEngine(model, self.server)
