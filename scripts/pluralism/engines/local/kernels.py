"""Attention to several texts at once, with the log-sum-exp of the scores, by which parts are merged."""

import logging
import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch.nn.attention.varlen import AuxRequest, varlen_attn

from pluralism.engines.local.packed_weights import can_pack

Pair = tuple[torch.Tensor, torch.Tensor]
LARGEST_HEAD = 256
"""Flash attention takes heads of at most this size, in steps of 8."""
MANY_KEYS = 4096
"""Of all texts and heads: with fewer, batched products are no faster than flash attention on a CPU."""
SCORES_AT_ONCE = 2**20
"""Of products on a CPU, so that they stay in its caches."""
WIDTHS_OF_SCORES = 16
"""Of a long text to itself: oneDNN writes code for each shape and keeps it, a tenth of a megabyte and more."""
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
    if takes_products(query, keys):
        return product_attention(query, keys, values, mask, scaling=scaling)
    if mask is not None:
        mask = mask.expand(query.shape[0], 1, query.shape[2], keys.shape[2])
    return cpu_attention(query, keys, values, mask, scaling=scaling)


def attend_to_own(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float) -> Pair:
    """Causal attention of padded texts to themselves, on a CPU.

    Args:
        query: shape (texts, positions, heads, size).
        keys: shape (texts, positions, key heads, size).
        values: like `keys`.
        scaling: factor of the scores.

    Returns:
        The attended values, shaped like `query`, and the log-sum-exp of the scores, (texts, positions, heads).
    """
    keys, values = keys.transpose(1, 2), values.transpose(1, 2)
    if not takes_products(query, keys):
        attended, total = cpu_attention(query.transpose(1, 2), keys, values, scaling=scaling, causal=True)
        return attended.transpose(1, 2), total.transpose(1, 2)
    texts, positions, heads, size = query.shape
    key_heads = keys.shape[1]
    repeats = heads // key_heads
    grouped = query.view(texts, positions, key_heads, repeats, size).transpose(1, 2).flatten(2, 3)
    attended, total = product_attention(grouped, keys, values, scaling=scaling, repeats=repeats)
    apart = attended.unflatten(2, (positions, repeats)), total.unflatten(2, (positions, repeats))
    return apart[0].transpose(1, 2).flatten(2, 3), apart[1].transpose(1, 2).flatten(2, 3)


def is_on_cpu(query: torch.Tensor) -> bool:
    """Whether attention takes the ways of a CPU for a query."""
    return query.device.type == "cpu"


def takes_products(query: torch.Tensor, keys: torch.Tensor) -> bool:
    """Whether `product_attention` is the faster way on a CPU: oneDNN multiplies bfloat16 in wide steps, if many."""
    return query.dtype == torch.bfloat16 and keys.shape[:-1].numel() >= MANY_KEYS and can_pack()


def product_attention(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None = None,
    *,
    scaling: float,
    repeats: int = 0,
) -> Pair:
    """As `plain_attention`, by batched products, with scores of the type of the query.

    That rounds scores to bfloat16, as transformers' own attention does: it adds a twentieth to the error that the type
    makes in any case, and halves the time.

    Args:
        query: see `plain_attention`, as the following.
        keys: shape (texts, key heads, positions, size).
        values: like `keys`.
        mask: 0 or minus infinity, whose first position is visible.
        scaling: factor of the scores.
        repeats: so many queries, one after the other, are of the same position, which sees itself and those before;
            0: all see everything.
    """
    texts, heads, queries, size = query.shape
    rows, keys, values = (tensor.reshape(texts * heads, *tensor.shape[2:]) for tensor in (query, keys, values))
    whole = repeats or 1
    positions = 2 ** (keys.shape[1] - 1).bit_length()
    step = max(SCORES_AT_ONCE // (texts * heads * positions) // whole, 1) * whole
    width = max(positions // WIDTHS_OF_SCORES, 1)
    parts: list[Pair] = []
    for start in range(0, queries, step):
        end = min(start + step, queries)
        seen = min(math.ceil(end // repeats / width) * width, keys.shape[1]) if repeats else keys.shape[1]
        # Keys in one piece: oneDNN would bring them in order once for each head otherwise, and slowly.
        by_size = keys[:, :seen].contiguous().transpose(1, 2)
        scores = torch.baddbmm(rows.new_zeros(1), rows[:, start:end], by_size, beta=0, alpha=scaling)
        if mask is not None:
            scores.view(texts, heads, end - start, seen).add_(mask if mask.shape[2] == 1 else mask[:, :, start:end])
        if repeats:
            first, last = start // repeats, end // repeats
            scores[:, :, first:].add_(_later(last - first, seen - first, scores.dtype, repeats))
        shares = scores.softmax(dim=-1)
        # The first position is visible to all: its score and its share give the sum, with no pass over all scores.
        total = scores[:, :, 0].float() - shares[:, :, 0].float().log()
        if not total.isfinite().all():
            total = scores.float().logsumexp(dim=-1)
        parts.append((torch.bmm(shares, values[:, :seen]), total))
    attended, totals = parts[0] if len(parts) == 1 else (torch.cat(tensors, 1) for tensors in zip(*parts, strict=True))
    return attended.view(texts, heads, queries, size), totals.view(texts, heads, queries)


def _later(positions: int, width: int, dtype: torch.dtype, repeats: int) -> torch.Tensor:
    """Hides from each position those after it: shape (positions * repeats, width)."""
    hidden = torch.full((positions, width), -torch.inf, dtype=dtype).triu_(1)
    return hidden.repeat_interleave(repeats, dim=0)


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
