"""Which requests run together: like prompts side by side, as many as a budget of tokens holds."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pluralism.engines.rendering import Prompt

EXPECTED_SHARE = 3
"""Room that a batch plans for an answer: this part of the most that it may come to, since few come near it."""


@dataclass(frozen=True)
class Work:
    """A rendered request on its way through the engine.

    Attributes:
        key: the request's key; its sampling seed derives from it.
        prompt: its tokens.
        schema: JSON text that the answer obeys.
        temperature: 0 is greedy.
        answer_tokens: the most tokens that the answer may have.
        distribution_of: name of the numbers in the answer whose distribution is asked for.
        attempt: 0, or 1 for an answer that is sampled again since the first grew too long.
    """

    key: str
    prompt: Prompt
    schema: str
    temperature: float
    answer_tokens: int
    distribution_of: str | None = None
    attempt: int = 0

    def again(self) -> "Work":
        """The same, to be sampled with other dice."""
        return replace(self, attempt=self.attempt + 1)

    @property
    def answer_room(self) -> int:
        """Tokens that the answer is expected to need."""
        return self.answer_tokens // EXPECTED_SHARE


def in_order(works: Sequence[Work]) -> list[Work]:
    """Works with the same prefix follow each other, and so do prefixes with works of like length."""
    by_prefix = sorted(works, key=lambda work: work.prompt.prefix)
    groups = [
        sorted(group, key=lambda work: (len(work.prompt), work.prompt.suffix))
        for _, group in groupby(by_prefix, key=lambda work: work.prompt.prefix)
    ]
    return [work for group in sorted(groups, key=lambda group: len(group[-1].prompt)) for work in group]


class Room:
    """Counts the places that works need together: what they share counts once."""

    def __init__(self, works: Sequence[Work] = ()) -> None:
        """Begin with some works."""
        self.used = 0
        self._texts: set[tuple[tuple[int, ...], ...]] = set()
        for work in works:
            self.add(work)

    def add(self, work: Work) -> None:
        """Count one more work."""
        for text in ((work.prompt.prefix,), (work.prompt.prefix, work.prompt.suffix)):
            if text not in self._texts:
                self._texts.add(text)
                self.used += len(text[-1])
        self.used += work.answer_room


def take(waiting: deque[Work], active: Sequence[Work], budget: int) -> list[Work]:
    """Remove from the front of `waiting` what fits into the budget beside `active`; at least one if none is active."""
    room, taken = Room(active), list[Work]()
    while waiting:
        room.add(waiting[0])
        if room.used > budget and (active or taken):
            break
        taken.append(waiting.popleft())
    return taken
