"""Target confusion: steered to one target, scored on another."""

import numpy as np

from pluralism.statistics.accuracy import Row, scored_sums
from pluralism.statistics.intervals import Bootstrap, estimate, ratio
from pluralism.statistics.outcomes import Benchmark, Indices, mean_where, outcomes
from pluralism.targets.sets import attribute_count


def confusion_rows(benchmark: Benchmark, bootstrap: Bootstrap, picks: Indices) -> list[Row]:
    """A row per pair of targets; of high, low and the sampled ones.

    Args:
        benchmark: items and targets.
        bootstrap: of the items.
        picks: of the ADM, shape (targets, items).
    """
    chosen = [
        place
        for place, name in enumerate(benchmark.names)
        if name in ("target_high", "target_low") or attribute_count(name) is not None
    ]
    n_scored = benchmark.scored.sum(axis=1)
    drawn_scored = scored_sums(benchmark, bootstrap)
    rows: list[Row] = []
    for steered in chosen:
        found = outcomes(benchmark, np.broadcast_to(picks[steered], picks.shape))
        accuracy = 100 * ratio(bootstrap.sums(found.correct), drawn_scored)
        alignment = mean_where(found.alignment_score, benchmark.scored)
        rows += [
            {
                "steered_to": benchmark.names[steered],
                "scored_on": benchmark.names[scored],
                "n_scored": int(n_scored[scored]),
                **estimate(accuracy[:, scored]).columns("accuracy"),
                "alignment_score": alignment[scored],
            }
            for scored in chosen
        ]
    return rows
