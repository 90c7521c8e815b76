"""Accuracies with their intervals, the best of each group marked: by experiment, and by model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple

import pandas as pd

from pluralism.reporting.tables.table import BEST, TIE, Cell, Score, Table, cell
from pluralism.statistics.table_columns import SIGNIFICANCE
from pluralism.study.names import Names

_NOTES = (
    "Accuracy in percent, mean over the targets of a set, with its 95% interval for these targets (Wilson, clustered "
    "by prompt). Bold: the best of {group}; dagger: no difference from the best is found on the same items (paired "
    "test, p of 0.05 or more after Holm's correction over {family})."
)
_COLUMNS = ("accuracy", "accuracy_low", "accuracy_high", "mark")


def by_experiment(
    name: str, title: str, tables: Mapping[str, pd.DataFrame], sets: Sequence[str], names: Names
) -> Table:
    """Experiments and their ADMs down, target sets across; below them what a random pick is expected to reach.

    Args:
        name: of the table's files.
        title: what it shows.
        tables: `accuracy`, or some rows of it, and `comparisons` of a dataset's statistics.
        sets: the target sets to show.
        names: labels and roles; references are not marked.
    """
    accuracy = tables["accuracy"]
    groups = accuracy.groupby("experiment", sort=False)
    places = [(str(experiment), adm) for experiment, part in groups for adm in names.in_order(part["adm"])]
    references = [adm for adm in names.in_order(accuracy["adm"]) if names.is_reference(adm)]
    group = ["experiment", "target_set"]
    marked = _with_marks(accuracy, group, "adm", tables["comparisons"], references)
    keys, label = ["experiment", "adm", "target_set"], names.experiment
    rows, records = _rows(marked, keys, places, sets, label=label, names=names)
    if rows:
        chance = accuracy.drop_duplicates("target_set").set_index("target_set")["random_accuracy"]
        rows.append(["any", "Random, expected", *(cell(chance[one]) for one in sets)])
        expected = {f"{one}_accuracy": chance[one] for one in sets}
        records.append({"experiment": "any", "adm": "random_expected", **expected})
    notes = _NOTES.format(group="an experiment", family="the pairs of its ADMs")
    if references:
        notes += f" {' and '.join(names.adm(adm) for adm in references)} do not compete."
    return Table(name, title, _frame(records, "experiment"), ["experiment", "ADM", *sets], rows, notes)


def by_model(name: str, title: str, tables: Mapping[str, pd.DataFrame], sets: Sequence[str], names: Names) -> Table:
    """Target sets and ADMs down, experiments across: those ADMs that ran in several.

    Arguments as above, but that `tables` has `between_experiments` in place of `comparisons`.
    """
    accuracy = tables["accuracy"]
    ran_in = accuracy.groupby("adm")["experiment"].nunique()
    several = accuracy[accuracy["adm"].map(ran_in) > 1]
    experiments = list(several["experiment"].unique())
    places = [(target_set, adm) for target_set in sets for adm in names.in_order(several["adm"])]
    references = [adm for adm in several["adm"].unique() if names.is_reference(adm)]
    group = ["target_set", "adm"]
    marked = _with_marks(several, group, "experiment", tables["between_experiments"], references)
    rows, records = _rows(marked, ["target_set", "adm", "experiment"], places, experiments, label=str, names=names)
    header = ["target set", "ADM", *map(names.experiment_and_model, experiments)]
    notes = _NOTES.format(group="an ADM's experiments", family="the pairs of experiments of all ADMs")
    return Table(name, title, _frame(records, "target_set"), header, rows, notes)


def _frame(records: list[dict[str, object]], first: str) -> pd.DataFrame:
    """The records as a frame; one without rows has the columns that are always there, so that its CSV can be read."""
    return pd.DataFrame(records, columns=None if records else [first, "adm"])


def _with_marks(
    accuracy: pd.DataFrame, group: list[str], member: str, tested: pd.DataFrame, outside: Sequence[str] = ()
) -> pd.DataFrame:
    """Add the column mark: the best of each group, and what is not shown to differ from it.

    Args:
        accuracy: the rows to mark.
        group: the columns that a group has in common; a group of one gets no marks.
        member: the column that tells the rows of a group apart.
        tested: the paired tests, with the columns of `group`, {member}_a, {member}_b and p_holm.
        outside: ADMs that get no marks.
    """
    p_values = {
        (*(row[name] for name in group), frozenset((row[f"{member}_a"], row[f"{member}_b"]))): row["p_holm"]
        for row in tested.to_dict("records")
    }
    competing = accuracy[~accuracy["adm"].isin(outside) & accuracy["accuracy"].notna()]
    marks = dict.fromkeys(accuracy.index, "")
    for _, part in competing.groupby(group):
        best = part[part["accuracy"] == part["accuracy"].max()]
        for place, row in part.iterrows() if len(part) > 1 else ():
            pairs = [(*(row[name] for name in group), frozenset((row[member], one))) for one in best[member]]
            if place in best.index:
                marks[place] = BEST
            elif not all(p_values.get(pair, 1.0) < SIGNIFICANCE for pair in pairs):
                marks[place] = TIE
    return accuracy.assign(mark=pd.Series(marks, dtype=object))


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
