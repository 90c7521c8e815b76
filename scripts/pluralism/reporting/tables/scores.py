"""The scores of every experiment and ADM by target set, for files and for the terminal."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.tables.table import Cell, Table, cell, terminal
from pluralism.study.names import Names
from pluralism.targets.sets import EXTREMES, is_own, stands_apart, target_set, target_sets

if TYPE_CHECKING:
    from rich.table import Table as TerminalTable

WIDTH = 100
"""Letters that the tables fit in where there is no terminal."""
_COUNTS = ["n_targets", "n_scored", "n_tied"]
_NOTES = (
    "Means are over the targets of a set, each counting the same. high, low: every attribute wanted at 1, at 0; "
    "sampled_k: sampled targets that name k attributes. An item is tied, and not scored, when all its responses are "
    "equally near to the target. A dash: not run, or no item scored. Targets in a set: {sizes}."
)


def score_summary(scores: pd.DataFrame, names: Names, set_of: Callable[[str], str] = target_set) -> pd.DataFrame:
    """Summarise the scores by target set.

    Args:
        scores: as `read_scores` gives them.
        names: the order of the ADMs.
        set_of: gives the set that a target is shown in.

    Returns:
        A row per dataset, experiment and ADM. Columns (target set, measure): accuracy and alignment_score are means
        over the targets of the set, without those where no item is scored; n_targets counts the targets; n_scored and
        n_tied are sums over them. NA where an ADM has no score on any of the set.
    """
    in_order = target_sets(scores["target"])
    places = {target: (in_order.index(target_set(target)), target) for target in scores["target"].unique()}
    sets = list(dict.fromkeys(map(set_of, sorted(places, key=places.__getitem__))))
    # As categories, rows and columns come in the order given here, not in that of the alphabet.
    ordered = scores.assign(
        dataset=pd.Categorical(scores["dataset"], scores["dataset"].unique()),
        experiment=pd.Categorical(scores["experiment"], scores["experiment"].unique()),
        adm=pd.Categorical(scores["adm"], names.in_order(scores["adm"])),
        target_set=pd.Categorical(scores["target"].map(set_of), sets),
    )
    groups = ordered.groupby(["dataset", "experiment", "adm", "target_set"], observed=True)
    summary = groups.agg(
        n_targets=("target", "size"),
        accuracy=("accuracy", "mean"),
        alignment_score=("alignment_score", "mean"),
        n_scored=("n_scored", "sum"),
        n_tied=("n_tied", "sum"),
    ).astype(dict.fromkeys(_COUNTS, "Int64"))
    by_set = pd.DataFrame(summary.unstack("target_set")).swaplevel(axis="columns")
    return by_set.loc[:, [(name, measure) for name in sets for measure in summary]]


def score_tables(name: str, scores: pd.DataFrame, names: Names) -> list[Table]:
    """Tables of the accuracy, the alignment score and the numbers of items of a dataset; each has all of them as data.

    Args:
        name: of the files.
        scores: as `read_scores` gives them.
        names: labels and order.
    """
    summary = score_summary(scores[~scores["target"].map(stands_apart)], names)
    data = summary.set_axis(["_".join(column) for column in summary.columns], axis="columns").reset_index()
    sets = list(summary.columns.unique(0))
    sizes = summary.xs("n_targets", axis="columns", level=1).max()
    notes = _NOTES.format(sizes=", ".join(f"{target_set} {size}" for target_set, size in sizes.items()))

    def table(caption: str, shown: Callable[[pd.Series], Cell], notes: str = "") -> Table:
        def cells(row: pd.Series) -> list[Cell]:
            return ["-" if pd.isna(row[one]["n_targets"]) else shown(row[one]) for one in sets]

        header = ["experiment", "ADM", *sets]
        return Table(name, caption, data, header, _rows(summary, cells, names), notes, decimals="%.4f")

    return [
        table("Accuracy (%), mean over targets", lambda of: cell(of["accuracy"])),
        table("Alignment score (0 to 100), mean over targets", lambda of: cell(of["alignment_score"])),
        table("Items scored / tied, summed over targets", lambda of: f"{of['n_scored']} / {of['n_tied']}", notes),
    ]


def chosen_targets(scores: pd.DataFrame, wanted: Sequence[str] | None) -> tuple[pd.DataFrame, Callable[[str], str]]:
    """The scores of some targets, and what gives the column that a target is shown in: its set, or itself.

    Args:
        scores: as `read_scores` gives them.
        wanted: names of targets or of their sets; None: those of high, low and the sampled ones.

    Raises:
        UserError: there are no such targets.
    """
    targets = scores["target"]
    if wanted is None:
        shown = scores[~targets.map(is_own) & ~targets.map(stands_apart)]
        if shown.empty:
            raise UserError("the scores hold no high, low or sampled target; --target shows others")
        return shown, target_set
    for name in wanted:
        if name not in {*targets, *targets.map(target_set)}:
            raise UserError(f"--target: '{name}' not found in the scores; there are: {_named(targets)}")
    sets = {*wanted, *map(target_set, EXTREMES)}  # high is the only one of its set
    shown = scores[targets.isin(wanted) | targets.map(target_set).isin(wanted)]
    return shown, lambda target: target_set(target) if target_set(target) in sets else target


def _named(targets: pd.Series) -> str:
    """The sets of targets, and one target of each that has several."""
    sets = target_sets(targets)
    examples = [next(name for name in targets if target_set(name) == one) for one in sets]
    return ", ".join(dict.fromkeys([*sets, *examples]))


def terminal_tables(
    scores: pd.DataFrame,
    names: Names | None = None,
    *,
    set_of: Callable[[str], str] = target_set,
    width: int = WIDTH,
    sort: str | None = None,
) -> "Iterator[TerminalTable]":
    """A table per dataset, or several next to each other's columns where one does not fit the width.

    Args:
        scores: as `read_scores` gives them.
        names: labels and order; None: names are the labels.
        set_of: gives the set that a target is shown in.
        width: letters that a table fits in; a table has one column of numbers at least.
        sort: the set by whose accuracy the ADMs of an experiment are sorted, the best first; None: by `names`.

    Raises:
        UserError: there is no set to sort by.
    """
    if sort is not None and sort not in (known := list(dict.fromkeys(scores["target"].map(set_of)))):
        raise UserError(f"--sort: '{sort}' is not shown; there are: {', '.join(known)}")
    for dataset, rows in scores.groupby("dataset", sort=False):
        summary = score_summary(rows, names or Names(), set_of)
        if sort is not None and sort in summary.columns.unique(0):
            experiment = pd.factorize(summary.index.get_level_values("experiment"))[0]
            accuracy = summary[(sort, "accuracy")].fillna(-1).to_numpy(dtype=float)
            summary = summary.iloc[np.lexsort((-accuracy, experiment))]
        yield from _fitting(str(dataset), summary, names or Names(), width)


def _fitting(dataset: str, summary: pd.DataFrame, names: Names, width: int) -> "Iterator[TerminalTable]":
    """Accuracies of all target sets and, to the right or below, alignment scores of all but sampled ones."""
    from rich.console import Console

    sets = list(summary.columns.unique(0))
    extremes = [name for name in sets if not name.startswith("sampled_")]
    columns = [("acc.", name, "accuracy") for name in sets] + [("align.", name, "alignment_score") for name in extremes]
    endless = Console(width=10_000)
    for count in range(1, len(columns) + 1):
        size = -(-len(columns) // count)
        parts = [columns[start : start + size] for start in range(0, len(columns), size)]
        tables = [terminal(_compact_table(dataset, summary, names, part, noted=part is parts[-1])) for part in parts]
        if size == 1 or all(endless.measure(table).maximum <= width for table in tables):
            yield from tables
            return


def _compact_table(
    dataset: str, summary: pd.DataFrame, names: Names, columns: Sequence[tuple[str, str, str]], *, noted: bool
) -> Table:
    """A table of some columns: their headings, target sets and measures. `noted`: whether the notes follow."""
    header = [
        f"{heading if place == 0 or columns[place - 1][0] != heading else ''}\n{name.replace('sampled_', 'k=')}"
        for place, (heading, name, _) in enumerate(columns)
    ]
    caption = f"{names.dataset(dataset)}: accuracy (%) and alignment score"
    rows = _rows(summary, lambda row: [cell(row[(name, measure)]) for _, name, measure in columns], names)
    sampled = any(name.startswith("sampled_") for _, name, _ in columns)
    notes = "k: mean over the sampled targets that name k attributes" if noted and sampled else ""
    return Table(dataset, caption, summary, ["experiment", "ADM", *header], rows, notes)


def _rows(summary: pd.DataFrame, cells: Callable[[pd.Series], list[Cell]], names: Names) -> list[list[Cell]]:
    """A row per experiment and ADM; the label of the experiment is in the first of its rows."""
    rows: list[list[Cell]] = []
    for experiment, part in summary.droplevel("dataset").groupby("experiment", observed=True):
        for place, (adm, row) in enumerate(part.droplevel("experiment").iterrows()):
            first = names.experiment(str(experiment)) if place == 0 else ""
            rows.append([first, names.adm(str(adm)), *cells(row)])
    return rows
