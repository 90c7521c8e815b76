"""Accuracies with their intervals, the best of each group marked: by experiment, and by model."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralism.reporting.tables.table import BEST, TIE, Cell, Score, Table, cell
from pluralism.study.names import Names

_NOTES = (
    "Accuracy in percent with its 95% interval (bootstrap by prompt), mean over the targets of a set. Bold: the best "
    "of {group}; dagger: the best lies within this interval."
)


def by_experiment(name: str, title: str, accuracy: pd.DataFrame, sets: Sequence[str], names: Names) -> Table:
    """Experiments and their ADMs down, target sets across; below them what a random pick is expected to reach.

    Args:
        name: of the table's files.
        title: what it shows.
        accuracy: this table of a dataset's statistics, or some rows of it.
        sets: the target sets to show.
        names: labels and roles; references are not marked.
    """
    rows: list[list[Cell]] = []
    records: list[dict[str, object]] = []
    for experiment, part in accuracy.groupby("experiment", sort=False):
        adms = names.in_order(part["adm"])
        columns = [_column(part[part["target_set"] == target_set].set_index("adm"), adms, names) for target_set in sets]
        for place, adm in enumerate(adms):
            first = names.experiment(str(experiment)).label if place == 0 else ""
            rows.append([first, names.adm(adm).label, *(_shown(column[place]) for column in columns)])
            records.append(
                {"experiment": experiment, "adm": adm}
                | _flat({target_set: column[place] for target_set, column in zip(sets, columns, strict=True)})
            )
    chance = accuracy.drop_duplicates("target_set").set_index("target_set")["random_accuracy"]
    if rows:
        rows.append(["any", "Random, expected", *(cell(chance[target_set]) for target_set in sets)])
        records.append(
            {"experiment": "any", "adm": "random_expected"} | {f"{one}_accuracy": chance[one] for one in sets}
        )
    references = [names.adm(adm).label for adm in names.in_order(accuracy["adm"]) if names.is_reference(adm)]
    outside = [f"{' and '.join(references)} do not compete."] if references else []
    notes = " ".join([_NOTES.format(group="an experiment"), *outside])
    return Table(name, title, pd.DataFrame(records), ["experiment", "ADM", *sets], rows, notes)


def by_model(name: str, title: str, accuracy: pd.DataFrame, sets: Sequence[str], names: Names) -> Table:
    """Target sets and ADMs down, experiments across: those ADMs that ran in several experiments.

    Args:
        name: of the table's files.
        title: what it shows.
        accuracy: this table of a dataset's statistics.
        sets: the target sets to show.
        names: labels, order and roles; references are not marked.
    """
    ran_in = accuracy.groupby("adm")["experiment"].nunique()
    several = accuracy[accuracy["adm"].map(ran_in) > 1]
    experiments = list(several["experiment"].unique())
    rows: list[list[Cell]] = []
    records: list[dict[str, object]] = []
    for target_set in sets:
        for place, adm in enumerate(names.in_order(several["adm"])):
            part = several[(several["target_set"] == target_set) & (several["adm"] == adm)].set_index("experiment")
            competes = [not names.is_reference(adm)] * len(experiments)
            scores = marked([_score(part, experiment) for experiment in experiments], competes)
            rows.append([target_set if place == 0 else "", names.adm(adm).label, *map(_shown, scores)])
            records.append({"target_set": target_set, "adm": adm} | _flat(dict(zip(experiments, scores, strict=True))))
    header = ["target set", "ADM", *(names.experiment(experiment).label for experiment in experiments)]
    return Table(name, title, pd.DataFrame(records), header, rows, _NOTES.format(group="an ADM's experiments"))


def marked(scores: Sequence[Score | None], competes: Sequence[bool]) -> list[Score | None]:
    """Mark the best of the scores that compete, and those whose interval holds the best value."""
    values = [score.value for score, takes_part in zip(scores, competes, strict=True) if score and takes_part]
    if len(values) < 2:
        return list(scores)
    best = max(values)

    def mark(score: Score | None, takes_part: bool) -> Score | None:
        if score is None or not takes_part:
            return score
        kind = BEST if score.value == best else TIE if score.high >= best else ""
        return Score(score.value, score.low, score.high, kind)

    return [mark(score, takes_part) for score, takes_part in zip(scores, competes, strict=True)]


def _column(part: pd.DataFrame, adms: Sequence[str], names: Names) -> list[Score | None]:
    return marked([_score(part, adm) for adm in adms], [not names.is_reference(adm) for adm in adms])


def _score(part: pd.DataFrame, key: str) -> Score | None:
    if key not in part.index or pd.isna(part["accuracy"][key]):
        return None
    return Score(*part.loc[[key], ["accuracy", "accuracy_low", "accuracy_high"]].to_numpy(dtype=float)[0].tolist())


def _flat(scores: Mapping[str, Score | None]) -> dict[str, object]:
    """Columns for CSV, such as high_accuracy, high_accuracy_low, high_accuracy_high and high_mark."""
    return {
        f"{name}_{column}": value
        for name, score in scores.items()
        for column, value in zip(
            ("accuracy", "accuracy_low", "accuracy_high", "mark"),
            (score.value, score.low, score.high, score.mark) if score else (None, None, None, ""),
            strict=True,
        )
    }


def _shown(score: Score | None) -> Cell:
    return "-" if score is None else score
