"""The file `input_output.json`: writing it, and reading and scoring it, also one from elsewhere."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pluralism.datasets.items import Item, Levels, check_attributes, check_levels, check_same_attributes, item_from_json
from pluralism.decisions.picking import CombinedPredictions
from pluralism.decisions.scoring import PickScore, PredictionError, prediction_error, score_picks
from pluralism.decisions.selection import Indices, Scale, level_array, nearest_responses
from pluralism.errors import UserError, shown
from pluralism.files import read_json
from pluralism.targets.target import Target


class OutputWriter:
    """Makes the text of `input_output.json`; encodes items and predictions, which targets share, once."""

    def __init__(self, combined: CombinedPredictions, items: Sequence[Item]) -> None:
        """Encode the items and their predictions."""
        self._combined = combined
        self._inputs = [_encode(item.as_json()) for item in items]
        infos = {"predictions": combined.levels, "sample_counts": combined.counts}
        self._infos = [_encode({name: entry}) for name, entries in infos.items() for entry in entries or []]

    def text(self, picks: Indices, target: Target) -> str:
        """The file's text for one target's picks, an item per line."""
        entries = [
            f'{{"input": {self._inputs[item]}, "output": {{"selected_response_index": {picked}, '
            f'"reasoning": {_encode(self._reasoning(item, picked, target))}, "choice_info": {self._infos[item]}}}}}'
            for item, picked in enumerate(picks.tolist())
        ]
        return "[\n" + ",\n".join(entries) + "\n]\n"

    def _reasoning(self, item: int, picked: int, target: Target) -> str:
        texts = self._combined.reasonings[item][picked]
        if self._combined.counts is not None:
            return texts.get("", "")
        return " ".join(f"{attribute}: {texts[attribute]}" for attribute in target.levels if attribute in texts)


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Output:
    """One decision: the item, the response picked, and the predicted levels per response where there are some."""

    item: Item
    picked: int
    predictions: tuple[Levels, ...] | None


def read_outputs(path: Path, attributes: Sequence[str]) -> list[Output]:
    """Read `input_output.json`: a list of {"input": item, "output": {"selected_response_index", "choice_info"}}.

    Raises:
        UserError: the file has another form, or a label lacks one of `attributes`; names file, entry and key.
    """
    entries = read_json(path)
    if not isinstance(entries, list):
        raise UserError(f"{path}: expected a list of input and output")
    outputs = [_output(entry, f"{path}: entry {index}") for index, entry in enumerate(entries)]
    check_attributes([output.item for output in outputs], attributes, str(path))
    return outputs


def _output(entry: Any, place: str) -> Output:
    if not isinstance(entry, Mapping) or "input" not in entry or not isinstance(entry.get("output"), Mapping):
        raise UserError(f"{place}: expected an object with input and output")
    item, output = item_from_json(entry["input"], place), entry["output"]
    picked = output.get("selected_response_index")
    last = len(item.responses) - 1
    if isinstance(picked, bool) or not isinstance(picked, int) or not 0 <= picked <= last:
        raise UserError(
            f"{place}: selected_response_index is {shown(picked)}, expected a whole number from 0 to {last}"
        )
    info = output.get("choice_info")
    if not isinstance(info, Mapping | None):
        raise UserError(f"{place}: choice_info is {shown(info)}, expected an object")
    predictions = info.get("predictions") if info is not None else None
    return Output(item, picked, _predictions(predictions, len(item.responses), place) if predictions else None)


def _predictions(value: Any, responses: int, place: str) -> tuple[Levels, ...]:
    if not isinstance(value, list) or len(value) != responses or not all(isinstance(entry, Mapping) for entry in value):
        raise UserError(f"{place}: predictions is not a list of {responses} objects, one per response")
    for response, scores in enumerate(value):
        # An answer's grammar may have no bounds, in the paper's code and published (`loose_grammar`).
        check_levels(scores, f"{place}: predictions", bounded=False)
        check_same_attributes(scores, value[0], f"{place}: prediction {response}")
    return tuple(value)


def decide_again(outputs: Sequence[Output], target: Target, scale: Scale | None = None) -> list[Output]:
    """The same outputs, with the pick that the predictions give where there are some.

    Args:
        outputs: from `read_outputs`.
        target: what to decide for.
        scale: as for `distances`.

    Raises:
        UserError: predictions lack an attribute that the target names.
    """
    if all(output.predictions is None for output in outputs):
        return list(outputs)
    predicted = [place for place, output in enumerate(outputs) if output.predictions is not None]
    levels = [output.predictions for output in outputs if output.predictions is not None]
    for place, of_responses in zip(predicted, levels, strict=True):
        for entry in of_responses:
            if missing := [name for name in target.attributes if name not in entry]:
                raise UserError(f"entry {place}: predictions lack {missing[0]}, which the target {target.name} names")
    picks = nearest_responses(level_array(levels, target.attributes), target.attributes, target, scale)
    again = dict(zip(predicted, picks.tolist(), strict=True))
    return [replace(output, picked=again.get(place, output.picked)) for place, output in enumerate(outputs)]


def score_outputs(
    outputs: Sequence[Output], target: Target, scale: Scale | None = None
) -> tuple[PickScore, PredictionError]:
    """Score the picks by a target, and the predictions, if there are any, by the labels."""
    attributes = target.attributes
    labels = level_array([output.item.labels for output in outputs], attributes)
    score = score_picks(labels, attributes, [output.picked for output in outputs], target, scale)
    predicted = [(output.predictions, output.item.labels) for output in outputs if output.predictions is not None]
    return score, prediction_error([levels for levels, _ in predicted], [truth for _, truth in predicted])
