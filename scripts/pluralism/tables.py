"""Reading tables: CSV and Parquet files, with one clear line about a file that has a fault."""

import csv
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import pandas as pd

from pluralism.errors import UserError, shown
from pluralism.files import check_file

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST_CSV = 2**30
LONGEST_CELL = 2**20
"""Bytes of a CSV file and characters of one of its cells."""
MOST_ROWS, MOST_TEXT = 2**23, 2**30
"""Rows of a Parquet file, and bytes of a column of texts: it can hold many equal ones in a few bytes."""
ROWS_AT_ONCE = 1024
"""Of a Parquet file that is read in batches: its texts may be long."""
LARGEST_WHOLE = 2**31
"""Of a column of whole numbers, so that sums of them stay exact."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""In a cell. Python would also take 1_0, other scripts' digits and nan."""

Kind = Literal["whole", "number", "text"]
"""Of a column: whole numbers from 0 to `LARGEST_WHOLE`, other numbers, or texts. Numbers and texts may be missing."""

csv.field_size_limit(LONGEST_CELL)


def read_csv(
    path: Path,
    columns: Sequence[str],
    numbers: Iterable[str] = (),
    hint: str = "",
    separator: str = ",",
    *,
    optional: Collection[str] = (),
) -> pd.DataFrame:
    """Read a CSV file as a frame of the given columns, of text as it is written in the cells.

    Args:
        path: the file.
        columns: those of the frame; others are left out.
        numbers: the columns of finite numbers; an empty cell is NaN.
        hint: what a user can do if the file is not found.
        separator: of the cells of a row.
        optional: the columns that the file may lack; all cells of one are empty then.

    Returns:
        The frame, with all column names of the file in `attrs["found"]`.

    Raises:
        UserError: the file is not found, too large, not UTF-8 text or not CSV, lacks a column or has one twice; a row
            has more or fewer cells than the header, or text where a number belongs. Rows count from 1, the header, as
            in a spreadsheet.
    """
    check_file(path, "CSV", hint, LARGEST_CSV)
    row = 1
    cells: list[list[str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(_text_lines(stream), strict=True, delimiter=separator)
            lines = filter(None, reader)  # blank ones are left out
            if not (header := next(lines, [])):
                raise UserError(f"{path}: the file is empty, expected a row of column names")
            check_columns(path, [name for name in columns if name not in optional], header)
            _check_once(path, columns, header)
            places = [header.index(name) if name in header else None for name in columns]
            for row, line in enumerate(lines, start=2):
                if len(line) != len(header):
                    raise UserError(
                        f"{path}: row {row} has {len(line)} cells, expected {len(header)} as in the header; "
                        "a cell with a comma stands in quotes"
                    )
                cells.append([line[place] if place is not None else "" for place in places])
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: after row {row}: not UTF-8 text: {error.reason}") from None
    except csv.Error as error:  # also a cell that is too long
        raise UserError(f"{path}: after row {row}: not CSV: {error}") from None
    except OSError as error:  # of the disk
        raise UserError(f"{path}: after row {row}: {error.strerror}") from None
    table = pd.DataFrame(cells, columns=list(columns), dtype=str)
    table.attrs["found"] = header
    for name in numbers:
        table[name] = _numbers(path, name, table[name].tolist())
    return table


def _text_lines(stream: TextIO) -> Iterator[str]:
    for line in stream:
        if "\0" in line:  # as in UTF-16 and in damaged files
            raise csv.Error("a character is NUL, expected UTF-8 text")
        yield line


def _numbers(path: Path, name: str, texts: Sequence[str]) -> list[int] | list[float]:
    """The numbers of a column: whole ones if all are."""
    values = []
    for row, text in enumerate(texts, start=2):
        value = math.nan
        if text and (not NUMBER.fullmatch(text.strip()) or math.isinf(value := float(text))):
            raise UserError(f"{path}: row {row}: {name} is {shown(text)}, expected a number")
        values.append(value)
    whole = all(text.lstrip("-").isdecimal() and abs(value) < 2**53 for text, value in zip(texts, values, strict=True))
    return list(map(int, values)) if whole else values


def check_filled(path: Path, table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise a `UserError` if a cell of these columns of numbers, as `read_csv` gives them, was empty."""
    for name in columns:
        if (empty := table[name].isna().to_numpy()).any():
            raise UserError(f"{path}: row {empty.argmax() + 2}: {name} is '', expected a number")


def read_parquet(path: Path, columns: Mapping[str, Kind], required: Iterable[str]) -> pd.DataFrame:
    """Read columns of a Parquet file, see `typed_table`; one that is neither required nor in the file is empty.

    Raises:
        UserError: the file is not found, cut off or too long, or lacks a required column; or a column is of another
            kind.
    """
    from pyarrow.parquet import ParquetFile

    with _readable(path):
        with ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
        check_columns(path, required, schema.names)
        if rows > MOST_ROWS:
            raise UserError(f"{path}: {rows} rows, expected at most {MOST_ROWS}")
        wanted = {name: kind for name, kind in columns.items() if name in schema.names}
        _check_once(path, wanted, schema.names)
        # Equal texts are read once, so that their number costs nothing before it is known.
        texts = [name for name in wanted if _is_text(schema.field(name).type)]
        with ParquetFile(path, read_dictionary=texts) as file:
            table = file.read(list(wanted))
        table.validate(full=True)
        if large := [name for name in wanted if _text_size(table[name]) > MOST_TEXT]:
            raise UserError(f"{path}: the column {large[0]} has more text than {MOST_TEXT} bytes")
        found = typed_table(table, wanted, f"{path}: ")
    return found.reindex(columns=list(columns))


def parquet_rows(path: Path, chosen: Callable[[Sequence[str]], list[str]]) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file of others, a batch at a time.

    Args:
        path: the file.
        chosen: gives, of the names of all columns, those to read.

    Raises:
        UserError: the file is not found, cut off or too long, or has a column to read twice.
    """
    from pyarrow.parquet import ParquetFile

    with _readable(path, "expected a whole one"), ParquetFile(path) as file:
        if file.metadata.num_rows > MOST_ROWS:
            raise UserError(f"{path}: {file.metadata.num_rows} rows, expected at most {MOST_ROWS}")
        names = file.schema_arrow.names
        wanted = chosen(names)
        _check_once(path, wanted, names)
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=wanted):
            yield from batch.to_pylist()


def count_rows(path: Path) -> int:
    """The rows of a Parquet file, which are read from its end; a `UserError` if it is not found or cut off."""
    from pyarrow.parquet import ParquetFile

    with _readable(path), ParquetFile(path) as file:
        return int(file.metadata.num_rows)


@contextmanager
def _readable(path: Path, hint: str = "remove it to make it again") -> Iterator[None]:
    """Around the reading of a Parquet file: what the library raises becomes a `UserError`, with a hint what to do."""
    import pyarrow as pa

    check_file(path, "Parquet")
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UserError(f"{path}: not a readable Parquet file, {hint}: {error}") from None


def _text_size(column: "pa.ChunkedArray") -> int:
    """The bytes of a column whose equal texts are stored once."""
    import pyarrow.compute as pc
    from pyarrow import types

    if not types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    sizes = [pc.sum(pc.take(pc.binary_length(chunk.dictionary), chunk.indices)).as_py() for chunk in column.chunks]
    return sum(size or 0 for size in sizes)


def _is_text(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def typed_table(table: "pa.Table", columns: Mapping[str, Kind], place: str = "") -> pd.DataFrame:
    """A table of Arrow as a frame: int64, float64 and string columns; a missing number is NaN.

    Raises:
        UserError: a column is of another kind; begins with `place`.
    """
    import pyarrow as pa
    from pyarrow import types

    fits = {
        "whole": types.is_integer,
        "number": lambda kind: types.is_integer(kind) or types.is_floating(kind) or types.is_null(kind),
        "text": lambda kind: _is_text(kind) or types.is_null(kind),
    }
    words = {"whole": f"whole numbers from 0 to {LARGEST_WHOLE}", "number": "numbers", "text": "texts"}
    arrow = {"whole": pa.int64(), "number": pa.float64(), "text": pa.large_string()}
    found = {}
    for name, kind in columns.items():
        column = table[name]
        if types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        is_null = kind == "whole" and column.null_count > 0
        if is_null or not fits[kind](column.type):
            missing = " with missing values" if is_null else ""
            raise UserError(f"{place}the column {name} holds {column.type}{missing}, expected {words[kind]}")
        found[name] = column.cast(arrow[kind])
    frame = pa.table(found).to_pandas()
    for name in (name for name, kind in columns.items() if kind == "whole"):
        if (wrong := ~frame[name].between(0, LARGEST_WHOLE).to_numpy()).any():
            row = int(wrong.argmax())
            raise UserError(f"{place}row {row}: {name} is {frame[name][row]}, expected {words['whole']}")
    typed: pd.DataFrame = frame.astype({name: "string" for name, kind in columns.items() if kind == "text"})
    return typed


def check_columns(path: Path | str, required: Iterable[str], found: Collection[str]) -> None:
    """Raise a `UserError` unless all required columns are found."""
    if missing := [name for name in required if name not in found]:
        raise UserError(f"{path}: the column {missing[0]} is missing; found: {', '.join(found)}")


def _check_once(path: Path, wanted: Iterable[str], found: Sequence[str]) -> None:
    for name in wanted:
        if (times := found.count(name)) > 1:
            raise UserError(f"{path}: the column {name} is there {times} times, expected once")
