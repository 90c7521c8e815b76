"""Accuracy, alignment score and steering error by target set, with intervals."""

from dataclasses import dataclass

import numpy as np

from pluralism.decisions.scoring import Outcomes
from pluralism.decisions.selection import Array, Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import Bootstrap, estimate, mean_over, ratio
from pluralism.statistics.table_columns import TableRow


@dataclass(frozen=True)
class Draws:
    """Values of every resample, by target; shape (1 + resamples, targets), NaN where no item is scored."""

    accuracy: Array
    alignment_score: Array
    steering_error: Array

    def only(self, places: Indices) -> "Draws":
        """Those of some of the targets."""
        return Draws(self.accuracy[:, places], self.alignment_score[:, places], self.steering_error[:, places])


def scored_sums(benchmark: Benchmark, bootstrap: Bootstrap) -> Array:
    """How many items each resample scores, by target; the same for all ADMs."""
    return bootstrap.sums(benchmark.scored)


def draws(outcomes: Outcomes, bootstrap: Bootstrap, scored: Array) -> Draws:
    """Resample an ADM's outcomes; `scored` from `scored_sums`."""
    return Draws(
        accuracy=100 * ratio(bootstrap.sums(outcomes.correct), scored),
        alignment_score=100 * ratio(bootstrap.sums(outcomes.alignment), scored),
        steering_error=ratio(bootstrap.sums(outcomes.steering_error), scored),
    )


def accuracy_rows(benchmark: Benchmark, drawn: Draws) -> list[TableRow]:
    """A row per target set: means over its targets that score an item, with equal weights."""
    rows: list[TableRow] = []
    for name, members in benchmark.sets.items():
        n_scored = int(benchmark.scored[members].sum())
        n_pairs = benchmark.scored[members].size
        row: TableRow = {
            "target_set": name,
            "n_targets": len(members),
            "n_items": len(benchmark.prompts),
            "n_scored": n_scored,
            "n_tied": n_pairs - n_scored,
            "tie_rate": 1 - n_scored / n_pairs,
            **estimate(mean_over(drawn.accuracy, members)).columns("accuracy"),
            "random_accuracy": mean_over(benchmark.random_accuracy[None], members)[0],
            # A pick by the labels is right by definition, wherever an item is scored.
            "oracle_accuracy": 100.0 if n_scored else np.nan,
            **estimate(mean_over(drawn.alignment_score, members)).columns("alignment_score"),
            **estimate(mean_over(drawn.steering_error, members)).columns("steering_error"),
        }
        rows.append(row)
    return rows
