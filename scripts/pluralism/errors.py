"""Errors that a user can correct, each in one line: what is wrong, where, and what was expected."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


LONGEST_VALUE, LONGEST_MESSAGE = 80, 300
"""Characters of a value, and of a message of foreign code, that a line shows."""


class UserError(Exception):
    """An error in the user's input. Its text is one line: what, where, and what was expected."""


class KeyFault(ValueError):  # noqa: N818
    """A fault of a key below the place where a validator finds it; its text begins with that key."""


def shown(value: object) -> str:
    """A value as a line shows it: shortened."""
    text = repr(value[: 2 * LONGEST_VALUE] if isinstance(value, str | bytes) else value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}.."


@contextmanager
def foreign_code(place: str, *passed_on: type[BaseException]) -> Iterator[None]:
    """Around code that is not ours, for example a checkpoint's: what it raises becomes a line after `place`.

    Args:
        place: for example `model tiny: cannot be loaded`.
        passed_on: exceptions that are handled elsewhere; so are those that end the program.

    Raises:
        UserError: the code raised anything else.
    """
    try:
        yield
    except (UserError, KeyboardInterrupt, SystemExit, GeneratorExit, *passed_on):
        raise
    except BaseException as error:  # libraries that are written in Rust raise no Exception
        words = " ".join(str(error).split())
        text = words if " " in words else f"{type(error).__name__} {words}".strip()
        short = text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}.."
        raise UserError(f"{place}: {short}") from None


def explain(error: "ValidationError", kind: "type[BaseModel]", place: str = "", others: Iterable[str] = ()) -> str:
    """All faults that pydantic found, joined by "; ".

    Args:
        error: what pydantic raised.
        kind: the model that was checked.
        place: where the checked values are, for example `adms.mine`.
        others: keys that are allowed there, too, and that are not fields of `kind`.
    """
    schema = kind.model_json_schema()
    return "; ".join(_line(fault, schema, place, others) for fault in error.errors())


def _line(fault: Any, schema: Mapping[str, Any], place: str, others: Iterable[str]) -> str:
    from pydantic import BaseModel

    *parents, last = fault["loc"] or ("",)
    where = ".".join(str(part) for part in ([place] if place else []) + list(fault["loc"]))
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        allowed = [*(others if not parents else ()), *_allowed_keys(schema, parents)]
        return f"{where}: unknown key '{last}'; allowed: {', '.join(allowed)}"
    if fault["type"] in ("missing", "missing_argument"):
        return f"{where}: this key is missing"
    if isinstance(fault.get("ctx", {}).get("error"), KeyFault):
        return f"{where}.{fault['ctx']['error']}"
    text, found = fault["msg"].removeprefix("Value error, "), repr(fault["input"])
    is_clear = found in text or isinstance(fault["input"], BaseModel | Mapping)
    return (f"{where}: " if where else "") + (text if is_clear else f"{text}, found {found}")


def _allowed_keys(schema: Mapping[str, Any], parents: Iterable[Any]) -> list[str]:
    here = schema
    for part in parents:
        here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        here = next(iter(here.get("anyOf", [])), here)  # the first, where null is allowed, too
        while "$ref" in here:
            here = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))
