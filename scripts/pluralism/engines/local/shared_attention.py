"""Attention in which requests share keys and values: a prefix once for all its prompts, a prompt for all its samples.

All tokens of a forward pass are packed into one sequence without padding, so that the linear layers compute nothing
twice. A token attends to up to three caches: the shared prefixes, the rest of the prompts, and the answers so far. Each
cache is attended to on its own, and the results are merged by their log-sum-exp, which is exact: see "Hydragen",
Juravsky et al. 2024, section 3.1.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from pluralism.engines.local.cache_attention import CacheAttention
from pluralism.engines.local.kernels import Pair, can_use_flash, cpu_attention, merge
from pluralism.engines.local.kv_cache import DeviceTensors, KVCache, cache_tensor, enlarged

NAME = "pluralism_shared"
"""What transformers knows this attention as."""
SPARE_POSITIONS = 64
"""Positions that are added whenever the answers' keys and values have to be copied."""
KEEP_ALL_ABOVE = 0.75
"""While more than this part of a cache's texts is needed, all are kept: removing the others copies the rest."""


class ForwardState(Protocol):
    """Where a forward pass finds the keys and values before its tokens, and stores those of its own tokens."""

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """Attend with packed tokens.

        Args:
            layer: index of the layer.
            query: shape (tokens, heads, size).
            key: shape (tokens, key heads, size).
            value: like `key`.
            scaling: factor of the scores.

        Returns:
            Shape (tokens, heads, size).
        """


def _packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    forward_state: ForwardState,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """What transformers calls in each layer; tensors come as (1, heads, tokens, size)."""
    factor = scaling if scaling is not None else query.shape[-1] ** -0.5
    layer: Any = module.layer_idx
    query, key, value = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    return forward_state.attend(layer, query, key, value, factor).unsqueeze(0), None


AttentionInterface.register(NAME, _packed_attention)


def can_share(model: PreTrainedModel) -> bool:
    """Whether a model's attention is of the plain kind: over everything before, with no cap and no sinks."""
    config = model.config.get_text_config()
    layers = getattr(config, "layer_types", None) or ["full_attention"]
    return (
        bool(getattr(model, "_supports_attention_backend", False))
        and all(layer == "full_attention" for layer in layers)
        and getattr(config, "sliding_window", None) is None
        and getattr(config, "attn_logit_softcapping", None) is None
        and not any(name.endswith("sinks") for name, _ in model.named_parameters())
    )


def forward(
    model: PreTrainedModel, ids: Sequence[int], positions: Sequence[int], last: Sequence[int], state: ForwardState
) -> torch.Tensor:
    """One pass over packed tokens.

    Args:
        model: a causal language model whose attention is set to `NAME`.
        ids: the tokens.
        positions: the position of each in its own text.
        last: the packed indices whose next token is needed.
        state: what they attend to.

    Returns:
        Logits, shape (len(last), vocabulary).
    """
    output: Any = model(
        input_ids=torch.tensor([ids], device=model.device),
        position_ids=torch.tensor([positions], device=model.device),
        use_cache=False,
        logits_to_keep=torch.tensor(last, device=model.device),
        forward_state=state,
    )
    logits: torch.Tensor = output.logits[0]
    return logits


def _can_merge(query: torch.Tensor) -> bool:
    """Whether a fast kernel returns the log-sum-exp of a text's attention to itself, so that parts can be merged."""
    return query.device.type == "cpu" or can_use_flash(query)


class PrefillState:
    """The state of a pass over whole texts, each after a text of another cache or after nothing."""

    def __init__(self, lengths: Sequence[int], before: KVCache | None = None, after: Sequence[int] = ()) -> None:
        """Describe the packed texts.

        Args:
            lengths: tokens of each text, in packed order.
            before: the cache of the texts that they follow.
            after: for each text, which text of `before` it follows.
        """
        self.cache = KVCache(list(lengths))
        self._before, self._after = before, list(after)
        self._texts = [text for text, length in enumerate(lengths) for _ in range(length)]
        self._positions = [position for length in lengths for position in range(length)]
        self._indices = DeviceTensors(torch.int64, texts=self._texts, positions=self._positions)
        self._mask: torch.Tensor | None = None

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `ForwardState`."""
        self.cache.layers.append(own := (self._padded(key), self._padded(value)))
        before = self._before.layers[layer] if self._before is not None else None
        if not _can_merge(query):
            return self._padded_attention(query, own, before, scaling)
        if query.device.type == "cpu":
            queries, keys, values = (tensor.transpose(1, 2) for tensor in (self._padded(query), *own))
            attended, total = cpu_attention(queries, keys, values, scaling)
            parts = [(self._unpadded(attended.transpose(1, 2)), self._unpadded(total.transpose(1, 2)))]
        else:
            parts = [self._to_own.attend(query, own, scaling)]
        if before is not None:
            parts.append(self._to_before.attend(query, before, scaling))
        return merge(parts)

    def _padded_attention(self, query: torch.Tensor, own: Pair, before: Pair | None, scaling: float) -> torch.Tensor:
        """All texts side by side, each with a copy of the text before it, by torch's own attention."""
        keys, values = (tensor.transpose(1, 2) for tensor in own)
        mask = None
        if before is not None:
            keys = torch.cat([before[0][self._after].transpose(1, 2), keys], dim=2)
            values = torch.cat([before[1][self._after].transpose(1, 2), values], dim=2)
            mask = self._visible(before[0].shape[1], query.device)
        repeats = query.shape[1] // keys.shape[1]
        attended = scaled_dot_product_attention(
            self._padded(query).transpose(1, 2),
            keys.repeat_interleave(repeats, dim=1),
            values.repeat_interleave(repeats, dim=1),
            attn_mask=mask,
            is_causal=mask is None,
            scale=scaling,
        )
        return self._unpadded(attended.transpose(1, 2))

    @cached_property
    def _to_own(self) -> CacheAttention:
        return CacheAttention(self._texts, [position + 1 for position in self._positions], len(self.cache.lengths))

    @cached_property
    def _to_before(self) -> CacheAttention:
        assert self._before is not None
        texts = [self._after[text] for text in self._texts]
        return CacheAttention(texts, [self._before.lengths[text] for text in texts], len(self._before.lengths))

    def _padded(self, packed: torch.Tensor) -> torch.Tensor:
        """(tokens, heads, size) -> (texts, positions, heads, size)."""
        padded = cache_tensor(packed, len(self.cache.lengths), max(self.cache.lengths))
        indices = self._indices.on(packed.device)
        padded[indices["texts"], indices["positions"]] = packed
        return padded

    def _unpadded(self, padded: torch.Tensor) -> torch.Tensor:
        """(texts, positions, ..) -> (tokens, ..)."""
        indices = self._indices.on(padded.device)
        return padded[indices["texts"], indices["positions"]]

    def _visible(self, positions_before: int, device: torch.device) -> torch.Tensor:
        """All of the text before, and of the own text up to each position: bool, (texts, 1, positions, both)."""
        if self._mask is None or self._mask.device != device:
            assert self._before is not None
            width = max(self.cache.lengths)
            lengths = torch.tensor([self._before.lengths[text] for text in self._after], device=device)
            known = torch.arange(positions_before, device=device) < lengths[:, None]
            own = torch.ones(width, width, dtype=torch.bool, device=device).tril()
            texts = len(self.cache.lengths)
            self._mask = torch.cat(
                [known[:, None, None].expand(texts, 1, width, positions_before), own.expand(texts, 1, width, width)],
                dim=-1,
            )
        return self._mask


class DecodeState:
    """The state of passes that continue rows: each row has a prefix, a prompt after it and an answer after that."""

    def __init__(self) -> None:
        """Start without rows."""
        self.prefixes, self.prompts, self.answers = KVCache(), KVCache(), KVCache()
        self.rows: list[tuple[int, int, int]] = []
        """For each row its text in `prefixes`, in `prompts` and in `answers`."""
        self._indices = DeviceTensors(torch.int64, answers=[], positions=[])
        self._attentions: tuple[CacheAttention, ...] = ()

    @property
    def caches(self) -> tuple[KVCache, KVCache, KVCache]:
        """Prefixes, prompts, answers."""
        return self.prefixes, self.prompts, self.answers

    def add_rows(self, rows: Sequence[tuple[int, int]]) -> None:
        """Add rows with empty answers, given by their prefix and their prompt."""
        first = len(self.answers.lengths)
        self.rows += [(prefix, prompt, first + index) for index, (prefix, prompt) in enumerate(rows)]
        self.answers.lengths += [0] * len(rows)
        self.answers.layers = [
            (enlarged(keys, len(rows), 0), enlarged(values, len(rows), 0)) for keys, values in self.answers.layers
        ]

    def select(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        """Keep these rows and the texts that they need; while few texts are unused, keep all texts.

        Returns:
            The prefixes and the prompts that are kept, by their indices so far.
        """
        kept = [self.rows[row] for row in rows]
        prefixes, prompts, answers = (
            _select(cache, sorted({row[index] for row in kept})) for index, cache in enumerate(self.caches)
        )
        self.rows = [
            (prefixes.index(prefix), prompts.index(prompt), answers.index(answer)) for prefix, prompt, answer in kept
        ]
        return prefixes, prompts

    def expect(self, rows: Sequence[int]) -> list[int]:
        """Prepare a pass over one or more new tokens of some rows.

        Args:
            rows: the row of each packed token.

        Returns:
            The position of each packed token in its whole text.
        """
        prefixes, prompts, answers = ([self.rows[row][cache] for row in rows] for cache in (0, 1, 2))
        positions = []
        for answer in answers:
            positions.append(self.answers.lengths[answer])
            self.answers.lengths[answer] += 1
        self._indices = DeviceTensors(torch.int64, answers=answers, positions=positions)
        before = [self.prefixes.lengths[text] for text in prefixes], [self.prompts.lengths[text] for text in prompts]
        visible = (*before, [position + 1 for position in positions])
        self._attentions = tuple(
            CacheAttention(texts, seen, len(cache.lengths))
            for texts, seen, cache in zip((prefixes, prompts, answers), visible, self.caches, strict=True)
        )
        return [sum(parts) for parts in zip(*before, positions, strict=True)]

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `ForwardState`."""
        if layer == len(self.answers.layers):
            empty = cache_tensor(key, len(self.answers.lengths), 0)
            self.answers.layers.append((empty, empty))
        own = self.answers.layers[layer]
        needed = max(self.answers.lengths)
        if own[0].shape[1] < needed:
            more = needed + SPARE_POSITIONS - own[0].shape[1]
            own = self.answers.layers[layer] = enlarged(own[0], 0, more), enlarged(own[1], 0, more)
        indices = self._indices.on(key.device)
        for tensor, new in zip(own, (key, value), strict=True):
            tensor[indices["answers"], indices["positions"]] = new
        return merge(
            [
                attention.attend(query, cache.layers[layer], scaling)
                for attention, cache in zip(self._attentions, self.caches, strict=True)
            ]
        )


def _select(cache: KVCache, needed: list[int]) -> list[int]:
    """Keep the texts that are needed, or all while few are unused; returns those kept."""
    if len(needed) > KEEP_ALL_ABOVE * len(cache.lengths):
        return list(range(len(cache.lengths)))
    cache.select(needed)
    return needed
