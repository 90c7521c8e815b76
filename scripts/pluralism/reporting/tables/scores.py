"""The scores of every experiment and ADM by target set, for files and for the terminal."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from pluralism.errors import UserError
from pluralism.reporting.tables.table import Cell, Table, cell, terminal
from pluralism.study.names import Names
from pluralism.targets.sets import is_dose, is_own, target_set, target_sets

if TYPE_CHECKING:
    from rich.table import Table as TerminalTable

WIDTH = 100
"""Letters of a terminal that the tables fit in."""
_COUNTS = ["n_targets", "n_scored", "n_tied"]
_NOTES = (
    "Means are over the targets of a set, each counting the same. high, low: every attribute wanted at 1, at 0; "
    "sampled_k: sampled targets that name k attributes. An item is tied, and not scored, when all its responses are "
    "equally near to the target. A dash: not run, or no item scored. Targets in a set: {sizes}."
)


def score_summary(scores: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Summarise the scores by target set, without the doses, which have tables of their own.

    Args:
        scores: as `read_scores` gives them.
        names: the order of the ADMs.

    Returns:
        A row per dataset, experiment and ADM. Columns (target set, measure): accuracy and alignment_score are means
        over the targets of the set, without those where no item is scored; n_targets counts the targets; n_scored and
        n_tied are sums over them. NA where an ADM has no score on any of the set.
    """
    scores = scores[~scores["target"].map(is_dose)]
    sets = target_sets(scores["target"])
    # As categories, rows and columns come in the order given here, not in that of the alphabet.
    ordered = scores.assign(
        dataset=pd.Categorical(scores["dataset"], scores["dataset"].unique()),
        experiment=pd.Categorical(scores["experiment"], scores["experiment"].unique()),
        adm=pd.Categorical(scores["adm"], names.in_order(scores["adm"])),
        target_set=pd.Categorical(scores["target"].map(target_set), sets),
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
    summary = score_summary(scores, names)
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


def terminal_tables(scores: pd.DataFrame, names: Names | None = None) -> "Iterator[TerminalTable]":
    """A table per dataset of the high, low and sampled targets; a user's own are only in the written tables.

    Args:
        scores: as `read_scores` gives them.
        names: labels and order; None: names are the labels.

    Raises:
        UserError: there are no such targets.
    """
    shown = scores[~scores["target"].map(is_own) & ~scores["target"].map(is_dose)]
    if shown.empty:
        raise UserError("the scores hold no high, low or sampled target")
    for dataset, rows in shown.groupby("dataset", sort=False):
        yield terminal(_compact_table(str(dataset), rows, names or Names()))


def _compact_table(dataset: str, scores: pd.DataFrame, names: Names) -> Table:
    """Accuracies of all target sets and, to the right, alignment scores of high and low."""
    summary = score_summary(scores, names)
    sets = list(summary.columns.unique(0))
    extremes = [name for name in sets if not name.startswith("sampled_")]
    groups = {"acc.": [(name, "accuracy") for name in sets], "align.": [(name, "alignment_score") for name in extremes]}
    columns = [column for group in groups.values() for column in group]
    header = [
        f"{group if place == 0 else ''}\n{name.replace('sampled_', 'k=')}"
        for group, of_group in groups.items()
        for place, (name, _) in enumerate(of_group)
    ]
    caption = f"{names.dataset(dataset)}: accuracy (%) and alignment score"
    rows = _rows(summary, lambda row: [cell(row[column]) for column in columns], names)
    notes = "k: mean over the sampled targets that name k attributes"
    return Table(dataset, caption, summary, ["experiment", "ADM", *header], rows, notes)


def _rows(summary: pd.DataFrame, cells: Callable[[pd.Series], list[Cell]], names: Names) -> list[list[Cell]]:
    """A row per experiment and ADM; the label of the experiment is in the first of its rows."""
    rows: list[list[Cell]] = []
    for experiment, part in summary.droplevel("dataset").groupby("experiment", observed=True):
        for place, (adm, row) in enumerate(part.droplevel("experiment").iterrows()):
            first = names.experiment(str(experiment)) if place == 0 else ""
            rows.append([first, names.adm(str(adm)), *cells(row)])
    return rows
