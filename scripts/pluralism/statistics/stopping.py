"""What a decoding that stops saves, and which decisions it changes.

Of an ADM that was asked all its samples both are known exactly: the rule is applied to them afterwards. Of one that
stopped, the samples saved are known, and what all samples would have decided only where another experiment asked them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from pluralism.decisions.selection import Array, Bools, Indices
from pluralism.decisions.stopping import Stop, StopRule
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.by_samples import askings, picks_from
from pluralism.statistics.comparisons import AdmResult
from pluralism.statistics.intervals import Estimate, estimate_mean
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.reading import CellSource
from pluralism.statistics.samples import Samples
from pluralism.statistics.table_columns import TableRow
from pluralism.statistics.target_means import by_target, sets_with_all
from pluralism.targets.target import Target

AFTERWARDS = "afterwards"
"""In place of an experiment: the rule was applied to stored samples."""


@dataclass(frozen=True)
class Saving:
    """The samples that were saved, and the decisions that are others.

    Attributes:
        stop: the rule.
        samples: that are asked of an item without a rule.
        asked: the mean number that were asked of one.
        compared_with: the experiment with all samples, or `AFTERWARDS`; empty where there is none.
        differs: whether a decision is another than with all samples, shape (targets, items); None where unknown.
    """

    stop: str
    samples: int
    asked: float
    compared_with: str
    differs: NDArray[Any] | None


def saving_rows(benchmark: Benchmark, clusters: Clusters, found: Saving) -> list[TableRow]:
    """A row per target set; `differs` is over its scored items."""
    differs = by_target(found.differs, benchmark, clusters) if found.differs is not None else None
    nothing = Estimate(*[np.nan] * 4)
    return [
        {
            "stop": found.stop,
            "compared_with": found.compared_with,
            "target_set": name,
            "samples": found.samples,
            "asked": found.asked,
            "saved": 1 - found.asked / found.samples,
            **(estimate_mean(differs.only(members)) if differs is not None else nothing).columns("differs"),
        }
        for name, members in sets_with_all(benchmark)
    ]


def afterwards_rows(
    benchmark: Benchmark,
    clusters: Clusters,
    entries: Sequence[Samples],
    asked: float | None,
    targets: Sequence[Target],
    *,
    first_vote_wins: bool,
) -> list[TableRow]:
    """A row per rule and target set of an ADM that was asked all samples; none for one with a single sample.

    Args:
        benchmark: items, and the targets that the ADM decided for.
        clusters: their prompts.
        entries: the ADM's predictions.
        asked: as for `by_samples_rows`.
        targets: all of the study, which the rule looks at.
        first_vote_wins: as for `most_voted`.
    """
    blocks = askings(entries, asked)
    if blocks is None or blocks.shape[1] < 2:
        return []
    allowed, rows = blocks.shape[1], list[TableRow]()
    # Picks serve all targets, so that the two rules are one.
    for stop in get_args(Stop) if entries[0].attributes else ("decided",):
        numbers, differs = [], np.zeros(benchmark.scored.shape)
        for entry in entries:
            served = [target for target in targets if entry.can_serve(target)]
            rule = StopRule(stop, entry.attributes, served, entry.aggregate, benchmark.scale)
            needed = _askings_needed(rule, entry.scores, blocks)
            numbers.append(needed.mean())
            enough: Bools = np.any(blocks & (np.arange(allowed)[:, None] < needed), axis=1)
            kept = [enough, np.any(blocks, axis=1)]
            members = entry.places(benchmark.names)
            picked = picks_from(benchmark, entry, members, kept, first_vote_wins=first_vote_wins)
            for place, (early, of_all) in zip(members, picked, strict=True):
                differs[place] = early != of_all
        found = Saving(stop, allowed, float(np.mean(numbers)), AFTERWARDS, differs)
        rows += saving_rows(benchmark, clusters, found)
    return rows


def saving(
    source: CellSource, asked: float, result: AdmResult, others: Iterable[tuple[CellSource, AdmResult]]
) -> Saving | None:
    """What an ADM that stopped saved; None for one that was asked all samples, or reads all of them as one.

    Args:
        source: the ADM in its experiment.
        asked: the mean number of samples of its items, from `mean_askings`.
        result: its decisions.
        others: the ADMs of the study, of which the first that is the same, and was asked all samples, is compared.
    """
    # No rule is content with a single sample: an ADM that has one, such as one by likelihoods, saved none.
    if not source.stop or source.samples is None or asked <= 1:
        return None
    whole = next(((other, found) for other, found in others if _is_whole(other, source)), None)
    if whole is None:
        return Saving(source.stop, source.samples, asked, "", None)
    differs = result.outcomes.picks != whole[1].outcomes.picks
    return Saving(source.stop, source.samples, asked, whole[0].experiment, differs)


def mean_askings(entries: Sequence[Samples]) -> float:
    """The mean number of samples of an item; one that is asked in every order of the responses counts once."""
    return float(np.mean([_sample_counts(entry) / _orders_of_a_sample(entry) for entry in entries]))


def _sample_counts(entry: Samples) -> Indices:
    """How many samples each item has, shape (items,)."""
    counts: Indices = (~np.isnan(entry.scores)).any(axis=(2, 3)).sum(axis=0)
    return counts


def _orders_of_a_sample(entry: Samples) -> Indices:
    """In how many orders each item is asked for a sample, shape (items,).

    It is every cyclic one where the second sample of all items shows the first response last, and the others one place
    before.
    """
    there: Bools = np.asarray((~np.isnan(entry.scores)).any(axis=(0, 3)))
    responses = there.sum(axis=1)
    if len(entry.positions) > 1:
        cyclic = (entry.positions[1] == (entry.positions[0] - 1) % responses[:, None]) | ~there
        if cyclic.all() and not (_sample_counts(entry) % responses).any():
            return np.asarray(responses)
    return np.ones(len(there), dtype=np.intp)


def _is_whole(other: CellSource, source: CellSource) -> bool:
    """Whether a cell is the same as one that stopped, and was asked all samples."""
    same = ("adm", "model", "samples", "temperature", "aggregate")
    return not other.stop and not other.imported and all(getattr(other, key) == getattr(source, key) for key in same)


def _askings_needed(rule: StopRule, scores: Array, blocks: Bools) -> Indices:
    """How many askings each item needs, shape (items,); arguments as from `Samples` and `askings`."""
    allowed, sizes = blocks.shape[1], blocks[:, 0].sum(axis=0)
    needed = np.full(len(sizes), allowed)
    for size in np.unique(sizes):
        going = np.flatnonzero(sizes == size)
        for number in range(1, allowed):
            seen = scores[: number * size, going].reshape(number, size, len(going), *scores.shape[2:])
            decided = rule.decided(seen, allowed)
            needed[going[decided]] = number
            going = going[~decided]
    return needed
