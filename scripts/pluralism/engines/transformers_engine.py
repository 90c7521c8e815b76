"""The transformers engine: any causal language model of the hub or a local folder."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from pluralism.engines.base import of_kind
from pluralism.engines.batching import Work, plan_batches
from pluralism.engines.decoding import Row, decode
from pluralism.engines.grammar import Grammars
from pluralism.engines.loading import load, weights_identity
from pluralism.engines.rendering import Renderer
from pluralism.errors import UserError
from pluralism.models import LanguageModel
from pluralism.requests import AnyRequest, Generation, Request, digest, request_key

CPU_BUDGET = 32_768
"""Tokens of a batch on a CPU, where larger batches gain nothing."""
MEMORY_SHARE = 0.8
"""Part of the free memory of a GPU that a batch may take; the rest is for activations."""

log = logging.getLogger(__name__)


class TransformersEngine:
    """Renders, batches and decodes. The tokenizer is loaded for the identity, the weights at the first generation."""

    def __init__(self, model: LanguageModel) -> None:
        """Take the model's config; nothing is loaded yet."""
        self._config = model

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """What of the model may change an answer: a local folder counts by its content, not by its name."""
        return {
            **weights_identity(self._config),
            "context": self._context,
            "template": digest(self._tokenizer.chat_template),
        }

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """Yield the answers batch by batch.

        Raises:
            UserError: the model cannot be loaded, a request does not fit its context, or, after all others are
                answered, an answer was cut by the end of the context.
        """
        chats = of_kind(Request, requests, "transformers", self._config.id)
        renderer = Renderer(
            self._tokenizer, self._config.id, self._context, share_prefixes=not self._has_sliding_window
        )
        works = [
            Work(
                request_key(request, self.identity),
                renderer.render(request),
                request.schema,
                request.temperature,
                request.answer_tokens,
            )
            for request in chats
        ]
        questions = {work.key: request.question for work, request in zip(works, chats, strict=True)}
        cut: list[str] = []
        for rows, prefilled, seconds in self._run(works):
            cut += [row.work.key for row in rows if row.cut]
            yield self._generations([row for row in rows if not row.cut], prefilled, seconds)
        if cut:
            raise UserError(
                f"model {self._config.id}: {len(cut)} answers were cut by the end of its context of {self._context} "
                f"tokens; give their ADM a smaller reasoning_length; the first question begins "
                f"{questions[cut[0]][:60]!r}"
            )

    def _run(self, works: Sequence[Work]) -> Iterator[tuple[list[Row], int, float]]:
        """Decode all works; a batch that runs out of memory is halved, and so is the budget of those to come."""
        grammars = Grammars(self._tokenizer, self._model.get_output_embeddings().weight.shape[0])
        budget = self._budget
        waiting = plan_batches(works, budget)[::-1]
        while waiting:
            batch = waiting.pop()
            started = time.perf_counter()
            try:
                rows, prefilled = decode(self._model, batch, grammars, self._context)
            except torch.OutOfMemoryError:
                if len(batch) == 1:
                    raise UserError(
                        f"model {self._config.id}: a single prompt of {len(batch[0].prompt)} tokens does not fit into "
                        "memory"
                    ) from None
                budget = sum(work.tokens for work in batch) // 2
                log.warning("out of memory with %d rows; from here on batches of %d tokens", len(batch), budget)
                torch.cuda.empty_cache()
                rest = [*batch, *(work for later in reversed(waiting) for work in later)]
                waiting = plan_batches(rest, budget)[::-1]
                continue
            yield rows, prefilled, time.perf_counter() - started

    def _generations(self, rows: Sequence[Row], prefilled: int, seconds: float) -> list[Generation]:
        """The rows as generations; what the batch cost as a whole is shared out evenly."""
        texts = self._tokenizer.batch_decode([row.answer for row in rows], skip_special_tokens=True)
        return [
            Generation(
                key=row.work.key,
                text=text,
                prompt_tokens=len(row.work.prompt),
                prefilled_tokens=prefilled // len(rows) + (place < prefilled % len(rows)),
                output_tokens=len(row.answer),
                forced_tokens=len(row.forced),
                dropped_examples=row.work.prompt.dropped_examples,
                seconds=seconds / len(rows),
            )
            for place, (row, text) in enumerate(zip(rows, texts, strict=True))
        ]

    @cached_property
    def _has_sliding_window(self) -> bool:
        """Whether a layer looks back a limited way only: then padding between prefix and suffix would count as text."""
        config = self._load(AutoConfig).get_text_config()
        layers = getattr(config, "layer_types", None)
        if layers is not None:
            return any(layer != "full_attention" for layer in layers)
        return getattr(config, "sliding_window", None) is not None

    @cached_property
    def _context(self) -> int:
        """The model's own context, or less where the config says so."""
        own = getattr(self._load(AutoConfig).get_text_config(), "max_position_embeddings", None)
        limits = [limit for limit in (own, self._config.context) if limit is not None]
        if not limits:
            raise UserError(f"model {self._config.id}: its config names no context length; set `context`")
        return min(limits)

    @cached_property
    def _tokenizer(self) -> Any:
        return self._load(AutoTokenizer)

    @cached_property
    def _model(self) -> PreTrainedModel:
        log.info("loading %s", self._config.id)
        on_gpu = torch.cuda.is_available()
        model: PreTrainedModel = self._load(
            AutoModelForCausalLM,
            dtype=getattr(torch, self._config.dtype),
            device_map=self._config.device_map if on_gpu else None,
            attn_implementation=self._config.attention,
        )
        model.eval()
        return model

    @property
    def _budget(self) -> int:
        """Tokens of a batch: as configured, else as many as the free memory of the GPUs holds keys and values for."""
        if self._config.batch_tokens is not None:
            return self._config.batch_tokens
        if not torch.cuda.is_available():
            return CPU_BUDGET
        config = self._model.config.get_text_config()
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        per_token = 2 * config.num_hidden_layers * heads * size * self._model.dtype.itemsize
        free = sum(torch.cuda.mem_get_info(device)[0] for device in range(torch.cuda.device_count()))
        return int(MEMORY_SHARE * free / per_token)

    def _load(self, kind: Any, **options: Any) -> Any:
        return load(kind.from_pretrained, self._config, "a causal language model", **options)
