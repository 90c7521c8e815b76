"""Choosing the next token, so that a row's choices depend on its own request and on nothing beside it in the batch."""

from collections.abc import Sequence

import numpy as np
import torch

DRAWS_AT_ONCE = 256


class Dice:
    """A row's own stream of uniform numbers, seeded by its request's key."""

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
    logits: torch.Tensor, allowed: torch.Tensor, temperatures: torch.Tensor, dice: Sequence[Dice]
) -> torch.Tensor:
    """Choose a token per row: the most probable at temperature 0, else a draw by inversion of the distribution.

    Args:
        logits: shape (rows, vocabulary).
        allowed: bool, the same shape; at least one token per row.
        temperatures: shape (rows,).
        dice: one per row; a row at temperature 0 does not throw.

    Returns:
        Token ids, shape (rows,).
    """
    masked = logits.float().masked_fill(~allowed, -torch.inf)
    best = masked.argmax(dim=-1)
    if not bool((temperatures > 0).any()):
        return best
    scaled = masked / temperatures.clamp(min=1e-6).unsqueeze(-1)
    mass = torch.softmax(scaled, dim=-1).cumsum(dim=-1)
    thrown = [
        die.next() if temperature > 0 else 0.0 for die, temperature in zip(dice, temperatures.tolist(), strict=True)
    ]
    wanted = torch.tensor(thrown, device=logits.device, dtype=mass.dtype).unsqueeze(-1) * mass[:, -1:]
    # Right-sided: the first token whose mass exceeds the number thrown, and so never one of probability 0.
    drawn = torch.searchsorted(mass, wanted, right=True).squeeze(-1).clamp(max=logits.shape[-1] - 1)
    return torch.where(temperatures > 0, drawn, best)
