"""Where the variance of an outcome comes from: targets, items, orders of the responses, samples, wordings and models.

An outcome is whether a single sample's pick is right, for a scored item under a target. Half the mean squared
difference of two outcomes is the variance of all that they do not share, so that such means over pairs with more and
more in common give the components one after the other: unbiased, without a distribution, and for unequal numbers (Koch
1968). Where the numbers are equal, these are the estimators of the analysis of variance (Searle, Casella & McCulloch
1992, chapter 4). Intervals are from the jackknife by prompt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pluralism.decisions.selection import Array, Bools, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Estimate, estimate_from
from pluralism.statistics.linearised import Clusters, ratio
from pluralism.statistics.samples import NONE, Samples
from pluralism.statistics.table_columns import BOTH, ITEM, MODEL, ORDER, SAMPLE, TARGET, WORDING, TableRow
from pluralism.statistics.target_means import equal_weights, sets_with_all


@dataclass(frozen=True)
class SingleOutcomes:
    """The outcomes of the single samples of an ADM.

    Attributes:
        right: whether a sample's pick is right, shape (targets, samples, items); False where there is no such sample.
        counts: the samples of an item, shape (items,); items with fewer than 2 have 0 where any has more.
        orders: a number for the order shown, shape (targets, samples, items).
    """

    right: Bools
    counts: Indices
    orders: Indices


@dataclass(frozen=True)
class Component:
    """What one source adds to the variance of an outcome.

    Attributes:
        source: what is drawn.
        levels: how many of it there are; a mean where items differ in this.
        values: the variance; that of all prompts, then without each of them, shape (1 + prompts,); NaN where the study
            cannot tell.
        drawn: the variance of the accuracy, as a part of `values`, if this source alone is drawn anew.
        note: why there is no value.
    """

    source: str
    levels: float
    values: Array
    drawn: float = 0.0
    note: str = ""


def single_outcomes(benchmark: Benchmark, entries: Sequence[Samples]) -> SingleOutcomes:
    """Whether each single sample is right; `benchmark` has the targets that the ADM decided for."""
    n_targets, n_items = benchmark.scored.shape
    most = max(len(entry.scores) for entry in entries)
    picks, orders = np.full((n_targets, most, n_items), NONE), np.zeros((n_targets, most, n_items), dtype=np.intp)
    for place, target in enumerate(benchmark.targets):
        for entry in entries:
            if entry.target in (None, target.name) and (not entry.attributes or entry.can_serve(target)):
                found = entry.own_picks(target, benchmark.scale) if entry.attributes else entry.own_votes()
                picks[place, : len(found)], orders[place, : len(found)] = found, entry.orders_for(target)
    known = (picks != NONE).all(axis=0)
    counts = known.sum(axis=0)
    counts = np.where(counts >= min(2, int(counts.max())), counts, 0)
    right = np.take_along_axis(benchmark.by_label.right[:, None], np.maximum(picks, 0)[..., None], axis=3)[..., 0]
    return SingleOutcomes(right & known & (counts > 0), counts, np.where(known, orders, NONE))


def components(
    benchmark: Benchmark, clusters: Clusters, outcomes: SingleOutcomes, *, greedy: bool
) -> Iterator[tuple[str, list[Component]]]:
    """(target set, the components of an ADM's variance) for all targets and each set.

    Args:
        benchmark: items, and the targets that the ADM decided for.
        clusters: their prompts.
        outcomes: from `single_outcomes`.
        greedy: whether it decoded greedily, so that samples in the same order are the same.
    """
    if not outcomes.counts.any():
        return
    pairs = _Pairs(clusters, benchmark.scored, outcomes, greedy=greedy)
    for name, members in sets_with_all(benchmark):
        if (pairs.counted[members].sum(axis=1) > 1).any():
            yield name, pairs.components(members)


def variance_rows(found: Sequence[Component], more: Mapping[str, Component]) -> list[TableRow]:
    """A row per source: its share of the variance of an outcome, and what it does to an accuracy.

    Shares are of the sources that the study can tell; a component below 0 counts as 0. Standard deviations are in
    percentage points.

    Args:
        found: the components of an ADM on a target set.
        more: those of wording and model, by source; none where the study has one.
    """
    every = [*found, *(more[source] if source in more else _alone(source, found[0]) for source in (WORDING, MODEL))]
    known = [component for component in every if not np.isnan(component.values[0])]
    values = np.array([component.values for component in known])
    raw = ratio(values, values.sum(axis=0))
    kept = np.maximum(values[:, 0], 0)
    shares = dict(zip((component.source for component in known), ratio(kept, kept.sum(keepdims=True)), strict=True))
    influences = dict(zip(shares, map(_influence, raw), strict=True))
    rows: list[TableRow] = []
    for component in every:
        row: TableRow = {"source": component.source, "n": component.levels, "note": component.note}
        if component.source in shares:
            variance = max(0.0, float(component.values[0]))
            share = _within_bounds(estimate_from(float(shares[component.source]), influences[component.source]))
            spread = 100 * np.sqrt([variance, variance * component.drawn])
            row |= {**share.columns("share"), "outcome_sd": spread[0], "accuracy_sd": spread[1]}
        rows.append(row)
    return rows


def _within_bounds(share: Estimate) -> Estimate:
    """A share with the ends of its interval from 0 to 1: a share of 0 has the error that its influence tells."""
    low, high = np.clip([share.low, share.high], 0, 1)
    return Estimate(share.value, float(low), float(high), share.standard_error)


def _alone(source: str, other: Component) -> Component:
    return Component(source, 1, np.full(other.values.shape, np.nan), note=f"one {source}")


def _influence(values: Array) -> Array:
    """What each prompt adds to the error, from the value and those without each prompt (the jackknife)."""
    without = values[1:]
    influence: Array = (len(without) - 1) / len(without) * (without.mean() - without)
    return influence


class _Pairs:
    """Means of half the squared difference over pairs of outcomes, with all prompts and without each of them.

    Attributes:
        counted: the outcomes that count, shape (targets, items).
        mean: over the samples, of the same shape.
        within: of two samples of an item under a target, of the same shape; 0 where there is one sample.
    """

    def __init__(self, clusters: Clusters, scored: Bools, outcomes: SingleOutcomes, *, greedy: bool) -> None:
        """The outcomes of an ADM; arguments as for `components`."""
        self.clusters, self.right, self.greedy = clusters, outcomes.right, greedy
        self.samples = np.maximum(outcomes.counts, 1)
        self.counted = scored & (outcomes.counts > 0)
        self.several = int(self.samples.max()) > 1
        self.mean = outcomes.right.sum(axis=1) / self.samples
        self.spread = self.mean * (1 - self.mean)
        self.within = self.spread * self.samples / np.maximum(self.samples - 1, 1) * self.several
        self.sums = [self.without(self.counted * values) for values in (1.0, self.mean, self.spread)]
        self.by_order = _by_order(outcomes, greedy=greedy)

    def without(self, values: Array) -> Array:
        """Sums over the last axis, items: of all, then without each prompt."""
        sums = self.clusters.sums(values)
        total = sums.sum(axis=-1, keepdims=True)
        return np.concatenate([total, total - sums], axis=-1)

    def components(self, members: Indices) -> list[Component]:
        """The components for some of the targets."""
        counted = self.counted[members]
        weights = equal_weights(counted)
        of_item, squares = weights.sum(axis=0), (weights**2).sum(axis=0)
        within = ratio(self.without((weights * self.within[members]).sum(axis=0)), self.without(of_item))
        same_target, all_differ = self._across_items(members, weights)
        same_item, shared = self._across_targets(members, weights)
        n_targets, n_items, n_pairs = (int(np.count_nonzero(found)) for found in (counted.any(1), of_item, counted))
        of_target = float((weights.sum(axis=1) ** 2).sum())
        if n_targets > 1 and not np.isnan(same_item[0]):
            found = [
                Component(TARGET, n_targets, all_differ - same_target, of_target),
                Component(ITEM, n_items, all_differ - same_item, float((of_item**2).sum())),
                Component(BOTH, n_pairs, same_item + same_target - all_differ - within, float(squares.sum())),
            ]
        else:
            nothing, alone = np.full(within.shape, np.nan), n_targets == 1
            words = "one target" if alone else "no item is scored under two targets"
            found = [
                Component(TARGET, n_targets, nothing if alone else all_differ - same_target, of_target, words * alone),
                Component(ITEM, n_items, same_target - within, float(squares.sum())),
                Component(BOTH, n_pairs, nothing, note=f"{words}: part of {ITEM}"),
            ]
        # Samples of a target-free ADM serve all targets, under which what they add is alike.
        drawn = ((squares + shared * (of_item**2 - squares)) / self.samples).sum()
        return [*found, *self._below_items(members, weights, within, float(drawn))]

    def _across_items(self, members: Indices, weights: Array) -> tuple[Array, Array]:
        """Over pairs of items under one target; and over pairs of items, each under another target."""
        counts, means, spreads = (values[members] for values in self.sums)
        weight = weights.max(axis=1, keepdims=True)
        of_item, right = weights.sum(axis=0), (weights * self.mean[members]).sum(axis=0)
        # The sums over all pairs that share something, an outcome with itself included; then those that share nothing.
        target, target_number = ((weight**2 * values).sum(axis=0) for values in (counts * means - means**2, counts**2))
        itself, itself_number = ((weight**2 * values).sum(axis=0) for values in (spreads, counts))
        item, item_number = self.without(of_item * right - right**2), self.without(of_item**2)
        total, total_right = (weight * counts).sum(axis=0), (weight * means).sum(axis=0)
        every = total * total_right - total_right**2
        return (
            ratio(target - itself, _positive(target_number - itself_number)),
            ratio(every - target - item + itself, _positive(total**2 - target_number - item_number + itself_number)),
        )

    def _across_targets(self, members: Indices, weights: Array) -> tuple[Array, float]:
        """Over pairs of targets of one item, from two samples if there are; how alike a sample is under two targets.

        The second number is from 0 to 1: what a sample adds under two targets, as a part of what it adds under one.
        """
        n, several = self.samples, self.several
        of_item, right = weights.sum(axis=0), (weights * self.mean[members]).sum(axis=0)
        itself = (weights**2 * self.spread[members]).sum(axis=0)
        by_sample = np.einsum("ti,tsi->si", weights, self.right[members])
        of_sample = n * of_item * right - (by_sample**2).sum(axis=0)
        number = _positive(self.without(of_item**2 - (weights**2).sum(axis=0)))
        same_sample = ratio(self.without(of_sample / n), number)
        if not several:
            return same_sample, 0.0
        others = n**2 * (of_item * right - right**2 - itself) - of_sample
        two_samples = ratio(self.without(others / np.maximum(n * (n - 1), 1)), number)
        within = (weights * self.within[members]).sum() / weights.sum()
        alike = (two_samples[0] - same_sample[0]) / within if within > 0 else 0.0
        return two_samples, float(np.clip(np.nan_to_num(alike), 0, 1))

    def _below_items(self, members: Indices, weights: Array, within: Array, drawn: float) -> list[Component]:
        """The components of order and sample, which share `within` of an item under a target."""
        nothing, counted = np.full(within.shape, np.nan), self.counted[members]
        by_order = self.by_order
        n_orders, usable = by_order.number[members], by_order.usable[members] & counted
        levels = {ORDER: float(n_orders[counted].mean()), SAMPLE: float((self.samples * counted).sum() / counted.sum())}
        if not self.several:
            words = "greedy decoding: none" if self.greedy else f"one sample: part of {BOTH}"
            return [Component(ORDER, 1, nothing, note="one order"), Component(SAMPLE, 1, nothing, note=words)]
        if np.count_nonzero(usable.any(axis=0)) < 2:
            words = f"no order was shown twice: part of {SAMPLE}" if (n_orders[counted] > 1).any() else "one order"
            return [
                Component(ORDER, levels[ORDER], nothing, note=words),
                Component(SAMPLE, levels[SAMPLE], within, drawn),
            ]
        one, more = (
            self.without((weights * usable * found[members]).sum(axis=0)) for found in (by_order.one, by_order.more)
        )
        # Orders that are drawn by chance may come twice: what they add counts as often as two samples differ in them.
        apart = ratio(self.without((weights * by_order.apart[members]).sum(axis=0)), self.without(weights.sum(axis=0)))
        share = np.nan_to_num(ratio(apart * more, one + apart * more))
        found = [Component(ORDER, levels[ORDER], within * share, drawn)]
        if self.greedy:
            return [*found, Component(SAMPLE, levels[SAMPLE], nothing, note="greedy decoding: none")]
        return [*found, Component(SAMPLE, levels[SAMPLE], within * (1 - share), drawn)]


def _positive(numbers: Array) -> Array:
    """Numbers of pairs; what is left of none by rounding is 0."""
    return np.where(numbers > 1e-12, numbers, 0.0)


@dataclass(frozen=True)
class _Orders:
    """The orders in which the samples of each item were shown, under each target; all of shape (targets, items).

    Attributes:
        number: of different ones.
        usable: whether they tell order and sample apart: where an order was shown twice and another one, too; under
            greedy decoding, where samples in one order are the same, wherever there are two orders.
        one: half the mean squared difference of two samples in one order.
        more: what this is more of two samples in different orders.
        apart: the share of pairs of samples in different orders.
    """

    number: Indices
    usable: Bools
    one: Array
    more: Array
    apart: Array


def _by_order(outcomes: SingleOutcomes, *, greedy: bool) -> _Orders:
    n_targets, n_samples, n_items = outcomes.right.shape
    along = np.argsort(outcomes.orders, axis=1, kind="stable")
    orders, right = (np.take_along_axis(values, along, axis=1) for values in (outcomes.orders, outcomes.right))
    group = np.concatenate(
        [np.zeros((n_targets, 1, n_items), int), (np.diff(orders, axis=1) != 0).cumsum(axis=1)], axis=1
    )
    flat = (np.indices(group.shape)[0] * n_samples + group) * n_items + np.arange(n_items)
    known = (orders != NONE) & (outcomes.counts > 0)
    # By order: its samples, and how many of them are right.
    counts, rights = (
        np.bincount(flat.ravel(), values.ravel(), minlength=flat.size).reshape(group.shape) for values in (known, right)
    )
    total, total_right = counts.sum(axis=1), rights.sum(axis=1)
    same, same_sum = (counts**2 - counts).sum(axis=1), (counts * rights - rights**2).sum(axis=1)
    other, other_sum = total**2 - total - same, total * total_right - total_right**2 - same_sum
    one = np.zeros(same.shape) if greedy else np.nan_to_num(ratio(same_sum, same))
    return _Orders(
        number=(counts > 0).sum(axis=1),
        usable=(other > 0) & (greedy | (same > 0)),
        one=one,
        more=np.nan_to_num(ratio(other_sum, other)) - one,
        apart=np.nan_to_num(ratio(other, same + other)),
    )
