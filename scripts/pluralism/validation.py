"""Faults that pydantic finds in what a user wrote, in one line each: where, what, and what is allowed there."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel


class KeyFault(ValueError):  # noqa: N818
    """A fault of a key below the place where a validator finds it; its text begins with that key."""


def explain(fault: Any, schema: Mapping[str, Any], place: str = "", beside: Iterable[str] = ()) -> str:
    """One fault in one line.

    Args:
        fault: an entry of `ValidationError.errors()`.
        schema: the JSON Schema of what was checked.
        place: where what was checked stands, such as `adms.mine`.
        beside: keys that are allowed there too, and that the schema does not list.
    """
    *parents, last = fault["loc"] or ("",)
    where = ".".join(str(part) for part in ([place] if place else []) + list(fault["loc"]))
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        allowed = [*(beside if not parents else ()), *_allowed_keys(schema, parents)]
        return f"{where}: unknown key '{last}'; allowed: {', '.join(allowed)}"
    if fault["type"] in ("missing", "missing_argument"):
        return f"{where}: this key is missing"
    if isinstance(fault.get("ctx", {}).get("error"), KeyFault):
        return f"{where}.{fault['ctx']['error']}"
    text, found = fault["msg"].removeprefix("Value error, "), repr(fault["input"])
    is_clear = found in text or isinstance(fault["input"], BaseModel | Mapping)
    return f"{where}: {text}" if is_clear else f"{where}: {text}, found {found}"


def _allowed_keys(schema: Mapping[str, Any], parents: Iterable[Any]) -> list[str]:
    here = schema
    for part in parents:
        here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        here = next(iter(here.get("anyOf", [])), here)  # what may also be null
        while "$ref" in here:
            here = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))
