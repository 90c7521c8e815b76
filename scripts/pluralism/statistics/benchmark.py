"""The items and targets of a dataset as arrays, with which the picks of every ADM are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pluralism.datasets.items import Item
from pluralism.decisions.scoring import LabelDistances
from pluralism.decisions.selection import Array, Bools, Indices, Scale, distances, level_array
from pluralism.targets.sets import SAMPLED, attribute_count, stands_apart, target_sets
from pluralism.targets.target import Target


@dataclass(frozen=True)
class Benchmark:
    """The items and targets of a dataset.

    Attributes:
        attributes: the names along the last axis of `labels`.
        targets: along the first axis of the distances.
        labels: shape (items, responses, attributes); NaN where an item has fewer responses.
        prompts: shape (items,); items with the same prompt have the same number, from 0.
        by_label: distances of the labels from the targets, shape (targets, items, responses).
        scale: as for `distances`.
    """

    attributes: tuple[str, ...]
    targets: tuple[Target, ...]
    labels: Array
    prompts: Indices
    by_label: LabelDistances
    scale: Scale | None

    @property
    def scored(self) -> Bools:
        """Where the responses differ in distance, shape (targets, items)."""
        return self.by_label.scored

    @cached_property
    def names(self) -> list[str]:
        """The targets' names."""
        return [target.name for target in self.targets]

    @cached_property
    def sets(self) -> dict[str, Indices]:
        """Target set -> indices of its targets."""
        members = np.array([target.set for target in self.targets])
        return {name: np.flatnonzero(members == name) for name in target_sets(self.names)}

    @cached_property
    def sets_and_sampled(self) -> dict[str, Indices]:
        """The target sets and, where several hold sampled targets, these together."""
        sampled = [place for place, name in enumerate(self.names) if attribute_count(name) is not None]
        several = len({self.targets[place].set for place in sampled}) > 1
        return self.sets | ({SAMPLED: np.array(sampled)} if several else {})

    @cached_property
    def response_counts(self) -> Indices:
        """The number of responses of each item."""
        counts: Indices = (~np.isnan(self.labels[:, :, 0])).sum(axis=1)
        return counts

    @cached_property
    def chance(self) -> Array:
        """The chance that a random pick is right, shape (targets, items)."""
        chance: Array = self.by_label.right.sum(axis=2) / self.response_counts
        return chance

    @cached_property
    def compared(self) -> Indices:
        """The indices of the targets that most tables are about: without doses and people's, which have their own."""
        return np.array([place for place, name in enumerate(self.names) if not stands_apart(name)], dtype=np.intp)

    def only(self, places: Indices) -> "Benchmark":
        """The same items with some of the targets, in their order."""
        if len(places) == len(self.targets):
            return self
        targets, distances = tuple(self.targets[place] for place in places), self.by_label.distances[places]
        return replace(self, targets=targets, by_label=LabelDistances(distances))


def make_benchmark(
    items: Sequence[Item], attributes: Sequence[str], targets: Sequence[Target], scale: Scale | None = None
) -> Benchmark:
    """Compute how far every response of every item is from every target; `scale` as for `distances`."""
    labels = level_array([item.labels for item in items], attributes)
    return Benchmark(
        attributes=tuple(attributes),
        targets=tuple(targets),
        labels=labels,
        prompts=pd.factorize(np.array([item.prompt for item in items], dtype=object))[0],
        by_label=LabelDistances(np.stack([distances(labels, attributes, target, scale) for target in targets])),
        scale=scale,
    )


def mean_where(values: NDArray[Any], counts: Bools) -> Array:
    """Mean over the last axis of the `values` that count; NaN where none counts."""
    n = counts.sum(axis=-1)
    mean: Array = np.divide((values * counts).sum(axis=-1), n, out=np.full(n.shape, np.nan), where=n > 0)
    return mean
