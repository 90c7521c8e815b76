"""What Kaleido and reward models share: batches of texts of like length, and a check for non-finite values."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pluralism.engines.memory import give_back, memory_errors
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError, foreign_code
from pluralism.requests import Generation

CPU_BUDGET, GPU_BUDGET = 8_192, 65_536
"""Tokens of a batch where the config names none. There is no KV cache, so a guess is good enough; a batch
that does not fit is halved."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncodedRequest:
    """A request whose texts are tokenized.

    Attributes:
        key: the request's key.
        prompts: the token ids of each text that the model reads for it.
        place: of the token at which a reward model is read.
    """

    key: str
    prompts: tuple[tuple[int, ...], ...]
    place: int = 0

    @property
    def length(self) -> int:
        """Tokens of the longest text."""
        return max(map(len, self.prompts))

    @property
    def tokens(self) -> int:
        """Tokens of all texts."""
        return sum(map(len, self.prompts))


@dataclass(frozen=True)
class Answer:
    """The model's answer to one request: a JSON-like object, and how many tokens were written for it."""

    value: Mapping[str, Any]
    output_tokens: int = 0


AnswerBatch = Callable[[Sequence[EncodedRequest]], Sequence[Answer]]
"""Answers a batch, one answer per request and in the same order."""


def plan_batches(requests: Sequence[EncodedRequest], budget: int) -> list[list[EncodedRequest]]:
    """Put requests into batches, the longest first: what does not fit into memory shows at once.

    A batch takes (rows * longest row) tokens of the budget, and at least one row.
    """
    batches: list[list[EncodedRequest]] = []
    for request in sorted(requests, key=lambda request: request.length, reverse=True):
        if batches and (len(batches[-1]) + 1) * batches[-1][0].length <= budget:
            batches[-1].append(request)
        else:
            batches.append([request])
    return batches


def answer_all(
    requests: Sequence[EncodedRequest], answer: AnswerBatch, model: LanguageModel
) -> Iterator[list[Generation]]:
    """Yield the answers batch by batch; a batch that runs out of memory is halved, and so is the budget of the rest.

    Raises:
        UserError: a single request does not fit into memory.
    """
    budget = model.batch_tokens or (GPU_BUDGET if torch.cuda.is_available() else CPU_BUDGET)
    waiting = plan_batches(requests, budget)[::-1]
    while waiting:
        batch = waiting.pop()
        started = time.perf_counter()
        try:
            with torch.inference_mode():
                answers = answer(batch)
        except torch.OutOfMemoryError:
            if len(batch) == 1:
                raise UserError(
                    f"model {model.id}: a single text of {batch[0].length} tokens does not fit into memory"
                ) from None
            budget = len(batch) * batch[0].length // 2
            log.warning("out of memory with %d rows; now batches of %d tokens", len(batch), budget)
            give_back()
            waiting = plan_batches([*batch, *(request for later in waiting for request in later)], budget)[::-1]
            continue
        seconds = (time.perf_counter() - started) / len(batch)
        yield [
            Generation(
                key=request.key,
                text=json.dumps(entry.value, ensure_ascii=False),
                prompt_tokens=request.tokens,
                prefilled_tokens=request.tokens,
                output_tokens=entry.output_tokens,
                seconds=seconds,
            )
            for request, entry in zip(batch, answers, strict=True)
        ]


def padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Prompts side by side, padded on the right.

    Returns:
        Token ids and attention mask (1 where there is text), both of shape (rows, longest prompt). Padding is token 0,
        whatever the model's pad token is: only the mask says where the text ends.
    """
    longest = max(map(len, prompts))
    ids = torch.tensor([[*prompt, *[0] * (longest - len(prompt))] for prompt in prompts], device=device)
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
    return ids, (torch.arange(longest, device=device) < lengths.unsqueeze(-1)).long()


def run_model(model: LanguageModel, call: Callable[..., Any], **inputs: Any) -> Any:
    """Call a loaded model, or a method of it.

    Raises:
        UserError: its own code fails.
        torch.OutOfMemoryError: see `answer_all`.
    """
    with foreign_code(f"model {model.id}: fails on a text", torch.OutOfMemoryError), memory_errors():
        return call(**inputs)


def checked_finite(values: torch.Tensor, model: LanguageModel) -> torch.Tensor:
    """The values as float32.

    Raises:
        UserError: one is infinite or NaN, as may happen in half precision.
    """
    if not bool(values.isfinite().all()):
        raise UserError(f"model {model.id}: gives values that are not finite in {model.dtype}; set another dtype")
    return values.float()
