"""Accuracy, alignment score, steering error and skill by target set, with intervals."""

from dataclasses import dataclass

import numpy as np

from pluralism.decisions.scoring import Outcomes
from pluralism.decisions.selection import Indices
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import estimate_drawn, estimate_mean
from pluralism.statistics.linearised import Clusters, Linearised, ratios
from pluralism.statistics.table_columns import TableRow


@dataclass(frozen=True)
class Measures:
    """How good an ADM is, a statistic per target, as shares from 0 to 1; `chance` is the accuracy of a random pick."""

    accuracy: Linearised
    alignment_score: Linearised
    steering_error: Linearised
    chance: Linearised

    def only(self, places: Indices) -> "Measures":
        """Those of some of the targets."""
        parts = (self.accuracy, self.alignment_score, self.steering_error, self.chance)
        return Measures(*(part.only(places) for part in parts))


def measures(benchmark: Benchmark, clusters: Clusters, outcomes: Outcomes) -> Measures:
    """Measure an ADM by its outcomes under all targets."""
    scored = clusters.sums(benchmark.scored)
    chance = np.where(benchmark.scored, benchmark.chance, 0)
    parts = (outcomes.correct, outcomes.alignment * benchmark.scored, outcomes.steering_error, chance)
    return Measures(*(ratios(clusters.sums(part), scored) for part in parts))


def accuracy_rows(benchmark: Benchmark, measured: Measures) -> list[TableRow]:
    """A row per target set: means over its targets that score an item, with equal weights."""
    rows: list[TableRow] = []
    for name, members in benchmark.sets.items():
        n_scored = int(benchmark.scored[members].sum())
        n_pairs = benchmark.scored[members].size
        own = measured.only(members)
        row: TableRow = {
            "target_set": name,
            "n_targets": len(members),
            "n_items": len(benchmark.prompts),
            "n_scored": n_scored,
            "n_tied": n_pairs - n_scored,
            "tie_rate": 1 - n_scored / n_pairs,
            **estimate_mean(own.accuracy).times(100).columns("accuracy"),
            **estimate_drawn(own.accuracy).times(100).ends("accuracy_like_these"),
            "random_accuracy": 100 * own.chance.mean().values[0],
            # A pick by the labels is right by definition, wherever an item is scored.
            "oracle_accuracy": 100.0 if n_scored else np.nan,
            **estimate_mean(own.alignment_score).times(100).columns("alignment_score"),
            **estimate_mean(own.steering_error).columns("steering_error"),
        }
        rows.append(row)
    return rows


def skill_rows(benchmark: Benchmark, measured: Measures) -> list[TableRow]:
    """A row per target set, and of all sampled targets: how far it gets from a random pick, 0, to the oracle, 1."""
    rows: list[TableRow] = []
    for name, members in benchmark.sets_and_sampled.items():
        own = measured.only(members)
        skill, chance = skills(own), own.chance.mean().values[0]
        bounds = (-chance / (1 - chance), 1.0)
        rows.append(
            {
                "target_set": name,
                "n_targets": len(members),
                "n_scored": int(benchmark.scored[members].sum()),
                **estimate_mean(skill, bounds).columns("skill"),
                **estimate_drawn(skill, bounds).ends("skill_like_these"),
            }
        )
    return rows


def skills(measured: Measures) -> Linearised:
    """Skill, (accuracy - chance) / (1 - chance), of the means over targets, linearised in those of each target.

    Its mean over the targets is the skill of the set; what a single target adds is the linear part of that.
    """
    accuracy, chance = measured.accuracy, measured.chance
    mean, by_chance = accuracy.mean().values[0], chance.mean().values[0]
    slope, slope_of_chance = 1 / (1 - by_chance), (mean - 1) / (1 - by_chance) ** 2
    values = (
        (mean - by_chance) * slope + slope * (accuracy.values - mean) + slope_of_chance * (chance.values - by_chance)
    )
    influence = slope * accuracy.influence + slope_of_chance * chance.influence
    return Linearised(values, influence, accuracy.weights)
