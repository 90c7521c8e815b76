"""How fast a model answers: a rate from the user, or measured from the journals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from pluralism.errors import UserError
from pluralism.requests import Generation


@dataclass(frozen=True)
class Timing:
    """Output tokens and their seconds, reading the prompts included; a scorer's answer counts as one token."""

    output_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Timing") -> "Timing":
        return Timing(self.output_tokens + other.output_tokens, self.seconds + other.seconds)

    @classmethod
    def of(cls, generations: Iterable[Generation]) -> Self:
        """The sum over the generations with a measured time."""
        timed = [generation for generation in generations if generation.seconds > 0]
        return cls(sum(map(answer_tokens, timed)), sum(entry.seconds for entry in timed))

    @property
    def rate(self) -> float | None:
        """Output tokens per second; None where nothing was timed."""
        return self.output_tokens / self.seconds if self.seconds and self.output_tokens else None


def answer_tokens(generation: Generation) -> int:
    """The length of an answer in tokens; 1 for a scorer's, which is not text."""
    return max(generation.output_tokens, 1)


@dataclass(frozen=True)
class GivenRate:
    """Output tokens per second from the user, for one model of the config or for all."""

    tokens_per_second: float
    model: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rate: 800 or llama_3b=800; a `UserError` if the text has another form."""
        model, equals, number = text.rpartition("=")
        try:
            rate = float(number)
        except ValueError:
            rate = 0.0
        if not 0 < rate < float("inf") or (equals and not model):
            raise UserError(f"--tokens-per-second: '{text}', expected 800 or llama_3b=800")
        return cls(rate, model or None)


def choose_rate(model: str, own: Timing, of_model: Timing, given: Sequence[GivenRate]) -> float | None:
    """Output tokens per second: given for the model, else measured with the ADM, with the model, else given for all."""
    named = next((entry.tokens_per_second for entry in given if entry.model == model), None)
    general = next((entry.tokens_per_second for entry in given if entry.model is None), None)
    return named or own.rate or of_model.rate or general
