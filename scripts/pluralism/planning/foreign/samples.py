"""Samples of other frameworks: a question about an item, asked once, and what was picked."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pluralism.datasets.items import Item
from pluralism.errors import UserError, shown
from pluralism.inference.imported import places_among, plain

ITEM = "item"
"""The key of a sample's metadata, or of its document, that tells which eval item it is about, from 0."""
RESPONSES = ("responses", "choices", "options")
"""Keys that may hold the responses."""
LETTER = re.compile(r"\(?([A-Z])\)?[.:)]?")
LAST_ANSWER = re.compile(r"ANSWER\s*:\s*\(?([A-Z])\b", re.IGNORECASE)
MARK = re.compile(r"\W*\w{1,2}\W*")
"""A response that is only a letter or a number: its text stands in the prompt."""


@dataclass(frozen=True)
class Sample:
    """A question about an item, asked once.

    Attributes:
        place: file and sample, for messages.
        id: samples with the same are about one item.
        prompt: of the item.
        responses: of the item, in the order that `pick` counts in.
        item: the number of the eval item, where the sample tells it.
        pick: index of the response picked; None where there is no answer, or it picks no single response.
        reasoning: why.
    """

    place: str
    id: str
    prompt: str
    responses: tuple[str, ...]
    item: int | None
    pick: int | None
    reasoning: str = ""


@dataclass(frozen=True)
class Converted:
    """Samples in the form of our own runs.

    Attributes:
        values: the entries, as a file of ours has them.
        places: where each was read, for messages.
    """

    values: list[dict[str, Any]]
    places: list[str]


def converted(samples: Iterable[Sample], items: Sequence[Item]) -> Converted:
    """Samples as entries, one per item; several samples of an item are its votes.

    Raises:
        UserError: an item has no pick, or a sample names an item that has other responses.
    """
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.id, []).append(sample)
    prompts = {plain(item.prompt) for item in items}
    found = Converted([], [])
    for group in groups.values():
        first = _by_number(group[0], items)
        votes = [sample.pick for sample in group if sample.pick is not None]
        if votes:
            found.values.append(_entry(first, votes, next((one.reasoning for one in group if one.reasoning), "")))
            found.places.append(first.place)
        elif plain(first.prompt) in prompts:
            raise UserError(f"{first.place}: picks no single response of {len(first.responses)}, expected one")
    return found


def _entry(sample: Sample, votes: Sequence[int], reasoning: str) -> dict[str, Any]:
    """As our own files have it; of equally many votes the first counts."""
    counts = [list(pair) for pair in Counter(votes).most_common()]
    return {
        "input": {"prompt": sample.prompt, "responses": list(sample.responses)},
        "output": {
            **{"selected_response_index": counts[0][0], "reasoning": reasoning},
            "choice_info": {"selected_response_index_sample_counts": counts},
        },
    }


def _by_number(sample: Sample, items: Sequence[Item]) -> Sample:
    """A sample that tells the number of its item, with the item's texts; others as they are."""
    if sample.item is None or not 0 <= sample.item < len(items):
        return sample
    item = items[sample.item]
    if places_among(item.responses, sample.responses) is not None:
        responses = sample.responses
    elif len(sample.responses) == len(item.responses) and all(map(MARK.fullmatch, sample.responses)):
        responses = item.responses
    else:
        raise UserError(f"{sample.place}: is about item {sample.item}, which has other responses")
    return replace(sample, prompt=item.prompt, responses=responses)


def pick_of(answer: str, responses: Sequence[str]) -> int | None:
    """The response that an answer picks: by its text, its letter, or the letter in a last "ANSWER: B"."""
    texts = [plain(text) for text in responses]
    if texts.count(plain(answer)) == 1:
        return texts.index(plain(answer))
    last = LAST_ANSWER.findall(answer)
    letter = LETTER.fullmatch(answer.strip())
    name = letter[1] if letter else last[-1].upper() if last else ""
    place = ord(name) - ord("A") if name else -1
    return place if 0 <= place < len(responses) else None


def item_number(value: Any, place: str) -> int | None:
    """The number of an item in metadata or a document; None where it has none."""
    number = value.get(ITEM) if isinstance(value, Mapping) else None
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise UserError(f"{place}: {ITEM} is {shown(number)}, expected the number of an eval item, from 0")
    return number


def responses_of(value: Any) -> tuple[str, ...]:
    """The responses in metadata or a document, also in the form of many sets of questions; empty where there are none.

    That form is `{"text": [..], "label": [..]}`.
    """
    for key in RESPONSES:
        found = value.get(key) if isinstance(value, Mapping) else None
        found = found.get("text") if isinstance(found, Mapping) else found
        if isinstance(found, list) and found and all(isinstance(text, str) for text in found):
            return tuple(found)
    return ()
