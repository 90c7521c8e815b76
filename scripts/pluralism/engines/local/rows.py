"""A request while it is answered: one row of the batch."""

from dataclasses import dataclass, field

import numpy as np
from llguidance import LLMatcher
from numpy.typing import NDArray

from pluralism.engines.base import ATTEMPTS, sampling_key
from pluralism.engines.distributions import Distribution
from pluralism.engines.local.batching import RenderedRequest
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import NumberTree
from pluralism.engines.local.sampling import RandomStream


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
        random: the row's random numbers.
        forced: tokens at the beginning of the answer that the grammar determines; they join the prompt.
        context: tokens that prompt and answer may have together.
        answer: all tokens of the answer so far, the forced ones included.
        forced_tokens: how many of them the grammar determined.
        prefilled: prompt tokens that were computed for this row; shared ones count for the first row that needs them.
        cut: whether the answer reached its bound or the end of the context before it was complete.
        numbers: those whose distributions are requested, as far as the answer has reached them.
        returned: whether the row has left the batch, as an answer or to be retried.
    """

    request: RenderedRequest
    matcher: LLMatcher
    random: RandomStream
    forced: tuple[int, ...]
    context: int
    answer: list[int] = field(default_factory=list)
    forced_tokens: int = 0
    prefilled: int = 0
    cut: bool = False
    numbers: list[Number] = field(default_factory=list)
    returned: bool = False

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
    def finished(self) -> bool:
        """Whether the answer is complete, or cannot go on."""
        return self.cut or bool(self.matcher.is_stopped())

    @property
    def needs_retry(self) -> bool:
        """Whether the answer is to be sampled once more: it was cut, and another sample may be shorter."""
        return self.cut and self.request.temperature > 0 and self.request.attempt + 1 < ATTEMPTS

    @property
    def open_numbers(self) -> list[Number]:
        """Those whose distributions are still unknown."""
        return [number for number in self.numbers if number.distribution is None]

    @property
    def distributions(self) -> list[Distribution]:
        """Those requested, of a complete answer."""
        return [number.distribution for number in self.numbers if number.distribution is not None]

    def append(self, token: int) -> list[int]:
        """Add a chosen token, and those that the grammar forces after it; returns all that were added."""
        if not self.matcher.consume_token(token):
            raise RuntimeError(f"the grammar refused the token {token}: {self.matcher.get_error()}")
        forced = list(self.matcher.compute_ff_tokens()) if not self.matcher.is_stopped() else []
        if self.matcher.consume_tokens(forced) is False:
            raise RuntimeError(f"the grammar refused tokens of its own: {self.matcher.get_error()}")
        self.answer += [token, *forced]
        self.forced_tokens += len(forced)
        bound = min(self.request.answer_tokens, self.context - len(self.request.prompt))
        self.cut = not self.matcher.is_stopped() and len(self.answer) >= bound
        return [token, *forced]


def start_row(request: RenderedRequest, grammars: Grammars, context: int) -> BatchRow:
    """A row at the beginning of its answer.

    Args:
        request: what is answered.
        grammars: the compiled schemas.
        context: tokens that prompt and answer may have together.
    """
    matcher = grammars.matcher(request.schema)
    forced = tuple(matcher.compute_ff_tokens())
    matcher.consume_tokens(list(forced))
    random = RandomStream(sampling_key(request.key, request.attempt))
    return BatchRow(request, matcher, random, forced, context, answer=list(forced), forced_tokens=len(forced))
