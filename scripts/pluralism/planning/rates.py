"""How fast a model reads prompts and writes answers: measured from the journals.

The seconds of a generation are its share of its batch's time, and in a batch some prompts are read while answers to
others are written. So no single generation tells what either costs, and only sums over a job do.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import nnls

from pluralism.requests import Generation

LEAST_JOBS = 3
"""So many are needed to tell reading from writing."""
LEAST_CONTRAST = 2.0
"""One job must read so many times as much per token that it writes as another does."""
USUAL_PREFILL = 0.1
"""Seconds for a prompt token per second for an output token, where nothing tells it."""
LEAST_SPREAD, SCALED_SPREAD = 1.25, 2.0
"""By what factor hours may be off: at least, and where reading and writing could not be told apart."""


@dataclass(frozen=True)
class Timing:
    """What was read and written in how many seconds; a scorer's answer counts as one token."""

    prefilled_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Timing") -> "Timing":
        return Timing(
            self.prefilled_tokens + other.prefilled_tokens,
            self.output_tokens + other.output_tokens,
            self.seconds + other.seconds,
        )

    @classmethod
    def of(cls, generations: Iterable[Generation]) -> Self:
        """The sum over the generations with a measured time."""
        timed = [generation for generation in generations if generation.seconds > 0]
        return cls(
            sum(generation.prefilled_tokens for generation in timed),
            sum(map(answer_tokens, timed)),
            sum(generation.seconds for generation in timed),
        )


@dataclass(frozen=True)
class Pace:
    """Seconds that a model takes for a prompt token that it reads, and for a token that it writes."""

    prefill: float
    output: float

    def seconds(self, prefilled_tokens: float, output_tokens: float) -> float:
        """For so many tokens."""
        return self.prefill * prefilled_tokens + self.output * output_tokens

    def times(self, factor: float) -> "Pace":
        """Slower by a factor."""
        return Pace(self.prefill * factor, self.output * factor)


@dataclass(frozen=True)
class Rates:
    """Between which paces a model's is thought to be, and where that is from, in words."""

    fast: Pace
    slow: Pace
    source: str

    @classmethod
    def around(cls, pace: Pace, factor: float, source: str) -> Self:
        """From a pace that may be off by a factor."""
        return cls(pace.times(1 / factor), pace.times(factor), source)

    @property
    def middle(self) -> Pace:
        """The geometric mean of both ends."""
        return Pace(
            math.sqrt(self.fast.prefill * self.slow.prefill),
            math.sqrt(self.fast.output * self.slow.output),
        )


def answer_tokens(generation: Generation) -> int:
    """The length of an answer in tokens; 1 for a scorer's, which is not text."""
    return max(generation.output_tokens, 1)


def measured_rates(jobs: Sequence[Timing], own: Timing, guess: Pace | None, source: str) -> Rates | None:
    """The rates of a model from what its jobs took; None where nothing was timed.

    Args:
        jobs: one timing per journal of the model.
        own: that of the ADM in question, whose sum the rates then meet; without seconds where it has none.
        guess: a pace whose relation of reading to writing is taken where the jobs do not tell it.
        source: of the timings, in words.
    """
    timed = [job for job in jobs if job.seconds > 0]
    if not timed:
        return None
    if (pace := fitted_pace(timed)) is not None:
        factor = max(LEAST_SPREAD, _off_by(pace, timed))
    else:
        pace, factor = scaled_pace(guess or Pace(USUAL_PREFILL, 1), sum(timed, Timing())), SCALED_SPREAD
    if own.seconds > 0:
        pace, factor = scaled_pace(pace, own), min(factor, LEAST_SPREAD)
    return Rates.around(pace, factor, source)


def fitted_pace(jobs: Sequence[Timing]) -> Pace | None:
    """The pace that explains best what jobs took, by non-negative least squares, weighted by 1 / seconds.

    None where there are too few jobs, where they are too alike to tell reading from writing, or where one of both comes
    out as free.
    """
    reading = [job.prefilled_tokens / job.output_tokens for job in jobs]
    if len(jobs) < LEAST_JOBS or max(reading) < LEAST_CONTRAST * min(reading):
        return None
    tokens = np.array([[job.prefilled_tokens, job.output_tokens] for job in jobs], dtype=float)
    weights = np.sqrt([job.seconds for job in jobs])
    prefill, output = map(float, nnls(tokens / weights[:, None], weights)[0])
    return Pace(prefill, output) if prefill > 0 and output > 0 else None


def scaled_pace(pace: Pace, timing: Timing) -> Pace:
    """A pace that is faster or slower in both, so that it gives the seconds of a timing."""
    return pace.times(timing.seconds / pace.seconds(timing.prefilled_tokens, timing.output_tokens))


def _off_by(pace: Pace, jobs: Sequence[Timing]) -> float:
    """By what factor jobs may take more or less than a pace says: twice the root mean square, in logarithms."""
    ratios = [job.seconds / pace.seconds(job.prefilled_tokens, job.output_tokens) for job in jobs]
    return float(np.exp(2 * np.sqrt(np.mean(np.log(ratios) ** 2))))
