"""Files of align-system and of the ITM programme: scenarios with choices, and values of the choices by attribute.

Three forms are read, each by what it holds:

- input_output: a list of `{"input": {"state", "choices": [{"unstructured", "kdma_association"}]}, "label": [..]}`
- scenarios with labels: a list of pairs, `{"scenario", "state", "probe", "choices"}` and a list of `{attribute: value}`
- a scenario of the evaluation server, YAML or JSON: `{"state", "scenes": [{"state", "action_mapping", ..}]}`

Often only some choices have values, and values of some attributes: an item has the attributes of the attribute file.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.file_source import FileSource
from pluralism.datasets.ratings import RatedItem, RatedResponse, level
from pluralism.datasets.source import FORMATS
from pluralism.errors import UserError
from pluralism.files import read_json, read_yaml

FORM = "a list of input and label, a list of pairs of a scenario and its labels, or a scenario with scenes"
VALUES = "kdma_association"
"""Of a choice: attribute -> value."""


@FORMATS.register("align_system")
class AlignSystem(FileSource):
    """Scenarios with choices."""

    def read(self, path: Path, attributes: AttributeSet) -> Iterator[RatedItem]:
        """The items of a file."""
        content = read_yaml(path) if path.suffix.lower() in (".yaml", ".yml") else read_json(path)
        if isinstance(content, Mapping) and isinstance(content.get("scenes"), list):
            entries: Sequence[Any] = content["scenes"]
        elif isinstance(content, list):
            entries = content
        else:
            raise UserError(f"{path}: expected {FORM}")
        there: set[str] = set()
        for number, entry in enumerate(entries):
            place = f"{path}: {'entry' if isinstance(content, list) else 'scene'} {number}"
            if isinstance(content, Mapping):
                prompt, texts, values = _scene(content, entry, place)
            elif isinstance(entry, Mapping):
                prompt, texts, values = _input_output(entry, place)
            else:
                prompt, texts, values = _pair(entry, place)
            yield RatedItem(place, prompt, _responses(texts, values, attributes, place))
            there.update(name for given in values for name in given or ())
        if missing := [name for name in attributes.names if name not in there]:
            known = ", ".join(sorted(there)) or "none"
            raise UserError(f"{path}: {missing[0]}, which the attribute file has, has no value; there are: {known}")


Parsed = tuple[str, Sequence[Any], Sequence[Any]]
"""A prompt, the texts of the choices, and the values of each."""


def _input_output(entry: Mapping[str, Any], place: str) -> Parsed:
    asked = _object(entry.get("input"), f"{place}: input")
    state = asked.get("state") or _object(asked.get("full_state"), f"{place}: input.full_state").get("unstructured")
    choices = [
        _object(choice, f"{place}: input.choices") for choice in _list(asked.get("choices"), f"{place}: input.choices")
    ]
    own = [choice.get(VALUES) for choice in choices]
    labels = entry.get("label")
    values = own if labels is None else _list(labels, f"{place}: label")
    return _text(state, f"{place}: input.state"), [choice.get("unstructured") for choice in choices], values


def _pair(entry: Any, place: str) -> Parsed:
    if not isinstance(entry, list) or len(entry) != 2:
        raise UserError(f"{place}: expected {FORM}")
    asked = _object(entry[0], place)
    parts = [_text(asked[key], f"{place}: {key}") for key in ("scenario", "state", "probe") if asked.get(key)]
    return "\n".join(parts), _list(asked.get("choices"), f"{place}: choices"), _list(entry[1], f"{place}: labels")


def _scene(scenario: Mapping[str, Any], entry: Any, place: str) -> Parsed:
    """A scene's own state takes the place of that of the scenario; what threatens and what is asked are told, too."""
    scene = _object(entry, place)
    state = _object(scene.get("state") or {}, f"{place}: state")
    threat = _object(state.get("threat_state") or {}, f"{place}: threat_state")
    whole = _object(scenario.get("state") or {}, f"{place}: the scenario's state")
    told = [threat.get("unstructured"), state.get("unstructured") or whole.get("unstructured")]
    told += [
        _object(probe, f"{place}: probe_config").get("description")
        for probe in _list(scene.get("probe_config") or [], f"{place}: probe_config")
    ]
    prompt = ""
    for part in filter(None, told):
        if _text(part, place) not in prompt:
            prompt = f"{prompt}\n{part}".strip()
    choices = [
        _object(choice, f"{place}: action_mapping")
        for choice in _list(scene.get("action_mapping") or [], f"{place}: action_mapping")
    ]
    return (
        _text(prompt, place),
        [choice.get("unstructured") for choice in choices],
        [choice.get(VALUES) for choice in choices],
    )


def _responses(
    texts: Sequence[Any], values: Sequence[Any], attributes: AttributeSet, place: str
) -> list[RatedResponse]:
    if len(texts) != len(values):
        raise UserError(f"{place}: {len(texts)} choices but {len(values)} labels")
    return [
        RatedResponse(
            _text(text, f"{place}: choice {number}"), [_levels(given, attributes, f"{place}: choice {number}")]
        )
        for number, (text, given) in enumerate(zip_longest(texts, values))
    ]


def _levels(given: Any, attributes: AttributeSet, place: str) -> dict[str, float]:
    values = _object(given or {}, f"{place}: {VALUES}")
    found = {name: level(values.get(name), name, attributes, place) for name in attributes.names}
    return {name: value for name, value in found.items() if value is not None}


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UserError(f"{place}: expected an object")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise UserError(f"{place}: expected a list")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{place}: expected a text")
    return value
