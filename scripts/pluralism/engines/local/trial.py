"""What a model can do, found on a short text before it answers anything.

A config says little of how a class of models pads, caches and attends, and classes of strangers say nothing. So the
model computes the same text in several ways: only those that agree are used.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from transformers import AttentionInterface, LogitsProcessor, PreTrainedModel

from pluralism.engines.local.number_scoring import text_logits
from pluralism.engines.local.plain_decoding import generate
from pluralism.engines.local.shared_attention import PackedTexts, TextsBefore, forward, keep_attention, packed_attention
from pluralism.errors import UserError

NAME = "pluralism_trial"
"""What transformers knows the checked attention as."""
TEXT = "Which of these two would a kind person choose, and why? The first is 7 of 10."
LENGTHS = (24, 5)
"""Tokens of the two texts that are computed: differently long, so that the second is padded next to the first."""
STEPS = 3
"""Tokens that are decoded after each text."""
TOLERANCE = defaultdict(lambda: 1e-3, {torch.bfloat16: 0.1, torch.float16: 0.02})
"""Largest accepted difference of logits, in their standard deviations. Rounding makes a quarter of it in 32 layers."""
GROSS = 3
"""How many times as much is accepted where an error would be gross: rounding may send a token to another expert."""
NEUTRAL = {"dropout", "position_ids", "cache_position", "use_cache", "logits_to_keep"}
"""Options with which a model may call its attention, and which change nothing in it; so does `output_..`."""

Result = TypeVar("Result")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trial:
    """What was found.

    Attributes:
        width: columns of the logits.
        can_pad: whether an answer stays the same next to longer prompts.
        can_share: whether it stays the same when texts share keys and values.
    """

    width: int
    can_pad: bool
    can_share: bool


def try_model(model: PreTrainedModel, tokenizer: Any, *, share: bool) -> Trial:
    """Compute a text in each way.

    Args:
        model: in eval mode.
        tokenizer: the model's.
        share: whether to try shared attention, too.

    Raises:
        UserError: the model is not causal.
        Exception: whatever the model's code raises on a single text without padding.
    """
    ids: list[int] = tokenizer.encode(TEXT, add_special_tokens=False) or [0]
    texts = [(ids * length)[:length] for length in LENGTHS]
    closely, roughly = (partial(_agree, factor * TOLERANCE[model.dtype]) for factor in (1, GROSS))
    with torch.inference_mode():
        alone = [text_logits(model, text, 0) for text in texts]
        half = text_logits(model, texts[0][: LENGTHS[0] // 2], 0)
        if not roughly(half, alone[0][: len(half)]):
            raise UserError("is not causal: the tokens after a token change what it predicts")
        steps = _decode(model, texts[1:])
        padded = _unless_it_fails("prompts of different lengths go apart", lambda: _decode(model, texts)[:, 1:])
        shared = _unless_it_fails("attention cannot be shared", lambda: _share(model, texts)) if share else None
    return Trial(
        width=alone[0].shape[-1],
        can_pad=padded is not None
        and not any("indexer" in name for name, _ in model.named_modules())  # it selects keys of a long text by place
        and closely(padded.flatten(0, 1), steps.flatten(0, 1)),
        can_share=shared is not None and all(map(roughly, shared, alone)),
    )


def fixed_positions(config: Any) -> int | None:
    """Up to how many tokens a text keeps the same rotary embedding, whatever follows; None: however many.

    With the kinds longrope and dynamic, all tokens are embedded otherwise as soon as one lies beyond that position.

    Args:
        config: of transformers.
    """
    rope = getattr(config, "rope_parameters", None) or {}
    kinds = [rope, *(kind for kind in rope.values() if isinstance(kind, Mapping))]  # some have a kind per type of layer
    limits = [
        kind.get("original_max_position_embeddings") or config.max_position_embeddings
        for kind in kinds
        if kind.get("rope_type") == "longrope" or "dynamic" in str(kind.get("rope_type"))
    ]
    return min(limits, default=None)


def _unless_it_fails(otherwise: str, compute: Callable[[], Result]) -> Result | None:
    try:
        return compute()
    except Exception as error:  # the model's own
        log.info("%s: %s", otherwise, error)
        return None


def _decode(model: PreTrainedModel, texts: Sequence[Sequence[int]]) -> torch.Tensor:
    """The logits of some steps after texts, shape (steps, texts, vocabulary)."""
    forced = _Forced(texts[0])
    generate(model, texts, forced, STEPS)
    return torch.stack(forced.logits)


class _Forced(LogitsProcessor):
    """Lets all rows write given tokens, and keeps the logits of each step, shape (rows, vocabulary)."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self._tokens, self.logits = iter(tokens), list[torch.Tensor]()

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> Any:
        self.logits.append(scores.clone())
        only = torch.full_like(scores, -torch.inf)
        only[:, next(self._tokens)] = 0
        return only


def _share(model: PreTrainedModel, texts: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """The logits of the texts: the beginning of all in one pass, and the rest of all in another, which follows it."""
    cuts = [len(text) // 2 for text in texts]
    begins, ends = zip(*((text[:cut], text[cut:]) for text, cut in zip(texts, cuts, strict=True)), strict=True)
    with keep_attention(model):
        model.set_attn_implementation(NAME)
        first = PackedTexts(cuts)
        begun = _packed(model, begins, first)
        before = TextsBefore(first.cache, range(len(texts)), cuts)
        ended = _packed(model, ends, PackedTexts(list(map(len, ends)), [before]))
    return list(map(torch.cat, zip(begun, ended, strict=True)))


def _packed(model: PreTrainedModel, texts: Sequence[Sequence[int]], state: PackedTexts) -> Sequence[torch.Tensor]:
    lengths = list(map(len, texts))
    logits: Sequence[torch.Tensor] = forward(model, texts, state, range(sum(lengths))).split(lengths)
    return logits


def _checked_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """`packed_attention`, where a model asks for nothing that it does not do."""
    asked = {name for name, given in options.items() if given is not None and not name.startswith("output_")}
    if attention_mask is not None or (more := asked - NEUTRAL - {"scaling", "forward_state"}):
        raise ValueError(f"it has {', '.join(sorted(more)) if attention_mask is None else 'a mask of its own'}")
    if query.shape[-1] != value.shape[-1] or key.shape != value.shape or not getattr(module, "is_causal", True):
        raise ValueError("its keys differ from its values, or it is not causal")
    return packed_attention(module, query, key, value, None, **options)


AttentionInterface.register(NAME, _checked_attention)


def _agree(tolerance: float, ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    """Whether most positions have the same logits; shape (positions, vocabulary)."""
    finite = ours.isfinite() & theirs.isfinite()
    ours, theirs = (torch.where(finite, logits, 0).float() for logits in (ours, theirs))
    difference = (ours - theirs).square().mean(dim=-1).sqrt()
    return bool((difference <= tolerance * theirs.std(dim=-1)).float().mean() > 0.5)
