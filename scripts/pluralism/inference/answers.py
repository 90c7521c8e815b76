"""Whether a stored answer can be read as one to its request: JSON, with the types and bounds that ADMs rely on."""

import json
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pluralism.requests import AnyRequest, Request, ValueRequest

Schema = Mapping[str, Any]
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
}
"""JSON type -> Python types; values of others are not checked."""
FINITE = {"type": "number", "minimum": -sys.float_info.max, "maximum": sys.float_info.max}
PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1 + 1e-6}
"""With what rounding may add."""
VALENCES = dict.fromkeys(("supports", "either", "opposes"), PROBABILITY)
REWARDS = {"type": "object", "required": ["rewards"], "properties": {"rewards": {"type": "array", "items": FINITE}}}


def misfit(request: AnyRequest, text: str) -> str | None:
    """Why a text is no answer to a request; None if it is one.

    Bounds of strings and patterns are not checked: no ADM relies on them.
    """
    try:
        answer = _JSON.decode(text)
    except (ValueError, RecursionError):
        return "it is not JSON"
    return next(_faults(answer, _form(request), "the answer"), None)


def _form(request: AnyRequest) -> Schema:
    """The schema of the answer."""
    match request:
        case Request():
            return _chat_form(request.schema, request.distribution_of)
        case ValueRequest():
            texts = {"explanation": {"type": "string"}} if request.explain else {}
            return {"type": "object", "required": [*VALENCES, *texts], "properties": VALENCES | texts}
        case _:
            return REWARDS


@lru_cache(maxsize=1000)
def _chat_form(schema: str, distribution_of: str | None) -> Schema:
    form: Schema = json.loads(schema)
    return form if distribution_of is None else _with_moments(form, distribution_of)


def _with_moments(schema: Schema, name: str) -> Schema:
    """The schema of answers in which mean and spread follow each number of that name."""
    if "properties" not in schema:
        return schema
    properties = {key: _with_moments(entry, name) for key, entry in schema["properties"].items()}
    if name not in properties:
        return {**schema, "properties": properties}
    moments = {f"{name}_mean": {**properties[name], "type": "number"}, f"{name}_spread": {**FINITE, "minimum": 0}}
    return {**schema, "properties": properties | moments, "required": [*schema.get("required", []), *moments]}


def _faults(value: Any, schema: Schema, place: str) -> Iterator[str]:
    kind = schema.get("type")
    types = TYPES.get(kind) if isinstance(kind, str) else None
    if types is not None and (not isinstance(value, types) or isinstance(value, bool) or _is_cut(kind, value)):
        yield f"{place} is not of the type {kind}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place} is not one of {', '.join(map(str, schema['enum']))}"
    elif isinstance(value, int | float):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{place} is not from {schema.get('minimum', '')} to {schema.get('maximum', '')}"
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{place} has {len(value)} entries, expected {schema.get('minItems', 0)}"
        for number, entry in enumerate(value):
            yield from _faults(entry, schema.get("items", {}), f"{place}[{number}]")
    elif isinstance(value, dict):
        yield from (f"{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, entry in schema.get("properties", {}).items():
            if name in value:
                yield from _faults(value[name], entry, name)


def _is_cut(kind: Any, value: Any) -> bool:
    """Whether an integer is wanted, and a number between two of them is there; 5.0 is the integer 5."""
    return kind == "integer" and isinstance(value, float) and not value.is_integer()


def _refuse(constant: str) -> float:
    raise ValueError(constant)


_JSON = json.JSONDecoder(parse_constant=_refuse)  # made once: `json.loads` with this option makes one per call
