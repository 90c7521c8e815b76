"""Reading JSON and YAML, writing files so that no process ever sees half a file, and names that fit into paths."""

import json
import os
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import AfterValidator

from pluralism.errors import UserError

LONGEST_PATH, LONGEST_NAME = 4000, 100
"""Bytes; names are joined to others in the name of a file, which has at most 255."""

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


PATH_FORM = "one line of text without { and }, and without - at its start"
"""Of a path in a config: Snakemake takes it for no wildcard, and no command for an option."""


def is_path(text: str) -> bool:
    """Whether a text has the form `PATH_FORM`, and no part of it is too long for a disk."""
    if not text or text[0] == "-" or any(c in "{}" or unicodedata.category(c) in ("Cc", "Cs") for c in text):
        return False
    return len(os.fsencode(text)) < LONGEST_PATH and all(len(os.fsencode(part)) < 256 for part in text.split("/"))


def _user_path(path: AnyPath) -> AnyPath:
    text = str(path)
    if not is_path(text):
        raise ValueError(f"invalid path, expected {PATH_FORM}")
    return type(path)(located(text))


USER_PATH = AfterValidator(_user_path)
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


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Yield a temporary path for each of `paths`; rename all of them into place if the block succeeds.

    If the block fails, the temporary files are removed and the old files stay as they were.
    """
    drafts = tuple(path.with_name(f".{path.name}.{os.getpid()}.part") for path in paths)
    with ExitStack() as cleanup:
        for path, draft in zip(paths, drafts, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            cleanup.callback(draft.unlink, missing_ok=True)
        yield drafts
        for path, draft in zip(paths, drafts, strict=True):
            draft.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, completely or not at all."""
    with replacing(path) as (draft,):
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, completely or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises:
        UserError: the file is not found, is not UTF-8 text or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UserError(f"{path}: this is a folder, expected a JSON file") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text, expected JSON") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: line {error.lineno}: not JSON: {error.msg}") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values, such as a config that is not checked yet.

    Raises:
        UserError: the file is missing, is not YAML, or is of another form.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {error}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected keys and values")
    return values
