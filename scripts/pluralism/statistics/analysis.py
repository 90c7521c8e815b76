"""All statistics of a dataset, as tables."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pluralism.decisions.roles import Role
from pluralism.errors import UserError
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.between_experiments import experiment_rows
from pluralism.statistics.comparisons import AdmResult, baseline_rows, comparison_rows
from pluralism.statistics.flags import other_flags
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.noise_ceiling import noise_ceiling_rows
from pluralism.statistics.one_adm import Analysed, Setting, analyse_adm
from pluralism.statistics.people import people_target_rows
from pluralism.statistics.reading import CellSource, read_cell
from pluralism.statistics.reproduction import reproduction_rows
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.statistics.stopping import saving, saving_rows
from pluralism.statistics.table_columns import COLUMNS, TableRow
from pluralism.statistics.typical_differences import between_components, difference_rows, groups
from pluralism.statistics.variance import variance_rows

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
    sources: Sequence[CellSource], setting: Setting, references: pd.DataFrame, *, dataset: str, margin: float
) -> dict[str, pd.DataFrame]:
    """Compute all statistics of a dataset.

    Args:
        sources: of every ADM in every experiment, grouped by experiment.
        setting: items, targets and protocol.
        references: from `read_reference_numbers`.
        dataset: whose references to compare with.
        margin: of equivalence with a reference, in percentage points.

    Returns:
        A table per name in `COLUMNS`.

    Raises:
        UserError: a file of an ADM is not found or cut off, or does not cover the items and targets; or all targets are
            doses or people's.
    """
    if not setting.places.size:
        raise UserError("all targets are doses or people's, expected others too, such as target_high")
    tables = _Tables()
    # One after the other, so that only one ADM's predictions are in memory.
    adms = [analyse_adm(read_cell(source, setting.every), setting) for source in sources]
    experiments: dict[str, Results] = {}
    for one in adms:
        tables.add_all(one.rows, experiment=one.source.experiment, adm=one.source.adm)
        experiments.setdefault(one.source.experiment, {})[one.source.adm] = one.result
    for experiment, results in experiments.items():
        _add_side_effects(tables, experiment, results, setting.benchmark, setting.clusters)
    _add_comparisons(tables, experiments, setting.benchmark, setting.clusters)
    _add_factors(tables, adms, setting)
    annotated = noise_ceiling_rows(setting.benchmark, setting.annotations, setting.levels, setting.seed)
    tables.add("noise_ceiling", annotated)
    if setting.people is not None:
        tables.add("people_targets", people_target_rows(setting.people))
    tables.add("protocol_flags", other_flags())
    tables.add("reproduction", reproduction_rows(references, dataset, [one.measured for one in adms], margin))
    return tables.frames()


def _add_factors(tables: _Tables, adms: Sequence[Analysed], setting: Setting) -> None:
    """What the model, the decoding and the wording change, next to all else that makes outcomes vary."""
    benchmark, clusters = setting.benchmark, setting.clusters
    sources, results = [one.source for one in adms], [one.result for one in adms]
    found = groups(sources)
    tables.add("between_experiments", experiment_rows(benchmark, clusters, found, sources, results))
    tables.add("typical_differences", difference_rows(benchmark, clusters, found, sources, results))
    for one in adms:
        if (saved := saving(one.source, one.samples, one.result, zip(sources, results, strict=True))) is not None:
            rows = saving_rows(benchmark, clusters, saved)
            tables.add("stopping", rows, experiment=one.source.experiment, adm=one.source.adm)
    between = between_components(benchmark, clusters, found, results)
    for place, one in enumerate(adms):
        for target_set, within in one.components:
            rows = variance_rows(within, between.get((place, target_set), {}))
            keys = {"experiment": one.source.experiment, "adm": one.source.adm, "target_set": target_set}
            tables.add("variance", rows, **keys)


def _add_comparisons(
    tables: _Tables, experiments: Mapping[str, Results], benchmark: Benchmark, clusters: Clusters
) -> None:
    """Compare the ADMs of an experiment with each other, and with those that ran alone, as reward models do."""
    compared = {
        experiment: {adm: result for adm, result in results.items() if result.role is not Role.CEILING}
        for experiment, results in experiments.items()
    }
    alone = {
        (experiment, adm): result
        for experiment, results in compared.items()
        for adm, result in results.items()
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
