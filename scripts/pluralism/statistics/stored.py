"""Reading the tables of `results/{dataset}/statistics/`."""

from pathlib import Path

import pandas as pd

from pluralism.statistics.table_columns import COLUMNS, TEXT
from pluralism.tables import read_csv


def read_statistics(folder: Path, table: str) -> pd.DataFrame:
    """Read one table, a name in `COLUMNS`; missing text is "".

    Raises:
        UserError: the file is not found, is not CSV, lacks a column, or has text where a number belongs.
    """
    columns = COLUMNS[table]
    return read_csv(folder / f"{table}.csv", columns, [name for name in columns if name not in TEXT])
