"""Reading the results of a study into tables that have the same columns and types for any study."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralism.datasets.items import Item, read_items
from pluralism.decisions.score_files import read_scores
from pluralism.errors import UserError
from pluralism.predictions import COLUMNS as PREDICTED
from pluralism.predictions import read_predictions
from pluralism.reporting.data.columns import OWN_TABLES, STATISTICS, TABLES, DataTable
from pluralism.reporting.data.folder import CellNames, ResultsFolder, find_results
from pluralism.reporting.data.judging import judged
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.stored import read_statistics
from pluralism.tables import Kind, count_rows, read_parquet
from pluralism.targets.sets import target_set, target_sets
from pluralism.targets.target import Target

DECIDED: Mapping[str, Kind] = {"target": "text", "item": "whole", "response": "whole"}
"""The columns of a file of decisions."""


class Statistics(Mapping[str, pd.DataFrame]):
    """Name -> table of statistics, of all datasets together; read when it is asked for."""

    def __init__(self, read: Callable[[str], pd.DataFrame]) -> None:
        """`read` gives the table of a name."""
        self._read, self._known = read, dict[str, pd.DataFrame]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in set(self):
            raise KeyError(f"no table {name!r}; there are: {', '.join(self)}")
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return (table.name for table in STATISTICS)

    def __len__(self) -> int:
        return len(STATISTICS)


@dataclass(frozen=True, repr=False)
class Results:
    """The results of a study; each table is read when it is asked for, and kept.

    What is not there yet has no rows: `missing` says what.
    """

    folder: ResultsFolder

    def __repr__(self) -> str:
        """What a notebook shows: where the results are from, and what there is."""
        own = ", ".join(table.name for table in OWN_TABLES)
        return f"<results of {self.folder.root}: {own}, statistics[name]; missing: {len(self.missing)}>"

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """What is not there yet, a line each; empty for a study that was run to its end."""
        return (*self.folder.missing(), *self._unjudged)

    @cached_property
    def misfits(self) -> tuple[str, ...]:
        """What was made with other settings than the last whole run had, a line each; see `ResultsFolder.misfits`."""
        return tuple(self.folder.misfits())

    @cached_property
    def items(self) -> pd.DataFrame:
        """A row per response of an eval item."""
        return self._of_rows(
            "items",
            (
                {"dataset": dataset, "item": place, "response": at, "prompt": item.prompt, "text": text}
                for dataset, items in self.eval_items.items()
                for place, item in enumerate(items)
                for at, text in enumerate(item.responses)
            ),
        )

    @cached_property
    def labels(self) -> pd.DataFrame:
        """A row per response of an eval item and attribute."""
        return self._of_rows(
            "labels",
            (
                {"dataset": dataset, "item": place, "response": at, "attribute": attribute, "level": level}
                for dataset, items in self.eval_items.items()
                for place, item in enumerate(items)
                for at, levels in enumerate(item.labels)
                for attribute, level in levels.items()
            ),
        )

    @cached_property
    def targets(self) -> pd.DataFrame:
        """A row per target and attribute that it names."""
        return self._of_rows(
            "targets",
            (
                {
                    **{"dataset": dataset, "target": target.name, "target_set": target.set, "attribute": attribute},
                    **{"level": level, "weight": target.weights[attribute]},
                }
                for dataset, targets in self._targets.items()
                for target in targets
                for attribute, level in target.levels.items()
            ),
        )

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """A row per response, sample and, where the ADM predicts levels, attribute."""
        return self._of_cells("predictions", self.folder.paths.predictions, lambda path, _: _predictions(path))

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """A row per target and eval item."""
        return self._of_cells("decisions", self.folder.paths.decisions, self._decisions)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """A row per target."""
        return self._of_cells("scores", self.folder.paths.cell_scores, lambda path, _: _scores(path))

    @cached_property
    def statistics(self) -> Statistics:
        """Name -> table of statistics."""
        return Statistics(self._statistics)

    def table(self, name: str) -> pd.DataFrame:
        """Any table, by its name.

        Raises:
            UserError: there is none of this name, or a file is faulty.
        """
        if name not in TABLES:
            raise UserError(f"no table '{name}'; there are: {', '.join(TABLES)}")
        frame: pd.DataFrame = getattr(self, name) if name in _OWN else self.statistics[name]
        return frame

    def rows(self, name: str) -> int:
        """How many rows a table has. Those of the large ones are read from their files' ends."""
        paths = {"predictions": self.folder.paths.predictions, "decisions": self.folder.paths.decisions}
        if name not in paths:
            return len(self.table(name))
        return sum(count_rows(path) for path, _ in self._there(paths[name]))

    @cached_property
    def eval_items(self) -> dict[str, list[Item]]:
        """Of each dataset the eval items, where they are there."""
        found = {dataset: self.folder.eval(dataset) for dataset in self.folder.datasets}
        return {dataset: read_items(path) for dataset, path in found.items() if path is not None}

    @cached_property
    def _targets(self) -> dict[str, list[Target]]:
        return {dataset: self.folder.targets(dataset) for dataset in self.folder.datasets}

    @cached_property
    def benchmarks(self) -> dict[str, Benchmark | str]:
        """Of each dataset what tells which picks are right, or why nothing does."""
        return {dataset: self._benchmark(dataset) for dataset in self.folder.datasets}

    def _benchmark(self, dataset: str) -> Benchmark | str:
        if not (items := self.eval_items.get(dataset)) or not (targets := self._targets[dataset]):
            return "no eval items or no targets"
        try:
            scale = self.folder.scale(dataset)
        except UserError as error:
            return str(error)
        return make_benchmark(items, tuple(items[0].labels[0]), targets, scale)

    @property
    def _unjudged(self) -> Iterator[str]:
        for dataset, found in self.benchmarks.items():
            if isinstance(found, str):
                yield f"{dataset}: whether decisions are right is not known: {found}"

    def _decisions(self, path: Path, cell: CellNames) -> pd.DataFrame:
        table = read_parquet(path, DECIDED, DECIDED)
        table = table.assign(target_set=table["target"].map(target_set), correct=None, alignment_score=np.nan)
        benchmark = self.benchmarks[cell[0]]
        return table if isinstance(benchmark, str) else judged(table, benchmark, path)

    def _statistics(self, name: str) -> pd.DataFrame:
        folders = {dataset: Path(self.folder.paths.statistics_folder(dataset)) for dataset in self.folder.datasets}
        found = {dataset: read_statistics(path, name) for dataset, path in folders.items() if _has(path, name)}
        return self._joined(name, [table.assign(dataset=dataset) for dataset, table in found.items()])

    def _there(self, path: Callable[..., str]) -> Iterator[tuple[Path, CellNames]]:
        """The files of cells that exist."""
        for cell in self.folder.cells:
            if (file := Path(path(*cell))).is_file():
                yield file, cell

    def _of_cells(
        self, name: str, path: Callable[..., str], read: Callable[[Path, CellNames], pd.DataFrame]
    ) -> pd.DataFrame:
        """A table that has a file per ADM."""
        parts = [
            read(file, cell).assign(**dict(zip(("dataset", "experiment", "adm"), cell, strict=True)))
            for file, cell in self._there(path)
        ]
        return self._joined(name, parts)

    def _joined(self, name: str, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
        """Parts below each other, with the columns and types of a table."""
        typed = [self._typed(TABLES[name], part) for part in parts]
        return pd.concat(typed, ignore_index=True) if typed else self._of_rows(name, [])

    def _of_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """A table of rows."""
        table = TABLES[name]
        return self._typed(table, pd.DataFrame(list(rows), columns=list(table.types)))

    def _typed(self, table: DataTable, frame: pd.DataFrame) -> pd.DataFrame:
        """Categories are the same in all tables, so that these can be merged, and in the order of the config."""
        columns = {}
        for name, kind in table.types.items():
            values = frame[name].fillna("") if kind == "str" else frame[name]
            columns[name] = pd.Series(
                pd.Categorical(values, self._categories[name]) if kind == "category" else values.astype(kind),
                frame.index,
            )
        return pd.DataFrame(columns, index=frame.index)

    @cached_property
    def _categories(self) -> dict[str, list[str]]:
        cells, targets = self.folder.cells, [one.name for found in self._targets.values() for one in found]
        decided = [_scores(path)["target"] for path, _ in self._there(self.folder.paths.cell_scores)]
        targets += sorted({name for names in decided for name in names} - {*targets})
        attributes = [name for items in self.eval_items.values() for name in items[0].labels[0]]
        named = [name for found in self._targets.values() for target in found for name in target.levels]
        config = self.folder.config
        return {
            "dataset": self.folder.datasets,
            "experiment": _distinct([*(config.grid.experiments if config else ()), *(name for _, name, _ in cells)]),
            "adm": _distinct(self._in_order(adm for _, _, adm in cells)),
            "attribute": _distinct([*attributes, *named]),
            "target": _distinct(targets),
            "target_set": target_sets(targets),
        }

    def _in_order(self, adms: Iterable[str]) -> list[str]:
        config = self.folder.config
        return config.names().in_order(adms) if config is not None else sorted(set(adms))


_OWN = frozenset(table.name for table in OWN_TABLES)


def load_results(folder: str | Path = ".") -> Results:
    """The results of a study.

    Args:
        folder: the study's, `output` in its config.

    Raises:
        UserError: it holds no results.
    """
    return Results(find_results(Path(folder)))


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _has(folder: Path, table: str) -> bool:
    return (folder / f"{table}.csv").is_file()


def _predictions(path: Path) -> pd.DataFrame:
    return read_predictions(path, PREDICTED, bounded=False)


def _scores(path: Path) -> pd.DataFrame:
    table = read_scores([path])
    return table.assign(target_set=table["target"].map(target_set))
