"""Two ADMs on the same items: paired differences, tests, and the smallest difference that could have been found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from statsmodels.stats.multitest import multipletests

from pluralism.decisions.roles import Role
from pluralism.decisions.scoring import Outcomes
from pluralism.decisions.selection import Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.differences import Pair, betweens, sides
from pluralism.statistics.linearised import Clusters, ratios
from pluralism.statistics.power import detectable_differences
from pluralism.statistics.table_columns import TableRow


@dataclass(frozen=True)
class AdmResult:
    """The result of an ADM in an experiment.

    Attributes:
        outcomes: under all targets.
        role: its role in the study.
        undecided: the targets that it did not decide for, whose outcomes mean nothing.
    """

    outcomes: Outcomes
    role: Role = Role.CONTENDER
    undecided: frozenset[int] = frozenset()


Compared = tuple[Mapping[str, str], AdmResult, AdmResult]
"""The columns that name two ADMs, and the two."""


def comparison_rows(benchmark: Benchmark, clusters: Clusters, results: Mapping[str, AdmResult]) -> list[TableRow]:
    """A row per target set and pair of the ADMs of one experiment; Holm's correction is over the pairs of a set."""
    pairs = [({"adm_a": a, "adm_b": b}, results[a], results[b]) for a, b in combinations(results, 2)]
    return paired_rows(benchmark, clusters, pairs)


def baseline_rows(
    benchmark: Benchmark,
    clusters: Clusters,
    results: Mapping[str, AdmResult],
    baselines: Mapping[tuple[str, str], AdmResult],
) -> list[TableRow]:
    """A row per target set, ADM of one experiment and ADM of another, (experiment, name) in `baselines`.

    Holm's correction is over the rows of a set.
    """
    pairs = [
        ({"adm": name, "baseline_experiment": experiment, "baseline": baseline}, ours, theirs)
        for name, ours in results.items()
        for (experiment, baseline), theirs in baselines.items()
    ]
    return paired_rows(benchmark, clusters, pairs)


def paired_rows(benchmark: Benchmark, clusters: Clusters, compared: Sequence[Compared]) -> list[TableRow]:
    """A row per target set and pair that decided for all its targets; these are one family for Holm's correction."""
    return [
        row
        for name, members in benchmark.sets.items()
        if benchmark.scored[members].any()
        for row in _rows_of_set(benchmark, clusters, compared, name, members)
    ]


def _rows_of_set(
    benchmark: Benchmark, clusters: Clusters, compared: Sequence[Compared], name: str, members: Indices
) -> Iterator[TableRow]:
    decided = [pair for pair in compared if not {*members.tolist()} & (pair[1].undecided | pair[2].undecided)]
    if not decided:
        return
    pairs = [only_one_is_right(benchmark, clusters, a.outcomes, b.outcomes, members) for _, a, b in decided]
    these = sides(pairs)
    differences, drawn = these.estimates(), these.estimates_drawn(betweens(pairs))
    p_values = these.p_values()
    corrected = multipletests(p_values, method="holm")[1]
    detectable = detectable_differences(these, len(decided))
    for place, (names, _, _) in enumerate(decided):
        yield {
            "target_set": name,
            **names,
            "n_scored": int(benchmark.scored[members].sum()),
            **differences[place].times(100).columns("difference"),
            **drawn[place].times(100).ends("difference_like_these"),
            "p_value": p_values[place],
            "p_holm": corrected[place],
            "n_comparisons": len(decided),
            "smallest_detectable_difference": 100 * detectable[place],
        }


def only_one_is_right(benchmark: Benchmark, clusters: Clusters, a: Outcomes, b: Outcomes, members: Indices) -> Pair:
    """The share of scored items on which only the first, and only the second is right, a statistic per target."""
    scored = clusters.sums(benchmark.scored[members])
    first, second = a.correct[members], b.correct[members]
    return ratios(clusters.sums(first & ~second), scored), ratios(clusters.sums(second & ~first), scored)
