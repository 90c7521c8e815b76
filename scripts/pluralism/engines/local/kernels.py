"""Attention to several texts at once, with the log-sum-exp that merging needs: torch's own kernels where they tell it.

Torch's public attention keeps the log-sum-exp to itself, so that two of its private operators are called here.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache

import torch

Pair = tuple[torch.Tensor, torch.Tensor]
LARGEST_HEAD = 256
"""Flash attention takes heads of at most this size, in steps of 8."""
FLASH_TYPES = (torch.float16, torch.bfloat16)
TOLERANCE = 0.02
"""How far flash attention may be from the plain way, in bfloat16 on numbers of size 1."""

log = logging.getLogger(__name__)


def attend(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, hidden: torch.Tensor, scaling: float) -> Pair:
    """Attention of texts side by side.

    Args:
        query: shape (texts, key heads, looking, size).
        keys: shape (texts, key heads, places, size).
        values: like `keys`.
        hidden: added to the scores, 0 or minus infinity: shape (texts, 1, looking or 1, places).
        scaling: factor of the scores.

    Returns:
        What is attended to, shaped like `query`, and the log-sum-exp of the scores, (texts, key heads, looking).
    """
    if query.device.type == "cpu":
        # About four times as fast as what follows.
        shown = hidden.expand(query.shape[0], 1, query.shape[2], keys.shape[2])
        attended, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, keys, values, attn_mask=shown, scale=scaling
        )
        return attended, total
    return plainly(query, keys, values, hidden, scaling)


def plainly(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, hidden: torch.Tensor, scaling: float
) -> Pair:
    """As `attend`, on any device and in any type."""
    scores = (query @ keys.transpose(-1, -2)).float() * scaling + hidden
    total = scores.logsumexp(dim=-1)
    return (scores - total.unsqueeze(-1)).exp().to(values.dtype) @ values, total


def causal(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float) -> Pair:
    """Attention of texts to their own past, on a CPU: as `attend` for query, keys and values of the same places."""
    attended, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, keys, values, is_causal=True, scale=scaling
    )
    return attended, total


def flash(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    *,
    looking: torch.Tensor,
    starts: torch.Tensor,
    visible: torch.Tensor,
    most: tuple[int, int],
    past_only: bool,
    scaling: float,
) -> Pair:
    """Attention of packed tokens to texts of different lengths, in one launch. See `flash_runs` for where it runs.

    Args:
        query: the tokens that look at the first text, then those of the second, ..: shape (tokens, heads, size).
        keys: the texts, each somewhere: shape (places, key heads, size).
        values: like `keys`.
        looking: where each text's tokens begin, and the end of all: int32, shape (texts + 1).
        starts: where each text begins, and any last number: int32, shape (texts + 1).
        visible: how many places of each text are seen: int32, shape (texts).
        most: the most tokens that look at a text, and the most places that are seen.
        past_only: whether a text's last token sees all of these places, the one before it one place less, and so on.
        scaling: factor of the scores.

    Returns:
        What is attended to, shape (tokens, heads, size), and the log-sum-exp of the scores, (tokens, heads).
    """
    # With one token per text, the kernel would fold heads into tokens and lay out the log-sum-exp in a way of its own.
    tokens, places = max(most[0], 2), most[1]
    attended, total, *_ = torch.ops.aten._flash_attention_forward(
        query,
        keys,
        values,
        looking,
        starts,
        tokens,
        places,
        0.0,
        past_only,
        False,
        scale=scaling,
        seqused_k=visible,
    )
    return attended, total.transpose(0, 1)


def merge(parts: Sequence[Pair]) -> torch.Tensor:
    """Merge what tokens attend to in several places.

    Args:
        parts: for each place the attended values, shape (tokens, heads, size), and their log-sum-exp, (tokens, heads).

    Returns:
        What the tokens attend to in all of them, shape (tokens, heads, size).
    """
    shares = torch.stack([total for _, total in parts]).softmax(dim=0).unsqueeze(-1)
    merged = parts[0][0] * shares[0]
    for share, (attended, _) in zip(shares[1:], parts[1:], strict=True):
        merged.addcmul_(share, attended.to(merged.dtype))
    return merged.to(parts[0][0].dtype)


def flash_runs(query: torch.Tensor) -> bool:
    """Whether `flash` can be used for a query and agrees with `attend` on its device."""
    return (
        query.device.type != "cpu"
        and query.dtype in FLASH_TYPES
        and query.shape[-1] % 8 == 0
        and query.shape[-1] <= LARGEST_HEAD
        and _agrees(query.device, query.dtype, query.shape[-1])
    )


@lru_cache
def _agrees(device: torch.device, dtype: torch.dtype, size: int) -> bool:
    """Whether flash attention gives on a device what attention gives plainly; said in the log if not.

    The operator is private and wants a GPU of some generation: whether it works is tried and not guessed.
    """
    if device.type == "meta":
        return True  # there are no numbers that could differ
    try:
        difference = _difference(device, dtype, size)
    except (RuntimeError, TypeError) as error:
        log.warning("flash attention does not run on %s, plain attention does its work: %s", device, error)
        return False
    if not difference < TOLERANCE:
        log.warning("flash attention differs by %g on %s, plain attention does its work", difference, device)
        return False
    return True


def _difference(device: torch.device, dtype: torch.dtype, size: int) -> float:
    """The largest difference between both ways on two texts: 3 tokens look at 5 places of the first, the last 2 of them
    seeing less; 1 looks at 7 places of the second.
    """
    random = torch.Generator().manual_seed(0)
    query = torch.randn(4, 4, size, generator=random).to(device, dtype)
    keys, values = torch.randn(2, 16, 2, size, generator=random).to(device, dtype)
    seen = torch.tensor([[3, 4, 5], [7, 7, 7]], device=device)

    def counts(numbers: list[int]) -> torch.Tensor:
        return torch.tensor(numbers, dtype=torch.int32, device=device)

    attended, total = flash(
        query,
        keys,
        values,
        looking=counts([0, 3, 4]),
        starts=counts([0, 8, 16]),
        visible=counts([5, 7]),
        most=(3, 7),
        past_only=True,
        scaling=0.1,
    )
    texts = torch.tensor([[0, 1, 2], [3, 3, 3]], device=device)
    laid = query[texts].view(2, 3, 2, 2, size).permute(0, 2, 1, 3, 4).reshape(2, 2, 6, size)
    unseen = torch.arange(8, device=device) >= seen.unsqueeze(-1)
    hidden = torch.zeros(2, 3, 8, device=device).masked_fill(unseen, -torch.inf)
    wanted, wanted_total = plainly(
        laid.float(),
        keys.float().view(2, 8, 2, size).transpose(1, 2),
        values.float().view(2, 8, 2, size).transpose(1, 2),
        hidden.repeat_interleave(2, dim=1).unsqueeze(1),
        0.1,
    )

    def packed(tensor: torch.Tensor) -> torch.Tensor:
        laid = tensor.reshape(2, 2, 3, 2, -1).transpose(1, 2).reshape(2, 3, 4, -1)
        return torch.cat([laid[0], laid[1, :1]])

    pairs = [(attended.float(), packed(wanted)), (total.unsqueeze(-1), packed(wanted_total))]
    return max(float((ours - theirs).abs().max()) for ours, theirs in pairs)
