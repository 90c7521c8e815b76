"""Means over the scored items of a target set, each of its targets counting the same, as in the table `accuracy`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.decisions.scoring import Bools
from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Estimate, estimate_from
from pluralism.targets.sets import ALL


def sets_with_all(benchmark: Benchmark) -> Iterator[tuple[str, Indices]]:
    """(name, its targets) of all targets together and of each target set, if they score an item."""
    for name, members in ({ALL: np.arange(len(benchmark.targets))} | benchmark.sets).items():
        if benchmark.scored[members].any():
            yield name, members


def equal_weights(counted: Bools) -> Array:
    """The weight of an outcome in the mean of a set, shape (targets, items); targets that score an item weigh the same.

    `counted` says which outcomes count, shape (targets, items).
    """
    counts = counted.sum(axis=1)
    of_target = np.divide(1.0, counts, out=np.zeros(len(counts)), where=counts > 0) / max(1, np.count_nonzero(counts))
    weights: Array = counted * of_target[:, None]
    return weights


def by_prompt(values: NDArray[Any], prompts: Indices) -> Array:
    """Sum the last axis, items, by prompt; `prompts` as of a `Benchmark`."""
    order = np.argsort(prompts, kind="stable")
    starts = np.searchsorted(prompts[order], np.arange(int(prompts.max()) + 1))
    sums: Array = np.add.reduceat(np.asarray(values, dtype=float)[..., order], starts, axis=-1)
    return sums


def mean_influence(values: NDArray[Any], weights: Array, prompts: Indices) -> tuple[float, Array]:
    """The weighted mean of outcomes, and what each prompt adds to its error, shape (prompts,).

    Args:
        values: of the outcomes, shape (targets, items).
        weights: from `equal_weights`, of the same shape.
        prompts: of the items.
    """
    totals = weights.sum(axis=1, keepdims=True)
    means = np.divide(
        (weights * values).sum(axis=1, keepdims=True), totals, out=np.zeros(totals.shape), where=totals > 0
    )
    return float((weights * values).sum()), by_prompt((weights * (values - means)).sum(axis=0), prompts)


def set_mean(values: NDArray[Any], weights: Array, prompts: Indices, scale: float = 1.0) -> Estimate:
    """The mean of outcomes from 0 to 1 with its interval, times `scale`; other arguments as for `mean_influence`."""
    mean, influence = mean_influence(values, weights, prompts)
    return estimate_from(scale * mean, scale * influence, (0, scale))
