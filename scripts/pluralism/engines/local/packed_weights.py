"""Weights of linear layers in the order in which a CPU's widest instructions read them: twice as fast and more.

torch multiplies float32 by MKL, which takes narrower instructions on CPUs of other makers, and packs bfloat16 anew in
each call. oneDNN, which comes with torch, packs once. Its operators are private; torch's own compiler uses them.
"""

from typing import TypeGuard

import torch
from torch import nn
from transformers import PreTrainedModel

TYPES = (torch.float32, torch.bfloat16)


def can_pack() -> bool:
    """Whether this machine's CPU has wide instructions, and torch has oneDNN."""
    return torch.backends.mkldnn.is_available() and bool(torch.cpu.get_capabilities().get("avx512_f"))


def product(values: torch.Tensor, weights: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """As torch's `linear`, by oneDNN.

    Args:
        values: shape (.., columns).
        weights: packed or not, shape (rows, columns).
        bias: shape (rows,).

    Returns:
        Shape (.., rows).
    """
    result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(values, weights, bias, "none", [], "")
    return result


class PackedLinear(nn.Module):
    """A linear layer that keeps its weights in packed form only."""

    def __init__(self, linear: nn.Linear) -> None:
        """Pack the weights of a layer.

        Args:
            linear: on the CPU, of one of `TYPES`.
        """
        super().__init__()
        self.in_features, self.out_features, self.bias = linear.in_features, linear.out_features, linear.bias
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())

    @property
    def weight(self) -> torch.Tensor:
        """As they were, for code that looks at them."""
        weight: torch.Tensor = self._packed.to_dense()
        return weight

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """As of `nn.Linear`."""
        return product(values, self._packed, self.bias)


def pack_weights(model: PreTrainedModel) -> None:
    """Pack the linear layers that lie on a CPU with wide instructions; one after the other, so that memory suffices.

    A head that shares its weights with the embedding stays as it is in bfloat16: a copy of it gains little there.
    """
    if not can_pack():
        return
    packed = 0
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if _can_pack(layer) and not (layer.weight.dtype == torch.bfloat16 and _is_tied(layer, model)):
                setattr(parent, name, PackedLinear(layer))
                packed += 1
    if packed:  # what is left of the file in memory would keep all of it there
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()


def _can_pack(layer: nn.Module) -> TypeGuard[nn.Linear]:
    return (
        type(layer) is nn.Linear
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype in TYPES
        and not hasattr(layer, "_hf_hook")  # of weights that are moved to where they are needed
    )


def _is_tied(layer: nn.Module, model: PreTrainedModel) -> bool:
    embedding = model.get_input_embeddings()
    return getattr(embedding, "weight", None) is layer.weight
