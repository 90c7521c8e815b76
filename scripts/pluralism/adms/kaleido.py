"""Kaleido: a model of human values says whether a response supports or opposes each attribute."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task, parsed
from pluralism.adms.scores import score_row
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind, ValueQuirks, ValueRequest


@ADMS.register("kaleido")
class Kaleido(Adm):
    """Predicts one attribute of one response per answer: supports + either / 2. Target-free.

    The action is the prompt and the response, the value is the attribute's name. Nothing is drawn at random, so there
    is one sample, whatever the decoding.

    Options:
        explain: whether the model's own explanation is the reasoning, which it always is with the protocol's
            `kaleido_explains`; else the reasoning states the probabilities.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.VALUE

    explain: bool = Field(False, strict=True)
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """One per item, response and attribute."""
        explain, quirks = self.explain or task.protocol.kaleido_explains, task.quirks(ValueQuirks)
        return [
            Query(
                ValueRequest(f"{item.prompt} {text}", attribute, explain, quirks=quirks),
                index,
                0,
                (response,),
                attribute,
            )
            for index, item in enumerate(task.items)
            for response, text in enumerate(item.responses)
            for attribute in task.attributes.names
        ]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One prediction per query."""
        return [
            score_row(
                index,
                query,
                generation,
                score=valence_score(answer),
                reasoning=answer.get("explanation") or _words(query.attribute or "", answer),
            )
            for index, query, answer, generation in parsed(queries, generations)
        ]


def valence_score(valence: Mapping[str, float]) -> float:
    """The level of an attribute, in [0, 1]: the probability of "supports" plus half of that of "either"."""
    return min(1.0, valence["supports"] + 0.5 * valence["either"])


def _words(attribute: str, valence: Mapping[str, float]) -> str:
    return (
        f"Supports {attribute} with probability {valence['supports']:.3f}, opposes it with {valence['opposes']:.3f}, "
        f"either with {valence['either']:.3f}."
    )
