"""How far apart two ADMs are, next to two wordings, two models and two decodings of one ADM.

The typical difference is the root mean square of the differences in accuracy between any two of a group, on the same
items and targets, without what the scatter of these items adds to it: the square root of twice the variance component
of what the group differs in, by the method of moments (Searle, Casella & McCulloch 1992, chapter 4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.comparisons import AdmResult
from pluralism.statistics.intervals import Estimate, estimate_from
from pluralism.statistics.linearised import Clusters, squares
from pluralism.statistics.reading import CellSource
from pluralism.statistics.table_columns import ADM, DECODING, FACTORS, MODEL, WORDING, TableRow
from pluralism.statistics.target_means import by_target, sets_with_all
from pluralism.statistics.variance import Component

MISSING = {
    ADM: "no experiment runs two ADMs that compete",
    WORDING: "no ADM runs in two wordings, all else equal",
    MODEL: "no ADM runs with two models, all else equal",
    DECODING: "no ADM runs with two decodings, all else equal",
}
"""Factor -> why there may be no group."""


@dataclass(frozen=True)
class Group:
    """Cells that differ in one factor alone.

    Attributes:
        factor: one of `FACTORS`.
        adm: their ADM, that of the first cell; empty where ADMs are compared.
        levels: what they are in this factor.
        cells: their indices.
    """

    factor: str
    adm: str
    levels: tuple[str, ...]
    cells: tuple[int, ...]


def groups(sources: Sequence[CellSource]) -> list[Group]:
    """The groups of a study's cells that compete; nothing is known of imported ones.

    ADMs are those of one experiment, each in the wording that comes first there.
    """
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for place, source in enumerate(sources):
        if not (source.imported or source.role.is_reference):
            levels = _levels(source)
            for factor in FACTORS:
                others = [level for name, level in levels.items() if name != factor]
                key = (factor, source.experiment) if factor == ADM else (factor, *others)
                found.setdefault(key, {}).setdefault(levels[factor], place)
    ordered = sorted(found.items(), key=lambda entry: FACTORS.index(entry[0][0]))
    return [
        Group(factor, "" if factor == ADM else sources[places[0]].adm, tuple(cells), tuple(places))
        for (factor, *_), cells in ordered
        if len(places := list(cells.values())) > 1
    ]


def _levels(source: CellSource) -> dict[str, str]:
    """What a cell is in each factor; an ADM is its design, whatever the wording."""
    stop = f", {source.stop}" if source.stop else ""
    is_known = source.samples is not None and source.temperature is not None
    decoding = f"{source.samples:g} at temperature {source.temperature:g}{stop}" if is_known else ""
    design = source.design or source.adm
    return {ADM: design, WORDING: source.prompts, MODEL: source.model, DECODING: decoding}


def typical_difference(
    benchmark: Benchmark, clusters: Clusters, results: Sequence[AdmResult], members: Indices
) -> tuple[Estimate, Array]:
    """The typical difference of the accuracies of ADMs on some targets, in percentage points.

    Its square is the mean square of the differences without the squares of their standard errors, or 0 if these are
    larger. The interval is for these ADMs, over prompts.

    Returns:
        It, and the variance component in parts of 1: that of all prompts, which may be below 0, then without each of
        them, shape (1 + prompts,).
    """
    found = [by_target(result.outcomes.correct, benchmark, clusters).only(members).mean() for result in results]
    first, second = np.transpose(list(combinations(range(len(results)), 2)))
    means, influences = (np.concatenate([getattr(one, part) for one in found]) for part in ("values", "influence"))
    differences, influence = means[first] - means[second], influences[first] - influences[second]
    correction = clusters.count / max(1, clusters.count - 1)
    errors = correction * squares(influence)
    size, noise = np.sqrt(np.mean(differences**2)), np.mean(errors)
    # At a difference of 0 the root has no slope; any one of the pairs then moves it by its own error.
    of_square = differences @ influence / len(differences)
    of_size = of_square / size if size > 0 else influence[errors.argmax()]
    drawn = estimate_from(float(size), of_size)
    ends = np.clip([drawn.value, drawn.low, drawn.high], 0, 1)
    value, low, high = (100 * np.sqrt(np.maximum(0, ends**2 - noise))).tolist()
    component = (size**2 - noise) / 2
    without = component - correction * of_square
    return Estimate(value, low, high, 100 * drawn.standard_error), np.array([component, *without])


def difference_rows(
    benchmark: Benchmark,
    clusters: Clusters,
    found: Sequence[Group],
    sources: Sequence[CellSource],
    results: Sequence[AdmResult],
) -> Iterator[TableRow]:
    """A row per group and target set that all of it decided for; a row with a note for a factor without a group.

    Args:
        benchmark: items and targets.
        clusters: their prompts.
        found: from `groups`.
        sources: the cells.
        results: theirs.
    """
    for factor in FACTORS:
        if not any(group.factor == factor for group in found):
            yield {"factor": factor, "note": MISSING[factor]}
    for group in found:
        experiments = ", ".join(dict.fromkeys(sources[place].experiment for place in group.cells))
        names: TableRow = {"factor": group.factor, "adm": group.adm, "experiments": experiments}
        names["levels"] = ", ".join(group.levels)
        for target_set, members, chosen in _shared_sets(benchmark, group, results):
            value, _ = typical_difference(benchmark, clusters, chosen, members)
            n_scored = int(benchmark.scored[members].sum())
            yield {**names, "target_set": target_set, "n_scored": n_scored, **value.columns("difference")}


def between_components(
    benchmark: Benchmark, clusters: Clusters, found: Sequence[Group], results: Sequence[AdmResult]
) -> dict[tuple[int, str], dict[str, Component]]:
    """(index of a cell, target set) -> the components of wording and model, by source, of the groups that it is in."""
    components: dict[tuple[int, str], dict[str, Component]] = {}
    for group in found:
        if group.factor in (WORDING, MODEL):
            for name, members, chosen in _shared_sets(benchmark, group, results):
                _, values = typical_difference(benchmark, clusters, chosen, members)
                for place in group.cells:
                    component = Component(group.factor, len(group.cells), values, 1.0)
                    components.setdefault((place, name), {})[group.factor] = component
    return components


def _shared_sets(
    benchmark: Benchmark, group: Group, results: Sequence[AdmResult]
) -> Iterator[tuple[str, Indices, list[AdmResult]]]:
    """(target set, its targets, the results of a group) where all of it decided for the set."""
    chosen = [results[place] for place in group.cells]
    undecided = frozenset[int]().union(*(result.undecided for result in chosen))
    for name, members in sets_with_all(benchmark):
        if not undecided & {*members.tolist()}:
            yield name, members, chosen
