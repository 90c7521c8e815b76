"""List the results of a study as tables, and write them for your own plots.

Without a name, all tables with their rows. With one, its columns, types and what they hold. --to writes the table, or
all of them. In Python: pluralism.load_results(folder). Works for studies that are not finished, too, and says what
they lack.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.commands import terminal_width
from pluralism.errors import UserError, one_line, shown

if TYPE_CHECKING:
    from rich.table import Table

    from pluralism.reporting.data.columns import DataTable
    from pluralism.reporting.data.results import Results

EXAMPLE = "pluralism data decisions --study studies/mine --to plots --format parquet"
FORMATS = ("csv", "parquet")
WIDTH = 116
"""Letters of a line where there is no terminal."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the table, the study and where to write."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a table; default: all of them")
    study = "the study's folder, `output` in its config; default: this folder"
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help=study)
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="write NAME.csv into this folder, which is made")
    parser.add_argument("--format", choices=FORMATS, help="of the files that --to writes; default: csv")


def run(arguments: Namespace) -> None:
    """Print or write; raises a `UserError` for an unknown table, faulty files, and where there are no results."""
    from rich.console import Console

    from pluralism import load_results
    from pluralism.reporting.data.columns import TABLES

    name, folder = arguments.name, arguments.to
    if name is not None and name not in TABLES and Path(name).is_dir():
        raise UserError(f"{shown(name)} is a folder and no table; a study is named by --study {name}")
    if name is not None and name not in TABLES:
        raise UserError(f"unknown table {shown(name)}; there are: {', '.join(TABLES)}")
    if folder is None and arguments.format is not None:
        raise UserError("--format: expected --to FOLDER with it, where files are written")
    results = load_results(arguments.study)
    console = Console(width=terminal_width(WIDTH))
    # A faulty file is found before anything is written or printed.
    said = [*(f"missing: {line}" for line in results.missing), *(f"note: {line}" for line in results.misfits)]
    if folder is not None:
        _write(results, [name] if name is not None else list(TABLES), folder, arguments.format or FORMATS[0])
    elif name is not None:
        console.print(_columns(TABLES[name], results.rows(name)))
        if name in results.statistics:
            console.print(f"What the columns mean: docs/reference/files.md, {name}", highlight=False)
    else:
        console.print(_overview(results))
    for line in said:
        console.print(one_line(line), markup=False, highlight=False, soft_wrap=True)


def _overview(results: "Results") -> "Table":
    from pluralism.reporting.data.columns import STATISTICS, TABLES

    shown = _table("table", "rows", "a row is", "columns")
    shown.columns[1].justify = "right"
    shown.caption = "pluralism data NAME shows the columns of a table and their types; --to FOLDER writes them all."
    for name, table in TABLES.items():
        if name == STATISTICS[0].name:
            shown.add_section()
        is_own = table not in STATISTICS
        columns = ", ".join(table.types) if is_own else str(len(table.columns))
        shown.add_row(name, f"{results.rows(name):,}", table.rows, columns)
    return shown


def _columns(table: "DataTable", rows: int) -> "Table":
    shown = _table("column", "type", "what")
    shown.title = f"{table.name}: {rows:,} rows, each {table.rows}"
    for column in table.columns:
        shown.add_row(column.name, column.type, column.meaning.replace("`", ""))
    return shown


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(*columns, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left", caption_justify="left")
    for column in table.columns:
        column.overflow = "fold"
    return table


def _write(results: "Results", names: list[str], folder: Path, form: str) -> None:
    from pluralism.files import replacing

    if folder.exists() and not folder.is_dir():
        raise UserError(f"--to: {folder}: not a folder")
    tables = {folder / f"{name}.{form}": results.table(name) for name in names}
    with replacing(*tables) as drafts:
        for draft, frame in zip(drafts, tables.values(), strict=True):
            if form == "csv":
                frame.to_csv(draft, index=False)
            else:
                frame.to_parquet(draft, index=False)
    for path, frame in tables.items():
        print(f"{path}: {len(frame):,} rows")
