"""The noise ceiling: what a perfect predictor could reach, given how annotators disagree.

A label is the mean of a few annotators. Others would have given another label, which even one who knows what annotators
in general think cannot foresee. Three estimates, each the accuracy of a predictor on labels made of few annotators:

- lower bound: the label of one half of a response's annotators, predicted by the mean of the other half. That mean is
  noisier than what a perfect predictor knows, and the label noisier than the published one.
- upper bound: the label of annotators that are drawn with replacement from those of a response, predicted by the mean
  of those. It takes what set them apart by chance for what sets the responses apart.
- ceiling: the same, but some are drawn from the annotators of all responses of the item: so many that the means of
  responses differ as much as their true levels do, the noise in them taken off.

The ceiling's interval runs from the lower end of that of the lower bound to the upper end of that of the upper bound,
as for a number that data can only bound (Horowitz and Manski, Journal of the American Statistical Association, 2000).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.datasets.annotations import ItemAnnotations
from pluralism.decisions.scoring import LabelDistances
from pluralism.decisions.selection import Array, Indices, Scale, distances, nearest_responses
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Estimate, estimate_mean
from pluralism.statistics.linearised import Clusters, ratios
from pluralism.statistics.table_columns import TableRow

DRAWS = 200
"""Of the labels of each item; where there are at most so many ways to halve its annotators, each way counts once."""

Given = Sequence[Array]
"""For each response of an item what its annotators gave, shape (annotators, attributes)."""


@dataclass(frozen=True)
class Trials:
    """Labels made of few annotators of an item, and what is predicted for the same responses.

    Attributes:
        predicted: levels, shape (trials, responses, attributes).
        labels: levels of the scale, of the same shape.
    """

    predicted: Array
    labels: Array


def noise_ceiling_rows(
    benchmark: Benchmark, annotations: Sequence[ItemAnnotations], levels: Scale | None, seed: int
) -> list[TableRow]:
    """A row per target set, of the items whose responses have two annotations or more; none without such an item.

    Args:
        benchmark: items and targets.
        annotations: of each item.
        levels: all levels that a label can have, ascending; None where a label is the mean as it is.
        seed: of the draws.
    """
    # Sorted, since the annotators of a response have no order.
    given = {
        place: [np.array(sorted([entry[name] for name in benchmark.attributes] for entry in of)) for of in responses]
        for place, responses in enumerate(annotations)
        if responses is not None and min(map(len, responses)) > 1
    }
    if not given:
        return []
    items = list(given)
    trials = zip(*_trials(list(given.values()), levels, np.random.default_rng(seed)), strict=True)
    counts = [_counts(benchmark, of) for of in trials]
    described: TableRow = {
        "n_items": len(items),
        "annotations": float(np.mean([len(of) for item in given.values() for of in item])),
        "same_label": _same_labels(benchmark.labels[items], list(given.values()), levels),
    }
    rows: list[TableRow] = []
    for target_set, members in benchmark.sets.items():
        row: TableRow = {
            "target_set": target_set,
            "n_targets": len(members),
            **described,
            "n_scored": int(benchmark.scored[members][:, items].sum()),
        }
        labels = LabelDistances(benchmark.by_label.distances[members][:, items])
        by_chance = _mean_share(_expected_at_random(labels), labels.scored)
        ceiling, lower, upper = (_accuracy(of[:, members], benchmark.prompts[items], by_chance) for of in counts)
        row |= replace(ceiling, low=lower.low, high=upper.high).columns("ceiling")
        rows.append(row | {"lower_bound": lower.value, "upper_bound": upper.value})
    return rows


def reliabilities(items: Sequence[Given]) -> tuple[Array, Array]:
    """Variances by a one-way analysis of variance of responses within items, by attribute.

    For unequal numbers of annotators, as in Searle, Casella and McCulloch, Variance Components, 1992, chapter 3.

    Returns:
        (of the true levels of an item's responses, of single annotations of a response), each of shape (attributes,).
    """
    within = between = 0.0
    n_within = n_between = 0
    size = 0.0
    for given in items:
        counts, means = np.array([len(of) for of in given]), np.stack([of.mean(axis=0) for of in given])
        middle = np.concatenate(given).mean(axis=0)
        within += sum(((of - mean) ** 2).sum(axis=0) for of, mean in zip(given, means, strict=True))
        between += (counts[:, None] * (means - middle) ** 2).sum(axis=0)
        n_within += int(counts.sum()) - len(given)
        n_between += len(given) - 1
        size += counts.sum() - (counts**2).sum() / counts.sum()
    noise = np.asarray(within / n_within)
    return np.maximum(0, (between / n_between - noise) / (size / n_between)), noise


def to_levels(values: Array, levels: Scale | None) -> Array:
    """The nearest level of a scale; of two equally near the one with the even number, counted from 0.

    Without levels, the values.
    """
    if levels is None:
        return values
    places = np.interp(values, levels, np.arange(len(levels)))
    nearest: Array = np.asarray(levels)[np.rint(np.round(places, 6)).astype(np.intp)]
    return nearest


def halves(given: Given, levels: Scale | None, random: np.random.Generator) -> Trials:
    """The smaller half of each response's annotators predicts, the others are its label."""
    counts = [len(of) for of in given]
    if prod(comb(count, count // 2) for count in counts) <= DRAWS:
        ways = [_ways_to_halve(count) for count in counts]
        places = np.indices([len(of) for of in ways]).reshape(len(ways), -1)
        orders = [of[place] for of, place in zip(ways, places, strict=True)]
    else:
        orders = [random.permuted(np.tile(np.arange(count), (DRAWS, 1)), axis=1) for count in counts]
    first = [of[order[:, : len(of) // 2]].mean(axis=1) for of, order in zip(given, orders, strict=True)]
    second = [of[order[:, len(of) // 2 :]].mean(axis=1) for of, order in zip(given, orders, strict=True)]
    return Trials(np.stack(first, axis=1), to_levels(np.stack(second, axis=1), levels))


def redrawn(
    given: Given, shares: Sequence[Array], levels: Scale | None, random: np.random.Generator
) -> tuple[Trials, Trials]:
    """Labels of annotators drawn with replacement; the mean of those that are drawn from predicts.

    Args:
        given: of an item.
        shares: for each response, how many are drawn from its own annotators by attribute, in [0, 1], shape
            (attributes,); the rest are drawn from those of all responses of the item.
        levels: all levels that a label can have; None for any.
        random: draws.

    Returns:
        (as the shares say, all from the response's own).
    """
    everyone = np.concatenate(given)
    predicted, labels = [], []
    for of, share in zip(given, shares, strict=True):
        size = (DRAWS, len(of))
        own, other = of[random.integers(len(of), size=size)], everyone[random.integers(len(everyone), size=size)]
        mixed = np.where(random.random((*size, 1)) < share, own, other)
        predicted.append((share * of.mean(axis=0) + (1 - share) * everyone.mean(axis=0), of.mean(axis=0)))
        labels.append((mixed.mean(axis=1), own.mean(axis=1)))
    shrunk, plain = (
        Trials(np.tile(np.stack(levels_of), (DRAWS, 1, 1)), to_levels(np.stack(made, axis=1), levels))
        for levels_of, made in zip(zip(*predicted, strict=True), zip(*labels, strict=True), strict=True)
    )
    return shrunk, plain


def _trials(items: Sequence[Given], levels: Scale | None, random: np.random.Generator) -> Iterator[tuple[Trials, ...]]:
    """For each item the trials of the ceiling, the lower and the upper bound."""
    true, noise = reliabilities(items)
    for given in items:
        parts = [(true, true + noise / len(of)) for of in given]
        shares = [np.sqrt(np.divide(top, all_, out=np.ones_like(top), where=all_ > 0)) for top, all_ in parts]
        shrunk, plain = redrawn(given, shares, levels, random)
        yield shrunk, halves(given, levels, random), plain


def _ways_to_halve(count: int) -> Indices:
    """All orders of annotators that differ in who is in the first, smaller half; shape (ways, annotators)."""
    everyone = range(count)
    chosen = combinations(everyone, count // 2)
    return np.array([[*half, *(one for one in everyone if one not in half)] for half in chosen])


def _counts(benchmark: Benchmark, trials: Sequence[Trials]) -> Array:
    """Shares of each item's trials that are scored, that are right, and that a random pick is expected to get right.

    By the rule of ADMs; shape (3, targets, items).
    """
    most = max(of.labels.shape[1] for of in trials)
    rooms = [((0, 0), (0, most - of.labels.shape[1]), (0, 0)) for of in trials]
    predicted, labels = (
        np.concatenate([np.pad(part, room, constant_values=np.nan) for part, room in zip(parts, rooms, strict=True)])
        for parts in ([of.predicted for of in trials], [of.labels for of in trials])
    )
    sizes = np.array([len(of.labels) for of in trials])
    starts = np.cumsum(sizes) - sizes
    counts = np.empty((3, len(benchmark.targets), len(trials)))
    for place, target in enumerate(benchmark.targets):
        picks = nearest_responses(predicted, benchmark.attributes, target, benchmark.scale)
        by_label = LabelDistances(distances(labels, benchmark.attributes, target, benchmark.scale))
        found = by_label.scored, by_label.outcomes(picks).correct, _expected_at_random(by_label)
        counts[:, place] = np.add.reduceat(np.array(found, dtype=float), starts, axis=1) / sizes
    return counts


def _accuracy(counts: Array, prompts: Indices, by_chance: float) -> Estimate:
    """The percent that is right of what is scored, mean over targets, were the published labels as easy to guess.

    Labels of fewer annotators tie more often for the nearest of several responses. So the accuracy is told for labels
    that a random pick gets right as often as the published ones, at the same skill: (accuracy - random) / (1 - random).

    Args:
        counts: from `_counts`.
        prompts: the number of each item's prompt.
        by_chance: the share of the published labels that a random pick is expected to get right.
    """
    scored, correct, at_random = counts
    clusters = Clusters(np.unique(prompts, return_inverse=True)[1])
    found = estimate_mean(ratios(clusters.sums(correct), clusters.sums(scored)))
    harder = (1 - by_chance) / (1 - _mean_share(at_random, scored))
    value, low, high = (float(np.maximum(0, 1 - (1 - part) * harder)) for part in (found.value, found.low, found.high))
    return Estimate(value, low, high, found.standard_error * harder).times(100)


def _expected_at_random(labels: LabelDistances) -> Array:
    """The chance that a random pick is right, 0 where an item is not scored; shape (.., items)."""
    expected: Array = labels.scored * labels.right.sum(axis=-1) / (~np.isnan(labels.distances)).sum(axis=-1)
    return expected


def _mean_share(counted: Array, scored: NDArray[Any]) -> float:
    """The mean over targets of what is counted of what is scored; NaN where nothing is scored."""
    totals = scored.sum(axis=1)
    shares = counted.sum(axis=1)[totals > 0] / totals[totals > 0]
    return float(shares.mean()) if shares.size else float("nan")


def _same_labels(labels: Array, items: Sequence[Given], levels: Scale | None) -> float:
    """Percent of the labels, shape (items, responses, attributes), that are the rounded mean of their annotations."""
    means = [[of.mean(axis=0) for of in given] for given in items]
    same = [
        np.isclose(to_levels(mean, levels), label, rtol=0, atol=0.01)
        for given, of_item in zip(means, labels, strict=True)
        for mean, label in zip(given, of_item, strict=False)
    ]
    return 100 * float(np.mean(same))
