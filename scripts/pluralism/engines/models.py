"""Language models, as the config names them."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from pluralism.requests import IN_KEY, IN_KEY_UNLESS_DEFAULT, NOT_IN_KEY, key_values

MEBIBYTE = 2**20


def _plain_url(url: str) -> str:
    """Refuse what is no URL of a server, and a URL with a password, which logs would show."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected such as http://node1:8000/v1")
    if parts.username is not None:
        raise ValueError("names a user or a password; a key belongs into the environment (api_key_variable)")
    return url


@dataclass(frozen=True)
class Server:
    """Where a model is served by the OpenAI protocol, and how it is asked. None of this changes an answer.

    Attributes:
        urls: the servers' base URLs, all of which serve the same model; the work is spread over them.
        api_key_variable: the environment variable that holds the servers' API key; it need not be set.
        concurrency: requests under way at a time at each server.
        timeout: seconds that a request may take, and for how long it is sent again while a server is busy or away;
            after that the server is given up.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    urls: Annotated[tuple[Annotated[str, AfterValidator(_plain_url)], ...], Field(min_length=1)]
    api_key_variable: str = "OPENAI_API_KEY"
    concurrency: Annotated[int, Field(ge=1)] = 64
    timeout: Annotated[float, Field(gt=0)] = 600.0


@dataclass(frozen=True)
class LanguageModel:
    """A model and how it is run.

    Attributes:
        id: a hub id or a local folder.
        engine: what runs it: transformers (causal language models), server (the same, served elsewhere by the OpenAI
            protocol), kaleido (sequence to sequence), reward_model (sequence classification) or scripted (no model:
            random answers, for tests).
        server: where it is served, for the engine `server`, which takes no GPU of this machine. `id` is then the name
            that it is served by; `revision`, `dtype` and `context` say how the server was started, and an answer counts
            for what they say.
        revision: of the hub.
        dtype: of the weights.
        gpus: how many GPUs a job takes: several for weights that do not fit one, 0 for a model that asks for none.
        device_map: how the weights are spread over GPUs.
        attention: the implementation of attention.
        context: tokens that a prompt may have, and an answer with it, where that is less than the model's own limit.
        batch_tokens: tokens of a batch; none: as many as the memory is thought to hold.
        trust_remote_code: whether code that comes with the checkpoint is run.
        reward_head: the checkpoint's name of the linear layer that gives a reward model's rewards, where it is not
            the `score` of the library's own classes.
        label: its words in tables and figures; none: its name.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str = field(metadata=IN_KEY)
    engine: Literal["transformers", "server", "kaleido", "reward_model", "scripted"] = field(
        default="transformers", metadata=IN_KEY
    )
    server: Server | None = field(default=None, metadata=NOT_IN_KEY)
    revision: str = field(default="main", metadata=IN_KEY)
    dtype: Literal["float16", "bfloat16", "float32"] = field(default="float16", metadata=IN_KEY)
    gpus: Annotated[int, Field(ge=0)] = field(default=1, metadata=NOT_IN_KEY)
    device_map: str | None = field(default="auto", metadata=NOT_IN_KEY)
    attention: Literal["sdpa", "eager", "flash_attention_2"] = field(default="sdpa", metadata=NOT_IN_KEY)
    context: int | None = field(default=None, metadata=IN_KEY)
    batch_tokens: int | None = field(default=None, metadata=NOT_IN_KEY)
    trust_remote_code: bool = field(default=False, metadata=IN_KEY_UNLESS_DEFAULT)
    reward_head: str | None = field(default=None, metadata=IN_KEY)
    label: str | None = field(default=None, metadata=NOT_IN_KEY)


def weights_identity(model: LanguageModel) -> dict[str, Any]:
    """What of the weights may change an answer: a local folder counts by its content, not by its name."""
    folder, declared = Path(model.id), key_values(model)
    return {
        "model": folder_digest(folder) if folder.is_dir() else model.id,
        **{name: declared[name] for name in ("revision", "dtype", "trust_remote_code") if name in declared},
    }


def folder_digest(folder: Path) -> str:
    """SHA-256 over the files of a model folder; of a large file its size and its first and last MiB count."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            size = path.stat().st_size
            with path.open("rb") as stream:
                total.update(f"{path.name}\0{size}\0".encode() + stream.read(MEBIBYTE))
                stream.seek(max(size - MEBIBYTE, 0))
                total.update(stream.read(MEBIBYTE))
    return total.hexdigest()


def is_folder_name(name: str) -> bool:
    """Whether a checkpoint's name is that of a local folder, there or not; else it is a hub id."""
    return Path(name).is_dir() or name.startswith((".", "/", "~")) or name.count("/") > 1
