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
from pluralism.errors import HiddenFault, UserError
from pluralism.requests import IN_KEY, NOT_IN_KEY, RequestKind

VERSION = "0.33.0"
"""Of vLLM, that the documentation and envs/vllm.yaml name."""
NAMED_BY = "PLURALISM_VLLM"
"""The environment variable that names vLLM's command."""
BESIDE_CHECKOUT = ".venv-server"
"""The virtual environment of a checkout that holds vLLM: it needs other versions than we do."""
CHECKOUT = Path(__file__).parents[4]
OPTION = re.compile(r"(--[a-z0-9][a-z0-9.-]*)(=.*)?")
SET_BY_KEY = {
    **dict.fromkeys(("--model", "--served-model-name", "--tokenizer"), "id"),
    **dict.fromkeys(("--revision", "--tokenizer-revision", "--code-revision"), "revision"),
    "--dtype": "dtype",
    "--max-model-len": "context",
    "--max-num-seqs": "concurrency",
    "--trust-remote-code": "trust_remote_code",
    # One vLLM takes all GPUs of its job.
    **dict.fromkeys(("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size"), "gpus"),
    **dict.fromkeys(("--prefill-context-parallel-size", "--device-ids"), "gpus"),
}
"""Options of vLLM -> the key of the model that says it."""
SET_BY_JOB = {
    **dict.fromkeys(("--host", "--port", "--uds", "--root-path", "--headless", "--nnodes", "--node-rank"), "reach it"),
    **dict.fromkeys(("--api-key", "--ssl-keyfile", "--ssl-certfile", "--ssl-ca-certs"), "reach it"),
    "--config": "know its options",
    **dict.fromkeys(("--structured-outputs-config", "--generation-config", "--seed"), "get answers as asked for"),
    "--enable-chunked-prefill": "get answers on a CPU",
    **dict.fromkeys(("--enable-prefix-caching", "--enable-prompt-tokens-details"), "read no text twice, and count"),
    **dict.fromkeys(("--disable-uvicorn-access-log", "--disable-log-stats"), "find failures in its log"),
}
"""Options of vLLM -> what the job could not do any more."""
SECRETS = {"--hf-token": "HF_TOKEN"}
"""Options of vLLM -> the variable of the environment that does the same."""
SPEED_AND_MEMORY = frozenset(
    {
        "--cpu-offload-gb",
        "--download-dir",
        "--enable-log-requests",
        "--enforce-eager",
        "--gpu-memory-utilization",
        "--kv-cache-memory-bytes",
        "--load-format",
        "--max-num-batched-tokens",
        "--max-parallel-loading-workers",
        "--uvicorn-log-level",
    }
)
"""Options of vLLM that change no answer but by rounding."""


def option_name(option: str) -> str:
    """The name of the option in an argument: `--x` of `--x=1`, of `--no-x`, and of `--x.part=1`."""
    name = option.partition("=")[0].partition(".")[0]
    return f"--{name.removeprefix('--no-')}" if name.startswith("--no-") else name


def _option(text: str) -> str:
    """Refuse what is no option of vLLM, one that is not the user's, and a part of a name, which vLLM would complete."""
    if OPTION.fullmatch(text) is None:
        raise ValueError("expected an option like --gpu-memory-utilization=0.8 or --enforce-eager")
    name = option_name(text)
    if whole := [known for known in SECRETS if known.startswith(name)]:
        variable = SECRETS[whole[0]]
        raise HiddenFault(f"{whole[0]} is a secret, and a config is kept with the results; set {variable} instead")
    if (refusal := _refusal(name)) is not None:
        raise ValueError(refusal)
    known = (*SET_BY_KEY, *SET_BY_JOB, *SPEED_AND_MEMORY)
    if name not in known and (whole := sorted(option for option in known if option.startswith(name))):
        raise ValueError(_refusal(whole[0]) or f"{name}: expected the whole name, {whole[0]}")
    return text


def _refusal(name: str) -> str | None:
    """Why an option of this name is not the user's; None where it may be."""
    if name in SET_BY_KEY:
        return f"{name} is set by the workflow: the model's key {SET_BY_KEY[name]} says it"
    if name in SET_BY_JOB:
        return f"{name} is set by the workflow: otherwise the job could not {SET_BY_JOB[name]}"
    return None


def _once(options: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an option that is named twice: vLLM would take the last without a word."""
    wholes = [option.partition("=")[0] for option in options]
    for name in wholes:
        if wholes.count(name) > 1:
            raise ValueError(f"{name} is there {wholes.count(name)} times, expected it once")
    return options


@ENGINES.register("vllm")
class Vllm(EngineKind):
    """A checkpoint that vLLM runs, on all GPUs of the job together, or on the CPU."""

    answers: ClassVar[frozenset[RequestKind]] = frozenset({RequestKind.CHAT, RequestKind.COMPLETION})
    uses_chat_template: ClassVar[bool] = True
    reads_gguf: ClassVar[bool] = True

    arguments: Annotated[tuple[Annotated[str, AfterValidator(_option)], ...], AfterValidator(_once), IN_KEY] = Field(
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
        return sorted(option for option in self.arguments if option_name(option) not in SPEED_AND_MEMORY)

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
