"""One ADM in two experiments, on the same items: greedy against sampling, model against model."""

from collections.abc import Sequence
from itertools import combinations

from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.comparisons import AdmResult, Compared, paired_rows
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.reading import CellSource
from pluralism.statistics.table_columns import DECODING, MODEL, TableRow
from pluralism.statistics.typical_differences import Group


def experiment_rows(
    benchmark: Benchmark,
    clusters: Clusters,
    groups: Sequence[Group],
    sources: Sequence[CellSource],
    results: Sequence[AdmResult],
) -> list[TableRow]:
    """A row per target set, ADM and pair of its experiments that differ in the model, or in the decoding, alone.

    Holm's correction is over the rows of a set.

    Args:
        benchmark: items and targets.
        clusters: their prompts.
        groups: the cells that differ in one factor.
        sources: of the ADMs in all experiments.
        results: of these.
    """
    compared: list[Compared] = []
    for group in groups:
        for a, b in combinations(group.cells, 2) if group.factor in (MODEL, DECODING) else ():
            first, second = sources[a], sources[b]
            names = {"adm": first.adm, "experiment_a": first.experiment, "experiment_b": second.experiment}
            compared.append((names | {"differs_in": group.factor}, results[a], results[b]))
    return paired_rows(benchmark, clusters, compared)
