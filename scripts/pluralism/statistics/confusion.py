"""Target confusion: steered to one target, scored on another."""

import numpy as np

from pluralism.decisions.selection import Indices
from pluralism.statistics.accuracy import scored_sums
from pluralism.statistics.benchmark import Benchmark, mean_where
from pluralism.statistics.intervals import Bootstrap, estimate, ratio
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.sets import is_own


def confusion_rows(benchmark: Benchmark, bootstrap: Bootstrap, picks: Indices) -> list[TableRow]:
    """A row per pair of high, low and sampled targets; `picks` of shape (targets, items)."""
    chosen = [place for place, name in enumerate(benchmark.names) if not is_own(name)]
    n_scored = benchmark.scored.sum(axis=1)
    drawn_scored = scored_sums(benchmark, bootstrap)
    rows: list[TableRow] = []
    for steered in chosen:
        found = benchmark.by_label.outcomes(np.broadcast_to(picks[steered], picks.shape))
        accuracy = 100 * ratio(bootstrap.sums(found.correct), drawn_scored)
        alignment = 100 * mean_where(found.alignment, benchmark.scored)
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
