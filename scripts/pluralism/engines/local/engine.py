"""The transformers engine: any causal language model of the hub or a local folder."""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import compress
from operator import not_
from typing import Any

import torch

from pluralism.engines.base import requests_of_kind
from pluralism.engines.causal import CausalEngine
from pluralism.engines.distributions import with_moments
from pluralism.engines.local import plain_decoding
from pluralism.engines.local.decoding import Decoder
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.packed_weights import pack_weights
from pluralism.engines.local.rows import BatchRow, RenderedRequest
from pluralism.engines.local.shared_attention import can_share, keep_attention
from pluralism.engines.local.trial import Trial, fixed_positions, try_model
from pluralism.engines.memory import free_memory
from pluralism.errors import UserError, foreign_code
from pluralism.requests import AnyRequest, Generation, Request, request_key

CPU_BUDGET = 32_768
"""Tokens of a batch on a CPU, where larger batches gain nothing."""
MEMORY_SHARE = 0.8
"""Part of the free memory that a batch may take; the rest is for activations."""
TYPICAL_LAYERS, TYPICAL_WIDTH = 32, 4096
"""Of a model of 8 billion parameters."""

log = logging.getLogger(__name__)


class TransformersEngine(CausalEngine):
    """Renders, batches and decodes."""

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers batch by batch.

        Raises:
            UserError: the model cannot be loaded, a request does not fit its context, or, after all others are
                answered, an answer was cut by the end of the context.
        """
        chats = requests_of_kind(Request, requests, "transformers", self._config.id)
        rendered = [
            RenderedRequest(request_key(chat, self.identity), self._renderer.render(chat), chat) for chat in chats
        ]
        cut: list[BatchRow] = []
        started = time.perf_counter()
        for rows in self._decode(rendered):
            cut += [row for row in rows if row.cut]
            ended = time.perf_counter()
            yield [self._generation(row, (ended - started) / len(rows)) for row in rows if not row.cut]
            started = ended
        if cut:
            raise UserError(
                f"model {self._config.id}: {len(cut)} answers were cut at their bound or by the end of its context of "
                f"{self._context} tokens (sampled ones twice); give their ADM a smaller reasoning_length, or the model "
                f"a longer context; the first question begins {cut[0].request.chat.question[:60]!r}"
            )

    def _decode(self, requests: Sequence[RenderedRequest]) -> Iterator[list[BatchRow]]:
        """Answer requests with shared attention, or without where the model does not allow it."""
        model = self._model
        limit = fixed_positions(model.config.get_text_config())
        try:
            trial = self._trial
            grammars = Grammars(self._tokenizer, trial.width)
            by_sharing = [trial.can_share and (limit is None or request.most_tokens <= limit) for request in requests]
            if any(by_sharing):
                pack_weights(model)
                with keep_attention(model):
                    decoder = Decoder(model, grammars, self._context)
                    yield from decoder.decode(list(compress(requests, by_sharing)), self._budget)
            if others := list(compress(requests, map(not_, by_sharing))):
                log.info("%s: attention is not shared, %d answers by plain decoding", self._config.id, len(others))
                padded = trial.can_pad and limit is None
                yield from plain_decoding.decode(
                    model, others, grammars, context=self._context, budget=self._budget, padded=padded
                )
        except UserError as error:
            raise UserError(f"model {self._config.id}: {error}") from None

    @cached_property
    def _trial(self) -> Trial:
        with foreign_code("fails on a short text, expected a causal language model"):
            return try_model(self._model, self._tokenizer, share=can_share(self._model))

    def _generation(self, row: BatchRow, seconds: float) -> Generation:
        chat, prompt = row.request.chat, row.request.prompt
        text: str = self._tokenizer.decode(row.answer, skip_special_tokens=True)
        if prompt.texts:
            lengths = list(map(len, prompt.texts))
            text = json.dumps({"log_probabilities": row.log_probabilities, "tokens": lengths})
        if chat.stop is not None:
            text = json.dumps({"text": text}, ensure_ascii=False)
        if chat.distribution_of is not None:
            answer = with_moments(json.loads(text), chat.distribution_of, iter(row.distributions))
            text = json.dumps(answer, ensure_ascii=False)
        return Generation(
            key=row.request.key,
            text=text,
            prompt_tokens=len(prompt) + sum(map(len, prompt.texts)),
            prefilled_tokens=row.prefilled,
            output_tokens=len(row.answer),
            forced_tokens=row.forced_tokens,
            dropped_examples=prompt.dropped_examples,
            seconds=seconds,
        )

    @property
    def _budget(self) -> int:
        """Tokens of a batch: as configured, else as many as the free memory holds keys and values for."""
        if self._config.batch_tokens is not None:
            return self._config.batch_tokens
        fitting = int(MEMORY_SHARE * free_memory() / bytes_per_token(self._model.config, self._model.dtype.itemsize))
        return fitting if torch.cuda.is_available() else min(fitting, CPU_BUDGET)


def bytes_per_token(config: Any, size: int) -> int:
    """Of keys and values; a guess for models whose layers differ or have no attention: too large batches are halved.

    Args:
        config: of transformers.
        size: bytes of a number.
    """
    text = config.get_text_config()
    try:
        heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
        width: int = heads * (getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads)
        return max(2 * int(text.num_hidden_layers) * width * size, 1)
    except (AttributeError, TypeError, ZeroDivisionError):
        return 2 * TYPICAL_LAYERS * TYPICAL_WIDTH * size
