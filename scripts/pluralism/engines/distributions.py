"""The distribution of a number that a model may write, and its mean and spread next to the number in an answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
DECIMALS = 6
"""Of mean and spread in an answer: more than single precision gives."""


@dataclass(frozen=True)
class Distribution:
    """The probability of each integer from 0 up; they sum to 1."""

    probabilities: Probabilities

    @property
    def mean(self) -> float:
        """The expected number."""
        return float(self.probabilities @ np.arange(len(self.probabilities)))

    @property
    def spread(self) -> float:
        """The standard deviation, in the unit of the numbers."""
        deviations = np.arange(len(self.probabilities)) - self.mean
        return float(np.sqrt(self.probabilities @ deviations**2))


def with_moments(value: Any, name: str, distributions: Iterator[Distribution]) -> Any:
    """A parsed answer in which `{name}_mean` and `{name}_spread` follow each number called `name`.

    Args:
        value: objects within objects.
        name: of the numbers.
        distributions: theirs, in the order in which they were written.
    """
    if not isinstance(value, Mapping):
        return value
    completed: dict[str, Any] = {}
    for key, part in value.items():
        completed[key] = with_moments(part, name, distributions)
        if key == name:
            distribution = next(distributions)
            completed[f"{name}_mean"] = round(distribution.mean, DECIMALS)
            completed[f"{name}_spread"] = round(distribution.spread, DECIMALS)
    return completed
