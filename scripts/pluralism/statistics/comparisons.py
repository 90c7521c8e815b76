"""Two ADMs on the same items: paired differences, tests, and the smallest difference that could have been found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from pluralism.decisions.roles import Role
from pluralism.decisions.scoring import Bools, Outcomes
from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.accuracy import Draws
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Bootstrap, estimate, mean_over
from pluralism.statistics.table_columns import TableRow

FLIPS = 9999
POWER, SIGNIFICANCE = 0.8, 0.05


@dataclass(frozen=True)
class AdmResult:
    """The result of an ADM in an experiment: its outcomes, their values in every resample, and its role.

    Attributes:
        outcomes: under all targets.
        draws: the same.
        role: its role in the study.
        undecided: the targets that it did not decide for, whose outcomes mean nothing.
    """

    outcomes: Outcomes
    draws: Draws
    role: Role = Role.CONTENDER
    undecided: frozenset[int] = frozenset()


Pair = tuple[Mapping[str, str], AdmResult, AdmResult]
"""The columns that name two ADMs, and the two."""


def random_signs(prompts: int, seed: int, flips: int = FLIPS) -> Array:
    """Signs for the cluster sign-flip test, +1 or -1, shape (flips, prompts)."""
    return np.random.default_rng([seed, 1]).choice(np.array([-1.0, 1.0]), size=(flips, prompts))


def comparison_rows(
    benchmark: Benchmark, bootstrap: Bootstrap, results: Mapping[str, AdmResult], signs: Array
) -> list[TableRow]:
    """A row per target set and pair of the ADMs of one experiment; Holm's correction is over the pairs of a set.

    `results` maps names to ADMs, drawn with this `bootstrap`; `signs` from `random_signs`.
    """
    pairs = [({"adm_a": a, "adm_b": b}, results[a], results[b]) for a, b in combinations(results, 2)]
    return _rows(benchmark, bootstrap, pairs, signs)


def baseline_rows(
    benchmark: Benchmark,
    bootstrap: Bootstrap,
    results: Mapping[str, AdmResult],
    baselines: Mapping[tuple[str, str], AdmResult],
    signs: Array,
) -> list[TableRow]:
    """A row per target set, ADM of one experiment and ADM of another, (experiment, name) in `baselines`.

    Holm's correction is over the rows of a set.
    """
    pairs = [
        ({"adm": name, "baseline_experiment": experiment, "baseline": baseline}, ours, theirs)
        for name, ours in results.items()
        for (experiment, baseline), theirs in baselines.items()
    ]
    return _rows(benchmark, bootstrap, pairs, signs)


def _rows(benchmark: Benchmark, bootstrap: Bootstrap, pairs: Sequence[Pair], signs: Array) -> list[TableRow]:
    """A row per target set and pair that decided for all its targets; these are one family for Holm's correction."""
    rows: list[TableRow] = []
    for name, members in benchmark.sets.items():
        decided = [pair for pair in pairs if not {*members.tolist()} & (pair[1].undecided | pair[2].undecided)]
        if not decided or not benchmark.scored[members].any():
            continue
        test, p_values = _test(benchmark, bootstrap, [(a.outcomes, b.outcomes) for _, a, b in decided], members, signs)
        corrected = multipletests(p_values, method="holm")[1]
        for (names, a, b), p_value, p_holm in zip(decided, p_values, corrected, strict=True):
            difference = estimate(mean_over(a.draws.accuracy - b.draws.accuracy, members))
            rows.append(
                {
                    "target_set": name,
                    **names,
                    "n_scored": int(benchmark.scored[members].sum()),
                    **difference.columns("difference"),
                    "p_value": p_value,
                    "test": test,
                    "p_holm": p_holm,
                    "smallest_detectable_difference": smallest_detectable_difference(difference.standard_error),
                }
            )
    return rows


def _test(
    benchmark: Benchmark,
    bootstrap: Bootstrap,
    pairs: Sequence[tuple[Outcomes, Outcomes]],
    members: Indices,
    signs: Array,
) -> tuple[str, list[float]]:
    """(name of the test, the p-value of each pair) on the targets of a set."""
    scored = benchmark.scored[members]
    if len(members) == 1 and bootstrap.weights.shape[1] == len(benchmark.prompts):
        counts = scored[0]
        return "mcnemar_exact", [
            mcnemar_exact(a.correct[members[0]][counts], b.correct[members[0]][counts]) for a, b in pairs
        ]
    share = _share_of_accuracy(scored)
    differences = [((a.correct[members] * share) - (b.correct[members] * share)).sum(axis=0) for a, b in pairs]
    return "cluster_sign_flip", sign_flip(bootstrap.by_prompt(np.array(differences)), signs)


def mcnemar_exact(a: Bools, b: Bools) -> float:
    """P-value of the exact two-sided McNemar test: `a`, `b` say on which items two ADMs are right."""
    table = [[np.sum(a & b), np.sum(a & ~b)], [np.sum(~a & b), np.sum(~a & ~b)]]
    return float(mcnemar(table, exact=True).pvalue)


def sign_flip(differences: Array, signs: Array) -> list[float]:
    """P-values of the two-sided sign-flip test of paired differences by cluster, by Monte Carlo.

    If two ADMs were exchangeable, a prompt's difference could equally have the other sign. The observed signs count
    as one of the draws, so that no p-value is 0.

    Args:
        differences: shape (comparisons, prompts).
        signs: shape (flips, prompts).
    """
    observed = np.abs(differences.sum(axis=1))
    flipped = np.abs(signs @ differences.T)
    # Sums of the same numbers in another order count as equal.
    as_large = (flipped >= observed - 1e-12).sum(axis=0)
    return [(1 + int(count)) / (1 + len(signs)) for count in as_large]


def smallest_detectable_difference(standard_error: float) -> float:
    """The true difference that a two-sided test at 0.05 finds with power 0.8: (z(0.975) + z(0.8)) standard errors.

    NaN where the standard error is 0: from ADMs that never differ, it cannot be estimated.
    """
    if not standard_error > 0:
        return np.nan
    return float(norm.ppf(1 - SIGNIFICANCE / 2) + norm.ppf(POWER)) * standard_error


def _share_of_accuracy(scored: Bools) -> Array:
    """What a right pick adds to the accuracy of the set, shape (targets, items): targets have equal weights."""
    counts = scored.sum(axis=1)
    per_target = np.divide(1.0, counts, out=np.zeros(len(counts)), where=counts > 0) / max(1, np.count_nonzero(counts))
    share: Array = scored * per_target[:, None]
    return share
