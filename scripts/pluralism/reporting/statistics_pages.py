"""The tables of `results/{dataset}/statistics/` as pages of the report."""

from collections.abc import Iterator
from pathlib import Path

from pluralism.reporting.paper_tables import plain_table
from pluralism.statistics.stored import read_statistics
from pluralism.statistics.table_columns import PAGES, WHY_EMPTY


def statistics_pages(folder: Path, note: str = "") -> Iterator[tuple[str, str]]:
    """(name of the table, its page) for all of `PAGES`.

    Args:
        folder: `results/{dataset}/statistics`.
        note: a line that the pages carry.

    Raises:
        UserError: a table is missing or has a fault.
    """
    for name, title in PAGES.items():
        table = read_statistics(folder, name)
        caption = f"{title}: none, for {WHY_EMPTY[name]}" if table.empty and name in WHY_EMPTY else title
        yield name, plain_table(table, caption).text("html", note)
