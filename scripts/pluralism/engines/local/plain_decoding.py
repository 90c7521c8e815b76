"""Decoding by transformers' own `generate`, with grammar and sampling as a logits processor.

For models whose attention cannot be shared: with sliding windows, soft caps, sinks or other caches. Shared decoding is
tested against it, token for token.
"""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from pluralism.engines.local.choosing import Chooser
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_scoring import score_numbers_plainly
from pluralism.engines.local.rows import BatchRow, RenderedRequest, sorted_by_prefix, start_row
from pluralism.engines.local.text_scoring import score_texts_plainly
from pluralism.engines.memory import give_back, memory_errors
from pluralism.errors import UserError

PAD = 0
"""Before a shorter prompt, where the attention mask hides it, and after a finished answer. Any token will do."""


class _Sampler(LogitsProcessor):
    """Leaves each row one token only: the one that was chosen for it, or `PAD` once the row is finished."""

    def __init__(self, rows: Sequence[BatchRow], chooser: Chooser) -> None:
        self._rows, self._chooser = rows, chooser
        # What a row still has to write: the chosen token goes first, those that the grammar forces follow.
        self._pending: list[list[int]] = [[] for _ in rows]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> Any:
        choosing = [index for index, row in enumerate(self._rows) if not self._pending[index] and not row.finished]
        if choosing:
            chosen = self._chooser.choose([self._rows[index] for index in choosing], scores[choosing])
            for index, tokens in zip(choosing, chosen, strict=True):
                self._pending[index] = tokens
        written = [pending.pop(0) if pending else PAD for pending in self._pending]
        only = torch.full_like(scores, -torch.inf)
        only[torch.arange(len(written)), written] = 0
        return only


class _AllFinished(StoppingCriteria):
    """Ends `generate`. Were it left to an end token, a row might write that one as text."""

    def __init__(self, rows: Sequence[BatchRow]) -> None:
        self._rows = rows

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> Any:
        return torch.tensor([row.finished for row in self._rows], device=input_ids.device)


@torch.inference_mode()
def decode(
    model: PreTrainedModel,
    requests: Sequence[RenderedRequest],
    grammars: Grammars,
    *,
    context: int,
    budget: int,
    padded: bool = True,
) -> Iterator[list[BatchRow]]:
    """Answer requests, batch by batch.

    Args:
        model: a causal language model, in eval mode.
        requests: the rendered requests.
        grammars: the compiled schemas.
        context: tokens that prompt and answer may have together.
        budget: tokens of a batch, padding included; halved whenever memory does not suffice.
        padded: whether a batch may hold prompts of different lengths.

    Raises:
        UserError: a single request does not fit into memory.
    """
    waiting, chooser = sorted_by_prefix(requests), Chooser(grammars)
    if not padded:
        waiting.sort(key=_length)
    while waiting:
        widths = [len(request.prompt) + request.expected_answer_tokens for request in waiting]
        size = 1
        while size < len(waiting) and (size + 1) * max(widths[: size + 1]) <= budget:
            if not padded and _length(waiting[size]) != _length(waiting[0]):
                break
            size += 1
        batch, rest = waiting[:size], waiting[size:]
        rows = [start_row(request, grammars, context) for request in batch]
        try:
            with memory_errors():
                if writing := [row for row in rows if not row.finished]:
                    _generate(model, writing, chooser)
                score_texts_plainly(model, rows)
                score_numbers_plainly(model, [row for row in rows if not row.cut])
        except torch.OutOfMemoryError:
            if size == 1:
                length = len(batch[0].prompt)
                raise UserError(f"a single prompt of {length} tokens does not fit into memory") from None
            budget = size * max(widths[:size]) // 2
            give_back()
            continue
        waiting = [row.request.retry() for row in rows if row.needs_retry] + rest
        yield [row for row in rows if not row.needs_retry]


def _length(request: RenderedRequest) -> tuple[int, str]:
    """The same for requests whose texts are of the same length when decoding begins: schemas force tokens, too."""
    return len(request.prompt), request.chat.schema


def _generate(model: PreTrainedModel, rows: Sequence[BatchRow], chooser: Chooser) -> None:
    texts = [(*row.prefix, *row.suffix) for row in rows]
    for row, text in zip(rows, texts, strict=True):
        row.prefilled = len(text)
    most = max(row.request.answer_tokens for row in rows) + 1
    generate(model, texts, _Sampler(rows, chooser), most, _AllFinished(rows))


def generate(
    model: PreTrainedModel,
    texts: Sequence[Sequence[int]],
    choose: LogitsProcessor,
    most: int,
    *stop: StoppingCriteria,
) -> None:
    """Let transformers continue texts, by nothing but our choice of each token.

    Args:
        model: a causal language model whose own generation config says nothing.
        texts: their tokens; those that are shorter than others are padded on the left.
        choose: gets the logits, and leaves each row one token.
        most: tokens to write at most.
        stop: what ends it earlier.
    """
    width = max(map(len, texts))
    options: dict[str, Any] = {}
    if "attention_mask" in inspect.signature(model.forward).parameters:
        mask = [[0] * (width - len(text)) + [1] * len(text) for text in texts]
        options["attention_mask"] = torch.tensor(mask, device=model.device)
    generator: Any = model
    generator.generate(
        torch.tensor([[PAD] * (width - len(text)) + list(text) for text in texts], device=model.device),
        generation_config=GenerationConfig(max_new_tokens=most),
        logits_processor=LogitsProcessorList([choose]),
        stopping_criteria=StoppingCriteriaList(stop),
        **options,
    )
