"""Data as scripts: a page that is opened as a file may load scripts from its folder, and nothing else.

A script is one line of ASCII that hands the page a value: JSON, compressed, in base64. So no text of a dataset can end
the script or act in it, whatever it holds.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.files import write_text

FUNCTION = "explorerData"
"""The page's, which takes the name of a value and the value."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Of the responses of an item, which has at most 26, in a text of picks."""
NO_LETTER = "-"
"""Where there is no pick."""


def script(name: str, value: Any) -> str:
    """The script of a value.

    Args:
        name: of the value, which is the script's path below `data/`, without its ending.
        value: what JSON can hold. Floats are written so that the page reads the identical ones.
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    payload = b64encode(zlib.compress(text.encode("ascii"), level=9)).decode("ascii")
    return f'{FUNCTION}({json.dumps(name)},"{payload}");\n'


def read_script(text: str) -> tuple[str, Any]:
    """(name, value) of a script."""
    name, payload = json.loads(f"[{text.strip().removeprefix(f'{FUNCTION}(').removesuffix(');')}]")
    return name, json.loads(zlib.decompress(b64decode(payload)))


def write_scripts(folder: Path, scripts: Iterator[tuple[str, Any]], below: str = "") -> None:
    """Write (name, value) pairs as scripts below a folder; names, as the page knows them, begin with `below`."""
    for name, value in scripts:
        write_text(folder / f"{name.removeprefix(below)}.js", script(name, value))


def letters(picks: NDArray[np.intp]) -> str:
    """Picks, shape (items,), as a text; a negative one is none."""
    return "".join(LETTERS[pick] if pick >= 0 else NO_LETTER for pick in picks.tolist())


def numbers(values: NDArray[np.float64]) -> Any:
    """Nested lists of the numbers of an array; null for NaN."""
    return _without_nan(values.tolist())


def _without_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nan(entry) for entry in value]
    return value if value == value else None  # noqa: PLR0124  # NaN is not itself


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Named values, null for NaN."""
    return {name: _without_nan(value) for name, value in values.items()}
