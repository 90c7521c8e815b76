"""Language models, as the config names them, and the kinds of engine that run them."""

import hashlib
import re
from abc import ABC, abstractmethod
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator

from pluralism.engines.base import Engine
from pluralism.files import USER_PATH, is_line
from pluralism.registry import ClassRegistry
from pluralism.requests import IN_KEY, IN_KEY_UNLESS_DEFAULT, NOT_IN_KEY, RequestKind

MEBIBYTE = 2**20
GGUF_CONVERSION = 1
"""Raised when the same GGUF file becomes another checkpoint (`gguf_cache`), so that it is asked again."""
MOST_TOKENS = 100_000_000

GGUF_NAME = re.compile(r"([^\s/{}.-][^\s/{}]*/)*[^\s/{}.-][^\s/{}]*\.(gguf|GGUF)")
HUB_ID = re.compile(r"(\w([\w.-]*\w)?/)?\w([\w.-]{,94}\w)?", re.ASCII)
"""The ids that the hub allows, but for some with `--` or `..`."""


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    if words and not is_line(words):
        raise ValueError("expected one line of text without control characters")
    return words


def _gguf_name(name: str | None) -> str | None:
    if name is not None and GGUF_NAME.fullmatch(name) is None:
        raise ValueError("expected the name of a GGUF file without blanks, such as Llama-3.2-3B-Instruct-Q8_0.gguf")
    return name


Line = Annotated[str, AfterValidator(_one_line)]
"""Words in one line; blanks around and several between are one."""
Label = Annotated[Line, Field(max_length=200)]
"""Words for tables and figures, in one line."""


class EngineKind(BaseModel, ABC):
    """What the config can name as a model's engine; the fields of a subclass are its options, next to the model's keys.

    A new kind is a module in `pluralism.engines.kinds` that registers its class (`ENGINES`), or a class of a package of
    your own. It is imported wherever a config is read: import heavy libraries in `open`.

    Class variables:
        answers: the kinds of request that it answers.
        loads_weights: whether it loads the model's checkpoint on this machine.
        uses_chat_template: whether it words prompts by the chat template of the checkpoint's tokenizer.
        is_remote: whether the model runs elsewhere, and takes no GPU of this machine.
        takes_gpus_in_turn: whether, of several GPUs, one works at a time, each on its layers.
        reads_gguf: whether it loads a checkpoint that is a GGUF file, too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: ClassVar[frozenset[RequestKind]] = frozenset()
    loads_weights: ClassVar[bool] = True
    uses_chat_template: ClassVar[bool] = False
    is_remote: ClassVar[bool] = False
    takes_gpus_in_turn: ClassVar[bool] = False
    reads_gguf: ClassVar[bool] = False

    @abstractmethod
    def open(self, model: "LanguageModel") -> Engine:
        """The engine of a model. No weights are loaded before its first answer."""

    def lacks(self) -> str | None:
        """What this machine lacks to run any model, and how to get it; None if nothing. The plan tells it."""
        return None


ENGINES = ClassRegistry[EngineKind](
    "engine", EngineKind, package="pluralism.engines.kinds", group="pluralism.engines", key="engine"
)
"""The kinds of engine: register yours with `@ENGINES.register("its_name")`."""


class LanguageModel(BaseModel):
    """A model and how it is run; it also has the keys of its engine."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Annotated[str, USER_PATH, IN_KEY] = Field(description="A hub id, a local folder or a GGUF file.")
    file: Annotated[str | None, AfterValidator(_gguf_name), IN_KEY_UNLESS_DEFAULT] = Field(
        None,
        description="The GGUF file to take from the hub id or the folder; none: the weights of transformers.",
    )
    engine: Annotated[str, ENGINES, IN_KEY] = Field(
        "transformers",
        description="What runs it: transformers (causal language models), vllm (the same, in a vLLM that the job "
        "starts), server (the same, served elsewhere by the OpenAI protocol), kaleido (sequence to sequence), "
        "reward_model (sequence classification), scripted (no model: random answers, for tests), or one that a package "
        "adds.",
    )
    revision: Annotated[str, IN_KEY] = Field("main", pattern=r"^\S+$", description="Of the hub.")
    dtype: Annotated[Literal["auto", "float16", "bfloat16", "float32"], IN_KEY] = Field(
        "auto",
        description="Of the weights. auto: bfloat16 where the device computes in it, else float16 on a GPU and float32 "
        "on a CPU; of a server, what it was started with.",
    )
    gpus: Annotated[int, NOT_IN_KEY] = Field(
        1,
        strict=True,
        ge=0,
        le=64,
        description="GPUs that a job takes: several for weights that do not fit one, 0 for a model that needs none.",
    )
    device_map: Annotated[str | None, NOT_IN_KEY] = Field(
        "auto",
        pattern=r"^(auto|balanced|balanced_low_0|sequential|cpu|mps|(cuda|xpu)(:[0-9]+)?)$",
        description="How the weights are spread over GPUs.",
    )
    attention: Annotated[Literal["sdpa", "eager", "flash_attention_2"] | None, NOT_IN_KEY] = Field(
        None, description="The implementation of attention; none: sdpa, or eager for a model that cannot do it."
    )
    context: Annotated[int | None, IN_KEY] = Field(
        None,
        strict=True,
        ge=1,
        le=MOST_TOKENS,
        description="Tokens that prompt and answer may have together, where that is less than the model's own limit.",
    )
    batch_tokens: Annotated[int | None, NOT_IN_KEY] = Field(
        None,
        strict=True,
        ge=1,
        le=MOST_TOKENS,
        description="Tokens of a batch; none: as many as should fit into memory.",
    )
    trust_remote_code: Annotated[bool, IN_KEY_UNLESS_DEFAULT] = Field(
        False, strict=True, description="Whether code that comes with the checkpoint is run."
    )
    label: Annotated[Label | None, NOT_IN_KEY] = Field(
        None, description="Its words in tables and figures; none: its name."
    )

    @model_validator(mode="after")
    def _one_file(self) -> Self:
        if self.file is not None and self.id.lower().endswith(".gguf"):
            raise ValueError(f"id is a GGUF file: expected a folder or a hub id, which has {self.file}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The keys of our own engines are listed, too."""
        return ENGINES.with_options(schema, handler)

    def engine_kind(self, place: str = "model") -> EngineKind:
        """Its engine with the engine's options.

        Args:
            place: where the model stands in the config, for the message.

        Raises:
            UserError: an option is unknown, missing or not allowed.
        """
        return ENGINES.make(self.engine, self.model_extra or {}, place, type(self).model_fields)

    @property
    def local_gpus(self) -> int:
        """How many GPUs of this machine a job takes."""
        return 0 if ENGINES.get(self.engine).is_remote else self.gpus


def weights_identity(model: LanguageModel) -> dict[str, Any]:
    """What may change an answer: weights that lie on this machine count by their content, not by their name."""
    folder, gguf = Path(model.id), local_gguf(model)
    return {
        "model": folder_digest(folder) if folder.is_dir() and model.file is None else model.id,
        "revision": model.revision,
        "dtype": model.dtype,
        **({"trust_remote_code": True} if model.trust_remote_code else {}),  # see IN_KEY_UNLESS_DEFAULT
        **({} if gguf is None else {"model": file_digest(gguf), "conversion": GGUF_CONVERSION}),
    }


def is_gguf(model: LanguageModel) -> bool:
    """Whether a model's checkpoint is a GGUF file, which need not be there."""
    return model.file is not None or (model.id.lower().endswith(".gguf") and not Path(model.id).is_dir())


def local_gguf(model: LanguageModel) -> Path | None:
    """A model's GGUF file on this machine; None where it is not there, or the model has none."""
    if not is_gguf(model):
        return None
    if model.file is None or is_folder_name(model.id):
        path: Any = Path(model.id, model.file or "")
    else:
        from huggingface_hub import try_to_load_from_cache

        path = try_to_load_from_cache(model.id, model.file, revision=model.revision)
    return Path(path) if isinstance(path, str | Path) and Path(path).is_file() else None


def file_digest(path: Path) -> str:
    """SHA-256 of a file; worked out once for as long as its size and its times stay the same."""
    found = path.stat()
    return _file_digest(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=64)
def _file_digest(path: Path, *_: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
    """Whether a checkpoint's name is that of a local folder, which need not exist; else it is a hub id."""
    return Path(name).is_dir() or HUB_ID.fullmatch(name) is None or "--" in name or ".." in name
