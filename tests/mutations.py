"""Damage to files, drawn with a seed: bytes changed, parts cut out or repeated, values replaced by nasty ones."""

import csv
import gzip
import io
import json
import random
import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import yaml

from pluralism.statistics.table_columns import TEXT

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 0.3, 1e308, -0.0, float("nan"), float("inf"), 10**400, 2**63, -(2**64)),
    *("", " ", "\0", "\ud800", "é\u2028", "1", "nan", "no", "x" * 100_000, "{{ prompt }}", "<|im_end|>", "../../x"),
    *([], {}, [[]], [None], {"": 0}, {"care": 0.5}, [0.5] * 30, ["a"] * 30),
]
TEXTS = [
    *("", " ", "\0", "0", "-1", "2", "3.5", "1e308", "1e999", "nan", "inf", "0x10", "0b1", "1_0", "٣", "9" * 5000),
    *("a,b", '"', 'a"b', "a\nb", "a\rb", ";", "\t", "\ufeff", "é", "x" * 2_000_000, "[" * 100_000, "None", "True"),
    *("[1, 0, 0, 0, 0, 5]", "[-1, 0, 0, 0, 0, 0]", "[0x1, 0, 0, 0, 0, 0]", f"[{'9' * 5000}, 0, 0, 0, 0, 0]"),
    *("[[1], 0, 0, 0, 0, 0]", "[nan, 0, 0, 0, 0, 0]", "__import__('os')", "(1, 0, 0, 0, 0, 0)", "1,0,0,0,0,0"),
]
PIECES = [
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b"\n", b"\r", b"{", b"}", b"[", b"]", b":", b"\\ud800"),
    *(b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"[" * 20_000, b'{"a":' * 20_000, b"&a *a", b"<<: *a", b"!!python/"),
    *(b"1: 2\n", b"no: 1\n", b"2024-13-45", b"- ", b"? ", b"PAR1", b"\x80\x80\x80\x80\x10"),
]


def bytes_changed(draw: random.Random, content: bytes) -> bytes:
    """A file with a fault at a random place."""
    first, last = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    changed = bytearray(content)
    match draw.randrange(5):
        case 0:
            return content[:first]
        case 1:
            return content[:first] + content[last:]
        case 2:
            return content[:last] + content[first:]
        case 3:
            return content[:first] + draw.choice(PIECES) + content[first:]
    for _ in range(draw.choice((1, 1, 3, 30))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def value_changed(draw: random.Random, value: Any) -> Any:
    """A JSON value with a nasty one, an entry more or an entry less somewhere in it."""
    if not isinstance(value, list | dict) or not value or draw.random() < 0.05:
        return draw.choice(VALUES)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw.choice(keys)
    changed = value.copy()
    match draw.randrange(10):
        case 0:
            del changed[key]
        case 1 if isinstance(changed, list):
            changed += [changed[key]] * draw.choice((1, 30))
        case 1 if isinstance(changed, dict):
            changed[draw.choice(("care", "", "unknown", "label\ud800"))] = changed[key]
        case _:
            changed[key] = value_changed(draw, value[key])
    return changed


def json_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def json_changed(draw: random.Random, content: bytes) -> bytes:
    return json_bytes(value_changed(draw, json.loads(content)))


def json_lines_changed(draw: random.Random, content: bytes) -> bytes:
    lines = gzip.decompress(content).splitlines()
    place = draw.randrange(len(lines))
    lines[place] = json_changed(draw, lines[place])
    return gzip.compress(b"\n".join(lines), compresslevel=1)


def journal_changed(draw: random.Random, content: bytes) -> bytes:
    body = json_changed(draw, content.partition(b" ")[2])
    return b"%08x %s\n" % (zlib.crc32(body), body)


def yaml_changed(draw: random.Random, content: bytes) -> bytes:
    changed = value_changed(draw, yaml.safe_load(content))
    return json_bytes(changed) if draw.random() < 0.5 else yaml.safe_dump(changed).encode(errors="surrogatepass")


def csv_changed(draw: random.Random, content: bytes, separator: str = ",") -> bytes:
    """A table with a nasty cell, or one cell, row or column too many or too few."""
    rows = list(csv.reader(io.StringIO(content.decode()), delimiter=separator))
    row = draw.randrange(len(rows))
    column = draw.randrange(len(rows[row]))
    match draw.randrange(8):
        case 0:
            del rows[row][column]
        case 1:
            rows[row].insert(column, draw.choice(TEXTS))
        case 2:
            del rows[row]
        case 3:
            rows += [rows[row]] * draw.choice((1, 1000))
        case _:
            rows[row][column] = draw.choice(TEXTS)
    return csv_text(rows, draw.choice([separator] * 9 + [";"]))


def csv_text(rows: list[list[str]], separator: str = ",") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue().encode()


def parquet_changed(draw: random.Random, content: bytes) -> bytes:
    """A table with a nasty value, of another type, with other columns, or of other rows."""
    table = pa.parquet.read_table(io.BytesIO(content))
    name = draw.choice(table.column_names)
    place = table.column_names.index(name)
    values = table[name].to_pylist()
    match draw.randrange(7):
        case 0:
            table = table.drop([name])
        case 1:
            table = table.slice(draw.randrange(3), draw.randrange(4))
        case 2:
            table = pa.concat_tables([table, table.slice(0, draw.randrange(3))])
        case 3:
            other = draw.choice((pa.string(), pa.float64(), pa.null(), pa.list_(pa.int64()), pa.timestamp("s")))
            table = table.set_column(place, name, pa.nulls(len(values), other))
        case 4:
            table = table.append_column(name, table[name])
        case _:
            values[draw.randrange(len(values))] = draw.choice([value for value in VALUES if not _is_half(value)])
            try:
                table = table.set_column(place, name, pa.array(values, from_pandas=False))
            except (pa.ArrowException, OverflowError, ValueError, TypeError):
                table = table.set_column(place, name, pa.array([str(value) for value in values]))
    return parquet_bytes(table)


def _is_half(value: Any) -> bool:
    return "\\ud800" in ascii(value) or (isinstance(value, int) and abs(value) > 2**64)


def parquet_bytes(table: Any) -> bytes:
    stream = io.BytesIO()
    pa.parquet.write_table(table, stream)
    return stream.getvalue()


def matrix_changed(draw: random.Random, content: bytes) -> bytes:
    kinds = ["f8", "f4", "i8", "c16", "U3", "?", "M8[s]", "S2"]
    matrix = np.ones(draw.choice([(3, 2), (3, 2), (2, 3), (3,), (0, 2), ()])).astype(draw.choice(kinds))
    if matrix.size and matrix.dtype.kind == "f":
        matrix.flat[draw.randrange(matrix.size)] = draw.choice([np.nan, np.inf, 1e30, -1])
    return matrix_bytes(matrix)


def matrix_bytes(matrix: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, matrix)
    return stream.getvalue()


def csv_bytes(columns: list[str], *rows: dict[str, Any], separator: str = ",") -> bytes:
    """A table; a column that a row does not name is 1, or x where it is of text."""
    texts = [[str(row.get(name, "x" if name in TEXT else 1)) for name in columns] for row in rows]
    return csv_text([columns, *texts], separator)
