"""Causal language models on the GPUs of this machine, by a vLLM that the job itself starts and stops."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from pluralism.engines.base import Engine
from pluralism.engines.models import ENGINES, EngineKind, LanguageModel
from pluralism.errors import UserError
from pluralism.requests import IN_KEY, NOT_IN_KEY, RequestKind

VERSION = "0.33.0"
"""Of vLLM, that the documentation and envs/vllm.yaml name."""
NAMED_BY = "PLURALISM_VLLM"
"""The environment variable that names vLLM's command."""
BESIDE_CHECKOUT = ".venv-server"
"""The virtual environment of a checkout that holds vLLM: it needs other versions than we do."""
CHECKOUT = Path(__file__).parents[4]
OPTION = re.compile(r"(--[a-z0-9][a-z0-9.-]*)(=.*)?")
OWN_OPTIONS = {
    **dict.fromkeys(("--model", "--served-model-name", "--tokenizer"), "id"),
    **dict.fromkeys(("--revision", "--tokenizer-revision", "--code-revision"), "revision"),
    "--dtype": "dtype",
    "--max-model-len": "context",
    "--max-num-seqs": "concurrency",
    "--trust-remote-code": "trust_remote_code",
}
"""Options of vLLM that a key of the model sets."""
FIXED_OPTIONS = frozenset({"--host", "--port", "--uds", "--api-key", "--config", "--headless", "--root-path"})
"""Options of vLLM that would keep the job from reaching it."""
SPEED_AND_MEMORY = frozenset(
    {
        "--cpu-offload-gb",
        "--data-parallel-size",
        "--download-dir",
        "--enable-log-requests",
        "--enforce-eager",
        "--gpu-memory-utilization",
        "--kv-cache-memory-bytes",
        "--load-format",
        "--max-num-batched-tokens",
        "--max-parallel-loading-workers",
        "--pipeline-parallel-size",
        "--tensor-parallel-size",
        "--uvicorn-log-level",
    }
)
"""Options of vLLM that change no answer but by rounding."""


def _option(text: str) -> str:
    """Refuse what is no option of vLLM, or one that is not the user's."""
    found = OPTION.fullmatch(text)
    if found is None:
        raise ValueError("expected an option like --gpu-memory-utilization=0.8 or --enforce-eager")
    if (name := found[1]) in OWN_OPTIONS:
        raise ValueError(f"expected no {name}: the model's key {OWN_OPTIONS[name]} sets it")
    if name in FIXED_OPTIONS:
        raise ValueError(f"expected no {name}: the job sets it")
    return text


@ENGINES.register("vllm")
class Vllm(EngineKind):
    """A checkpoint that vLLM runs, on all GPUs of the job together, or on the CPU."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset({RequestKind.CHAT, RequestKind.COMPLETION})
    uses_chat_template: ClassVar[bool] = True
    reads_gguf: ClassVar[bool] = True

    arguments: Annotated[tuple[Annotated[str, AfterValidator(_option)], ...], IN_KEY] = Field(
        (),
        max_length=100,
        description="More options of `vllm serve`, such as [--gpu-memory-utilization=0.8, --quantization=fp8]; part of "
        "an answer's key but for those of speed and memory.",
    )
    concurrency: Annotated[int, NOT_IN_KEY] = Field(
        128, strict=True, ge=1, le=10_000, description="Requests under way at a time; vLLM's --max-num-seqs."
    )

    @property
    def key_arguments(self) -> list[str]:
        """The options that may change an answer, sorted."""
        return sorted(option for option in self.arguments if option.partition("=")[0] not in SPEED_AND_MEMORY)

    def lacks(self) -> str | None:
        """What this machine lacks to run it."""
        try:
            find_vllm()
        except UserError as error:
            return str(error)
        return None

    def open(self, model: LanguageModel) -> Engine:
        """Import the engine's libraries; vLLM is not started yet."""
        from pluralism.engines.server.own import OwnServerEngine

        return OwnServerEngine(model, self)


def find_vllm(environment: Mapping[str, str] = os.environ, checkout: Path = CHECKOUT) -> str:
    """The path of vLLM's command: the one named by PLURALISM_VLLM, else that of the checkout, else that of PATH.

    Raises:
        UserError: there is none.
    """
    if named := environment.get(NAMED_BY):
        if (found := shutil.which(named, path=environment.get("PATH"))) is None:
            raise UserError(f"{NAMED_BY}: {named} is no command that can be run")
        return found
    beside = checkout / BESIDE_CHECKOUT / "bin" / "vllm"
    found = shutil.which(str(beside)) or shutil.which("vllm", path=environment.get("PATH", os.defpath))
    if found is None:
        installed = f"python3 -m venv {BESIDE_CHECKOUT} && {BESIDE_CHECKOUT}/bin/pip install vllm=={VERSION}"
        raise UserError(
            f"vLLM is not found; install it (in {checkout}: {installed}), or name its command by {NAMED_BY}, or take "
            "`engine: transformers`"
        )
    return found
