"""Target confusion: steered to one target, scored on another."""

import numpy as np

from pluralism.decisions.selection import Indices
from pluralism.statistics.benchmark import Benchmark, mean_where
from pluralism.statistics.intervals import estimates
from pluralism.statistics.linearised import Clusters, ratios
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.sets import is_own


def confusion_rows(benchmark: Benchmark, clusters: Clusters, picks: Indices) -> list[TableRow]:
    """A row per pair of high, low and sampled targets; `picks` of shape (targets, items)."""
    chosen = [place for place, name in enumerate(benchmark.names) if not is_own(name)]
    n_scored = benchmark.scored.sum(axis=1)
    scored_by_prompt = clusters.sums(benchmark.scored)
    rows: list[TableRow] = []
    for steered in chosen:
        found = benchmark.by_label.outcomes(np.broadcast_to(picks[steered], picks.shape))
        accuracy = estimates(ratios(clusters.sums(found.correct), scored_by_prompt))
        alignment = 100 * mean_where(found.alignment, benchmark.scored)
        rows += [
            {
                "steered_to": benchmark.names[steered],
                "scored_on": benchmark.names[scored],
                "n_scored": int(n_scored[scored]),
                **accuracy[scored].times(100).columns("accuracy"),
                "alignment_score": alignment[scored],
            }
            for scored in chosen
        ]
    return rows
