"""Runs of other code: the `input_output.json` of the paper's authors, of align-system, and ours, as predictions.

Only texts tell what an entry is about: it belongs to the eval item with its prompt whose responses are all among its
own, in any order. White space does not count.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluralism.datasets.items import Item
from pluralism.errors import UserError, shown
from pluralism.files import read_json
from pluralism.predictions import Prediction

FILE_NAME = "input_output.json"
MOST_VOTES = 1000
"""Of a response of an item; a decoding has no more samples."""

Samples = Sequence[float]
"""The scores of a response for one attribute, a sample each."""


@dataclass(frozen=True)
class Entry:
    """What another code decided about one item.

    Attributes:
        place: file and entry, for messages.
        prompt: of its item.
        responses: of its item, and perhaps others.
        labels: of each response, as far as it has some.
        levels: of each response, attribute -> samples; empty where it picked outright.
        votes: indices of the responses picked, one per sample, in the order of the samples.
        picked: index of the response picked; None where it is not among `responses`.
        reasoning: why.
    """

    place: str
    prompt: str
    responses: tuple[str, ...]
    labels: tuple[Mapping[str, Any], ...]
    levels: tuple[Mapping[str, Samples], ...]
    votes: tuple[int, ...]
    picked: int | None
    reasoning: str


@dataclass(frozen=True)
class Match:
    """An entry that is about an eval item.

    Attributes:
        item: index of the item.
        entry: what was decided.
        places: the index in the entry of each response of the item.
    """

    item: int
    entry: Entry
    places: tuple[int, ...]

    @property
    def picked(self) -> int | None:
        """The stored pick, as an index of the item's responses; None where it is none of them."""
        return self.places.index(self.entry.picked) if self.entry.picked in self.places else None


def read_entries(path: Path) -> list[Entry]:
    """Read an `input_output.json`.

    Raises:
        UserError: the file is not found or has another form; names file, entry and key.
    """
    return entries_of(read_json(path), path)


def entries_of(values: Any, path: Path, places: Sequence[str] = ()) -> list[Entry]:
    """The entries of the value of such a file.

    Args:
        values: what the file holds.
        path: of the file, for messages.
        places: of each entry, for messages; none: its number.

    Raises:
        UserError: it has another form; names file, entry and key.
    """
    if not isinstance(values, list) or not values:
        raise UserError(f"{path}: expected a list of input and output, with at least one entry")
    places = places or [f"{path}: entry {index}" for index in range(len(values))]
    return [_entry(value, place) for value, place in zip(values, places, strict=True)]


def _entry(value: Any, place: str) -> Entry:
    found, output = _part(value, "input", place, dict), _part(value, "output", place, dict)
    if "choices" in found:
        return _align_system_entry(value, found, output, place)
    info = output.get("choice_info") or {}
    if not isinstance(info, Mapping):
        raise UserError(f"{place}: choice_info is {shown(info)}, expected an object")
    responses = _texts(_part(found, "responses", place, list), f"{place}: responses")
    picked = _index(output.get("selected_response_index"), len(responses), f"{place}: selected_response_index")
    predictions = info.get("predictions") or []
    if predictions and not (isinstance(predictions, list) and len(predictions) == len(responses)):
        raise UserError(f"{place}: predictions is not a list of {len(responses)} objects, one per response")
    return Entry(
        place=place,
        prompt=_part(found, "prompt", place, str),
        responses=responses,
        labels=_labels(found.get("labels"), len(responses)),
        levels=tuple(_levels(entry, f"{place}: predictions") for entry in predictions),
        votes=tuple(_votes(info, picked, len(responses), place)),
        picked=picked,
        reasoning=_optional_text(output.get("reasoning")),
    )


def _align_system_entry(value: Mapping[str, Any], found: Mapping[str, Any], output: Any, place: str) -> Entry:
    choices = _part(found, "choices", place, list)
    responses = tuple(_part(choice, "unstructured", f"{place}: choices", str) for choice in choices)
    info, action = value.get("choice_info") or {}, output.get("action") or {}
    predicted = info.get("predicted_kdma_values") or {}
    if not isinstance(predicted, Mapping) or not isinstance(action, Mapping):
        raise UserError(f"{place}: expected objects predicted_kdma_values and action")
    picked = None
    if output.get("choice") is not None:
        picked = _index(output["choice"], len(responses), f"{place}: choice")
    levels = tuple(_levels(predicted.get(text) or {}, f"{place}: predicted_kdma_values") for text in responses)
    return Entry(
        place=place,
        prompt=_part(found, "state", place, str),
        responses=responses,
        labels=_labels(value.get("label"), len(responses)),
        levels=levels if predicted else (),
        votes=(picked,) if picked is not None else (),
        picked=picked,
        reasoning=_optional_text(action.get("justification")),
    )


def _part(value: Any, key: str, place: str, kind: type) -> Any:
    if not isinstance(value, Mapping) or not isinstance(value.get(key), kind):
        words = "an object" if kind is dict else "a list" if kind is list else "a text"
        raise UserError(f"{place}: {key} is missing or not {words}")
    return value[key]


def _texts(values: Sequence[Any], place: str) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise UserError(f"{place} is not a list of texts")
    return tuple(values)


def _index(value: Any, count: int, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise UserError(f"{place} is {shown(value)}, expected a whole number from 0 to {count - 1}")
    return value


def _labels(value: Any, count: int) -> tuple[Mapping[str, Any], ...]:
    fits = isinstance(value, list) and len(value) == count and all(isinstance(entry, Mapping) for entry in value)
    return tuple(value) if fits else ({},) * count


def _optional_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _levels(value: Any, place: str) -> dict[str, Samples]:
    if not isinstance(value, Mapping):
        raise UserError(f"{place}: {shown(value)}, expected an object of attribute: level")
    levels: dict[str, Samples] = {
        name: scores if isinstance(scores, list) else [scores] for name, scores in value.items()
    }
    for name, scores in levels.items():
        for score in scores or [math.nan]:  # no sample at all
            # Whether it must be from 0 to 1 is for the check of all predictions to say.
            if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
                raise UserError(f"{place}: {name} is {shown(score)}, expected a number")
    return levels


def _votes(info: Mapping[str, Any], picked: int, count: int, place: str) -> Iterator[int]:
    """The authors' code stores pairs (index, votes), most votes first and of equals the first voted; ours a count each.

    A reward model's `scores`, and an ADM that says nothing, are one vote.
    """
    counts = info.get("selected_response_index_sample_counts")
    if counts is None and isinstance(own := info.get("sample_counts"), list):
        counts = [pair for pair in enumerate(own) if pair[1] != 0]
    if not isinstance(counts, list | None):
        raise UserError(f"{place}: the votes are {shown(counts)}, expected a list of pairs of an index and a count")
    for pair in [(picked, 1)] if counts is None else counts:
        key = f"{place}: the votes of a response"
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise UserError(f"{key} are {shown(pair)}, expected its index and a count")
        yield from [_index(pair[0], count, key)] * _index(pair[1], MOST_VOTES + 1, key)


def match_items(entries: Sequence[Entry], items: Sequence[Item]) -> list[Match]:
    """Find the entry of each item; entries about no item are left out.

    Raises:
        UserError: an item has no entry, and says how many have; or an item has another one.
    """
    with_prompt: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        with_prompt[plain(item.prompt)].append(index)
    found: dict[int, Match] = {}
    for entry in entries:
        places = {
            index: places_among(items[index].responses, entry.responses) for index in with_prompt[plain(entry.prompt)]
        }
        fits = [Match(index, entry, those) for index, those in places.items() if those is not None]
        match = next((match for match in fits if match.item not in found), None)
        if match is not None:
            found[match.item] = match
        elif fits:
            raise UserError(f"{entry.place}: about item {fits[0].item}, as an earlier entry is; expected one of each")
    matches = list(found.values())
    if missing := sorted({*range(len(items))} - {*found}):
        path = entries[0].place.partition(": ")[0]
        raise UserError(
            f"{path}: {len(matches)} of its {len(entries)} entries match one of the {len(items)} eval items by text; "
            f"{len(missing)} eval items have none, the first is item {missing[0]}, {shown(items[missing[0]].prompt)}"
        )
    return sorted(matches, key=lambda match: match.item)


def plain(text: str) -> str:
    """A text as it is compared: white space does not count."""
    return " ".join(text.split())


def places_among(responses: Sequence[str], among: Sequence[str]) -> tuple[int, ...] | None:
    """Where each response stands; equal ones stand in their order. None unless all are there."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(among):
        found[plain(text)].append(place)
    places = [found[text].pop(0) if found[text := plain(response)] else None for response in responses]
    return tuple(place for place in places if place is not None) if None not in places else None


def imported_predictions(runs: Mapping[str | None, Sequence[Match]], attributes: Sequence[str]) -> list[Prediction]:
    """Matched runs as predictions.

    Args:
        runs: the target that each decided for -> its matches; None for the one run that serves every target.
        attributes: those of the dataset; levels of others are left out.

    Raises:
        UserError: a response lacks a level, there is no level of these attributes, no vote for a response of the item,
            or two of one attribute, or some entries have levels and others have none.
    """
    rows: list[Prediction] = []
    entries = [match.entry for matches in runs.values() for match in matches]
    if (other := next((entry for entry in entries if bool(entry.levels) != bool(entries[0].levels)), None)) is not None:
        raise UserError(f"{other.place}: only some entries have predicted levels, expected all or none")
    for target, matches in runs.items():
        for match in matches:
            rows += _level_rows(match, attributes, target) if match.entry.levels else _vote_rows(match, target)
    return rows


def _level_rows(match: Match, attributes: Sequence[str], target: str | None) -> Iterator[Prediction]:
    names = {_key(name): name for name in attributes}
    entry, first = match.entry, dict[str, int]()
    for response, place in enumerate(match.places):
        known = {name: scores for name, scores in entry.levels[place].items() if _key(name) in names}
        levels = {names[_key(name)]: scores for name, scores in known.items()}
        if len(levels) < len(known):
            raise UserError(f"{entry.place}: response {place} has two levels of one attribute: {', '.join(known)}")
        sizes = {name: len(scores) for name, scores in levels.items()}
        first = first or sizes
        if not first:
            found = ", ".join(map(shown, entry.levels[place])) or "none"
            raise UserError(f"{entry.place}: no level of {', '.join(attributes)}; found: {found}")
        if sizes != first:
            raise UserError(f"{entry.place}: response {place} has other levels than the first, expected the same")
        for name, scores in levels.items():
            # The reasoning is about the response picked and all attributes; it is kept once.
            reasoning = entry.reasoning if response == match.picked and name == next(iter(levels)) else ""
            for sample, score in enumerate(scores):
                yield _row(match, response, float(score), reasoning, target=target, attribute=name, sample=sample)


def _key(name: str) -> str:
    """An attribute's name as codes may write it: "Moral judgement" and "moral_judgement" are one."""
    return re.sub(r"\W+", "_", name).casefold()


def _vote_rows(match: Match, target: str | None) -> Iterator[Prediction]:
    votes = [match.places.index(vote) for vote in match.entry.votes if vote in match.places]
    if not votes:
        raise UserError(f"{match.entry.place}: picks no response of the eval item")
    for sample, vote in enumerate(votes):
        for response in range(len(match.places)):
            reasoning = match.entry.reasoning if response == vote == match.picked else ""
            yield _row(match, response, float(response == vote), reasoning, target=target, sample=sample)


def _row(
    match: Match,
    response: int,
    score: float,
    reasoning: str,
    *,
    target: str | None,
    sample: int,
    attribute: str | None = None,
) -> Prediction:
    return Prediction(
        item=match.item,
        response=response,
        attribute=attribute,
        sample=sample,
        target=target,
        score=score,
        reasoning=reasoning,
        position=0,  # The order shown is not known.
        query=match.item,
        prompt_tokens=0,
        output_tokens=0,
    )
