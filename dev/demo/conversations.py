"""Training conversations for the demo model: the ADMs' own requests, answered by the labels."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from pluralism.adms.base import Query, ReasoningAdm, Task, answer_text
from pluralism.adms.scores import score_of
from pluralism.datasets.attributes import AttributeSet, attribute_file, read_attributes
from pluralism.datasets.formats.helpsteer2 import load_helpsteer2
from pluralism.datasets.formats.mic import load_mic
from pluralism.datasets.items import Item
from pluralism.datasets.split import split_items
from pluralism.decisions.selection import nearest_response
from pluralism.few_shot.examples import Shot
from pluralism.protocols import PROTOCOLS
from pluralism.targets.sampling import NEUTRAL
from pluralism.targets.target import Target, extreme_targets


@dataclass(frozen=True)
class Turn:
    """One message; the model learns to write those that are `learned`."""

    role: str
    content: str
    learned: bool = False


@dataclass(frozen=True)
class World:
    """A dataset to train on: items with labels and reasonings that are not in the eval split."""

    items: Sequence[Item]
    attributes: AttributeSet


def training_worlds(data: Path) -> list[World]:
    """Both toy datasets, as raw files in `data`, without the items of their published eval splits."""
    protocol = PROTOCOLS["published"]
    mic, helpsteer2 = (read_attributes(attribute_file(name)) for name in ("mic", "helpsteer2"))
    loaded = [
        (load_mic(data / "mic" / "MIC.csv", PROTOCOLS["corrected"]), mic),
        (load_helpsteer2(data / "helpsteer2", helpsteer2, protocol), helpsteer2),
    ]
    chosen = []
    for items, attributes in loaded:
        held_out = set(split_items(items, attributes, protocol)[0])
        chosen.append(World([item for index, item in enumerate(items) if index not in held_out], attributes))
    return chosen


def conversations(worlds: Sequence[World], adms: Sequence[ReasoningAdm], draw: random.Random) -> Iterator[list[Turn]]:
    """Draw conversations without end: a random world, ADM, item and, where the ADM takes them, random examples."""
    while True:
        world, adm = draw.choice(worlds), draw.choice(adms)
        count = draw.randint(0, _most_shots(adm, world)) if adm.few_shot is not None else 0
        item, *examples = draw.sample(world.items, count + 1)
        task = Task(
            items=[item],
            attributes=world.attributes,
            samples=1,
            shuffle=True,
            seed=draw.randrange(2**32),
            targets=[_draw_target(world.attributes, draw)] if adm.target_bound else (),
            train=examples,
            shots={(0, None): [Shot(index, 0.0, index) for index in range(count)]},
        )
        query = draw.choice(adm.queries(task))
        yield as_turns(adm, task, query)


def as_turns(adm: ReasoningAdm, task: Task, query: Query) -> list[Turn]:
    """A query and its right answer, as messages; the answers of its examples are learned too."""
    request = query.chat
    turns = [Turn("system", request.system)]
    for example in request.examples:
        turns += [Turn("user", example.question), Turn("assistant", example.answer, learned=True)]
    answer = right_answer(adm, task, query)
    return [*turns, Turn("user", request.question), Turn("assistant", answer_text(answer), learned=True)]


def right_answer(adm: ReasoningAdm, task: Task, query: Query) -> dict[str, Any]:
    """What the labels say: the scores of the responses shown, or the letter of the one nearest to the target.

    The unaligned baseline is taught to like what is high on every attribute.
    """
    item, attributes = task.items[query.item], task.attributes
    if query.attribute is None:
        target = task.targets[0] if query.target else extreme_targets(attributes)[0]
        picked = nearest_response([item.labels[response] for response in query.order], target)
        return adm.example_answer(
            item, query.order[picked], target.levels, attributes, {"choice": ascii_uppercase[picked]}
        )
    answers = [
        adm.example_answer(
            item, response, [query.attribute], attributes, score_of(item.labels[response][query.attribute])
        )
        for response in query.order
    ]
    if "score" in json.loads(query.chat.schema)["properties"]:
        return answers[0]
    return dict(zip(ascii_uppercase, answers, strict=False))


def _most_shots(adm: ReasoningAdm, world: World) -> int:
    """As many as the ADM shows when it is asked in earnest."""
    assert adm.few_shot is not None
    return adm.few_shot.shots or len(world.attributes.levels)


def _draw_target(attributes: AttributeSet, draw: random.Random) -> Target:
    """A target as the study has them: an extreme, or some attributes at levels that are not neutral."""
    if draw.random() < 0.4:
        return Target("drawn", dict.fromkeys(attributes.names, draw.choice([0.0, 1.0])))
    named = draw.sample(attributes.names, draw.randint(1, 3))
    levels = [level for level in attributes.levels if level != NEUTRAL]
    return Target("drawn", {name: draw.choice(levels) for name in attributes.names if name in named})
