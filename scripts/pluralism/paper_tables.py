"""The paper's tables from the statistics of a dataset: as CSV, as Markdown, and as LaTeX for booktabs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pluralism.adm_names import REFERENCES, in_order, label
from pluralism.errors import UserError
from pluralism.statistics.stored import read_statistics
from pluralism.statistics.table_columns import PAPER_TABLES

BEST, TIE = "best", "tie"

_LEGEND = (
    "Accuracy in percent with its 95% interval (bootstrap by prompt), mean over the targets of a set. Bold: the best "
    "of {group}; dagger: the best lies within this interval. Random and oracle do not compete."
)


@dataclass(frozen=True)
class Score:
    """A value with its interval, as a table shows it.

    Attributes:
        value: in percent.
        low: lower end of the interval.
        high: upper end.
        mark: BEST, TIE or "".
    """

    value: float
    low: float
    high: float
    mark: str = ""


Cell = Score | str


@dataclass(frozen=True)
class Table:
    """A table in its three forms.

    Attributes:
        name: of its files, such as mic_high_low.
        caption: what it shows.
        data: the numbers, for CSV.
        header: the columns as shown.
        rows: the cells as shown.
    """

    name: str
    caption: str
    data: pd.DataFrame
    header: list[str]
    rows: list[list[Cell]]

    def text(self, form: str, note: str = "") -> str:
        """The table as `csv`, `md` or `tex`; a note stands below the latter two."""
        if form == "csv":
            return str(self.data.to_csv(index=False, float_format="%.6g"))
        return _markdown(self, note) if form == "md" else _latex(self, note)


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
    tables = (
        _by_experiment(accuracy, others, "Accuracy at high and low"),
        _by_experiment(accuracy, sampled, "Accuracy by number of attributes that the targets name"),
        _by_experiment(steps, sets, "Ablation: responses alone, responses compared, and with examples"),
        _by_model(accuracy, sets),
        _plain(cost, "Cost of inference, in tokens and seconds"),
        _plain(read_statistics(folder, "reproduction"), "Numbers reported elsewhere beside ours"),
        _plain(read_statistics(folder, "protocol_flags"), "What each flag of the protocol changes when flipped alone"),
    )
    return [
        replace(table, name=f"{folder.parent.name}_{name}") for name, table in zip(PAPER_TABLES, tables, strict=True)
    ]


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


def _by_experiment(accuracy: pd.DataFrame, sets: Sequence[str], caption: str) -> Table:
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
        rows.append(["any", "Random, expected", *(_decimal(chance[target_set]) for target_set in sets)])
        records.append(
            {"experiment": "any", "adm": "random_expected"} | {f"{one}_accuracy": chance[one] for one in sets}
        )
    legend = _LEGEND.format(group="an experiment")
    return Table("", f"{caption}. {legend}", pd.DataFrame(records), ["experiment", "ADM", *sets], rows)


def _by_model(accuracy: pd.DataFrame, sets: Sequence[str]) -> Table:
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
    return Table("", f"Accuracy by model and decoding. {legend}", pd.DataFrame(records), header, rows)


def _plain(data: pd.DataFrame, caption: str) -> Table:
    rows: list[list[Cell]] = [
        [_word(column, value) for column, value in row.items()] for row in data.to_dict("records")
    ]
    header = ["ADM" if column == "adm" else str(column).replace("_", " ") for column in data]
    return Table("", f"{caption}.", data, header, rows)


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


def _decimal(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.1f}"


def _word(column: object, value: Any) -> str:
    if pd.isna(value) or value == "":
        return "-"
    if column == "adm":
        return label(str(value))
    if isinstance(value, float):
        return f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _markdown(table: Table, note: str) -> str:
    marks = {BEST: "**{}**", TIE: "{}†", "": "{}"}
    shown = _texts(table.rows, lambda text: text, marks, "{} [{:.1f}, {:.1f}]")
    body = pd.DataFrame(shown, columns=table.header).to_markdown(index=False, disable_numparse=True)
    parts = [table.caption, body if shown else "Nothing was run.", *([f"*{note}*"] if note else [])]
    return "\n\n".join(parts) + "\n"


def _latex(table: Table, note: str) -> str:
    """A `table` environment; needs the packages booktabs and graphicx."""
    marks = {BEST: r"\textbf{{{}}}", TIE: r"{}$^\dagger$", "": "{}"}
    shown = _texts(table.rows, _escaped, marks, r"{} {{\scriptsize [{:.1f}, {:.1f}]}}")
    header = [_escaped(name) for name in table.header]
    numbers = len(header) - 2
    tabular = pd.DataFrame(shown, columns=header).to_latex(
        index=False, escape=False, column_format="ll" + "r" * numbers
    )
    caption = _escaped(f"{table.caption} {note}".strip())
    return (
        "\\begin{table*}\n\\centering\n"
        f"\\caption{{{caption}}}\n\\label{{tab:{table.name}}}\n"
        f"\\resizebox{{\\textwidth}}{{!}}{{%\n{tabular.strip()}}}\n\\end{{table*}}\n"
    )


def _texts(
    rows: Iterable[Sequence[Cell]], escape: Callable[[str], str], marks: dict[str, str], interval: str
) -> list[list[str]]:
    def text(cell: Cell) -> str:
        if isinstance(cell, str):
            return escape(cell)
        value = marks[cell.mark].format(f"{cell.value:.1f}")
        return value if pd.isna(cell.low) else interval.format(value, cell.low, cell.high)

    return [[text(cell) for cell in row] for row in rows]


def _escaped(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(f"\\{letter}" if letter in "&%$#_{}" else letter for letter in text)
