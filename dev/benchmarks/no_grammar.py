"""What stands in for a grammar where its cost is measured: any token may come next, and answers have a fixed length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pluralism.engines.local.grammar import Grammars


@dataclass
class _AnyTokens:
    """Has the methods of an LLMatcher that decoding calls; `left` tokens are still to come."""

    left: int

    def consume_token(self, _: int) -> bool:
        self.left -= 1
        return True

    def consume_tokens(self, tokens: Sequence[int]) -> bool:
        self.left -= len(tokens)
        return True

    def compute_ff_tokens(self) -> list[int]:
        return []

    def is_stopped(self) -> bool:
        return self.left <= 0


class NoGrammars(Grammars):
    """Lets every answer be `length` tokens of any kind."""

    def __init__(self, logits_width: int, length: int) -> None:
        """Take the columns of the model's logits, and the tokens of an answer."""
        self._width, self._length = logits_width, length

    def matcher(self, schema: str | None) -> Any:
        """A matcher that refuses nothing."""
        return _AnyTokens(self._length)

    def allowed(self, matchers: Sequence[Any], device: torch.device) -> torch.Tensor:
        """True everywhere, shape (matchers, logits width)."""
        return torch.ones(len(matchers), self._width, dtype=torch.bool, device=device)
