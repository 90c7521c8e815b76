"""Which requests run together: like prompts side by side, as many as a budget of tokens holds."""

from collections.abc import Sequence
from dataclasses import dataclass
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
        answer_tokens: tokens kept free for the answer.
    """

    key: str
    prompt: Prompt
    schema: str
    temperature: float
    answer_tokens: int

    @property
    def tokens(self) -> int:
        """Places in the cache that the request is expected to need."""
        return len(self.prompt) + self.answer_tokens // EXPECTED_SHARE


def plan_batches(works: Sequence[Work], budget: int) -> list[list[Work]]:
    """Put works into batches.

    Works with the same prefix stay together, so that it is computed once; groups of like length follow each other, so
    that little is padded. A batch takes (rows * longest row) tokens of the budget, and at least one row.
    """
    by_prefix = sorted(works, key=lambda work: work.prompt.prefix)
    groups = [
        sorted(group, key=lambda work: work.tokens)
        for _, group in groupby(by_prefix, key=lambda work: work.prompt.prefix)
    ]
    batches: list[list[Work]] = [[]]
    longest = 0
    for work in (work for group in sorted(groups, key=lambda group: group[-1].tokens) for work in group):
        longest = max(longest, work.tokens)
        if batches[-1] and (len(batches[-1]) + 1) * longest > budget:
            batches.append([])
            longest = work.tokens
        batches[-1].append(work)
    return [batch for batch in batches if batch]
