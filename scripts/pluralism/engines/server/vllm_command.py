"""How vLLM is called for our answers. Pure: nothing is started here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pluralism.engines.kinds.vllm import Vllm
from pluralism.engines.models import LanguageModel

HOST = "127.0.0.1"
# Answers are held to their schema by llguidance, as in our own engine, and without free white space, which vLLM passes
# over where a request asks for it (its issue 48765).
STRUCTURED_OUTPUTS = {"backend": "guidance", "disable_any_whitespace": True}
FLAGS = (
    # What a request leaves open is vLLM's default, and not the checkpoint's.
    "--generation-config=vllm",
    "--enable-prefix-caching",
    "--enable-prompt-tokens-details",
    "--seed=0",
    "--disable-uvicorn-access-log",
    "--disable-log-stats",
)
CPU_CACHE = 4 * 2**30
"""Bytes for keys and values on a CPU, where vLLM would take 0.92 of the machine's memory."""
WHOLE_PROMPTS = 16_384
"""Tokens of a prompt on a CPU. vLLM 0.32 ends there as soon as it computes a prompt in parts while a request has a seed
(`Generator.set_offset`)."""


def vllm_command(
    executable: str,
    model: LanguageModel,
    options: Vllm,
    *,
    weights: str,
    identity: Mapping[str, Any],
    devices: Sequence[str],
    port: int,
) -> list[str]:
    """The command that serves a model.

    Args:
        executable: vLLM's.
        model: as the config names it.
        options: of its engine; the user's own arguments come last, and win.
        weights: the hub id or folder that vLLM loads: the model's id, or the folder that a GGUF file was read into.
        identity: of the engine, with the `dtype` of the weights and the `context` of the model.
        devices: the job's GPUs; none: the CPU.
        port: where it listens, for this machine only.
    """
    length, whole = identity["context"], WHOLE_PROMPTS
    if model.context is None:
        # auto: the model's own, or less where keys and values of so many tokens do not fit the GPUs.
        length = "auto" if devices else min(length, WHOLE_PROMPTS)
    elif not devices:
        whole = max(length, WHOLE_PROMPTS)
    on_cpu = (
        "--no-enable-chunked-prefill",
        f"--max-num-batched-tokens={whole}",
        f"--kv-cache-memory-bytes={CPU_CACHE}",
    )
    return [
        *(executable, "serve", weights, f"--served-model-name={model.id}", f"--host={HOST}", f"--port={port}"),
        *(f"--revision={model.revision}", f"--tokenizer-revision={model.revision}", f"--dtype={identity['dtype']}"),
        *(["--trust-remote-code"] if model.trust_remote_code else []),
        f"--max-model-len={length}",
        f"--max-num-seqs={options.concurrency}",
        f"--structured-outputs-config={json.dumps(STRUCTURED_OUTPUTS)}",
        *FLAGS,
        *([f"--tensor-parallel-size={len(devices)}"] if devices else on_cpu),
        *options.arguments,
    ]


def vllm_environment(environment: Mapping[str, str], devices: Sequence[str], key: str) -> dict[str, Any]:
    """The environment of vLLM.

    Args:
        environment: of the job; what it says of the same things wins, but for key and GPUs.
        devices: the job's GPUs.
        key: the API key that requests have to bring. Other users of the machine do not see it.
    """
    # On a GPU, an answer would depend on what else is computed at the same time.
    defaults = {"VLLM_NO_USAGE_STATS": "1", **({"VLLM_BATCH_INVARIANT": "1"} if devices else {})}
    return {**defaults, **environment, "VLLM_API_KEY": key, "CUDA_VISIBLE_DEVICES": ",".join(devices)}
