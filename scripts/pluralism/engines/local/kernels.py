"""Attention to several texts at once, with the log-sum-exp of the scores, by which parts are merged."""

import itertools
import logging
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch.nn.attention.varlen import AuxRequest, varlen_attn

from pluralism.engines.local.packed_weights import can_pack, product

Pair = tuple[torch.Tensor, torch.Tensor]
LARGEST_HEAD = 256
"""Flash attention takes heads of at most this size, in steps of 8."""
QUERIES_IN_A_BLOCK = 256
"""Of attention on a CPU, so that their scores stay in its caches."""
QUERIES_AT_ONCE = 1024
"""Of plain attention to each text, so that the scores of a long prompt fit into memory."""
FLASH_TYPES = (torch.float16, torch.bfloat16)
TOLERANCE = 0.02
"""Largest accepted difference between flash and plain attention, in bfloat16 on numbers of size 1."""

log = logging.getLogger(__name__)
logging.getLogger(varlen_attn.__module__).setLevel(logging.WARNING)  # it logs a line per call


def attend(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None, scaling: float
) -> Pair:
    """Attention of texts side by side, in the way of the device; see `plain_attention` for the arguments."""
    if not is_on_cpu(query):
        return plain_attention(query, keys, values, mask, scaling)
    if mask is None:
        whole = packed_attention_of_all if query.shape[-2] >= QUERIES_IN_A_BLOCK and can_pack() else cpu_attention
        return whole(query, keys, values, scaling=scaling)
    shape = query.shape[0], 1, query.shape[2], keys.shape[2]
    return cpu_attention(query, keys, values, mask.expand(shape), scaling=scaling)


def is_on_cpu(query: torch.Tensor) -> bool:
    """Whether `cpu_attention` runs for a query."""
    return query.device.type == "cpu"


def cpu_attention(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None = None,
    *,
    scaling: float,
    causal: bool = False,
) -> Pair:
    """As `plain_attention`, on a CPU only; where it is causal, queries and keys have the same positions.

    torch's `varlen_attn` needs a GPU, its `scaled_dot_product_attention` does not return the log-sum-exp, and
    `flex_attention` has to be compiled. The operator below the second of them is private, but up to three times as fast
    as `plain_attention`, and the last digit of a spread depends on it.
    """
    attended, total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, keys, values, is_causal=causal, attn_mask=mask, scale=scaling
    )
    return attended, total


def packed_attention_of_all(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, *, scaling: float) -> Pair:
    """As `cpu_attention` of everything visible, by products of oneDNN: faster where many queries see the same keys.

    Scores are float32, shares of the type of the values, as there.
    """
    attended, totals = torch.empty_like(query), torch.empty(query.shape[:-1])
    for place in itertools.product(*map(range, query.shape[:2])):
        key, value = keys[place].float().contiguous(), values[place].t().contiguous()
        blocks = zip(*(whole[place].split(QUERIES_IN_A_BLOCK) for whole in (query, attended, totals)), strict=True)
        for some, result, total in blocks:
            scores = product(some.float().mul(scaling), key)
            highest = scores.amax(dim=-1, keepdim=True)
            weights = scores.sub_(highest).exp_()
            sums = weights.sum(dim=-1, keepdim=True)
            result.copy_(product(weights.to(value.dtype), value).div_(sums))
            total.copy_(highest.add_(sums.log_()).squeeze(-1))
    return attended, totals


def plain_attention(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None, scaling: float
) -> Pair:
    """Attention of texts side by side, on any device and in any type.

    Args:
        query: shape (texts, key heads, queries, size).
        keys: shape (texts, key heads, positions, size).
        values: like `keys`.
        mask: added to the scores, 0 or minus infinity: shape (texts, 1, queries or 1, positions); none: all is visible.
        scaling: factor of the scores.

    Returns:
        The attended values, shaped like `query`, and the log-sum-exp of the scores, (texts, key heads, queries).
    """
    mask = torch.zeros(1, 1, 1, keys.shape[-2], device=keys.device) if mask is None else mask
    masks = mask.expand(*mask.shape[:-2], query.shape[-2], mask.shape[-1]).split(QUERIES_AT_ONCE, dim=-2)
    parts: list[Pair] = []
    for some, hidden in zip(query.split(QUERIES_AT_ONCE, dim=-2), masks, strict=True):
        scores = (some @ keys.transpose(-1, -2)).float().mul_(scaling).add_(hidden)  # in place: the largest tensor
        total = scores.logsumexp(dim=-1, keepdim=True)
        parts.append((scores.sub_(total).exp_().to(values.dtype) @ values, total))
    attended, totals = (torch.cat(tensors, dim=-2) for tensors in zip(*parts, strict=True))
    return attended, totals.squeeze(-1)


def flash_attention(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    *,
    query_starts: torch.Tensor,
    key_starts: torch.Tensor,
    visible: torch.Tensor,
    longest: tuple[int, int],
    causal: bool,
    scaling: float,
) -> Pair:
    """Attention of packed queries to texts of different lengths, in one launch. See `can_use_flash` for where it runs.

    Args:
        query: the queries to the first text, then those to the second, ..: shape (queries, heads, size).
        keys: the texts, each somewhere: shape (positions, key heads, size).
        values: like `keys`.
        query_starts: where each text's queries begin, and the end of all: int32, shape (texts + 1).
        key_starts: where each text begins, and any last number: int32, shape (texts + 1).
        visible: how many positions of each text are visible: int32, shape (texts).
        longest: the most queries to a text, and the most visible positions.
        causal: whether only a text's last query sees all visible positions, the one before it one less, and so on.
        scaling: factor of the scores.

    Returns:
        The attended values, shape (queries, heads, size), and the log-sum-exp of the scores, (queries, heads).
    """
    attended, total = varlen_attn(
        query,
        keys,
        values,
        query_starts,
        key_starts,
        # With one query per text, the kernel would fold heads into queries and return the log-sum-exp in another shape.
        max(longest[0], 2),
        longest[1],
        return_aux=AuxRequest(lse=True),
        scale=scaling,
        window_size=(-1, 0) if causal else (-1, -1),
        enable_gqa=True,
        seqused_k=visible,
    )
    return attended, total.transpose(0, 1)  # torch 2.13 returns (heads, queries), unlike its documentation


def merge(parts: Sequence[Pair]) -> torch.Tensor:
    """Merge the attention of the same queries to several texts.

    Args:
        parts: for each text the attended values, shape (queries, heads, size), and the log-sum-exp, (queries, heads).

    Returns:
        The attention to all texts together, shape (queries, heads, size).
    """
    shares = torch.stack([total for _, total in parts]).softmax(dim=0).unsqueeze(-1)
    merged = parts[0][0] * shares[0]
    for share, (attended, _) in zip(shares[1:], parts[1:], strict=True):
        merged.addcmul_(share, attended.to(merged.dtype))
    return merged.to(parts[0][0].dtype)


def can_use_flash(query: torch.Tensor) -> bool:
    """Whether `flash_attention` runs for a query and agrees with `plain_attention` on its device."""
    return (
        query.device.type != "cpu"
        and query.dtype in FLASH_TYPES
        and query.shape[-1] % 8 == 0
        and query.shape[-1] <= LARGEST_HEAD
        and _agrees(query.device, query.dtype, query.shape[-1])
    )


@lru_cache
def _agrees(device: torch.device, dtype: torch.dtype, size: int) -> bool:
    """Whether flash and plain attention agree on a device; logs a warning if not.

    It needs a GPU of some generation, and the shape of its log-sum-exp is not what is documented: so it is tried.
    """
    if device.type == "meta":
        return True  # there are no numbers that could differ
    try:
        difference = _difference(device, dtype, size)
    except (RuntimeError, TypeError) as error:
        log.warning("flash attention does not run on %s, plain attention is used: %s", device, error)
        return False
    if not difference < TOLERANCE:
        log.warning("flash attention differs by %g on %s, plain attention is used", difference, device)
        return False
    return True


def _difference(device: torch.device, dtype: torch.dtype, size: int) -> float:
    """The largest difference on two texts: 3 causal queries to 5 positions of the first, 1 to 7 of the second."""
    random = torch.Generator().manual_seed(0)
    query = torch.randn(4, 4, size, generator=random).to(device, dtype)
    keys, values = torch.randn(2, 16, 2, size, generator=random).to(device, dtype)
    counts = {"query_starts": [0, 3, 4], "key_starts": [0, 8, 16], "visible": [5, 7]}
    on_device = {name: torch.tensor(numbers, dtype=torch.int32, device=device) for name, numbers in counts.items()}
    flash = flash_attention(query, keys, values, **on_device, longest=(3, 7), causal=True, scaling=0.1)
    differences = []
    for queries, positions in ((slice(0, 3), slice(0, 5)), (slice(3, 4), slice(8, 15))):
        looking = query[queries].float().transpose(0, 1)
        seen = [tensor[positions].float().repeat_interleave(2, dim=1).transpose(0, 1) for tensor in (keys, values)]
        count, visible = looking.shape[1], seen[0].shape[1]
        mask = torch.full((count, visible), -torch.inf, device=device).triu(visible - count + 1)
        plain = plain_attention(looking, seen[0], seen[1], mask, 0.1)
        differences += [
            float((ours[queries].float() - theirs.transpose(0, 1)).abs().max())
            for ours, theirs in zip(flash, plain, strict=True)
        ]
    return max(differences)
