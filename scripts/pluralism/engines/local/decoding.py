"""Decoding with shared attention: each distinct prefix and prompt is computed once, with continuous batching.

Rows that finish leave at once, and waiting requests join when the caches have room: one long answer delays nobody.
"""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TypeVar

import torch
from transformers import PreTrainedModel

from pluralism.engines.local import shared_attention
from pluralism.engines.local.batching import CacheSize, RenderedRequest, sorted_by_prefix, take_batch
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.kv_cache import KVCache
from pluralism.engines.local.number_detection import NumberDetector
from pluralism.engines.local.number_scoring import score_numbers
from pluralism.engines.local.rows import BatchRow, start_row
from pluralism.engines.local.sampling import next_tokens
from pluralism.engines.local.shared_attention import DecodeState, PrefillState
from pluralism.errors import UserError

REFILL_BELOW = 0.5
"""Requests join when the running ones need no more than this share of the budget; each time copies the caches."""
PREFILL_TOKENS = 4096
"""Prompt tokens of one pass, so that activations stay small beside keys and values."""

Text = TypeVar("Text")
WholePrompt = tuple[tuple[int, ...], tuple[int, ...]]
"""A prompt as its prefix and the rest."""

log = logging.getLogger(__name__)


class Decoder:
    """Answers requests with one model."""

    def __init__(self, model: PreTrainedModel, grammars: Grammars, context: int) -> None:
        """Take a model for which `shared_attention.can_share` holds; its attention is replaced.

        Args:
            model: a causal language model, in eval mode.
            grammars: the compiled schemas.
            context: tokens that prompt and answer may have together.
        """
        model.set_attn_implementation(shared_attention.NAME)
        self._model, self._grammars, self._context = model, grammars, context
        self._detector = NumberDetector(grammars)
        self._reset()

    def _reset(self) -> None:
        self._state = DecodeState()
        self._rows: list[BatchRow] = []
        self._chosen: list[list[int]] = []
        self._logits = torch.empty(0)
        # The texts of the state's caches.
        self._prefixes: list[tuple[int, ...]] = []
        self._prompts: list[WholePrompt] = []

    @torch.inference_mode()
    def decode(self, requests: Sequence[RenderedRequest], budget: int) -> Iterator[list[BatchRow]]:
        """Answer requests, and yield rows as they finish.

        Args:
            requests: the rendered requests.
            budget: tokens that the caches may hold at a time; halved whenever memory does not suffice.

        Raises:
            UserError: a single request does not fit into memory.
        """
        waiting = deque(sorted_by_prefix(requests))
        while waiting or self._rows:
            try:
                self._forward()
                running = [row.request for row in self._rows]
                if waiting and CacheSize(running).tokens <= REFILL_BELOW * budget:
                    joining = take_batch(waiting, running, budget)
                    self._add([start_row(request, self._grammars, self._context) for request in joining])
                finished = self._choose() if self._rows else []
            except torch.OutOfMemoryError:
                budget = self._back_off(waiting)
                continue
            for row in finished:
                row.returned = True
            waiting.extendleft(row.request.retry() for row in finished if row.needs_retry)
            if done := [row for row in finished if not row.needs_retry]:
                yield done

    def _back_off(self, waiting: deque[RenderedRequest]) -> int:
        """Put the running requests back to those that wait; returns a smaller budget."""
        running = [row.request for row in self._rows if not row.returned]
        if len(running) == 1:
            length = len(running[0].prompt)
            raise UserError(f"a single prompt of {length} tokens does not fit into memory") from None
        budget = CacheSize(running).tokens // 2
        log.warning("out of memory with %d rows; now at most %d tokens at a time", len(running), budget)
        waiting.extendleft(reversed(running))
        self._reset()
        torch.cuda.empty_cache()
        return budget

    def _add(self, rows: Sequence[BatchRow]) -> None:
        """Let rows join: compute what is new of their prompts, and the logits of their first tokens."""
        first = len(self._rows)
        self._rows += rows  # before anything is computed, so that none is lost if memory does not suffice
        prefixes = [prefix for prefix in dict.fromkeys(row.prefix for row in rows) if prefix not in self._prefixes]
        for prefix in prefixes:
            next(row for row in rows if row.prefix == prefix).prefilled += len(prefix)
        passes = [self._prefill(texts) for texts in _chunks(prefixes, list(map(len, prefixes)))]
        self._state.prefixes.extend([cache for cache, _ in passes])
        self._prefixes += prefixes
        prompts = list(dict.fromkeys((row.prefix, row.suffix) for row in rows))
        logits: dict[WholePrompt, torch.Tensor] = {}
        for whole in prompts:
            next(row for row in rows if (row.prefix, row.suffix) == whole).prefilled += len(whole[1])
        passes = []
        for chunk in _chunks(prompts, [len(suffix) for _, suffix in prompts]):
            after = [self._prefixes.index(prefix) for prefix, _ in chunk]
            passes.append(self._prefill([suffix for _, suffix in chunk], self._state.prefixes, after))
            logits |= dict(zip(chunk, passes[-1][1], strict=True))
        self._state.prompts.extend([cache for cache, _ in passes])
        start = len(self._prompts)
        self._prompts += prompts
        self._state.add_rows(
            [(self._prefixes.index(row.prefix), start + prompts.index((row.prefix, row.suffix))) for row in rows]
        )
        new = torch.stack([logits[row.prefix, row.suffix] for row in rows])
        self._logits = torch.cat([self._logits, new]) if first else new

    def _prefill(
        self, texts: Sequence[Sequence[int]], before: KVCache | None = None, after: Sequence[int] = ()
    ) -> tuple[KVCache, torch.Tensor]:
        """Compute texts; returns their keys and values, and the logits after each, shape (texts, vocabulary)."""
        lengths = list(map(len, texts))
        starts = [before.lengths[text] for text in after] if before is not None else [0] * len(texts)
        state = PrefillState(lengths, before, after)
        logits = shared_attention.forward(
            self._model,
            [token for text in texts for token in text],
            [start + position for start, length in zip(starts, lengths, strict=True) for position in range(length)],
            _ends(texts),
            state,
        )
        return state.cache, logits

    def _choose(self) -> list[BatchRow]:
        """Choose a token for every row; returns the rows that finish. `_forward` computes the chosen tokens."""
        allowed = self._grammars.allowed([row.matcher for row in self._rows], self._logits.device)
        temperatures = torch.tensor([row.request.temperature for row in self._rows])
        self._detector.detect(self._rows, self._logits)
        tokens = next_tokens(self._logits, allowed, temperatures, [row.random for row in self._rows])
        self._chosen = [row.append(token) for row, token in zip(self._rows, tokens, strict=True)]
        finished = [(index, row) for index, row in enumerate(self._rows) if row.finished]
        score_numbers(self._model, self._state, [(index, row) for index, row in finished if not row.cut])
        return [row for _, row in finished]

    def _forward(self) -> None:
        """Remove the finished rows; compute what was chosen for the others, forced tokens in the same pass."""
        kept = [index for index, row in enumerate(self._rows) if not row.finished]
        chosen = [self._chosen[index] for index in kept]
        if len(kept) < len(self._rows):
            self._keep(kept)
        if chosen:
            row_of = [row for row, added in enumerate(chosen) for _ in added]
            positions = self._state.expect(row_of)
            packed = [token for added in chosen for token in added]
            self._logits = shared_attention.forward(self._model, packed, positions, _ends(chosen), self._state)
        self._chosen = []

    def _keep(self, kept: Sequence[int]) -> None:
        """Keep some of the rows, by index, and what they need of the caches."""
        if not kept:
            self._reset()
            return
        self._rows = [self._rows[index] for index in kept]
        prefixes, prompts = self._state.select(kept)
        self._prefixes = [self._prefixes[text] for text in prefixes]
        self._prompts = [self._prompts[text] for text in prompts]


def _ends(texts: Sequence[Sequence[int]]) -> list[int]:
    """The packed index of each text's last token."""
    return [end - 1 for end in accumulate(map(len, texts))]


def _chunks(texts: Sequence[Text], lengths: Sequence[int]) -> Iterator[list[Text]]:
    """Cut texts into runs of at most `PREFILL_TOKENS` tokens, each padded to its longest."""
    chunk: list[Text] = []
    longest = 0
    for text, length in zip(texts, lengths, strict=True):
        longest = max(longest, length)
        if chunk and longest * (len(chunk) + 1) > PREFILL_TOKENS:
            yield chunk
            chunk, longest = [], length
        chunk.append(text)
    if chunk:
        yield chunk
