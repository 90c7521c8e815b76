"""All statistics of a dataset, as tables."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pandas as pd

from pluralism.datasets.annotations import ItemAnnotations
from pluralism.decisions.roles import Role
from pluralism.decisions.selection import Scale
from pluralism.errors import UserError
from pluralism.protocols import Protocol
from pluralism.statistics.accuracy import accuracy_rows, measures, skill_rows
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.between_experiments import experiment_rows
from pluralism.statistics.by_samples import by_samples_rows
from pluralism.statistics.comparisons import AdmResult, baseline_rows, comparison_rows
from pluralism.statistics.confusion import confusion_rows
from pluralism.statistics.cost import cost_row
from pluralism.statistics.flags import first_vote_wins_row, float_ties_row, other_flags, shuffle_greedy_row
from pluralism.statistics.levels import calibration_rows, error_estimates, level_rows, spread_rows
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.noise_ceiling import noise_ceiling_rows
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.reading import Cell, CellSource, read_cell
from pluralism.statistics.reproduction import Measured, measured_numbers, reproduction_rows
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.statistics.steerability import steerability_rows
from pluralism.statistics.table_columns import COLUMNS, TableRow
from pluralism.statistics.typical_differences import Group, between_components, difference_rows, groups
from pluralism.statistics.variance import Component, components, single_outcomes, variance_rows

log = logging.getLogger(__name__)

Results = dict[str, AdmResult]
"""ADM -> its result, of one experiment."""


@dataclass
class _Tables:
    """The rows of the tables so far."""

    rows: dict[str, list[TableRow]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, rows: Iterable[TableRow], **keys: str) -> None:
        self.rows[table] += [{**keys, **row} for row in rows]

    def add_all(self, rows: Mapping[str, Iterable[TableRow]], **keys: str) -> None:
        for table, of_table in rows.items():
            self.add(table, of_table, **keys)

    def frames(self) -> dict[str, pd.DataFrame]:
        return {name: pd.DataFrame(self.rows[name], columns=columns) for name, columns in COLUMNS.items()}


def analyse(
    sources: Sequence[CellSource],
    benchmark: Benchmark,
    flipped: Benchmark,
    references: pd.DataFrame,
    *,
    annotations: Sequence[ItemAnnotations],
    levels: Scale,
    dataset: str,
    protocol: Protocol,
    margin: float,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Compute all statistics of a dataset.

    Args:
        sources: of every ADM in every experiment, grouped by experiment.
        benchmark: items and targets.
        flipped: the same, with the protocol's flag `float_ties` flipped.
        references: from `read_reference_numbers`.
        annotations: of each item; empty where none are known.
        levels: all that a label can have.
        dataset: whose references to compare with.
        protocol: of the study.
        margin: of equivalence with a reference, in percentage points.
        seed: of the choices of samples, where there are many.

    Returns:
        A table per name in `COLUMNS`.

    Raises:
        UserError: a file of an ADM is not found or cut off, or does not cover the items and targets; or all targets are
            doses.
    """
    every, places = benchmark, benchmark.not_doses
    if not places.size:
        raise UserError("all targets are doses, expected others too, such as target_high")
    benchmark, flipped = every.only(places), flipped.only(places)
    clusters = Clusters(benchmark.prompts)
    tables = _Tables()
    measured: list[Measured] = []
    compared: dict[str, Results] = {}
    everyone: list[AdmResult] = []
    parts: list[list[tuple[str, list[Component]]]] = []
    # One after the other, so that only one ADM's predictions are in memory.
    all_cells = (read_cell(source, every) for source in sources)
    for experiment, cells in groupby(all_cells, key=lambda cell: cell.experiment):
        results: Results = {}
        for whole in cells:
            by_dose = steerability_rows(every, clusters, whole.picks_or_first(every), whole.targets)
            tables.add_all(by_dose, experiment=experiment, adm=whole.adm)
            cell = whole.only(every, places)
            own = benchmark.only(cell.targets)
            found = benchmark.by_label.outcomes(cell.picks_or_first(benchmark))
            undecided = frozenset(range(len(benchmark.targets))) - {*cell.targets.tolist()}
            results[cell.adm] = AdmResult(found, cell.source.role, undecided)
            everyone.append(results[cell.adm])
            parts.append([] if cell.source.role.is_reference else _components(cell, own, clusters))
            scores = measures(benchmark, clusters, found).only(cell.targets)
            errors = error_estimates(own, clusters, cell.samples, bounded=cell.source.bounded)
            numbers = measured_numbers(own, scores, errors)
            measured.append(Measured(experiment, cell.adm, numbers, cell.source.basis(len(own.prompts))))
            described = {
                "accuracy": accuracy_rows(own, scores),
                "skill": skill_rows(own, scores),
                "protocol_flags": _flags(cell, own, flipped.only(cell.targets), protocol),
                "by_samples": by_samples_rows(
                    own,
                    clusters,
                    cell.samples,
                    cell.source.samples,
                    first_vote_wins=protocol.first_vote_wins,
                    seed=seed,
                ),
                **_descriptions(cell, own, clusters),
            }
            tables.add_all(described, experiment=experiment, adm=cell.adm)
        _add_side_effects(tables, experiment, results, benchmark, clusters)
        compared[experiment] = {adm: entry for adm, entry in results.items() if entry.role is not Role.CEILING}
    _add_comparisons(tables, compared, benchmark, clusters)
    found_groups = groups(sources)
    tables.add("between_experiments", experiment_rows(benchmark, clusters, found_groups, sources, everyone))
    _add_variances(tables, benchmark, clusters, found_groups, sources=sources, results=everyone, parts=parts)
    tables.add("noise_ceiling", noise_ceiling_rows(benchmark, annotations, levels, seed))
    tables.add("protocol_flags", other_flags())
    tables.add("reproduction", reproduction_rows(references, dataset, measured, margin))
    return tables.frames()


def _flags(cell: Cell, benchmark: Benchmark, flipped: Benchmark, protocol: Protocol) -> list[TableRow]:
    rows = [
        float_ties_row(benchmark, flipped, cell.samples, cell.picks),
        first_vote_wins_row(benchmark, cell.samples, cell.picks, first_vote_wins=protocol.first_vote_wins),
    ]
    if not cell.source.imported:
        greedy, shuffled = cell.source.greedy, protocol.shuffle_greedy
        rows.append(shuffle_greedy_row(benchmark, cell.predictions, greedy=greedy, shuffled=shuffled))
    return rows


def _descriptions(cell: Cell, benchmark: Benchmark, clusters: Clusters) -> dict[str, list[TableRow]]:
    return {
        "levels": level_rows(benchmark, cell.samples),
        "calibration": calibration_rows(benchmark, clusters, cell.samples),
        "spread": spread_rows(benchmark, cell.samples),
        "order_bias": order_bias_rows(benchmark, clusters, cell.samples),
        "flips": flip_rows(benchmark, clusters, cell.samples),
        "confusion": confusion_rows(benchmark, clusters, cell.picks),
        # What an imported run cost is not known.
        "cost": [cost_row(cell.predictions)] if not cell.source.imported else [],
    }


def _components(cell: Cell, benchmark: Benchmark, clusters: Clusters) -> list[tuple[str, list[Component]]]:
    outcomes = single_outcomes(benchmark, cell.samples)
    return list(components(benchmark, clusters, outcomes, greedy=cell.source.greedy))


def _add_variances(
    tables: _Tables,
    benchmark: Benchmark,
    clusters: Clusters,
    found: Sequence[Group],
    *,
    sources: Sequence[CellSource],
    results: Sequence[AdmResult],
    parts: Sequence[Sequence[tuple[str, list[Component]]]],
) -> None:
    """Where the variance comes from: within each cell, from `parts`, and between those that differ in one thing."""
    tables.add("typical_differences", difference_rows(benchmark, clusters, found, sources, results))
    between = between_components(benchmark, clusters, found, results)
    for place, (source, of_sets) in enumerate(zip(sources, parts, strict=True)):
        for target_set, within in of_sets:
            rows = variance_rows(within, between.get((place, target_set), {}))
            keys = {"experiment": source.folder.parent.name, "adm": source.folder.name, "target_set": target_set}
            tables.add("variance", rows, **keys)


def _add_comparisons(tables: _Tables, compared: dict[str, Results], benchmark: Benchmark, clusters: Clusters) -> None:
    """Compare the ADMs of an experiment with each other, and with those that ran alone, as reward models do."""
    alone = {
        (experiment, adm): entry
        for experiment, results in compared.items()
        for adm, entry in results.items()
        if len(results) == 1
    }
    for experiment, results in compared.items():
        if len(results) > 1:
            rows = comparison_rows(benchmark, clusters, results)
            tables.add("comparisons", rows, experiment=experiment)
            rows = baseline_rows(benchmark, clusters, results, alone)
            tables.add("baselines", rows, experiment=experiment)


def _add_side_effects(
    tables: _Tables, experiment: str, results: Results, benchmark: Benchmark, clusters: Clusters
) -> None:
    """How far the ADMs of an experiment move from the picks of its first unaligned ADM."""
    unaligned = [adm for adm, result in results.items() if result.role is Role.UNALIGNED]
    if not unaligned:
        log.info("experiment %s: no side effects, since it has no unaligned ADM", experiment)
        return
    start = unaligned[0]
    if len(unaligned) > 1:
        log.info("experiment %s: side effects are counted from %s, the first of its unaligned ADMs", experiment, start)
    for adm, result in results.items():
        undecided = result.undecided | results[start].undecided
        decided = np.array([place for place in range(len(benchmark.targets)) if place not in undecided], dtype=np.intp)
        if adm != start and decided.size:
            picks, unaligned_picks = (entry.outcomes.picks[decided] for entry in (result, results[start]))
            rows = side_effect_rows(benchmark.only(decided), clusters, picks, unaligned_picks)
            tables.add("side_effects", rows, experiment=experiment, adm=adm)
