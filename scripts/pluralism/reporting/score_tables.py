"""Tables of the scores: a row per experiment and ADM, columns per target set."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pluralism.errors import UserError
from pluralism.files import replacing
from pluralism.reporting.adm_names import in_order
from pluralism.targets.sets import target_set, target_sets

_COUNTS = ["n_targets", "n_scored", "n_tied"]

_LEGEND = """\
Means are over the targets of a set, each counting the same. high, low: every attribute wanted at 1, at 0; sampled_k:
sampled targets that name k attributes. An item is tied, and not scored, when all its responses are equally near to the
target. A dash: not run, or no item scored."""


def score_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Take the scores together by target set.

    Args:
        scores: as `read_scores` gives them.

    Returns:
        A row per dataset, experiment and ADM, the ADMs in their fixed order. Columns (target set, measure): accuracy
        and alignment_score are means over the targets of the set, without those where no item is scored; n_targets
        counts the targets; n_scored and n_tied are sums over them. NA where an ADM has no score on any of the set.
    """
    sets = target_sets(scores["target"])
    # As categories, rows and columns come in the order given here, not in that of the alphabet.
    ordered = scores.assign(
        dataset=pd.Categorical(scores["dataset"], scores["dataset"].unique()),
        experiment=pd.Categorical(scores["experiment"], scores["experiment"].unique()),
        adm=pd.Categorical(scores["adm"], in_order(scores["adm"])),
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


def write_tables(table: pd.DataFrame, paths: Sequence[Path], note: str = "") -> None:
    """Write a table, all files or none.

    Args:
        table: from `score_table`.
        paths: where to write; the suffix tells in which form.
        note: printed below the Markdown tables.

    Raises:
        UserError: a file has a suffix other than .csv and .md.
    """
    if unknown := [path for path in paths if path.suffix not in (".csv", ".md")]:
        raise UserError(f"--output: {unknown[0]}: expected a name that ends in .csv or .md")
    with replacing(*paths) as drafts:
        for path, draft in zip(paths, drafts, strict=True):
            draft.write_text(to_csv(table) if path.suffix == ".csv" else to_markdown(table, note), encoding="utf-8")


def to_csv(table: pd.DataFrame) -> str:
    """The table with one line of headings, such as high_accuracy and sampled_3_n_scored."""
    flat = table.set_axis(["_".join(column) for column in table.columns], axis="columns")
    return str(flat.reset_index().to_csv(index=False, float_format="%.4f"))


def to_markdown(table: pd.DataFrame, note: str = "") -> str:
    """A Markdown table per measure and, below them, what they mean."""
    parts = [
        "## Accuracy (%), mean over targets",
        _markdown(table, lambda cell: decimal(cell["accuracy"])),
        "## Alignment score (0 to 100), mean over targets",
        _markdown(table, lambda cell: decimal(cell["alignment_score"])),
        "## Items scored / tied, summed over targets",
        _markdown(table, lambda cell: f"{cell['n_scored']} / {cell['n_tied']}"),
        f"{_LEGEND}\n{_set_sizes(table)}",
    ]
    if note:
        parts.append(f"*{note}*")
    return "\n\n".join(parts) + "\n"


def _markdown(table: pd.DataFrame, text: Callable[[pd.Series], str]) -> str:
    """One table; `text` words the measures of a row and target set."""
    sets = table.columns.unique(0)
    cells = {
        name: ["-" if pd.isna(row["n_targets"]) else text(row) for _, row in table[name].iterrows()] for name in sets
    }
    shown = pd.DataFrame(cells, index=table.index).reset_index()
    alignment = ["left"] * table.index.nlevels + ["right"] * len(sets)
    return str(shown.to_markdown(index=False, colalign=alignment, disable_numparse=True))


def _set_sizes(table: pd.DataFrame) -> str:
    sizes = table.xs("n_targets", axis="columns", level=1).max()
    return f"Targets in a set: {', '.join(f'{name} {size}' for name, size in sizes.items())}."


def decimal(value: float) -> str:
    """A number as the tables show it; a dash for none."""
    return "-" if pd.isna(value) else f"{value:.1f}"
