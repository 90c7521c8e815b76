"""The scores as a compact table for the terminal."""

from collections.abc import Iterator

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from pluralism.errors import UserError
from pluralism.reporting.score_tables import decimal, score_table
from pluralism.targets.sets import attribute_count

WIDTH = 100


def terminal_tables(scores: pd.DataFrame) -> Iterator[Table]:
    """A table per dataset of the high, low and sampled targets; a user's own are only in the written tables.

    Raises:
        UserError: there are no such targets.
    """
    extreme = scores["target"].isin(["target_high", "target_low"])
    shown = scores[extreme | scores["target"].map(attribute_count).notna()]
    if shown.empty:
        raise UserError("the scores hold no high, low or sampled target")
    for dataset, rows in shown.groupby("dataset", sort=False):
        yield _dataset_table(str(dataset), score_table(rows))


def _dataset_table(dataset: str, scores: pd.DataFrame) -> Table:
    sets = list(scores.columns.unique(0))
    cells = [(name, "accuracy") for name in sets] + [
        (name, "alignment_score") for name in sets if not name.startswith("sampled_")
    ]
    # ADM names of up to 31 letters leave room for ten columns of numbers within `WIDTH`.
    table = Table(box=box.SIMPLE_HEAD, padding=0, title_justify="left", caption_justify="left")
    table.title = Text(f"{dataset}: accuracy (%) and alignment score")
    table.caption = Text("k: mean over the sampled targets that name k attributes")
    table.add_column(Text("\nADM"), overflow="fold")
    groups = {"accuracy": "acc.", "alignment_score": "align."}
    for name, measure in cells:
        table.add_column(Text(f"{groups.pop(measure, '')}\n{name.replace('sampled_', 'k=')}"), justify="right")
    for experiment, rows in scores.groupby("experiment", observed=True):
        table.add_row(Text(str(experiment), style="bold"))
        for adm, row in rows.droplevel(["dataset", "experiment"]).iterrows():
            table.add_row(Text(f" {adm}"), *(decimal(row[cell]) for cell in cells))
        table.add_section()
    return table
