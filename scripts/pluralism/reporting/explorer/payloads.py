"""Data as scripts: a page that is opened as a file may load scripts from its folder, and nothing else.

A script is one call that hands the page a value: JSON, compressed, as text. So no text of a dataset can end the script
or act in it, whatever it holds. In base64 the bytes would take a third more room; here a letter of UTF-16 has 15 bits.
The byte order mark tells a browser so, whatever a server says.
"""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pluralism.files import replacing

FUNCTION = "explorerData"
"""The page's, which takes the name of a value and the value."""
ENCODING = "utf-16-le"
BITS, FIRST = 15, 0x4000
"""Of a letter: its bits, and the one that stands for 0. None is a quotation mark, a line break or a surrogate."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Of the responses of an item, which has at most 26, in a text of picks."""
NO_LETTER = "-"
"""Where there is no pick."""


def write_script(path: Path, name: str, value: Any) -> None:
    """Write a value as a script, completely or not at all.

    Args:
        path: of the script.
        name: of the value, which is the script's path below `data/`, without its ending.
        value: what JSON can hold. Floats are written so that the page reads the identical ones.
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    packed = packed_text(zlib.compress(text.encode("ascii"), level=9))
    with replacing(path) as (draft,):
        draft.write_text(f'\ufeff{FUNCTION}({json.dumps(name)},"{packed}");\n', encoding=ENCODING)


def read_script(path: Path) -> tuple[str, Any]:
    """(name, value) of a script."""
    call = path.read_text(encoding=ENCODING).strip("\ufeff\n")
    name, packed = json.loads(f"[{call.removeprefix(f'{FUNCTION}(').removesuffix(');')}]")
    return name, json.loads(zlib.decompress(unpacked(packed)))


def packed_text(content: bytes) -> str:
    """Bytes as a text of 15 bits a letter; the first letter tells how many bytes to drop at the end, 0 or 1."""
    bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8))
    padding = -len(bits) % BITS
    words = np.pad(bits, (0, padding)).reshape(-1, BITS) @ (1 << np.arange(BITS)[::-1])
    units = (np.concatenate([[padding // 8], words]) + FIRST).astype("<u2")
    return units.tobytes().decode(ENCODING)


def unpacked(text: str) -> bytes:
    """The bytes of `packed_text`."""
    dropped, *words = np.frombuffer(text.encode(ENCODING), dtype="<u2").astype(int) - FIRST
    bits = (np.array(words, dtype=int)[:, None] >> np.arange(BITS)[::-1]) & 1
    whole = bits.size // 8 - int(dropped)
    return np.packbits(bits.astype(np.uint8).reshape(-1)[: 8 * whole]).tobytes()


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
