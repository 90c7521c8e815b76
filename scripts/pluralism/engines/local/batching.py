"""Which requests run together: those with like prompts, as many as a budget of tokens allows."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pluralism.engines.rendering import Prompt

EXPECTED_SHARE = 3
"""A batch reserves an answer's bound divided by this, since few answers come near their bound."""


@dataclass(frozen=True)
class RenderedRequest:
    """A request whose prompt is rendered.

    Attributes:
        key: the request's key; its sampling seed derives from it.
        prompt: its tokens.
        schema: JSON text that the answer obeys.
        temperature: 0 is greedy.
        answer_tokens: the most tokens that the answer may have.
        distribution_of: name of the numbers in the answer whose distribution is requested.
        attempt: 0, or 1 for an answer that is sampled again since the first was too long.
    """

    key: str
    prompt: Prompt
    schema: str
    temperature: float
    answer_tokens: int
    distribution_of: str | None = None
    attempt: int = 0

    def retry(self) -> "RenderedRequest":
        """The same request, to be sampled with other random numbers."""
        return replace(self, attempt=self.attempt + 1)

    @property
    def expected_answer_tokens(self) -> int:
        """Tokens that the answer is expected to need."""
        return self.answer_tokens // EXPECTED_SHARE


def sorted_by_prefix(requests: Sequence[RenderedRequest]) -> list[RenderedRequest]:
    """Requests with the same prefix follow each other, and so do prefixes with requests of like length."""
    by_prefix = sorted(requests, key=lambda request: request.prompt.prefix)
    groups = [
        sorted(group, key=lambda request: (len(request.prompt), request.prompt.suffix))
        for _, group in groupby(by_prefix, key=lambda request: request.prompt.prefix)
    ]
    return [request for group in sorted(groups, key=lambda group: len(group[-1].prompt)) for request in group]


class CacheSize:
    """Counts the tokens that requests need in the KV cache together; what they share counts once."""

    def __init__(self, requests: Sequence[RenderedRequest] = ()) -> None:
        """Begin with some requests."""
        self.tokens = 0
        self._texts: set[tuple[tuple[int, ...], ...]] = set()
        for request in requests:
            self.add(request)

    def add(self, request: RenderedRequest) -> None:
        """Count one more request."""
        for text in ((request.prompt.prefix,), (request.prompt.prefix, request.prompt.suffix)):
            if text not in self._texts:
                self._texts.add(text)
                self.tokens += len(text[-1])
        self.tokens += request.expected_answer_tokens


def take_batch(
    waiting: deque[RenderedRequest], running: Sequence[RenderedRequest], budget: int
) -> list[RenderedRequest]:
    """Remove from the front of `waiting` what fits into the budget beside `running`; at least one if none is running.

    Args:
        waiting: the requests to take from.
        running: those that are in the cache already.
        budget: tokens that the cache may hold.
    """
    size, taken = CacheSize(running), list[RenderedRequest]()
    while waiting:
        size.add(waiting[0])
        if size.tokens > budget and (running or taken):
            break
        taken.append(waiting.popleft())
    return taken
