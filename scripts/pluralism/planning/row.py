"""A row of the plan: what one ADM of an experiment asks, and what that takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from pluralism.planning.counting import Count
from pluralism.planning.differences import Differences
from pluralism.planning.rates import Rates, Timing, answer_tokens
from pluralism.requests import Generation

SHORT_ANSWERS = 0.5
"""Answers that nobody has seen may be so much shorter than their largest length."""


@dataclass(frozen=True)
class Span:
    """Between which numbers something is thought to be."""

    low: float
    high: float

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> "Span":
        """Both ends multiplied."""
        return Span(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Tokens:
    """Tokens of prompts, of these those that are read, and of answers."""

    prompt: float
    prefilled: float
    output: float

    @classmethod
    def mean_of(cls, generations: Sequence[Generation]) -> Self:
        """Per generation of a journal; there is at least one."""
        count = len(generations)
        return cls(
            sum(generation.prompt_tokens for generation in generations) / count,
            sum(generation.prefilled_tokens for generation in generations) / count,
            sum(map(answer_tokens, generations)) / count,
        )

    def times(self, factor: float) -> "Tokens":
        """All of them multiplied."""
        return Tokens(self.prompt * factor, self.prefilled * factor, self.output * factor)


@dataclass(frozen=True)
class Row:
    """The cost of an ADM of an experiment on a dataset, or of the reasonings of its train items.

    Attributes:
        dataset: its name.
        experiment: its name.
        adm: its name.
        model: its name.
        count: of all requests; None where the items are missing.
        answered: number of generations in the journal; None where they cannot be compared.
        why: in which parts the requests to answer differ from past ones; empty unless wanted.
        tokens_per_character: of the model.
        counted: whether the model's tokenizer counted the prompts, with their final examples.
        means: tokens of a generation in the journal; None where there are none.
        timings: of these, by the device that made them; its name is empty where it is not known.
        rates: the model's; None where nothing tells them.
        dollars_per_hour: of the devices that the model runs on; None where no price is named.
        dollars_per_token: of a prompt and of an answer, where that is how the model is paid for.
        at_most: whether it may ask less than `count`, since its decoding stops.
    """

    dataset: str
    experiment: str
    adm: str
    model: str
    count: Count | None = None
    answered: int | None = None
    why: Differences = field(default_factory=Counter)
    tokens_per_character: float = 0.0
    counted: bool = False
    means: Tokens | None = None
    timings: Mapping[str, Timing] = field(default_factory=dict)
    rates: Rates | None = None
    dollars_per_hour: float | None = None
    dollars_per_token: tuple[float, float] | None = None
    at_most: bool = False

    @property
    def place(self) -> str:
        """The row in messages."""
        return f"{self.dataset}, {self.experiment}: {self.adm}"

    @property
    def to_make(self) -> int | None:
        """Generations that the journal lacks; all where the journal cannot be compared."""
        return self.count.generations - (self.answered or 0) if self.count is not None else None

    @property
    def tokens(self) -> Tokens | None:
        """Of all generations: as long as those in the journal, else by their texts; None without a count."""
        if self.count is None:
            return None
        if self.means is not None:
            return self.means.times(self.count.generations)
        per_character = self.tokens_per_character
        prompt, prefilled = self.count.prompt_characters, self.count.prefilled_characters
        return Tokens(prompt * per_character, prefilled * per_character, self.count.output_tokens)

    @property
    def tokens_to_make(self) -> Tokens | None:
        """Those of the generations to make."""
        if self.tokens is None or self.count is None or self.to_make is None:
            return None
        return self.tokens.times(self.to_make / self.count.generations if self.to_make else 0.0)

    @property
    def output_to_make(self) -> Span | None:
        """Tokens of the answers to make: as long as those in the journal, else from half of their bound on."""
        if (tokens := self.tokens_to_make) is None:
            return None
        return Span(tokens.output * (SHORT_ANSWERS if self.means is None else 1), tokens.output)

    @property
    def prefill_hours(self) -> Span | None:
        """To read the prompts of the generations to make; None where that is unknown."""
        tokens = self.tokens_to_make
        return _hours(tokens.prefilled, tokens.prefilled, self._paces("prefill")) if tokens is not None else None

    @property
    def output_hours(self) -> Span | None:
        """To write their answers."""
        tokens = self.output_to_make
        return _hours(tokens.low, tokens.high, self._paces("output")) if tokens is not None else None

    def _paces(self, what: str) -> Span | None:
        """Seconds per token that is read or written."""
        return Span(getattr(self.rates.fast, what), getattr(self.rates.slow, what)) if self.rates is not None else None

    @property
    def hours(self) -> Span | None:
        """For the generations to make; None where the rates or the count are unknown."""
        reading, writing = self.prefill_hours, self.output_hours
        return reading + writing if reading is not None and writing is not None else None

    @property
    def dollars(self) -> Span | None:
        """For the generations to make; None where no price is named, or they are unknown."""
        prices, tokens, output = self.dollars_per_token, self.tokens_to_make, self.output_to_make
        if prices is not None and tokens is not None and output is not None:
            read = tokens.prompt * prices[0]
            return Span(read, read) + output.times(prices[1])
        if self.dollars_per_hour is None or self.hours is None:
            return None
        return self.hours.times(self.dollars_per_hour)


def _hours(low: float, high: float, seconds: Span | None) -> Span | None:
    """For tokens, by the seconds of each; no tokens take none at any pace."""
    if high == 0:
        return Span(0, 0)
    return Span(low * seconds.low / 3600, high * seconds.high / 3600) if seconds is not None else None
