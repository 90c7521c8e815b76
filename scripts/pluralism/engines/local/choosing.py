"""Choosing the next tokens of rows, and detecting that an answer reaches a number whose distribution is requested.

A row's choices depend on its own request and not on the rest of the batch.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import NumberTree, number_tree
from pluralism.engines.local.rows import BatchRow, Number
from pluralism.errors import UserError

BLOCK = 512
"""Tokens whose probabilities are summed at a time: a running sum over blocks is cheaper than one over a vocabulary."""
NOTHING_ALLOWED = "its tokenizer has no token that goes on with an answer in JSON"


class Chooser:
    """Chooses tokens that the grammars allow."""

    def __init__(self, grammars: Grammars) -> None:
        """Take the compiled schemas."""
        self._grammars = grammars
        self._trees: dict[tuple[str, int, bytes], NumberTree] = {}

    def choose(self, rows: Sequence[BatchRow], logits: torch.Tensor) -> list[list[int]]:
        """Choose a token for each row; returns it with those that the grammar forces after it.

        Args:
            rows: unfinished ones.
            logits: shape (rows, vocabulary).
        """
        allowed = self._grammars.allowed([row.matcher for row in rows], logits.device)
        self._detect_numbers(rows, logits)
        temperatures = torch.tensor([row.request.chat.temperature for row in rows])
        tokens = next_tokens(logits, allowed, temperatures, [row.random for row in rows])
        return [row.append(token, self._grammars) for row, token in zip(rows, tokens, strict=True)]

    def _detect_numbers(self, rows: Sequence[BatchRow], logits: torch.Tensor) -> None:
        """Add to each row that is about to write such a number the model's logits of its beginning."""
        found = [(row, index, tree) for index, row in enumerate(rows) if (tree := self._next_number(row)) is not None]
        roots = logits_of(logits, [index for _, index, _ in found], [tree.nodes[0].tokens for _, _, tree in found])
        for (row, _, tree), root in zip(found, roots, strict=True):
            certain = tree.distribution([root]) if not tree.texts else None
            row.numbers.append(Number(len(row.answer), tree, root, certain))

    def _next_number(self, row: BatchRow) -> NumberTree | None:
        """The tree of a number that the row reaches for the first time."""
        if row.request.chat.distribution_of is None:
            return None
        key = f'"{row.request.chat.distribution_of}": '.encode()  # quotes within a string would be escaped
        forced = row.matcher.compute_ff_bytes()
        if not (self._grammars.spelled(row.answer[-len(key) :]) + forced).endswith(key):
            return None
        if (self._grammars.spelled(row.answer) + forced).count(key) == len(row.numbers):
            return None  # detected one token ago: what precedes the number may be a token of its own
        # The same for all answers, since every property of the objects in a schema is required.
        place = row.request.chat.schema, len(row.numbers), forced
        if place not in self._trees:
            self._trees[place] = number_tree(row.matcher, self._grammars)
        return self._trees[place]


def next_tokens(
    logits: torch.Tensor, allowed: torch.Tensor, temperatures: torch.Tensor, randoms: Sequence[np.random.Generator]
) -> list[int]:
    """Choose a token per row: the most probable at temperature 0, else a sample by inversion of the distribution.

    torch's own sampling has one generator for the batch, so that a row would depend on the others.

    Args:
        logits: shape (rows, vocabulary).
        allowed: bool, the same shape; at least one token per row.
        temperatures: shape (rows,), on the CPU.
        randoms: one per row; a row at temperature 0 takes nothing from it.

    Returns:
        A token id per row.

    Raises:
        UserError: no allowed token has a finite logit, as may happen in half precision, or no token is allowed.
    """
    masked = torch.where(allowed, logits, -torch.inf).float()
    best = masked.argmax(dim=-1, keepdim=True)
    highest = masked.gather(1, best)
    if not bool(highest.isfinite().all()):
        raise UserError(not_finite(logits) if bool(allowed.any(dim=-1).all()) else NOTHING_ALLOWED)
    chosen = best.squeeze(-1)
    sampled = temperatures > 0
    if bool(sampled.any()):
        device = masked.device
        uniforms = [random.random() if draw else 0.0 for random, draw in zip(randoms, sampled.tolist(), strict=True)]
        divisors = temperatures.clamp(min=1e-6).to(device).unsqueeze(-1)
        weights = masked.sub_(highest).div_(divisors).exp_()
        drawn = _invert(weights, torch.tensor(uniforms, device=device, dtype=weights.dtype))
        chosen = torch.where(sampled.to(device), drawn, chosen)
    tokens: list[int] = chosen.tolist()
    return tokens


def not_finite(logits: torch.Tensor) -> str:
    """What is wrong where a model's logits are infinite or NaN."""
    dtype = str(logits.dtype).removeprefix("torch.")
    return f"gives logits that are not finite in {dtype}; set another dtype, or check its weights"


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

    Raises:
        UserError: a logit is infinite or NaN.
    """
    if not rows:
        return []
    counts = list(map(len, tokens))
    where = torch.tensor(np.repeat(rows, counts), device=logits.device)
    token = torch.tensor([token for some in tokens for token in some], device=logits.device)
    flat: NDArray[np.float64] = logits[where, token].double().cpu().numpy()
    if np.isnan(flat).any() or np.isposinf(flat).any():
        raise UserError(not_finite(logits))
    return np.split(flat, np.cumsum(counts)[:-1])
