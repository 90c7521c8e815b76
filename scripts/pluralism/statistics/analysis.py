"""All statistics of a dataset, as tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pandas as pd

from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.selection import Array
from pluralism.protocols import Protocol
from pluralism.statistics.accuracy import Row, accuracy_rows, draws, scored_sums
from pluralism.statistics.comparisons import Contender, baseline_rows, comparison_rows, random_signs
from pluralism.statistics.confusion import confusion_rows
from pluralism.statistics.cost import cost_row
from pluralism.statistics.flags import float_ties_row, other_flags, shuffle_greedy_row
from pluralism.statistics.intervals import Bootstrap, Estimate, make_bootstrap
from pluralism.statistics.levels import calibration_rows, error_estimates, level_rows, spread_rows
from pluralism.statistics.order import flip_rows, order_bias_rows
from pluralism.statistics.outcomes import Benchmark, outcomes
from pluralism.statistics.reading import Cell, read_cell
from pluralism.statistics.reproduction import measured_numbers, reproduction_rows
from pluralism.statistics.side_effects import side_effect_rows
from pluralism.statistics.table_columns import COLUMNS

UNALIGNED = "unaligned_baseline"
"""Side effects are movements away from the picks of this ADM."""

ORACLE = "oracle"
"""Right by definition, so that a comparison with it says nothing that its accuracy does not say."""

Contenders = dict[str, Contender]
"""ADM -> how it did, of one experiment."""


@dataclass
class _Tables:
    """The rows of the tables, as they grow."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, rows: Iterable[Row], **keys: str) -> None:
        self.rows[table] += [{**keys, **row} for row in rows]

    def frames(self) -> dict[str, pd.DataFrame]:
        return {name: pd.DataFrame(self.rows[name], columns=columns) for name, columns in COLUMNS.items()}


def analyse(
    folders: Mapping[Path, Aggregate],
    benchmark: Benchmark,
    flipped: Benchmark,
    references: pd.DataFrame,
    *,
    dataset: str,
    protocol: Protocol,
    greedy: Collection[str],
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Compute all statistics of a dataset.

    Args:
        folders: `results/{dataset}/{experiment}/{adm}` of each ADM, those of an experiment next to each other -> how
            the ADM's scores in the samples are taken together.
        benchmark: items and targets.
        flipped: the same, with the protocol's flag `float_ties` flipped.
        references: from `read_reference_numbers`.
        dataset: whose references to compare with.
        protocol: of the study.
        greedy: the experiments that decode greedily.
        seed: of the resamples.

    Returns:
        A table per name in `COLUMNS`.

    Raises:
        UserError: a file of an ADM is missing or cut off, or does not cover the items and targets.
    """
    bootstrap = make_bootstrap(benchmark.prompts, seed)
    signs = random_signs(bootstrap.weights.shape[1], seed)
    scored = scored_sums(benchmark, bootstrap)
    tables = _Tables()
    measured: dict[tuple[str, str], dict[tuple[str, str], Estimate]] = {}
    compared: dict[str, Contenders] = {}
    for experiment, cells in groupby(_cells(folders, benchmark), key=lambda cell: cell.experiment):
        contenders: Contenders = {}
        for cell in cells:
            key = {"experiment": experiment, "adm": cell.adm}
            found = outcomes(benchmark, cell.picks)
            contenders[cell.adm] = Contender(found, draws(found, bootstrap, scored))
            accuracy = accuracy_rows(benchmark, contenders[cell.adm].draws)
            measured[experiment, cell.adm] = measured_numbers(
                accuracy, error_estimates(benchmark, bootstrap, cell.samples)
            )
            tables.add("accuracy", accuracy, **key)
            flags = [
                float_ties_row(benchmark, flipped, cell.samples, cell.picks),
                shuffle_greedy_row(
                    benchmark, cell.predictions, greedy=experiment in greedy, shuffled=protocol.shuffle_greedy
                ),
            ]
            tables.add("protocol_flags", flags, **key)
            _add_descriptions(tables, cell, benchmark, bootstrap)
        _add_side_effects(tables, experiment, contenders, benchmark, bootstrap)
        compared[experiment] = {adm: entry for adm, entry in contenders.items() if adm != ORACLE}
    _add_comparisons(tables, compared, benchmark, bootstrap, signs)
    tables.add("protocol_flags", other_flags())
    tables.add("reproduction", reproduction_rows(references, dataset, measured))
    return tables.frames()


def _cells(folders: Mapping[Path, Aggregate], benchmark: Benchmark) -> Iterator[Cell]:
    """One after the other, so that only one ADM's predictions are in memory."""
    for folder, aggregate in folders.items():
        yield read_cell(folder, benchmark, aggregate)


def _add_descriptions(tables: _Tables, cell: Cell, benchmark: Benchmark, bootstrap: Bootstrap) -> None:
    key = {"experiment": cell.experiment, "adm": cell.adm}
    tables.add("levels", level_rows(benchmark, cell.samples), **key)
    tables.add("calibration", calibration_rows(benchmark, bootstrap, cell.samples), **key)
    tables.add("spread", spread_rows(benchmark, cell.samples), **key)
    tables.add("order_bias", order_bias_rows(benchmark, bootstrap, cell.samples), **key)
    tables.add("flips", flip_rows(benchmark, bootstrap, cell.samples), **key)
    tables.add("confusion", confusion_rows(benchmark, bootstrap, cell.picks), **key)
    tables.add("cost", [cost_row(cell.predictions)], **key)


def _add_comparisons(
    tables: _Tables, compared: dict[str, Contenders], benchmark: Benchmark, bootstrap: Bootstrap, signs: Array
) -> None:
    """ADMs of an experiment among each other, and against those that ran alone, such as reward models."""
    alone = {
        (experiment, adm): entry
        for experiment, contenders in compared.items()
        for adm, entry in contenders.items()
        if len(contenders) == 1
    }
    for experiment, contenders in compared.items():
        if len(contenders) > 1:
            pairs = comparison_rows(benchmark, bootstrap, contenders, signs)
            tables.add("comparisons", pairs, experiment=experiment)
            held_against = baseline_rows(benchmark, bootstrap, contenders, alone, signs)
            tables.add("baselines", held_against, experiment=experiment)


def _add_side_effects(
    tables: _Tables,
    experiment: str,
    contenders: Contenders,
    benchmark: Benchmark,
    bootstrap: Bootstrap,
) -> None:
    if UNALIGNED not in contenders:
        return
    unaligned = contenders[UNALIGNED].outcomes.picks
    for adm, contender in contenders.items():
        if adm != UNALIGNED:
            rows = side_effect_rows(benchmark, bootstrap, contender.outcomes.picks, unaligned)
            tables.add("side_effects", rows, experiment=experiment, adm=adm)
