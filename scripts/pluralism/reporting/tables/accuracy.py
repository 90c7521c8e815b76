"""Accuracies with their intervals, the best of each group marked: by experiment, and by model."""

from collections.abc import Callable, Sequence
from dataclasses import astuple

import pandas as pd

from pluralism.reporting.tables.table import BEST, TIE, Cell, Score, Table, cell
from pluralism.study.names import Names

_NOTES = (
    "Accuracy in percent with its 95% interval (bootstrap by prompt), mean over the targets of a set. Bold: the best "
    "of {group}; dagger: the best lies within this interval."
)
_COLUMNS = ("accuracy", "accuracy_low", "accuracy_high", "mark")


def by_experiment(name: str, title: str, accuracy: pd.DataFrame, sets: Sequence[str], names: Names) -> Table:
    """Experiments and their ADMs down, target sets across; below them what a random pick is expected to reach.

    Args:
        name: of the table's files.
        title: what it shows.
        accuracy: this table of a dataset's statistics, or some rows of it.
        sets: the target sets to show.
        names: labels and roles; references are not marked.
    """
    groups = accuracy.groupby("experiment", sort=False)
    places = [(str(experiment), adm) for experiment, part in groups for adm in names.in_order(part["adm"])]
    references = [adm for adm in names.in_order(accuracy["adm"]) if names.is_reference(adm)]
    marked = _with_marks(accuracy, ["experiment", "target_set"], references)
    keys, label = ["experiment", "adm", "target_set"], names.experiment
    rows, records = _rows(marked, keys, places, sets, label=label, names=names)
    if rows:
        chance = accuracy.drop_duplicates("target_set").set_index("target_set")["random_accuracy"]
        rows.append(["any", "Random, expected", *(cell(chance[one]) for one in sets)])
        expected = {f"{one}_accuracy": chance[one] for one in sets}
        records.append({"experiment": "any", "adm": "random_expected", **expected})
    notes = _NOTES.format(group="an experiment")
    if references:
        notes += f" {' and '.join(names.adm(adm) for adm in references)} do not compete."
    return Table(name, title, _frame(records, "experiment"), ["experiment", "ADM", *sets], rows, notes)


def by_model(name: str, title: str, accuracy: pd.DataFrame, sets: Sequence[str], names: Names) -> Table:
    """Target sets and ADMs down, experiments across: those ADMs that ran in several; arguments as above."""
    ran_in = accuracy.groupby("adm")["experiment"].nunique()
    several = accuracy[accuracy["adm"].map(ran_in) > 1]
    experiments = list(several["experiment"].unique())
    places = [(target_set, adm) for target_set in sets for adm in names.in_order(several["adm"])]
    references = [adm for adm in several["adm"].unique() if names.is_reference(adm)]
    marked = _with_marks(several, ["target_set", "adm"], references)
    rows, records = _rows(marked, ["target_set", "adm", "experiment"], places, experiments, label=str, names=names)
    header = ["target set", "ADM", *map(names.experiment_and_model, experiments)]
    return Table(name, title, _frame(records, "target_set"), header, rows, _NOTES.format(group="an ADM's experiments"))


def _frame(records: list[dict[str, object]], first: str) -> pd.DataFrame:
    """The records as a frame; one without rows has the columns that are always there, so that its CSV can be read."""
    return pd.DataFrame(records, columns=None if records else [first, "adm"])


def _with_marks(accuracy: pd.DataFrame, group: list[str], outside: Sequence[str] = ()) -> pd.DataFrame:
    """Add the column mark, by what the best of each group is; a group of one and the ADMs `outside` get no marks."""
    competing = accuracy[~accuracy["adm"].isin(outside) & accuracy["accuracy"].notna()]
    values = competing.groupby(group)["accuracy"]
    best, several = values.transform("max"), values.transform("size") > 1
    mark = pd.Series("", accuracy.index, dtype=object)
    mark[competing.index[several & (competing["accuracy_high"] >= best)]] = TIE
    mark[competing.index[several & (competing["accuracy"] == best)]] = BEST
    return accuracy.assign(mark=mark)


def _rows(
    accuracy: pd.DataFrame,
    keys: Sequence[str],
    places: Sequence[tuple[str, str]],
    columns: Sequence[str],
    *,
    label: Callable[[str], str],
    names: Names,
) -> tuple[list[list[Cell]], list[dict[str, object]]]:
    """The rows of a table as shown, and their numbers for CSV.

    Args:
        accuracy: from `_with_marks`.
        keys: the columns of `accuracy` that say in which row (two) and column (one) of the table a value belongs.
        places: the rows: an experiment or a target set, and an ADM.
        columns: the columns.
        label: of the first part of a row's place.
        names: labels of ADMs.
    """
    scores = {
        tuple(row[key] for key in keys): Score(*(row[column] for column in _COLUMNS))
        for row in accuracy.dropna(subset="accuracy").to_dict("records")
    }
    rows: list[list[Cell]] = []
    records: list[dict[str, object]] = []
    for (first, adm), (above, _) in zip(places, [("", ""), *places], strict=False):
        found = {column: scores.get((first, adm, column)) for column in columns}
        shown = [score or "-" for score in found.values()]
        rows.append(["" if first == above else label(first), names.adm(adm), *shown])
        record: dict[str, object] = {keys[0]: first, "adm": adm}
        for column, score in found.items():
            values = astuple(score) if score else (None, None, None, "")
            record |= {f"{column}_{name}": value for name, value in zip(_COLUMNS, values, strict=True)}
        records.append(record)
    return rows, records
