"""Means over the scored items of a target set, each of its targets counting the same, as in the table `accuracy`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.decisions.selection import Array, Bools, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.linearised import Clusters, Linearised, ratios
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


def by_target(values: NDArray[Any], benchmark: Benchmark, clusters: Clusters) -> Linearised:
    """The mean of `values`, shape (targets, items), over the scored items of each target."""
    return ratios(clusters.sums(values * benchmark.scored), clusters.sums(benchmark.scored))
