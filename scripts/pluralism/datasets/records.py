"""Raw files of records: rows of CSV and Parquet files, objects of JSON and JSON lines; and the values in them.

A column of a config is a name, or a way into a nested value: `annotations.helpful` is the key of an object, and
`completions[].text` that of each entry of a list. Of large files only the columns that are named are kept.
"""

import ast
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import parse_json, read_json, read_json_lines
from pluralism.tables import check_columns, parquet_rows, read_csv

LIST = "[]"
"""Behind a name: each entry of the list that has it."""
COLUMN_FORM = "a name, or names joined by dots, each perhaps with [] behind it for the entries of a list"
MISSING = frozenset({"", "nan", "na", "n/a", "<na>", "none", "null"})
"""Texts without a value, in small letters."""
_STEP = re.compile(r"(?P<name>[^.\[\]]+)(?P<list>\[\])?")


@dataclass(frozen=True)
class Record:
    """One row or object of a file; `place` names file and row for messages."""

    place: str
    values: Mapping[str, Any]


def is_column(text: str) -> bool:
    """Whether a text has the form `COLUMN_FORM`; any text may be a plain name."""
    return LIST not in text or all(map(_STEP.fullmatch, text.split(".")))


def head(column: str) -> str:
    """The name of the column of the file that a way begins with."""
    return column.split(".", maxsplit=1)[0].removesuffix(LIST)


def lists(column: str) -> int:
    """How many lists lie on a way: how deeply the values that it leads to are nested."""
    return column.count(LIST)


def read_records(path: Path, columns: Sequence[str], separator: str | None = None) -> Iterator[Record]:
    """Read the records of a file, by its ending.

    Args:
        path: of the ending .csv, .tsv, .parquet, .json (a list of objects), .jsonl or .ndjson, these two perhaps with
            .gz behind them.
        columns: the names and ways to read.
        separator: of the cells of a CSV file; None for a comma, in .tsv a tab.

    Raises:
        UserError: the file is not found or is damaged, has an unknown ending, or lacks a column; names file and row.
    """
    ending = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    if (read := _READERS.get(ending.lower())) is None:
        raise UserError(f"{path}: the ending is {shown(ending)}, expected one of {', '.join(_READERS)}")
    return read(path, columns, separator)


def _csv(path: Path, columns: Sequence[str], separator: str | None) -> Iterator[Record]:
    cut = separator or ("\t" if path.suffix.lower() == ".tsv" else ",")
    names = list(dict.fromkeys(name for column in columns for name in (column, head(column))))
    try:
        table = read_csv(path, names, separator=cut, optional=names)
    except UserError as error:
        if "not UTF-8" in str(error):
            raise UserError(f"{error}; save it as UTF-8") from None
        raise
    _check(path, columns, table.attrs["found"])
    cells = {name: table[name].tolist() for name in names}
    for row in range(len(table)):
        yield Record(
            f"{path}: row {row + 2}", {name: cells[name][row] for name in names if name in table.attrs["found"]}
        )


def _parquet(path: Path, columns: Sequence[str], _: str | None) -> Iterator[Record]:
    def chosen(found: Sequence[str]) -> list[str]:
        _check(path, columns, found)
        return [name for name in found if any(name in (column, head(column)) for column in columns)]

    for number, row in enumerate(parquet_rows(path, chosen), start=1):
        yield Record(f"{path}: row {number}", row)


def _json_lines(path: Path, columns: Sequence[str], _: str | None) -> Iterator[Record]:
    return _objects(path, read_json_lines(path), columns)


def _json(path: Path, columns: Sequence[str], _: str | None) -> Iterator[Record]:
    values = read_json(path)
    if not isinstance(values, list):
        raise UserError(f"{path}: expected a list of objects")
    return _objects(path, ((f"{path}: entry {number}", value) for number, value in enumerate(values)), columns)


def _objects(path: Path, values: Iterable[tuple[str, Any]], columns: Sequence[str]) -> Iterator[Record]:
    """The records of objects, of which any may lack a key, but not all the same one."""
    found: dict[str, None] = {}
    wanted = {name for column in columns for name in (column, head(column))}
    for place, value in values:
        if not isinstance(value, Mapping):
            raise UserError(f"{place}: expected an object")
        found.update(dict.fromkeys(value))
        yield Record(place, {key: entry for key, entry in value.items() if key in wanted})
    _check(path, columns, list(found))


_READERS: dict[str, Callable[[Path, Sequence[str], str | None], Iterator[Record]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
    ".json": _json,
    ".jsonl": _json_lines,
    ".jsonl.gz": _json_lines,
    ".ndjson": _json_lines,
    ".ndjson.gz": _json_lines,
}


def _check(path: Path, columns: Sequence[str], found: Sequence[str]) -> None:
    check_columns(path, [column if column in found else head(column) for column in columns], found)


def value_of(record: Record, column: str) -> Any:
    """The value of a column: of a name as it is, of a way with lists as a list, nested as they are; None where missing.

    A text that stands for a list or an object, as in a CSV file, is read as one.

    Raises:
        UserError: there is no object or list where the way needs one.
    """
    if column in record.values:
        return record.values[column]
    return _follow(record.values, _steps(column), f"{record.place}: {column}")


@cache
def _steps(column: str) -> tuple[tuple[str, bool], ...]:
    return tuple((part.removesuffix(LIST), part.endswith(LIST)) for part in column.split("."))


def _follow(value: Any, steps: Sequence[tuple[str, bool]], place: str) -> Any:
    if not steps:
        return value
    if is_missing(value):
        return None
    (name, is_list), *rest = steps
    whole = opened(value, place)
    if not isinstance(whole, Mapping):
        raise UserError(f"{place}: {shown(value)}, expected an object with the key {shown(name)}")
    inner = whole.get(name)
    return [_follow(entry, rest, place) for entry in as_list(inner, place)] if is_list else _follow(inner, rest, place)


def as_list(value: Any, place: str) -> list[Any]:
    """A list, also one that is written as a text; none for a missing value."""
    if is_missing(value):
        return []
    found = opened(value, place)
    if not isinstance(found, list | tuple):
        raise UserError(f"{place}: {shown(value)}, expected a list")
    return list(found)


def opened(value: Any, place: str) -> Any:
    """The list or object that a text stands for, as JSON or as Python writes it; any other value as it is."""
    if not isinstance(value, str) or not (text := value.strip()).endswith(("]", "}", ")")):
        return value
    if text.startswith("defaultdict("):  # as Python writes an object with a rule for missing keys
        text = text[text.find("{") : text.rfind("}") + 1]
    try:
        return parse_json(text, place)
    except UserError:
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise UserError(f"{place}: {shown(value)}, expected a list or an object, as JSON") from None


def is_missing(value: Any) -> bool:
    """Whether a value says that there is none: null, NaN, an empty text, or a word for it."""
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def plain(value: Any) -> str:
    """A value as its text: what is the same in all kinds of files has the same text.

    A truth value is true or false, as in JSON. A number that is whole is written so: beside missing ones, a whole
    number is stored as 1.0. Blanks around a text do not count, and letters have one form of Unicode.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFC", str(value).strip())


def text_of(value: Any, place: str) -> str:
    """A value as the text of a prompt or a response: a number as it is written, a chat as one text; "" where missing.

    Raises:
        UserError: it is a list or an object, and no chat.
    """
    if isinstance(value, str):
        return value
    if is_missing(value):
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list) and value and all(map(_is_message, value)):
        return chat_text(value)
    raise UserError(f"{place}: {shown(value)}, expected a text, or a list of messages with role and content")


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(key), str) for key in ("role", "content"))


def chat_text(messages: Sequence[Mapping[str, str]]) -> str:
    """A chat as one text: a single message as it is, several each after the role that says it."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n\n".join(f"{message['role'].capitalize()}: {message['content']}" for message in messages)
