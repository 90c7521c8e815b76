"""The messages that ADMs were asked, each text once for all ADMs of a dataset."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluralism.adms.base import Query
from pluralism.datasets.items import Item
from pluralism.inference.jobs import task_of
from pluralism.planning.asking import messages_of
from pluralism.planning.inputs import Inputs, read_shots
from pluralism.reporting.explorer.answers import Answers, Numbered, answers_by_item
from pluralism.statistics.samples import NONE
from pluralism.study.grid import Cell
from pluralism.study.study import Study

SHORTEST = 20
"""Characters of a text of an item that is told apart within a message; shorter ones are not worth it."""

Turn = tuple[str, str]
"""The role and the content of a message."""


class Messages:
    """The messages of all ADMs of a dataset, by parts of its items."""

    def __init__(self, study: Study, inputs: Inputs, ranges: Sequence[range]) -> None:
        """None yet; `ranges` are the items of each part."""
        self._study, self._inputs, self._ranges = study, inputs, ranges
        self._parts = [Conversations(inputs.train, inputs.evaluation) for _ in ranges]
        self._lists: list[list[int | None]] = [[] for _ in ranges]
        self._known: dict[tuple[str, bytes], list[int]] = {}

    def add(self, cell: Cell, found: Answers) -> bool:
        """Add what the next ADM asked; gives whether it asked something."""
        numbers = self._numbers(cell, found) if cell.needs_model else []
        for place, of_part in enumerate(self._lists):
            of_part.append(numbers[place] if numbers else None)
        return bool(numbers)

    def _numbers(self, cell: Cell, found: Answers) -> list[int]:
        """The number of its list in each part; what another model was asked already is known."""
        rows = found.rows[["item", "query"]].to_numpy()[found.starts]
        key = (cell.settings.model_dump_json(exclude={"model"}), rows.tobytes())
        if key not in self._known:
            queries = queries_of(self._study, cell, self._inputs)
            places = answers_by_item(found, len(self._inputs.evaluation))
            self._known[key] = [
                part.add(found, places[items.start : items.stop], queries)
                for part, items in zip(self._parts, self._ranges, strict=True)
                if queries
            ]
        return self._known[key]

    def values(self) -> Iterator[dict[str, Any]]:
        """What the page reads of each part."""
        return (part.value(lists) for part, lists in zip(self._parts, self._lists, strict=True))


def queries_of(study: Study, cell: Cell, inputs: Inputs) -> list[Query]:
    """What an ADM that asks a model asked; empty where its few-shot examples are not known.

    Args:
        study: the cell's.
        cell: an ADM of an experiment.
        inputs: the items, targets and attributes of its dataset.
    """
    shots, final = read_shots(study, cell, inputs)
    if not final:
        return []
    targets = inputs.targets if cell.sees_targets else []
    task = task_of(
        cell.settings,
        attributes=inputs.attributes,
        train=inputs.train,
        evaluation=inputs.evaluation,
        shots=shots,
        targets=targets,
    )
    return cell.maker.queries(task)


def fragments(text: str, known: Sequence[str]) -> list[str]:
    """A text in parts, of which those that are a known text are parts of their own; joined, they are the text."""
    found = [text]
    for own in sorted({entry for entry in known if len(entry) >= SHORTEST}, key=lambda entry: (-len(entry), entry)):
        found = [part for whole in found for part in _split(whole, own)]
    return found


def _texts_of(item: Item | None) -> list[str]:
    """The texts of an item that a message may hold."""
    if item is None:
        return []
    return [item.prompt, *item.responses, *(text for texts in item.reasonings or () for text in texts.values())]


def _split(text: str, own: str) -> Iterator[str]:
    for number, part in enumerate(text.split(own)):
        if number > 0:
            yield own
        if part:
            yield part


class Conversations:
    """The messages about some items, as they are gathered: each text, turn and opening once."""

    def __init__(self, train: Sequence[Item], evaluation: Sequence[Item]) -> None:
        """None yet; few-shot examples show train items, and the last turns eval items."""
        self._train, self._evaluation = train, evaluation
        self._texts = Numbered[str]()
        self._turns: dict[Turn, tuple[int, ...]] = {}
        self._turn_numbers = Numbered[Turn]()
        self._openings = Numbered[tuple[tuple[int, ...], tuple[int, ...]]]()
        self._lists = Numbered[tuple[tuple[int, ...], ...]]()

    def add(self, found: Answers, places: Sequence[range], queries: Sequence[Query]) -> int:
        """Add what an ADM was asked about the items; gives the number of its list.

        Args:
            found: its answers.
            places: those about each item.
            queries: all that it asked, by their index.
        """
        items, numbers = (found.column(name).tolist() for name in ("item", "query"))
        asked = [queries[number] if number < len(queries) else None for number in numbers]
        return self._lists(
            tuple(
                tuple(number for place in of_item for number in self._conversation(asked[place], items[place]))
                for of_item in places
            )
        )

    def value(self, lists: Sequence[int | None]) -> dict[str, Any]:
        """What the page reads; `lists`: the number of each ADM's list, None where it asked nothing."""
        texts = self._texts.values
        order = sorted(range(len(texts)), key=texts.__getitem__)  # alike texts next to each other take less room
        places = {number: place for place, number in enumerate(order)}
        return {
            "texts": [texts[number] for number in order],
            "turns": [[turn[0], [places[part] for part in self._turns[turn]]] for turn in self._turn_numbers.values],
            "openings": [turns for turns, _ in self._openings.values],
            "examples": [examples for _, examples in self._openings.values],
            "lists": self._lists.values,
            "cells": list(lists),
        }

    def _conversation(self, query: Query | None, item: int) -> tuple[int, int]:
        """(opening, last turn) of a query; NONE where it is not the one that an answer about the item belongs to."""
        if query is None or query.train or query.item != item:
            return NONE, NONE
        *before, last = messages_of(query.request)
        shown = [self._train[place] for place in query.examples for _ in ("question", "answer")]
        about = [*[None] * (len(before) - len(shown)), *shown]  # a system message, if any, comes first
        turns = tuple(self._turn(message, entry) for message, entry in zip(before, about, strict=True))
        return self._openings((turns, query.examples)), self._turn(last, self._evaluation[item])

    def _turn(self, message: Mapping[str, str], item: Item | None) -> int:
        turn = message["role"], message["content"]
        if turn not in self._turns:
            self._turns[turn] = tuple(self._texts(part) for part in fragments(turn[1], _texts_of(item)))
        return self._turn_numbers(turn)
