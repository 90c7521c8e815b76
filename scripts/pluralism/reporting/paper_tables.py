"""The paper's tables from the statistics of a dataset."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.adm_names import REFERENCES, in_order, label
from pluralism.reporting.table_forms import BEST, TIE, Cell, Number, Score, Table
from pluralism.statistics.stored import read_statistics
from pluralism.statistics.table_columns import PAPER_TABLES

_LEGEND = (
    "Accuracy in percent with its 95% interval (bootstrap by prompt), mean over the targets of a set. Bold: the best "
    "of {group}; dagger: the best lies within this interval. Random and oracle do not compete."
)


def paper_tables(folder: Path, ablation: Sequence[str], seconds: Callable[[str, str], float | None]) -> list[Table]:
    """All tables of a dataset, in the order of `PAPER_TABLES`.

    Args:
        folder: `results/{dataset}/statistics`.
        ablation: the ADMs of the ablation.
        seconds: how long the inference of an experiment and ADM took; None where that is not known.

    Raises:
        UserError: a table of the statistics is missing or has a fault.
    """
    accuracy = read_statistics(folder, "accuracy")
    if accuracy.empty:
        raise UserError(f"{folder / 'accuracy.csv'}: holds no accuracy")
    sets = list(accuracy["target_set"].unique())
    sampled = [name for name in sets if name.startswith("sampled_")]
    others = [name for name in sets if name not in sampled]
    steps = accuracy[accuracy["adm"].isin(ablation)]
    cost = read_statistics(folder, "cost")
    taken = [seconds(experiment, adm) for experiment, adm in zip(cost["experiment"], cost["adm"], strict=True)]
    cost = cost.assign(seconds=pd.array(taken, dtype="Float64"))
    title = PAPER_TABLES
    tables = {
        "high_low": _by_experiment(accuracy, others, title["high_low"]),
        "by_attributes": _by_experiment(accuracy, sampled, title["by_attributes"]),
        "ablation": _by_experiment(steps, sets, title["ablation"]),
        "models": _by_model(accuracy, sets, title["models"]),
        "cost": plain_table(cost, title["cost"]),
        "reproduction": plain_table(read_statistics(folder, "reproduction"), title["reproduction"]),
        "protocol_flags": plain_table(read_statistics(folder, "protocol_flags"), title["protocol_flags"]),
    }
    return [replace(tables[name], name=f"{folder.parent.name}_{name}") for name in PAPER_TABLES]


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


def _by_experiment(accuracy: pd.DataFrame, sets: Sequence[str], title: str) -> Table:
    """Experiments and their ADMs down, target sets across; below them what a random pick is expected to reach."""
    rows: list[list[Cell]] = []
    records: list[dict[str, object]] = []
    for experiment, part in accuracy.groupby("experiment", sort=False):
        adms = in_order(part["adm"])
        columns = [_column(part[part["target_set"] == target_set].set_index("adm"), adms) for target_set in sets]
        for place, adm in enumerate(adms):
            first = str(experiment) if place == 0 else ""
            rows.append([first, label(adm), *(_shown(column[place]) for column in columns)])
            records.append(
                {"experiment": experiment, "adm": adm}
                | _flat({target_set: column[place] for target_set, column in zip(sets, columns, strict=True)})
            )
    chance = accuracy.drop_duplicates("target_set").set_index("target_set")["random_accuracy"]
    if rows:
        rows.append(["any", "Random, expected", *(_chance(chance[target_set]) for target_set in sets)])
        records.append(
            {"experiment": "any", "adm": "random_expected"} | {f"{one}_accuracy": chance[one] for one in sets}
        )
    legend = _LEGEND.format(group="an experiment")
    return Table("", f"{title}. {legend}", pd.DataFrame(records), ["experiment", "ADM", *sets], rows)


def _by_model(accuracy: pd.DataFrame, sets: Sequence[str], title: str) -> Table:
    """Target sets and ADMs down, experiments across: those ADMs that ran in several experiments."""
    ran_in = accuracy.groupby("adm")["experiment"].nunique()
    several = accuracy[accuracy["adm"].map(ran_in) > 1]
    experiments = list(several["experiment"].unique())
    rows: list[list[Cell]] = []
    records: list[dict[str, object]] = []
    for target_set in sets:
        for place, adm in enumerate(in_order(several["adm"])):
            part = several[(several["target_set"] == target_set) & (several["adm"] == adm)].set_index("experiment")
            scores = marked([_score(part, experiment) for experiment in experiments], [True] * len(experiments))
            rows.append([target_set if place == 0 else "", label(adm), *map(_shown, scores)])
            records.append({"target_set": target_set, "adm": adm} | _flat(dict(zip(experiments, scores, strict=True))))
    legend = _LEGEND.format(group="an ADM's experiments")
    header = ["target set", "ADM", *experiments]
    return Table("", f"{title}. {legend}", pd.DataFrame(records), header, rows)


def plain_table(data: pd.DataFrame, title: str) -> Table:
    """A table that shows all columns of its data, as they stand there."""
    rows: list[list[Cell]] = [
        [_cell(column, value) for column, value in row.items()] for row in data.to_dict("records")
    ]
    header = ["ADM" if column == "adm" else str(column).replace("_", " ") for column in data]
    return Table("", f"{title}.", data, header, rows)


def _column(part: pd.DataFrame, adms: Sequence[str]) -> list[Score | None]:
    return marked([_score(part, adm) for adm in adms], [adm not in REFERENCES for adm in adms])


def _score(part: pd.DataFrame, key: str) -> Score | None:
    if key not in part.index or pd.isna(part["accuracy"][key]):
        return None
    return Score(*part.loc[[key], ["accuracy", "accuracy_low", "accuracy_high"]].to_numpy(dtype=float)[0].tolist())


def _flat(scores: dict[str, Score | None]) -> dict[str, object]:
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


def _chance(value: float) -> Cell:
    return "-" if pd.isna(value) else Number(value, f"{value:.1f}")


def _cell(column: object, value: Any) -> Cell:
    if pd.isna(value) or value == "":
        return "-"
    if isinstance(value, float):
        return Number(value, f"{value:,.0f}" if value == round(value) else f"{value:,.4g}")
    if isinstance(value, int):
        return Number(value, f"{value:,}")
    return label(str(value)) if column in ("adm", "adm_a", "adm_b") else str(value)
