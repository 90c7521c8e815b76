"""Language models, as the config names them."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from pluralism.requests import IN_KEY, NOT_IN_KEY

MEBIBYTE = 2**20


@dataclass(frozen=True)
class LanguageModel:
    """A model and how it is run.

    Attributes:
        id: a hub id or a local folder.
        engine: what runs it: transformers (causal language models), kaleido (sequence to sequence), reward_model
            (sequence classification) or scripted (no model: random answers, for tests).
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
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str = field(metadata=IN_KEY)
    engine: Literal["transformers", "kaleido", "reward_model", "scripted"] = field(
        default="transformers", metadata=IN_KEY
    )
    revision: str = field(default="main", metadata=IN_KEY)
    dtype: Literal["float16", "bfloat16", "float32"] = field(default="float16", metadata=IN_KEY)
    gpus: Annotated[int, Field(ge=0)] = field(default=1, metadata=NOT_IN_KEY)
    device_map: str | None = field(default="auto", metadata=NOT_IN_KEY)
    attention: Literal["sdpa", "eager", "flash_attention_2"] = field(default="sdpa", metadata=NOT_IN_KEY)
    context: int | None = field(default=None, metadata=IN_KEY)
    batch_tokens: int | None = field(default=None, metadata=NOT_IN_KEY)
    trust_remote_code: bool = field(default=False, metadata=IN_KEY)
    reward_head: str | None = field(default=None, metadata=IN_KEY)


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
