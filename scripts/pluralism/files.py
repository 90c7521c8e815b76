"""Reading JSON and YAML, writing files so that no process ever sees half a file, and names that fit into paths.

Files come from anywhere: the keys that a reader gives are texts, each there once, and every text can be written as
UTF-8. Whatever is wrong ends in a `UserError` that names the file and the line or key.
"""

import gzip
import hashlib
import json
import math
import os
import re
import shutil
import stat
import unicodedata
import zlib
from collections.abc import Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidatorFunctionWrapHandler, WrapValidator

from pluralism.errors import UserError, shown

LARGEST_JSON = 2**30
LARGEST_YAML = 2**20
LONGEST_LINE = 2**24
"""Bytes of a JSON file, of a YAML file, which takes a thousand times as long, and of a line of JSON lines."""
LARGEST_EXPANSION = 50
"""How many times its size a gzip file may have inside; text has 3 to 10 times its size."""
MOST_DIGITS = 300
"""Of a whole number: one of more does not fit a floating point number."""
MOST_VALUES, MOST_LEVELS = 100_000, 50
"""Of a YAML file, with aliases written out."""

LONGEST_PATH, LONGEST_NAME = 4000, 100
"""Names are joined to others in the name of a file, which has at most 255 bytes."""

AnyPath = TypeVar("AnyPath", str, Path)

CHECKOUT = Path(__file__).parents[2]
"""The folder of the Snakefile and of what comes with it: the config, the profiles, the demo's data."""


def located(path: str) -> str:
    """A path as a config names it, from the working folder or, where nothing is there, from `CHECKOUT`.

    So a study can run in any folder, on data that came with the checkout.
    """
    if Path(path).exists() or not Path(CHECKOUT, path).exists():
        return path
    return str(Path(CHECKOUT, path))


def from_here(path: Path) -> str:
    """A path, relative if it is below the working folder, so that it stays the same when that moves."""
    real, here = path.resolve(), Path.cwd()
    return str(real.relative_to(here)) if path.is_absolute() and real.is_relative_to(here) else str(path)


PATH_FORM = (
    "one line of text that is not blank, without {, }, < and >, without - at its start, "
    "with at most 255 bytes between /"
)
"""Of a path in a config: Snakemake finds no wildcard and no <folder of its own> in it, and no command an option."""


def is_path(text: str) -> bool:
    """Whether a text has the form `PATH_FORM`, and no part of it is too long for a disk."""
    if not text.strip() or text[0] == "-" or any(c in "{}<>" or unicodedata.category(c) in ("Cc", "Cs") for c in text):
        return False
    return len(os.fsencode(text)) < LONGEST_PATH and all(len(os.fsencode(part)) < 256 for part in text.split("/"))


def user_path(path: AnyPath) -> AnyPath:
    """A path of the form `PATH_FORM`, `located`; a `ValueError` if it has another form."""
    text = str(path)
    if not is_path(text):
        raise ValueError(f"invalid path, expected {PATH_FORM}")
    return type(path)(located(text))


def _user_path(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    return user_path(value if value == "" else read(value))  # Path takes an empty text for the working folder


USER_PATH = WrapValidator(_user_path)
"""Of a field of the config that is a path: of the form `PATH_FORM`, and `located`."""

NAME_FORM = f"letters and digits of any script and _, with - and . only inside, at most {LONGEST_NAME} bytes"
"""Of a name that becomes part of a path, a wildcard, a label or a word of a command."""


def is_name(text: str) -> bool:
    """Whether a text has the form `NAME_FORM`: no path leaves its folder by it, and no shell finds more in it."""
    # A mark, such as a vowel sign of Hindi, belongs to the letter before it.
    bare = "".join(letter for letter in text if not unicodedata.category(letter).startswith("M"))
    allowed = all(letter.isalnum() or letter in "_-." for letter in bare)
    ends = bare[:1] == text[:1] not in ("-", ".", "") and bare[-1] not in "-."
    return allowed and ends and ".." not in bare and len(text.encode()) <= LONGEST_NAME


def on_any_disk(name: str) -> str:
    """The same text for names that a disk may take for one: some do not tell capitals, or forms of Unicode, apart."""
    return unicodedata.normalize("NFC", name.casefold())


def is_writable(text: str) -> bool:
    """Whether a text can be written as UTF-8: it has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_text(text: str) -> bool:
    """Whether a text has no control characters but line breaks and tabs, and no half of a surrogate pair."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in text)


def is_line(text: str) -> bool:
    """Whether a text is one line that is not blank, without control characters."""
    return is_text(text) and bool(text.strip()) and text.splitlines() == [text] and "\t" not in text


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Yield a temporary path for each of `paths`; rename all of them into place if the block succeeds.

    If the block fails, the temporary files are removed and the old files stay as they were.

    Raises:
        UserError: a folder or a device has the name of one.
    """
    for path in paths:
        if path.exists() and not path.is_file():
            raise UserError(f"{path}: this is no regular file, which cannot be replaced by one")
    drafts = tuple(path.with_name(f".{path.name}.{os.getpid()}.part") for path in paths)
    with ExitStack() as cleanup:
        for path, draft in zip(paths, drafts, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            cleanup.callback(draft.unlink, missing_ok=True)
        yield drafts
        for path, draft in zip(paths, drafts, strict=True):
            draft.replace(path)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty draft of a folder, which takes its place if the block succeeds; else the old one stays.

    Raises:
        UserError: a file has its name.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: this is a file, expected a folder, which can be replaced by one")
    draft, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    try:
        draft.mkdir(parents=True)
        yield draft
        if folder.exists():
            folder.replace(old)
        draft.replace(folder)
    finally:
        for left in (draft, old):
            shutil.rmtree(left, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, completely or not at all."""
    with replacing(path) as (draft,):
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, completely or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def check_file(path: Path, expected: str, hint: str = "", largest: float = math.inf) -> None:
    """Raise a `UserError` unless there is a readable file of at most `largest` bytes.

    Args:
        path: the file.
        expected: what it should hold, for messages.
        hint: what a user can do if there is none.
        largest: bytes.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path}: no such file" + (f"; {hint}" if hint else "")) from None
    except (OSError, ValueError) as error:  # for example links in a circle, or a name that is too long
        raise UserError(f"{path}: {getattr(error, 'strerror', error)}, expected a file of {expected}") from None
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        raise UserError(f"{path}: this is {kind}, expected a file of {expected}")
    if not os.access(path, os.R_OK):
        raise UserError(f"{path}: may not be read, expected a file of {expected}")
    if found.st_size > largest:
        raise UserError(f"{path}: {found.st_size} bytes, expected {expected} of at most {largest}")


def check_sha256(content: bytes, expected: str, place: str, hint: str = "") -> None:
    """Raise a `UserError` that names `place` unless the content is that of a checksum; `hint` says what to do."""
    if (found := hashlib.sha256(content).hexdigest()) != expected:
        raise UserError(f"{place}: SHA-256 is {found}, expected {expected}" + (f"; {hint}" if hint else ""))


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises:
        UserError: the file is not found, too large, not UTF-8 text or not JSON, or see `parse_json`.
    """
    return parse_json(read_text(path, "JSON", LARGEST_JSON), str(path))


def parse_json(text: str, place: str) -> Any:
    """Parse JSON text; messages begin with `place`.

    Raises:
        UserError: it is not JSON, is nested too deeply, has a key twice in an object, a whole number that no floating
            point number reaches, or a text that cannot be written as UTF-8.
    """
    try:
        value = json.loads(text, object_pairs_hook=_distinct, parse_int=_whole_number)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}: " if "\n" in text.strip() else ""
        raise UserError(f"{place}: {line}not JSON: {error.msg}") from None
    except _Fault as error:
        raise UserError(f"{place}: {error}") from None
    except RecursionError:
        raise UserError(f"{place}: lists or objects are nested too deeply") from None
    # Half of a pair comes from an escape or a command line; looking for one is faster than a walk over all texts.
    if _HALF_OF_A_PAIR.search(text) or not is_writable(text):
        check_texts(value, place)
    return value


def read_json_lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Parse a file with a JSON value in each line, gzipped if its name ends in .gz; yields (file and line, value).

    Blank lines are left out.

    Raises:
        UserError: the file is not found, is not gzip or is damaged, expands to more than text does, a line is too long
            or not UTF-8, or see `parse_json`.
    """
    is_packed = path.suffix == ".gz"
    check_file(path, "gzipped JSON lines" if is_packed else "JSON lines")
    most = max(LARGEST_EXPANSION * path.stat().st_size, LONGEST_LINE)
    total = number = 0
    try:
        with gzip.open(path, "rb") if is_packed else path.open("rb") as stream:
            while line := stream.readline(LONGEST_LINE + 1):
                number, total = number + 1, total + len(line)
                place = f"{path}: line {number}"
                if len(line) > LONGEST_LINE or total > most:
                    raise UserError(f"{place}: the file is far larger inside than text is, expected lines of JSON")
                if line.strip():
                    yield place, parse_json(line.decode("utf-8-sig"), place)
    except UnicodeDecodeError:
        raise UserError(f"{path}: line {number}: not UTF-8 text, expected JSON") from None
    except (OSError, EOFError, zlib.error) as error:
        after = f"after line {number}: " if number else ""
        kind = "gzip file" if is_packed else "file"
        raise UserError(f"{path}: {after}not a readable {kind}: {error}") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values, such as a config that is not checked yet.

    Raises:
        UserError: the file is not found, too large or not UTF-8 text, is of another form, or see `parse_yaml`.
    """
    values = parse_yaml(read_text(path, "YAML", LARGEST_YAML), str(path))
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected keys and values")
    return values


def parse_yaml(text: str, place: str) -> Any:
    """Parse YAML text; messages begin with `place`.

    Raises:
        UserError: it is not YAML, has a key twice, one that is no text, too many values or levels, or a text that
            cannot be written as UTF-8.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        _check_node(node, {}, 0)
        values = loader.construct_document(node) if node is not None else None
    except RecursionError:
        raise UserError(f"{place}: lists or keys are nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark is not None else ""
        raise UserError(f"{place}: {line}not YAML: {error.problem}") from None
    except _Fault as error:
        raise UserError(f"{place}: {error}") from None
    except (yaml.YAMLError, ValueError) as error:  # for example a date that does not exist
        raise UserError(f"{place}: not YAML: {error}") from None
    except (LookupError, AttributeError, TypeError):  # of the library, at `!!bool 3` or `!!timestamp x`
        raise UserError(f"{place}: not YAML: a value does not fit its tag") from None
    check_texts(values, place)
    return values


class _Loader(yaml.SafeLoader):
    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        """JSON, which is YAML, too, writes a letter such as an emoji as a pair of surrogates."""
        value: str = super().construct_scalar(node)
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def check_texts(value: Any, place: str) -> None:
    """Raise a `UserError` that names the key, if a text in a tree of values cannot be written as UTF-8."""
    waiting = [(value, place)]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, str) and not is_writable(value):
            raise UserError(f"{place}: {shown(value)} has half of a surrogate pair, expected text that UTF-8 can write")
        if isinstance(value, Mapping):
            waiting += [(key, f"{place}: a key") for key in value]
            waiting += [(entry, f"{place}: {key}") for key, entry in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(entry, f"{place}: entry {index}") for index, entry in enumerate(value)]


class _Fault(ValueError):  # noqa: N818
    """What is wrong inside a file; the reader adds where."""


_PLAIN_NUMBER = re.compile(r"[+-]?(((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?|\.inf|\.nan)", re.IGNORECASE | re.ASCII)
"""YAML also takes 010 for 8, 12:30 for 750 and 1_000 for 1000."""
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Fault(f"the key {shown(next(key for key in keys if keys.count(key) > 1))} is there twice in an object")
    return value


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Fault(f"a whole number of {len(digits)} digits, expected at most {MOST_DIGITS}")
    return int(digits)


def _check_node(node: yaml.Node | None, sizes: dict[int, int], level: int) -> int:
    """The number of values below a node, aliases written out; raises a `_Fault`."""
    if node is None:
        return 0
    if isinstance(node, yaml.ScalarNode):
        if node.tag.endswith(":int") and len(node.value) > MOST_DIGITS:
            raise _Fault(f"line {node.start_mark.line + 1}: a number of {len(node.value)} digits")
        if node.style is None and node.tag.endswith((":int", ":float")) and not _PLAIN_NUMBER.fullmatch(node.value):
            value = yaml.safe_load(node.value)
            raise _Fault(
                f"line {node.start_mark.line + 1}: YAML reads {shown(node.value)} as {shown(value)}, "
                "expected a decimal number; text stands in quotes"
            )
        return 1
    if sizes.get(id(node)) == 0 or level > MOST_LEVELS:
        raise _Fault(f"line {node.start_mark.line + 1}: lists or keys are nested more than {MOST_LEVELS} levels deep")
    if id(node) not in sizes:
        sizes[id(node)] = 0  # its size is unknown yet: an alias of it below would be endless
        parts = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
        if isinstance(node, yaml.MappingNode):
            _check_keys(node)
        sizes[id(node)] = 1 + sum(_check_node(part, sizes, level + 1) for part in parts)
    if sizes[id(node)] > MOST_VALUES:
        raise _Fault(f"line {node.start_mark.line + 1}: more than {MOST_VALUES} values, aliases written out")
    return sizes[id(node)]


def _check_keys(node: yaml.MappingNode) -> None:
    found: set[Hashable] = set()
    for key, _ in node.value:
        line = f"line {key.start_mark.line + 1}"
        if key.tag == "tag:yaml.org,2002:merge":
            continue
        if key.tag != "tag:yaml.org,2002:str":
            raise _Fault(
                f"{line}: the key {shown(key.value)} is read as {key.tag.rpartition(':')[2]}, put it in quotes"
            )
        if key.value in found:
            raise _Fault(f"{line}: the key {shown(key.value)} is there twice")
        found.add(key.value)


def read_text(path: Path, expected: str, largest: int) -> str:
    """Read a file of UTF-8, with or without a byte order mark.

    Args:
        path: the file.
        expected: what it should hold, for messages.
        largest: bytes.

    Raises:
        UserError: the file is not found, too large or not UTF-8 text.
    """
    check_file(path, expected, largest=largest)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text, expected {expected}") from None
    except OSError as error:  # of the disk
        raise UserError(f"{path}: {error.strerror}, expected {expected}") from None
