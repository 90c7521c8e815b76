"""Requests and which of them run together; and a request while it is answered, a row of the batch."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from llguidance import LLMatcher
from numpy.typing import NDArray

from pluralism.engines.base import ATTEMPTS, sampling_key
from pluralism.engines.distributions import Distribution
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import NumberTree
from pluralism.engines.rendering import Prompt
from pluralism.requests import SENTENCE_TOKENS, Request

EXPECTED_SHARE = 3
"""A batch reserves an answer's bound divided by this, since few answers come near their bound."""
SPARE_TOKENS = 16
"""A number that ends an answer is computed in every way in which it might be written."""


@dataclass(frozen=True)
class RenderedRequest:
    """A request whose prompt is rendered.

    Attributes:
        key: the request's key; its sampling seed derives from it.
        prompt: its tokens.
        chat: the request.
        attempt: 0, or 1 for an answer that is sampled again since the first was too long.
    """

    key: str
    prompt: Prompt
    chat: Request
    attempt: int = 0

    def retry(self) -> "RenderedRequest":
        """The same request, to be sampled with other random numbers."""
        return replace(self, attempt=self.attempt + 1)

    @property
    def answer_tokens(self) -> int:
        """The most tokens of the answer."""
        if self.prompt.texts:
            return self.prompt.longest_text
        most = self.chat.answer_tokens
        return most if self.chat.stop is None else max(most - len(self.prompt), 1)

    @property
    def expected_answer_tokens(self) -> int:
        """Tokens that the answer is expected to need."""
        if self.prompt.texts:
            return self.answer_tokens
        return self.answer_tokens // EXPECTED_SHARE if self.chat.stop is None else SENTENCE_TOKENS

    @property
    def most_tokens(self) -> int:
        """Tokens of the prompt with the longest answer, and with what is computed of numbers at its end."""
        return len(self.prompt) + self.answer_tokens + SPARE_TOKENS


def sorted_by_prefix(requests: Sequence[RenderedRequest]) -> list[RenderedRequest]:
    """Requests with the same prefix follow each other, and so do prefixes with requests of similar length."""
    ordered = sorted(requests, key=lambda request: (request.prompt.prefix, len(request.prompt), request.prompt.suffix))
    longest = {request.prompt.prefix: len(request.prompt) for request in ordered}  # the last of each prefix counts
    return sorted(ordered, key=lambda request: longest[request.prompt.prefix])


class CacheSize:
    """Counts the tokens that requests need in the KV cache together; what they share counts once."""

    def __init__(self, requests: Sequence[RenderedRequest] = ()) -> None:
        """Begin with some requests."""
        self.prompt_tokens = self._answer_tokens = 0
        self._texts: set[tuple[tuple[int, ...], ...]] = set()
        for request in requests:
            self.add(request)

    def add(self, request: RenderedRequest) -> None:
        """Count one more request."""
        for text in ((request.prompt.prefix,), (request.prompt.prefix, request.prompt.suffix)):
            if text not in self._texts:
                self._texts.add(text)
                self.prompt_tokens += len(text[-1])
        self._answer_tokens += request.expected_answer_tokens

    @property
    def tokens(self) -> int:
        """Of prompts and of answers, as long as these are expected to be."""
        return self.prompt_tokens + self._answer_tokens


def take_group(
    waiting: deque[RenderedRequest], running: Sequence[RenderedRequest], budget: int, most_new: int
) -> list[RenderedRequest]:
    """Remove from the front of `waiting` what fits into the budget with `running`; at least one if none is running.

    Args:
        waiting: the requests to take from.
        running: those that are in the cache already.
        budget: tokens that the cache may hold.
        most_new: prompt tokens to compute, at most; more for a single prompt that has more.
    """
    size, taken = CacheSize(running), list[RenderedRequest]()
    most = size.prompt_tokens + most_new
    while waiting:
        computed = size.prompt_tokens
        size.add(waiting[0])
        is_too_much = size.prompt_tokens > max(computed, most)  # another sample of the same prompt never is
        if (size.tokens > budget and (running or taken)) or (is_too_much and taken):
            break
        taken.append(waiting.popleft())
    return taken


@dataclass
class Number:
    """A number in an answer whose distribution is requested.

    Attributes:
        before: tokens of the answer that precede it.
        tree: how it may be written.
        root: the model's logits there, of the tokens that the tree's root allows.
        distribution: set when the answer is complete; at once where the tree is its root only.
    """

    before: int
    tree: NumberTree
    root: NDArray[np.float64]
    distribution: Distribution | None = None


@dataclass
class BatchRow:
    """A request while it is answered.

    Attributes:
        request: what is answered.
        matcher: what the grammar allows next.
        random: the row's random numbers; it depends on the request only.
        forced: tokens at the beginning of the answer that the grammar determines; they join the prompt.
        context: tokens that prompt and answer may have together.
        answer: all tokens of the answer so far, the forced ones included.
        forced_tokens: how many of them the grammar determined.
        prefilled: prompt tokens that were computed for this row; shared ones count for the first row that needs them.
        cut: whether the answer reached its bound or the end of the context before it was complete.
        ended: whether the continuation of a raw text has its stop, or reached one of these; or nothing is written.
        numbers: those whose distributions are requested, as far as the answer has reached them.
        log_probabilities: of the request's texts.
    """

    request: RenderedRequest
    matcher: LLMatcher
    random: np.random.Generator
    forced: tuple[int, ...]
    context: int
    answer: list[int] = field(default_factory=list)
    forced_tokens: int = 0
    prefilled: int = 0
    cut: bool = False
    ended: bool = False
    numbers: list[Number] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)

    @property
    def prefix(self) -> tuple[int, ...]:
        """The shared beginning of the prompt, at least one token."""
        return self.request.prompt.prefix or self.request.prompt.suffix[:1]

    @property
    def suffix(self) -> tuple[int, ...]:
        """What follows the prefix, up to the first token that is not forced."""
        text = (*self.request.prompt.prefix, *self.request.prompt.suffix, *self.forced)
        return text[len(self.prefix) :]

    @property
    def text(self) -> tuple[int, ...]:
        """Prompt and answer so far."""
        return (*self.request.prompt.prefix, *self.request.prompt.suffix, *self.answer)

    @property
    def finished(self) -> bool:
        """Whether the answer is complete, or cannot go on."""
        return self.cut or self.ended or bool(self.matcher.is_stopped())

    @property
    def needs_retry(self) -> bool:
        """Whether to sample the answer once more: it was cut, and another sample may be shorter."""
        return self.cut and self.request.chat.temperature > 0 and self.request.attempt + 1 < ATTEMPTS

    @property
    def open_numbers(self) -> list[Number]:
        """Those whose distributions are still unknown."""
        return [number for number in self.numbers if number.distribution is None]

    @property
    def distributions(self) -> list[Distribution]:
        """Those requested, of a complete answer."""
        return [number.distribution for number in self.numbers if number.distribution is not None]

    def append(self, token: int, grammars: Grammars) -> list[int]:
        """Add a chosen token, and those that the grammar forces after it; returns all that were added."""
        Grammars.consume(self.matcher, [token])
        forced = list(self.matcher.compute_ff_tokens()) if not self.matcher.is_stopped() else []
        Grammars.consume(self.matcher, forced)
        self.answer += [token, *forced]
        self.forced_tokens += len(forced)
        bound = min(self.request.answer_tokens, self.context - len(self.request.prompt))
        full, stop = not self.matcher.is_stopped() and len(self.answer) >= bound, self.request.chat.stop
        if stop is None:
            self.cut = full
        else:
            self.ended = full or grammars.has_written(self.answer, stop)
        return [token, *forced]


def start_row(request: RenderedRequest, grammars: Grammars, context: int) -> BatchRow:
    """A row at the beginning of its answer.

    Args:
        request: what is answered.
        grammars: the compiled schemas.
        context: tokens that prompt and answer may have together.
    """
    scores_texts = bool(request.prompt.texts)
    matcher = grammars.matcher(None if scores_texts or request.chat.stop is not None else request.chat.schema)
    forced = tuple(matcher.compute_ff_tokens())
    grammars.consume(matcher, forced)
    random = np.random.default_rng(int(sampling_key(request.key, request.attempt), 16))
    answer, count = list(forced), len(forced)
    return BatchRow(request, matcher, random, forced, context, answer=answer, forced_tokens=count, ended=scores_texts)
