"""Requests of real ADMs about real texts, to time engines with: few long answers, or many samples of long prompts."""

from collections.abc import Sequence
from dataclasses import replace

from dev.benchmarks.models import helpsteer2_task
from pluralism.adms.base import Task
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot, Shot, Shots
from pluralism.protocols import CORRECTED
from pluralism.requests import Request

CHARACTERS = range(1000, 1800)
"""Of an item's prompt and responses together: about 1,400."""
FEWEST = 20
"""Such items. The demo's are shorter."""
ATTRIBUTES = 2
SHOTS = 3
SAMPLES = 5
REASONING = 160
"""Most characters of a reasoning, so that a small model that babbles does not babble for long."""


def zero_shot(items: Sequence[Item], number: int = 20) -> list[Request]:
    """Comparative regression without examples, greedy."""
    task = _task(_of_like_length(items)[: number // ATTRIBUTES], 1, 0.0)
    return [query.chat for query in ComparativeRegression(reasoning_length=REASONING).queries(task)]


def few_shot(items: Sequence[Item], number: int = 60) -> list[Request]:
    """Comparative regression after five examples, five samples in random orders; each item has examples of its own."""
    asked = number // ATTRIBUTES // SAMPLES
    chosen = _of_like_length(items)
    train = chosen[asked:]
    task = _task(chosen[:asked], SAMPLES, 0.7)
    shots: Shots = {
        (item, attribute): tuple(
            Shot((item * SHOTS + place * (at + 1)) % len(train), None, place) for place in range(SHOTS)
        )
        for item in range(asked)
        for at, attribute in enumerate(task.attributes.names)
    }
    adm = ComparativeRegression(reasoning_length=REASONING, few_shot=FewShot(select="random", shots=SHOTS))
    return [query.chat for query in adm.queries(replace(task, train=train, shots=shots))]


def _of_like_length(items: Sequence[Item]) -> list[Item]:
    found = [item for item in items if len(item.prompt) + sum(map(len, item.responses)) in CHARACTERS]
    if len(found) < FEWEST:
        raise UserError(f"{len(found)} items of {CHARACTERS.start} to {CHARACTERS.stop} characters, expected {FEWEST}")
    return found


def _task(items: list[Item], samples: int, temperature: float) -> Task:
    task = helpsteer2_task(items, samples, temperature)
    return replace(
        task,
        protocol=CORRECTED,
        attributes=replace(task.attributes, attributes=task.attributes.attributes[:ATTRIBUTES]),
    )


WORKLOADS = {"zero_shot": zero_shot, "few_shot": few_shot}
