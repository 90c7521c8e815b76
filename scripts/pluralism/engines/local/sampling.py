"""Choosing the next token, so that a row's choices depend on its own request and on nothing beside it in the batch."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

DRAWS_AT_ONCE = 256
BLOCK = 512
"""Tokens whose probabilities are summed at a time: a running sum over blocks is cheaper than one over a vocabulary."""


class RandomStream:
    """A row's own stream of uniform random numbers, seeded by its request's key."""

    def __init__(self, key: str) -> None:
        """Seed the stream with a hexadecimal key."""
        self._generator = np.random.default_rng(int(key, 16))
        self._drawn: list[float] = []

    def next(self) -> float:
        """The next number of the stream, in [0, 1)."""
        if not self._drawn:
            self._drawn = self._generator.random(DRAWS_AT_ONCE).tolist()[::-1]
        return self._drawn.pop()


def next_tokens(
    logits: torch.Tensor, allowed: torch.Tensor, temperatures: torch.Tensor, streams: Sequence[RandomStream]
) -> list[int]:
    """Choose a token per row: the most probable at temperature 0, else a sample by inversion of the distribution.

    torch's own sampling has one generator for the batch, so that a row would depend on the others.

    Args:
        logits: shape (rows, vocabulary).
        allowed: bool, the same shape; at least one token per row.
        temperatures: shape (rows,), on the CPU.
        streams: one per row; a row at temperature 0 takes nothing from it.

    Returns:
        A token id per row.
    """
    masked = torch.where(allowed, logits, -torch.inf).float()
    best = masked.argmax(dim=-1, keepdim=True)
    chosen = best.squeeze(-1)
    sampled = temperatures > 0
    if bool(sampled.any()):
        chosen = torch.where(sampled.to(chosen.device), _sample(masked, best, temperatures, streams), chosen)
    tokens: list[int] = chosen.tolist()
    return tokens


def _sample(
    masked: torch.Tensor, best: torch.Tensor, temperatures: torch.Tensor, streams: Sequence[RandomStream]
) -> torch.Tensor:
    device = masked.device
    is_sampled = (temperatures > 0).tolist()
    uniforms = [stream.next() if sampled else 0.0 for stream, sampled in zip(streams, is_sampled, strict=True)]
    divisors = temperatures.clamp(min=1e-6).to(device).unsqueeze(-1)
    weights = masked.sub_(masked.gather(1, best)).div_(divisors).exp_()
    return _invert(weights, torch.tensor(uniforms, device=device, dtype=weights.dtype))


def _invert(weights: torch.Tensor, uniforms: torch.Tensor) -> torch.Tensor:
    """The first token up to which the weights, as shares of their sum, exceed the uniform numbers.

    Right-sided, and so never a token of weight 0: first the block is found and then the token within it.
    """
    rows, width = weights.shape
    blocks = (pad(weights, (0, -width % BLOCK)) if width % BLOCK else weights).view(rows, -1, BLOCK)
    mass = blocks.sum(dim=-1).cumsum(dim=-1)
    wanted = uniforms.unsqueeze(-1) * mass[:, -1:]
    block = torch.searchsorted(mass, wanted, right=True).clamp(max=mass.shape[1] - 1)
    before = torch.where(block > 0, mass.gather(1, (block - 1).clamp(min=0)), 0.0)
    inside = blocks.gather(1, block.unsqueeze(-1).expand(rows, 1, BLOCK)).squeeze(1)
    index = torch.searchsorted(inside.cumsum(dim=-1), wanted - before, right=True)
    # Rounding may leave the wanted mass just beyond the block's own sum: then its last token with any weight.
    last = (BLOCK - 1 - inside.flip(1).gt(0).float().argmax(dim=-1, keepdim=True)).clamp(min=0)
    return (block * BLOCK + torch.minimum(index, last)).squeeze(-1)


def logits_of(logits: torch.Tensor, rows: Sequence[int], tokens: Sequence[Sequence[int]]) -> list[NDArray[np.float64]]:
    """Logits of some tokens of some rows, all in one transfer from the device.

    Args:
        logits: shape (rows, vocabulary).
        rows: which of them.
        tokens: for each of these, which tokens.
    """
    if not rows:
        return []
    counts = list(map(len, tokens))
    where = torch.tensor(np.repeat(rows, counts), device=logits.device)
    token = torch.tensor([token for some in tokens for token in some], device=logits.device)
    flat: NDArray[np.float64] = logits[where, token].double().cpu().numpy()
    return np.split(flat, np.cumsum(counts)[:-1])
