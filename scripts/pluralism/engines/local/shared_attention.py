"""Attention in which requests share keys and values: a prefix once for all its prompts, a prompt for all its samples.

All tokens of a forward pass are packed into one sequence without padding, so that the linear layers compute nothing
twice. A token attends to up to four caches: the shared prefixes, the rest of the prompts, the answers so far, and the
texts of the pass. Each cache is attended to on its own, and the results are merged by their log-sum-exp, which is
exact: see "Hydragen", Juravsky et al. 2024, section 3.1.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain
from typing import Any, NamedTuple, Protocol

import torch
from transformers import AttentionInterface, PreTrainedModel

from pluralism.engines.local.cache_attention import CacheAttention
from pluralism.engines.local.kernels import attend_to_own, is_on_cpu, merge
from pluralism.engines.local.kv_cache import KVCache, cache_tensor, index_of

NAME = "pluralism_shared"
"""What transformers knows this attention as."""
SPARE_POSITIONS = 64
"""Positions that are added whenever the answers' keys and values have to be copied."""
KEEP_ALL_ABOVE = 0.75
"""While more than this part of a cache's texts is needed, all are kept: removing the others copies the rest."""


class ForwardState(Protocol):
    """Where a forward pass finds the keys and values before its tokens, and stores those of its own tokens."""

    positions: list[int]
    """Of each packed token in its whole text."""

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


def packed_attention(
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


AttentionInterface.register(NAME, packed_attention)


@contextmanager
def keep_attention(model: PreTrainedModel) -> Iterator[None]:
    """Around what sets another attention: the model gets its own back."""
    own = model.config._attn_implementation
    try:
        yield
    finally:
        model.set_attn_implementation(own)


def can_share(model: PreTrainedModel) -> bool:
    """Whether a model's attention may be of the plain kind: over everything before, with no cap and no sinks.

    This says what a short text does not show; `trial.try_model` computes one.
    """
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
    model: PreTrainedModel, texts: Sequence[Sequence[int]], state: ForwardState, last: Sequence[int] | None = None
) -> torch.Tensor:
    """One pass over packed texts.

    Args:
        model: a causal language model whose attention is set to `NAME`.
        texts: their tokens, at least one each.
        state: what they attend to.
        last: the packed indices whose next token is needed; none: the end of each text.

    Returns:
        Logits, shape (len(last), vocabulary).
    """
    if last is None:
        last = [end - 1 for end in accumulate(map(len, texts))]
    output: Any = model(
        input_ids=torch.tensor([list(chain(*texts))], device=model.device),
        position_ids=torch.tensor([state.positions], device=model.device),
        use_cache=False,
        logits_to_keep=torch.tensor(last, device=model.device),
        forward_state=state,
    )
    logits: torch.Tensor = output.logits[0]
    return logits


class TextsBefore(NamedTuple):
    """What each text of a pass follows.

    Attributes:
        cache: holds the texts that are followed.
        texts: for each text of the pass, which one of these.
        visible: how many of its positions.
    """

    cache: KVCache
    texts: Sequence[int]
    visible: Sequence[int]

    def attention(self, of: Sequence[int]) -> CacheAttention:
        """The attention of packed tokens, given by the text that each is of."""
        texts, visible = [self.texts[text] for text in of], [self.visible[text] for text in of]
        return CacheAttention(texts, visible, len(self.cache.lengths))


class PackedTexts:
    """The state of a pass over whole texts, each after texts of other caches or after nothing.

    Attributes:
        cache: the texts' keys and values, once the pass is over.
        positions: see `ForwardState`.
    """

    def __init__(self, lengths: Sequence[int], before: Sequence[TextsBefore] = (), own_last: bool = False) -> None:
        """Describe the texts.

        Args:
            lengths: tokens of each text, in packed order.
            before: what they follow, one part after the other.
            own_last: whether the attention to the texts themselves is merged last; only last digits depend on it.
        """
        self.cache, self._own_last = KVCache(list(lengths)), own_last
        texts = [text for text, length in enumerate(lengths) for _ in range(length)]
        own = [position for length in lengths for position in range(length)]
        self.positions = [
            sum(part.visible[text] for part in before) + position for text, position in zip(texts, own, strict=True)
        ]
        self._index = index_of(texts, own)
        self._to_own = CacheAttention(texts, [position + 1 for position in own], len(lengths))
        self._to_before = [(part.cache, part.attention(texts)) for part in before]

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `ForwardState`."""
        own = self._padded(key), self._padded(value)
        self.cache.layers.append(own)
        parts = [
            attention.attend(query, cache.layers[layer], scaling)
            for cache, attention in self._to_before
            if cache.layers  # no answer has any yet, where everything before the first numbers was forced
        ]
        if is_on_cpu(query):
            index = self._index(query.device)
            attended, total = (tensor[index] for tensor in attend_to_own(self._padded(query), *own, scaling))
        else:
            attended, total = self._to_own.attend(query, own, scaling)
        parts.insert(len(parts) if self._own_last else 0, (attended, total))
        return merge(parts)

    def _padded(self, packed: torch.Tensor) -> torch.Tensor:
        """(tokens, heads, size) -> (texts, positions, heads, size)."""
        padded = cache_tensor(packed, len(self.cache.lengths), max(self.cache.lengths))
        padded[self._index(packed.device)] = packed
        return padded


class DecodeState:
    """The state of passes that continue rows: each row has a prefix, a prompt after it and an answer after that.

    Attributes:
        prefixes: those of all rows.
        prompts: without their prefixes.
        answers: so far.
        rows: for each row its text in `prefixes`, in `prompts` and in `answers`.
        positions: see `ForwardState`.
    """

    def __init__(self) -> None:
        """Start without rows."""
        self.prefixes, self.prompts, self.answers = KVCache(), KVCache(), KVCache()
        self.rows: list[tuple[int, int, int]] = []
        self.positions: list[int] = []
        self._index = index_of()
        self._attentions: list[tuple[KVCache, CacheAttention]] = []

    @property
    def caches(self) -> tuple[KVCache, KVCache, KVCache]:
        """Prefixes, prompts, answers."""
        return self.prefixes, self.prompts, self.answers

    def add_rows(self, rows: Sequence[tuple[int, int]]) -> None:
        """Add rows with empty answers, given by their prefix and their prompt."""
        first = len(self.answers.lengths)
        self.rows += [(prefix, prompt, first + index) for index, (prefix, prompt) in enumerate(rows)]
        self.answers.lengths += [0] * len(rows)
        self.answers.enlarge(len(rows))

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

    def forget(self, row: int, tokens: int) -> None:
        """Let a row's answer end so many tokens earlier than was computed."""
        self.answers.lengths[self.rows[row][2]] -= tokens

    def before(self, rows: Sequence[int], answered: Sequence[int]) -> list[TextsBefore]:
        """What follows rows is after: prefix, prompt, and so many tokens of the answer."""
        texts = [[self.rows[row][index] for row in rows] for index in range(3)]
        visible = [[cache.lengths[text] for text in of] for cache, of in zip(self.caches, texts, strict=True)]
        return list(map(TextsBefore, self.caches, texts, (*visible[:2], answered)))

    def expect(self, rows: Sequence[int]) -> None:
        """Prepare a pass over one or more new tokens of some rows, given by the row of each packed token."""
        answers, seen = [self.rows[row][2] for row in rows], []
        for answer in answers:
            self.answers.lengths[answer] += 1
            seen.append(self.answers.lengths[answer])
        before = self.before(rows, seen)
        self.positions = [sum(counts) - 1 for counts in zip(*(part.visible for part in before), strict=True)]
        self._index = index_of(answers, [count - 1 for count in seen])
        self._attentions = [(part.cache, part.attention(range(len(rows)))) for part in before]

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """See `ForwardState`."""
        if layer == len(self.answers.layers):
            empty = cache_tensor(key, len(self.answers.lengths), 0)
            self.answers.layers.append((empty, empty))
        missing = max(self.answers.lengths) - self.answers.layers[layer][0].shape[1]
        if missing > 0:
            self.answers.enlarge(0, missing + SPARE_POSITIONS, slice(layer, layer + 1))
        for tensor, new in zip(self.answers.layers[layer], (key, value), strict=True):
            tensor[self._index(key.device)] = new
        return merge([attention.attend(query, cache.layers[layer], scaling) for cache, attention in self._attentions])


def _select(cache: KVCache, needed: list[int]) -> list[int]:
    """Keep the texts that are needed, or all while few are unused; returns those kept."""
    if len(needed) > KEEP_ALL_ABOVE * len(cache.lengths):
        return list(range(len(cache.lengths)))
    cache.select(needed)
    return needed
