"""What the regression ADMs share: a score from 0 to 100, with an optional reasoning before it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pluralism.adms.base import Query, Task, reasoned_schema
from pluralism.datasets.attributes import AttributeSet
from pluralism.predictions import Prediction
from pluralism.protocols import CORRECTED, Protocol
from pluralism.requests import Generation


def score_schema(reasoning_length: int | None, *, loose: bool = False) -> dict[str, Any]:
    """A reasoning of at most `reasoning_length` characters, unless None, then an integer from 0 to 100.

    With `loose`, in the published grammar, which did not bound the integer.
    """
    bounds = {} if loose else {"minimum": 0, "maximum": 100}
    return reasoned_schema(reasoning_length, {"score": {"type": "integer", **bounds}}, loose=loose)


def score_of(level: float, protocol: Protocol = CORRECTED) -> dict[str, float]:
    """An example's answer for a response at a level, without its reasoning: a whole number; published, any."""
    return {"score": 100 * level if protocol.examples_as_python else round(100 * level)}


def scores_of_phrases(attributes: AttributeSet) -> tuple[int, ...]:
    """The score that each phrase of an attribute stands for, for the system prompt: 0, 50 and 100 of three levels."""
    return tuple(round(100 * level) for level in attributes.levels)


def strictly(task: Task) -> Task:
    """The same task with scores from 0 to 100: the numbers of a distribution are bounded."""
    return replace(task, protocol=replace(task.protocol, loose_grammar=False))


def with_distributions(queries: Sequence[Query]) -> list[Query]:
    """The same queries, which also ask for the mean and the spread of each score's distribution."""
    return [replace(query, request=replace(query.chat, distribution_of="score")) for query in queries]


def score_rows(
    index: int, query: Query, answers: Sequence[Mapping[str, Any]], generation: Generation
) -> list[Prediction]:
    """One prediction per response shown.

    Args:
        index: the query's index.
        query: what was asked.
        answers: for each position shown: "score", perhaps "reasoning", and, where a distribution was asked for,
            "score_mean", which is then the predicted score, and "score_spread".
        generation: the answers' tokens.
    """
    return [
        score_row(
            index,
            query,
            generation,
            score=answer.get("score_mean", answer["score"]) / 100,
            reasoning=answer.get("reasoning", ""),
            position=position,
            spread=answer["score_spread"] / 100 if "score_spread" in answer else None,
        )
        for position, answer in enumerate(answers)
    ]


def score_row(
    index: int,
    query: Query,
    generation: Generation,
    *,
    score: float,
    reasoning: str,
    position: int = 0,
    attribute: str | None = None,
    spread: float | None = None,
) -> Prediction:
    """One prediction for the response at a position of the order shown.

    `score` is in [0, 1], `spread` its standard deviation where the distribution is known; `attribute` is for a query
    that names no attribute.
    """
    return Prediction(
        item=query.item,
        response=query.order[position],
        attribute=query.attribute or attribute,
        sample=query.sample,
        target=query.target,
        score=score,
        reasoning=reasoning,
        position=position,
        query=index,
        prompt_tokens=generation.prompt_tokens,
        output_tokens=generation.output_tokens,
        spread=spread,
    )
