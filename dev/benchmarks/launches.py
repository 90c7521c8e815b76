"""What a GPU would be given to do: operators counted on torch's meta device, which computes shapes and no numbers."""

from collections import Counter
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import LlamaForCausalLM

from dev.benchmarks.models import config_of
from pluralism.engines.local import shared_attention
from pluralism.engines.local.shared_attention import DecodeState, PackedTexts, TextsBefore

LAUNCH_NOTHING = ("aten._unsafe_view", "aten.empty", "aten.new_empty", "prim.")
GPU = torch.device("meta")
"""Stands in for a GPU: code that asks takes the way of any device that is not the CPU."""


class Operators(TorchDispatchMode):
    """Counts the operators that launch work; views and new memory launch none.

    Attributes:
        counts: how often each was called.
        mixed: those that were given tensors of the CPU beside others: each waits until these are copied.
    """

    def __init__(self) -> None:
        """Begin at nothing."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: Counter[str] = Counter()
        self.mixed: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count, and do what was asked."""
        tensors = [leaf for leaf in torch.utils._pytree.arg_tree_leaves(*args) if isinstance(leaf, torch.Tensor)]
        devices = {tensor.device.type for tensor in tensors if tensor.dim() > 0}
        if GPU.type in devices and not func.is_view and not str(func).startswith(LAUNCH_NOTHING):
            self.counts[str(func)] += 1
            if len(devices) > 1:
                self.mixed[str(func)] += 1
        return func(*args, **(kwargs or {}))


def step_operators(shape: str = "Llama-3.2-3B", rows: int = 64, samples: int = 1) -> Operators:
    """The operators of one decode step in bfloat16: rows that share a prefix, `samples` of them each prompt.

    Prefill comes before, and is not counted.
    """
    with GPU:
        model: Any = LlamaForCausalLM(config_of(shape, 128_256))
    model = model.to(torch.bfloat16).eval()
    model.set_attn_implementation(shared_attention.NAME)

    with torch.no_grad():  # in inference mode, operators made of others would count as one
        prefix = PackedTexts([64])
        shared_attention.forward(model, [[5] * 64], prefix)
        decoding = DecodeState()
        decoding.prefixes.extend([prefix.cache])
        prompts = rows // samples
        before = TextsBefore(decoding.prefixes, [0] * prompts, [64] * prompts)
        prefill = PackedTexts([64] * prompts, [before])
        shared_attention.forward(model, [[5] * 64] * prompts, prefill)
        decoding.prompts.extend([prefill.cache])
        decoding.add_rows([(0, row // samples) for row in range(rows)])
        for _ in range(2):  # the first step enlarges the answers' cache
            decoding.expect(range(rows))
            operators = Operators()
            with operators:
                shared_attention.forward(model, [[5]] * rows, decoding)
    return operators


def launches() -> dict[str, float]:
    """What one decode step of 64 rows asks of a GPU: operators, and those that wait for a copy from the CPU."""
    operators = step_operators()
    return {"decode_operators": operators.counts.total(), "decode_waits": operators.mixed.total()}
