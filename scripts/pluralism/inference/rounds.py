"""Asking in rounds, for a decoding that stops: one more sample of each item that is not decided yet.

An item's samples are asked in the order of their index, and what is decided depends on the answers about the item
alone. So a job that was killed, or another number of shards, asks the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pluralism.adms.base import Adm, Query, Task
from pluralism.decisions.selection import Array
from pluralism.decisions.stopping import StopRule
from pluralism.errors import UserError
from pluralism.inference.settings import Settings
from pluralism.requests import Generation

Ask = Callable[[Sequence[Query], str], Sequence[Generation | None]]
"""Answers queries; None where an answer is not known. The text says which round it is, where there are several."""

_Key = tuple[bool, str | None, int]
"""Whether it is a train item, the target, the index of the item."""


@dataclass(frozen=True)
class Asked:
    """What was asked of an ADM's queries.

    Attributes:
        answers: index of a query -> its answer, ascending.
        open: the queries that may be asked yet, since an answer before them is not known.
    """

    answers: Mapping[int, Generation]
    open: Sequence[int] = ()


@dataclass(frozen=True)
class _Item:
    """What is asked about an item, under a target for target-bound ADMs.

    Attributes:
        target: its name; None where the answers serve all.
        places: of the queries of each sample, in their order.
        askings: into how many parts the samples fall; all in one are asked at once.
        scores: shape (samples, responses, attributes and a last place for picks); NaN where none is known.
    """

    target: str | None
    places: Mapping[int, list[int]]
    askings: int
    scores: Array

    @cached_property
    def size(self) -> int:
        """Samples of an asking: several where each is asked in every order of the responses."""
        return len(self.places) // self.askings

    def asking(self, number: int) -> list[int]:
        """The queries of an asking."""
        samples = list(self.places.values())[number * self.size : (number + 1) * self.size]
        return [place for of_sample in samples for place in of_sample]


def ask_in_rounds(settings: Settings, task: Task, adm: Adm, queries: Sequence[Query], ask: Ask) -> Asked:
    """Ask until all items are decided; all at once where the decoding does not stop.

    Args:
        settings: of the job.
        task: with the targets that are decided for.
        adm: reads the answers.
        queries: the ADM's; for a shard, those about its items.
        ask: answers some of them.

    Raises:
        UserError: the ADM predicts levels, and the task has no targets.
    """
    if not settings.decoding.stops:
        return _asked(dict(enumerate(ask(queries, ""))), ())
    if adm.predicts_levels and not task.targets:
        raise UserError("the decoding stops when the picks for all targets are decided: --targets is missing")
    samples, answers = settings.decoding.samples, dict[int, Generation | None]()
    items = _items(task, queries, samples)
    going, number = items, 0
    while going:
        wave = sorted(place for item in going.values() for place in item.asking(number))
        found = ask([queries[place] for place in wave], f", sample {number + 1} of at most {samples}")
        answers |= zip(wave, found, strict=True)
        known = {place: answer for place, answer in zip(wave, found, strict=True) if answer is not None}
        _note_scores(task, adm, [queries[place] for place in known], list(known.values()), items)
        undecided = [key for key, item in going.items() if all(answers[place] for place in item.asking(number))]
        number += 1
        undecided = [key for key in undecided if number < items[key].askings]
        decided = set(_decided(settings, task, {key: items[key] for key in undecided}, number))
        going = {key: items[key] for key in undecided if key not in decided}
    return _asked(answers, items.values())


def _asked(answers: Mapping[int, Generation | None], items: Iterable[_Item]) -> Asked:
    """What is open is all the rest of an item with an answer that is not known."""
    known = {place: answer for place, answer in sorted(answers.items()) if answer is not None}
    missing = answers.keys() - known.keys()
    whole = [[place for places in item.places.values() for place in places] for item in items]
    rest = {place for places in whole if missing.intersection(places) for place in places}
    return Asked(known, sorted((rest | missing) - known.keys()))


def _items(task: Task, queries: Sequence[Query], samples: int) -> dict[_Key, _Item]:
    """The items that queries are about; questions about train items are asked at once."""
    found = defaultdict[_Key, dict[int, list[int]]](lambda: defaultdict(list))
    for place, query in enumerate(queries):
        found[query.train, query.target, query.item][query.sample].append(place)
    return {key: _item(task, key, dict(sorted(places.items())), samples) for key, places in found.items()}


def _item(task: Task, key: _Key, places: dict[int, list[int]], samples: int) -> _Item:
    train, target, item = key
    responses = len((task.train if train else task.items)[item].responses)
    scores = np.full((len(places), responses, len(task.attributes.names) + 1), np.nan)
    return _Item(target, places, samples if not train and len(places) % samples == 0 else 1, scores)


def _note_scores(
    task: Task, adm: Adm, queries: Sequence[Query], answers: Sequence[Generation], items: Mapping[_Key, _Item]
) -> None:
    """Note what a round's answers say. What is said of no item that was asked about is refused with all predictions."""
    columns = {name: place for place, name in enumerate([*task.attributes.names, None])}
    for row in adm.read(task, queries, answers) if queries else ():
        item = items.get((False, row.target, row.item))
        is_asked = item is not None and row.sample in item.places and row.response < item.scores.shape[1]
        if item is not None and is_asked and row.attribute in columns:
            item.scores[list(item.places).index(row.sample), row.response, columns[row.attribute]] = row.score


def _decided(settings: Settings, task: Task, items: Mapping[_Key, _Item], number: int) -> Iterator[_Key]:
    """The items that are decided after so many askings; those that are alike are looked at together."""
    alike = defaultdict[tuple[str | None, int, tuple[int, ...]], list[_Key]](list)
    for key, item in items.items():
        alike[item.target, item.size, item.scores.shape[1:]].append(key)
    for (target, size, _), keys in alike.items():
        scores = np.stack([items[key].scores[: number * size] for key in keys], axis=1)
        known = np.flatnonzero(~np.isnan(scores).any(axis=(0, 1, 2)))
        rule = _rule(settings, task, target, known.tolist())
        # An ADM that reads all samples as one says nothing of single ones.
        if known.size and (rule.targets or not rule.attributes):
            seen = scores[..., known].reshape(number, size, *scores.shape[1:-1], known.size)
            decided = rule.decided(seen, settings.decoding.samples)
            yield from (key for key, enough in zip(keys, decided, strict=True) if enough)


def _rule(settings: Settings, task: Task, target: str | None, known: Sequence[int]) -> StopRule:
    """The rule for items of which the attributes at some places have scores, or, at the last place, picks."""
    assert settings.decoding.stop is not None
    names = [name for place, name in enumerate(task.attributes.names) if place in known]
    return StopRule(
        stop=settings.decoding.stop,
        attributes=names,
        targets=[found for found in task.targets if target in (None, found.name) and {*found.levels} <= {*names}],
        aggregate=settings.aggregate or "mean",
        scale=None if settings.protocol.float_ties else task.attributes.steps,
    )
