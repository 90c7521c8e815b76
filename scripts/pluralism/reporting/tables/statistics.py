"""The tables that are made from the statistics of a dataset: the paper's, and the pages of the report."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.tables.accuracy import by_experiment, by_model
from pluralism.reporting.tables.catalogue import PAGES, PAPER_SOURCES, PAPER_TABLES
from pluralism.reporting.tables.skill import skill_table
from pluralism.reporting.tables.table import Cell, Number, Table
from pluralism.statistics.stored import read_statistics
from pluralism.statistics.table_columns import WHY_EMPTY
from pluralism.study.names import Names
from pluralism.tables import check_filled, read_csv

_ADMS = ("adm", "adm_a", "adm_b", "baseline")
_EXPERIMENTS = ("experiment", "baseline_experiment")


def paper_tables(
    folder: Path, names: Names, *, dataset: str, ablation: Sequence[str] = (), benchmarks: Path | None = None
) -> Iterator[Table]:
    """All tables of a dataset, in the order of `PAPER_TABLES`.

    Args:
        folder: `results/{dataset}/statistics`.
        names: labels, order and roles.
        dataset: its name.
        ablation: the ADMs of the ablation.
        benchmarks: `results/benchmarks/{dataset}`; None if no run times are kept.

    Raises:
        UserError: a table of the statistics is missing or has a fault.
    """
    tables = {name: read_statistics(folder, name) for name in PAPER_SOURCES}
    accuracy = tables["accuracy"]
    if accuracy.empty:
        raise UserError(f"{folder / 'accuracy.csv'}: expected at least one accuracy, found none")
    sets = list(accuracy["target_set"].unique())
    sampled = [name for name in sets if name.startswith("sampled_")]
    others = [name for name in sets if name not in sampled]

    def named(table: str) -> tuple[str, str]:
        return f"{dataset}_{table}", f"{PAPER_TABLES[table]}, {names.dataset(dataset)}"

    yield skill_table(*named("skill"), tables["skill"], names)
    yield by_experiment(*named("high_low"), tables, others, names)
    yield by_experiment(*named("by_attributes"), tables, sampled, names)
    of_ablation = {**tables, "accuracy": accuracy[accuracy["adm"].isin(ablation)]}
    yield by_experiment(*named("ablation"), of_ablation, sets, names)
    yield by_model(*named("models"), tables, sets, names)
    yield plain_table(*named("cost"), _with_seconds(tables["cost"], benchmarks), names)
    for table in ("reproduction", "protocol_flags"):
        yield plain_table(*named(table), tables[table], names)


def statistics_pages(folder: Path, names: Names, dataset: str) -> Iterator[Table]:
    """The tables of `PAGES`, each by its name there; raises UserError if one is missing or has a fault."""
    for name, title in PAGES.items():
        table = read_statistics(folder, name)
        why_empty = f": none, for {WHY_EMPTY[name]}" if table.empty and name in WHY_EMPTY else ""
        yield plain_table(name, f"{title}, {names.dataset(dataset)}{why_empty}", table, names)


def plain_table(name: str, title: str, data: pd.DataFrame, names: Names) -> Table:
    """A table that shows all columns of one of the tables of statistics, with labels for ADMs and experiments."""
    rows = [[_cell(str(column), value, names) for column, value in row.items()] for row in data.to_dict("records")]
    header = ["ADM" if column == "adm" else str(column).replace("_", " ") for column in data]
    return Table(name, title, data, header, rows)


def _with_seconds(cost: pd.DataFrame, benchmarks: Path | None) -> pd.DataFrame:
    """Add the column seconds: how long the model took for the answers of each ADM; empty where unknown."""
    seconds = []
    for experiment, adm in zip(cost["experiment"], cost["adm"], strict=True):
        path = benchmarks / experiment / adm / "answers.tsv" if benchmarks is not None else None
        seconds.append(_seconds(path) if path is not None and path.exists() else None)
    return cost.assign(seconds=pd.array(seconds, dtype="Float64"))


def _seconds(path: Path) -> float:
    table = read_csv(path, ["s"], numbers=["s"], separator="\t")
    check_filled(path, table, ["s"])
    return float(table["s"].sum())


def _cell(column: str, value: Any, names: Names) -> Cell:
    if pd.isna(value) or value == "":
        return "-"
    if isinstance(value, float):
        return Number(value, f"{value:,.0f}" if value == round(value) else f"{value:,.4g}")
    if isinstance(value, int):
        return Number(value, f"{value:,}")
    if column in _ADMS:
        return names.adm(str(value))
    return names.experiment(str(value)) if column in _EXPERIMENTS else str(value)
