"""How many samples are enough: accuracy, and how stable decisions are, with fewer of the samples that are stored.

No answer is generated: a run with m samples is a choice of m of the stored ones, combined as the ADM combines all.
Where at most `CHOICES` such choices exist for every m, all are taken, else that many by chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from pluralism.decisions.aggregation import most_voted, over_samples
from pluralism.decisions.selection import Array, Bools, Indices, distances
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Estimate, estimate_mean
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.samples import NONE, Samples
from pluralism.statistics.table_columns import TableRow
from pluralism.statistics.target_means import by_target, sets_with_all

CHOICES = 32
"""Choices of samples that a mean is over, at most."""
MOST_SIZES = 20
"""Rows of a target set: of more samples not every number has one."""

Choice = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """The choices of so many samples, and which of them are compared.

    Attributes:
        chosen: indices of samples, ascending.
        apart: pairs of choices of this number that share no sample; empty where that is not possible.
        grown: pairs of a choice, and one of the next number that holds it; empty for all samples.
    """

    chosen: tuple[Choice, ...]
    apart: tuple[tuple[Choice, Choice], ...]
    grown: tuple[tuple[Choice, Choice], ...]


def plans(count: int, seed: int) -> dict[int, Plan]:
    """Number of samples -> what is compared, up to `count` samples; `seed` of choices by chance."""
    if all(comb(count, size) <= CHOICES for size in range(1, count + 1)):
        every = {size: tuple(combinations(range(count), size)) for size in range(1, count + 1)}
        return {
            size: Plan(
                chosen,
                tuple((a, b) for a, b in combinations(chosen, 2) if not {*a} & {*b}),
                tuple((a, b) for a in chosen for b in every.get(size + 1, ()) if {*a} <= {*b}),
            )
            for size, chosen in every.items()
        }
    orders = np.random.default_rng([seed, 2]).permuted(np.tile(np.arange(count), (CHOICES, 1)), axis=1)
    sizes = np.unique(np.linspace(1, count, min(count, MOST_SIZES)).round().astype(int)).tolist()

    def cut(start: int, end: int) -> list[Choice]:
        return [tuple(sorted(order[start:end])) for order in orders.tolist()]

    return {
        size: Plan(
            tuple(dict.fromkeys(cut(0, size))),
            tuple(zip(cut(0, size), cut(size, 2 * size), strict=True)) if 2 * size <= count else (),
            tuple(zip(cut(0, size), cut(0, larger), strict=True)) if larger else (),
        )
        for size, larger in zip(sizes, [*sizes[1:], 0], strict=True)
    }


def by_samples_rows(
    benchmark: Benchmark,
    clusters: Clusters,
    entries: Sequence[Samples],
    asked: float | None,
    *,
    first_vote_wins: bool,
    seed: int,
) -> list[TableRow]:
    """A row per target set and number of samples; none for an ADM with one sample, or unequally many for its items.

    Args:
        benchmark: items, and the targets that the ADM decided for.
        clusters: their prompts.
        entries: the ADM's predictions.
        asked: answers per question; None where this is not known. An ADM that shows every order has as many for each
            order, and so many orders together are one sample.
        first_vote_wins: as for `most_voted`.
        seed: of the choices of samples, where there are many.
    """
    blocks = askings(entries, asked)
    if blocks is None or blocks.shape[1] < 2:
        return []
    planned = plans(blocks.shape[1], seed)
    measured = {
        size: [
            None if values is None else by_target(values, benchmark, clusters)
            for values in _measured(benchmark, entries, plan, blocks, first_vote_wins=first_vote_wins)
        ]
        for size, plan in planned.items()
    }
    nothing = Estimate(*[np.nan] * 4)
    rows: list[TableRow] = []
    for name, members in sets_with_all(benchmark):
        for size, of_size in measured.items():
            found = [nothing if values is None else estimate_mean(values.only(members)) for values in of_size]
            accuracy, flipped, changed = found
            row: TableRow = {"target_set": name, "samples": size, "choices": len(planned[size].chosen)}
            row |= accuracy.times(100).columns("accuracy")
            rows.append(row | flipped.columns("flipped") | changed.columns("changed"))
    return rows


def askings(entries: Sequence[Samples], asked: float | None) -> Bools | None:
    """Which samples of an item are the answers of one asking, shape (samples of an item, askings, items).

    None where the items do not have equally many askings.
    """
    of_item = np.array([(~np.isnan(entry.scores)).any(axis=(2, 3)).sum(axis=0) for entry in entries])
    if (of_item != of_item[0]).any() or not of_item.all():
        return None
    # An ADM that does not sample has one answer, however many were asked for.
    number = int(asked) if asked and not (of_item[0] % int(asked)).any() else int(of_item.min())
    if (of_item[0] % number).any():
        return None
    sample = np.arange(int(of_item.max()))
    blocks: Bools = sample[:, None, None] // (of_item[0] // number) == np.arange(number)[None, :, None]
    return blocks


def _measured(
    benchmark: Benchmark, entries: Sequence[Samples], plan: Plan, blocks: Bools, *, first_vote_wins: bool
) -> tuple[Array, Array | None, Array | None]:
    """Means over choices: how often a pick is right, differs from one apart, and from one with more samples.

    Each of shape (targets, items); None where nothing is compared.
    """
    choices = dict.fromkeys([*plan.chosen, *(choice for pair in (*plan.apart, *plan.grown) for choice in pair)])
    place = {choice: number for number, choice in enumerate(choices)}
    chosen = [place[choice] for choice in plan.chosen]
    correct = np.zeros(benchmark.scored.shape)
    apart, grown = (np.zeros(correct.shape) if pairs else None for pairs in (plan.apart, plan.grown))
    kept: list[Bools] = [np.any(blocks[:, list(choice)], axis=1) for choice in choices]
    for entry in entries:
        members = entry.places(benchmark.names)
        of_targets = picks_from(benchmark, entry, members, kept, first_vote_wins=first_vote_wins)
        for target, picks in zip(members, of_targets, strict=True):
            right = np.take_along_axis(benchmark.by_label.right[target], picks[chosen].T, axis=1)
            correct[target] = right.mean(axis=1)
            for flips, pairs in ((apart, plan.apart), (grown, plan.grown)):
                if flips is not None:
                    first, second = ([place[choice] for choice in side] for side in zip(*pairs, strict=True))
                    flips[target] = (picks[first] != picks[second]).mean(axis=0)
    return correct, apart, grown


def picks_from(
    benchmark: Benchmark, entry: Samples, members: Sequence[int], kept: Sequence[Bools], *, first_vote_wins: bool
) -> Iterator[Indices]:
    """The picks for each target from each choice of samples, shape (choices, items)."""
    if not entry.attributes:
        votes = entry.own_votes()
        picks = np.stack(
            [
                most_voted(np.where(chosen[: len(votes)], votes, NONE), first_vote_wins=first_vote_wins)
                for chosen in kept
            ]
        )
        yield from (picks for _ in members)
        return
    levels = np.stack([_levels(entry, chosen) for chosen in kept])
    for place in members:
        found = distances(levels, entry.attributes, benchmark.targets[place], benchmark.scale)
        yield np.nanargmin(found, axis=2)


def _levels(entry: Samples, chosen: Bools) -> Array:
    """The chosen samples combined, as `Samples.levels`; `chosen` has shape (samples, items)."""
    count = len(entry.scores)
    if (chosen[:count] == chosen[:count, :1]).all():
        return over_samples(entry.scores[chosen[:count, 0]], entry.aggregate)
    return over_samples(np.where(chosen[:count, :, None, None], entry.scores, np.nan), entry.aggregate)
