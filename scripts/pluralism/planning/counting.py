"""How much an ADM asks: generations and text, ours and by the published way."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pluralism.adms.base import Adm, Query, Task
from pluralism.datasets.items import Levels
from pluralism.requests import AnyRequest, Request, RewardRequest, ValueRequest, request_key

TARGETS_COUNTED = 4
"""Of many targets of a target-bound ADM, so many are counted and stand for all."""
CHARACTERS_PER_TOKEN = 4
"""Of English text, by which tokens are estimated where no tokenizer is at hand."""


@dataclass(frozen=True)
class Count:
    """What one ADM asks about one dataset.

    The published way predicts anew for every target, and reads the whole prompt for every sample. A prediction about an
    attribute is counted once for each target that names it, any other once for each target.

    Attributes:
        generations: distinct requests.
        prompt_characters: of all their prompts.
        prefilled_characters: of these what is read if no text is read twice: the text before the questions once for
            all requests that share it, a prompt once for all samples that share it.
        output_tokens: estimated: as if every text of an answer were as long as it may be, in English.
        published_generations: those of the published way.
        published_prefilled_characters: the text that it reads.
    """

    generations: int = 0
    prompt_characters: int = 0
    prefilled_characters: int = 0
    output_tokens: int = 0
    published_generations: int = 0
    published_prefilled_characters: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*(mine + theirs for mine, theirs in zip(_values(self), _values(other), strict=True)))

    def times(self, factor: float) -> "Count":
        """So many times as much, rounded."""
        return Count(*(round(value * factor) for value in _values(self)))


def _values(count: Count) -> tuple[int, ...]:
    return tuple(vars(count).values())


def some_queries(adm: Adm, task: Task) -> tuple[list[Query], float]:
    """Queries that stand for all that an ADM asks, and for how many each of them stands.

    A target-bound ADM asks the same of every target, in other words: a few targets stand for all of them.
    """
    if not adm.target_bound or len(task.targets) <= TARGETS_COUNTED:
        return adm.queries(task), 1
    names = list(task.targets)
    chosen = [names[place * (len(names) - 1) // (TARGETS_COUNTED - 1)] for place in range(TARGETS_COUNTED)]
    few = replace(task, targets={name: task.targets[name] for name in chosen})
    return adm.queries(few), len(names) / TARGETS_COUNTED


def count_queries(queries: Sequence[Query], targets: Mapping[str, Levels]) -> Count:
    """Count what is asked.

    Args:
        queries: of one ADM and dataset.
        targets: all of the dataset, for the published way.
    """
    named = {query.attribute: _published_times(query.attribute, targets) for query in queries}
    times = [1 if query.target or query.train else named[query.attribute] for query in queries]
    return count_requests([query.request for query in queries], times)


def count_requests(requests: Sequence[AnyRequest], times: Sequence[int]) -> Count:
    """Count requests.

    Args:
        requests: whatever asks them.
        times: how often the published way asks each of them.
    """
    texts = list(map(prompt_texts, requests))
    lengths = [sum(map(len, parts)) for parts in texts]
    distinct = list({request_key(request, {}): place for place, request in enumerate(requests)}.values())
    return Count(
        generations=len(distinct),
        prompt_characters=sum(lengths[place] for place in distinct),
        prefilled_characters=_prefilled([texts[place] for place in distinct]),
        output_tokens=sum(_output_tokens(requests[place]) for place in distinct),
        published_generations=sum(times),
        published_prefilled_characters=sum(map(operator.mul, times, lengths)),
    )


def grid_figures(counts: Iterable[Count]) -> dict[str, float]:
    """How many times as much the published way makes and reads as ours, over the whole grid."""
    total = sum(counts, Count())
    return {
        "grid_generations": total.generations,
        "grid_generations_published": total.published_generations,
        "grid_generations_ratio": total.published_generations / total.generations,
        "grid_prefill_ratio": total.published_prefilled_characters / total.prefilled_characters,
    }


def prompt_texts(request: AnyRequest) -> tuple[str, ...]:
    """The texts that make up a prompt, the question last; the marks of a chat template are not among them.

    A scorer's prompt is one text: engines of scorers share nothing between prompts.
    """
    match request:
        case Request():
            turns = (turn for example in request.examples for turn in (example.question, example.answer))
            return (request.system, *turns, request.question)
        case ValueRequest():
            return (f"{request.action} {request.value}",)
        case RewardRequest():
            return (f"{request.prompt} {request.response}",)


def _prefilled(prompts: Sequence[tuple[str, ...]]) -> int:
    """Characters of the distinct prompts; what stands before the last text counts once for all that share it."""
    whole = set(prompts)
    beginnings = {texts[:-1] for texts in whole}
    return sum(len(texts[-1]) for texts in whole) + sum(len(text) for texts in beginnings for text in texts)


def _output_tokens(request: AnyRequest) -> int:
    """The bound of a chat's answer has a token for each character. Scorers give one number; explanations aside."""
    return request.answer_tokens // CHARACTERS_PER_TOKEN if isinstance(request, Request) else 1


def _published_times(attribute: str | None, targets: Mapping[str, Levels]) -> int:
    return len(targets) if attribute is None else sum(attribute in target for target in targets.values())
