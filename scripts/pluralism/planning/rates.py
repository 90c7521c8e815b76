"""How fast a model answers: as the user says, or as its journals tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from pluralism.errors import UserError
from pluralism.requests import Generation


@dataclass(frozen=True)
class Timing:
    """Tokens written and the seconds that it took, prompts read and all; a scorer's answer counts as one token."""

    output_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Timing") -> "Timing":
        return Timing(self.output_tokens + other.output_tokens, self.seconds + other.seconds)

    @classmethod
    def of(cls, generations: Iterable[Generation]) -> Self:
        """What generations took, of those whose time was taken."""
        timed = [generation for generation in generations if generation.seconds > 0]
        return cls(sum(map(answer_tokens, timed)), sum(entry.seconds for entry in timed))

    @property
    def rate(self) -> float | None:
        """Output tokens per second; None where nothing was timed."""
        return self.output_tokens / self.seconds if self.seconds and self.output_tokens else None


def answer_tokens(generation: Generation) -> int:
    """The length of an answer; 1 for a scorer's, which writes nothing."""
    return max(generation.output_tokens, 1)


@dataclass(frozen=True)
class GivenRate:
    """Output tokens per second that the user names, of one model of the config or of any."""

    tokens_per_second: float
    model: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read such as 800 or llama_3b=800.

        Raises:
            UserError: it is of another form.
        """
        model, equals, number = text.rpartition("=")
        try:
            rate = float(number)
        except ValueError:
            rate = 0.0
        if not 0 < rate < float("inf") or (equals and not model):
            raise UserError(f"--tokens-per-second: '{text}', expected such as 800 or llama_3b=800")
        return cls(rate, model or None)


def choose_rate(model: str, own: Timing, of_model: Timing, given: Sequence[GivenRate]) -> float | None:
    """Output tokens per second: that given for the model, else measured with the ADM, with the model, else given."""
    named = next((entry.tokens_per_second for entry in given if entry.model == model), None)
    general = next((entry.tokens_per_second for entry in given if entry.model is None), None)
    return named or own.rate or of_model.rate or general
