"""A request while it is answered."""

from dataclasses import dataclass, field

import numpy as np
from llguidance import LLMatcher
from numpy.typing import NDArray

from pluralism.engines.base import TRIES, draw_key
from pluralism.engines.distributions import Distribution
from pluralism.engines.local.batching import Work
from pluralism.engines.local.grammar import Grammars
from pluralism.engines.local.number_trees import NumberTree
from pluralism.engines.local.sampling import Dice


@dataclass
class Number:
    """A number in an answer whose distribution is asked for.

    Attributes:
        before: tokens of the answer that stand before it.
        tree: how it may be written.
        root: the model's logits there, of the tokens that the tree's root allows.
        distribution: found when the answer is complete; at once where the root is all of the tree.
    """

    before: int
    tree: NumberTree
    root: NDArray[np.float64]
    distribution: Distribution | None = None


@dataclass
class Row:
    """A request while it is answered.

    Attributes:
        work: what is answered.
        matcher: what the grammar allows next.
        dice: the row's random numbers.
        forced: tokens at the beginning of the answer that the grammar leaves no choice about; they join the prompt.
        context: tokens that prompt and answer may have together.
        answer: all tokens of the answer so far, the forced ones included.
        forced_tokens: how many of them the grammar left no choice about.
        prefilled: prompt tokens that were computed for this row; shared ones count for the first row that needs them.
        cut: whether the answer grew too long, for its bound or for the context.
        numbers: those whose distributions are asked for, as far as the answer has come to them.
        left: whether the row is handed on, for good or to be answered again.
    """

    work: Work
    matcher: LLMatcher
    dice: Dice
    forced: tuple[int, ...]
    context: int
    answer: list[int] = field(default_factory=list)
    forced_tokens: int = 0
    prefilled: int = 0
    cut: bool = False
    numbers: list[Number] = field(default_factory=list)
    left: bool = False

    @property
    def prefix(self) -> tuple[int, ...]:
        """The shared beginning of the prompt, at least one token."""
        return self.work.prompt.prefix or self.work.prompt.suffix[:1]

    @property
    def suffix(self) -> tuple[int, ...]:
        """What stands behind the prefix, up to the first token that is free."""
        text = (*self.work.prompt.prefix, *self.work.prompt.suffix, *self.forced)
        return text[len(self.prefix) :]

    @property
    def finished(self) -> bool:
        """Whether the answer is complete, or cannot go on."""
        return self.cut or bool(self.matcher.is_stopped())

    @property
    def again(self) -> bool:
        """Whether the answer is to be sampled once more: it was cut, and another draw may be shorter."""
        return self.cut and self.work.temperature > 0 and self.work.attempt + 1 < TRIES

    @property
    def open_numbers(self) -> list[Number]:
        """Those whose distributions are still to be found."""
        return [number for number in self.numbers if number.distribution is None]

    @property
    def distributions(self) -> list[Distribution]:
        """Those asked for, of a complete answer."""
        return [number.distribution for number in self.numbers if number.distribution is not None]

    def take(self, token: int) -> list[int]:
        """Add a chosen token, and those that the grammar forces behind it; returns all that were added."""
        if not self.matcher.consume_token(token):
            raise RuntimeError(f"the grammar refused the token {token}: {self.matcher.get_error()}")
        forced = list(self.matcher.compute_ff_tokens()) if not self.matcher.is_stopped() else []
        if self.matcher.consume_tokens(forced) is False:
            raise RuntimeError(f"the grammar refused tokens of its own: {self.matcher.get_error()}")
        self.answer += [token, *forced]
        self.forced_tokens += len(forced)
        bound = min(self.work.answer_tokens, self.context - len(self.work.prompt))
        self.cut = not self.matcher.is_stopped() and len(self.answer) >= bound
        return [token, *forced]


def start_row(work: Work, grammars: Grammars, context: int) -> Row:
    """A row at the beginning of its answer.

    Args:
        work: what is answered.
        grammars: the compiled schemas.
        context: tokens that prompt and answer may have together.
    """
    matcher = grammars.matcher(work.schema)
    forced = tuple(matcher.compute_ff_tokens())
    matcher.consume_tokens(list(forced))
    dice = Dice(draw_key(work.key, work.attempt))
    return Row(work, matcher, dice, forced, context, answer=list(forced), forced_tokens=len(forced))
