"""Errors that a user can correct, each in one line: what is wrong, where, and what was expected."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from reprlib import Repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


LONGEST_MESSAGE = 4000
"""Characters of a message; it may list many faults."""
LONGEST_VALUE = 200
LONGEST_REASON = 300
"""Characters of a user's value, and of a message of foreign code."""


class _Shortened(Repr):
    def repr_int(self, value: int, level: int) -> str:
        """Python writes no more than some thousand digits."""
        large = 10**self.maxlong
        return super().repr_int(value, level) if -large < value < large else f"a number of {value.bit_length()} bits"


_shortened = _Shortened()
_shortened.maxstring = _shortened.maxother = _shortened.maxlong = 100
_shortened.maxlevel = 2


class UserError(Exception):
    """An error in the user's input. Its text is one line: what, where, and what was expected."""

    def __init__(self, text: str) -> None:
        """Make one line of a text, whatever a file or a library wrote into it."""
        super().__init__(one_line(text))


def one_line(text: str) -> str:
    """A text as one line of bounded length; characters that a terminal would act on are escaped."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    half = LONGEST_MESSAGE // 2
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:half]} ... {line[-half:]}"


def shown(value: object) -> str:
    """A user's value for a message: as Python writes it, and shortened where it is long."""
    text = _shortened.repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
"""Types of faults, as pydantic calls them."""
LIST, KEYS = "expected a list, such as [a, b]", "expected keys and values, such as {key: value}"
_EXPECTED = {
    "bool_type": "expected true or false",
    "dataclass_type": KEYS,
    "dict_type": KEYS,
    "float_type": "expected a number",
    "int_type": "expected a whole number",
    "list_type": LIST,
    "model_attributes_type": KEYS,
    "model_type": KEYS,
    "path_type": "expected a path",
    "string_type": "expected text",
    "tuple_type": LIST,
}
"""Type of a fault -> our words; pydantic's name Python's types."""
_UNION = re.compile(r"(tuple|list|dict|literal|constrained-\w+)\[.*\]|constrained-\w+|int|str")
"""What pydantic puts among the keys for each form that a value may have."""


class KeyFault(ValueError):  # noqa: N818
    """A fault of a key below the place where a validator finds it; its text begins with that key."""


class HiddenFault(ValueError):  # noqa: N818
    """A fault of a value that a message must not show, such as a password."""


class Stopped(SystemExit):
    """A signal asked this process to stop."""


@contextmanager
def foreign_code(place: str, *passed_on: type[BaseException]) -> Iterator[None]:
    """Around code that is not ours, for example a checkpoint's: what it raises becomes a line after `place`.

    Args:
        place: for example `model tiny: cannot be loaded`.
        passed_on: exceptions that are handled elsewhere; so are those by which a signal ends the program.

    Raises:
        UserError: the code raised anything else, or would end the program itself.
    """
    untouched: tuple[type[BaseException], ...] = (UserError, KeyboardInterrupt, Stopped, GeneratorExit, *passed_on)
    try:
        yield
    except untouched:
        raise
    except BaseException as error:  # libraries that are written in Rust raise no Exception
        words = " ".join(str(error).split())
        text = words if " " in words else f"{type(error).__name__} {words}".strip()
        short = text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."
        raise UserError(f"{place}: {short}") from None


def explain(error: "ValidationError", kind: "type[BaseModel]", place: str = "", others: Iterable[str] = ()) -> str:
    """All faults that pydantic found, joined by "; ".

    Args:
        error: what pydantic raised.
        kind: the model that was checked.
        place: where the checked values are, for example `adms.mine`.
        others: keys that are allowed there, too, and that are not fields of `kind`.
    """
    faults = [fault for fault in error.errors() if not _follows(fault, error.errors())]
    schema = kind.model_json_schema() if any(fault["type"] in UNKNOWN_KEY for fault in faults) else {}
    return "; ".join(_line(fault, schema, place, others) for fault in faults)


def _follows(fault: Any, faults: Iterable[Any]) -> bool:
    """Whether a list is called too short only because entries of it have faults."""
    place = fault["loc"]
    return fault["type"] == "too_short" and any(place == other["loc"][:-1] for other in faults)


def _line(fault: Any, schema: Mapping[str, Any], place: str, others: Iterable[str]) -> str:
    from pydantic import BaseModel

    *parents, last = fault["loc"] or ("",)
    keys = [str(part) for part in fault["loc"] if not _UNION.fullmatch(str(part))]
    where = ".".join(([place] if place else []) + keys)
    if fault["type"] in UNKNOWN_KEY:
        allowed = [*(others if not parents else ()), *_allowed_keys(schema, parents)]
        return f"{where}: unknown key '{last}'; allowed: {', '.join(allowed) or 'none'}"
    if fault["type"] in ("missing", "missing_argument"):
        return f"{where}: this key is missing"
    if isinstance(fault.get("ctx", {}).get("error"), KeyFault):
        return f"{where}.{fault['ctx']['error']}"
    if isinstance(fault.get("ctx", {}).get("error"), HiddenFault):
        return f"{where}: {fault['ctx']['error']}"
    text, found = _expected(fault), shown(fault["input"])
    is_clear = found in text or isinstance(fault["input"], BaseModel | Mapping)
    return (f"{where}: " if where else "") + (text if is_clear else f"{text}, found {found}")


def _expected(fault: Any) -> str:
    if fault["type"] == "too_short":
        least = fault["ctx"]["min_length"]
        return "expected at least one entry" if least == 1 else f"expected at least {least} entries"
    return _EXPECTED.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")


def _allowed_keys(schema: Mapping[str, Any], parents: Iterable[Any]) -> list[str]:
    here = schema
    for part in parents:
        here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        here = next(iter(here.get("anyOf", [])), here)  # the first, where null is allowed, too
        while "$ref" in here:
            here = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))
