"""Choosing by how likely the model finds each response as its own answer to the prompt; nothing is written.

Long texts are less likely than short ones, so that the mean over the tokens of a response counts (Brown et al. 2020,
"Language Models are Few-Shot Learners"). Common words are likelier than rare ones whatever is asked, so that what the
target adds to the likelihood can count in its place: the pointwise mutual information of response and target, given the
prompt (Holtzman et al. 2021, "Surface Form Competition: Why the Highest Probability Answer Isn't Always Right").
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task
from pluralism.adms.likelihoods import Asked, asking_for, by_decision, likelihoods, pick_rows
from pluralism.adms.prompt_aligned import phrases_of
from pluralism.decisions.roles import Role
from pluralism.predictions import Prediction
from pluralism.requests import Generation, Request, RequestKind


class _ResponseLikelihood(Adm):
    """What both ADMs do.

    Options:
        per_token: whether the mean over a response's tokens counts, and not their sum.

    An empty response is picked only where all are empty.
    """

    predicts_levels: ClassVar[bool] = False
    asks: ClassVar[RequestKind | None] = RequestKind.LIKELIHOOD

    per_token: bool = Field(True, strict=True)
    few_shot: NoExamples = None

    def scores(self, asked: Sequence[Asked]) -> list[float]:
        """How likely each response of an item is, by the one question about it."""
        ((_, _, generation),) = asked
        texts = likelihoods(generation)
        return [text.per_token if self.per_token else text.log_probability for text in texts]

    def _query(self, task: Task, index: int, system: str, target: str | None = None) -> Query:
        """One about all responses of an item. Nothing is random, so there is one sample, whatever the decoding."""
        item = task.items[index]
        request = Request(system, (), item.prompt, "{}", temperature=0.0, sample=0, seed=task.seed, answer_tokens=0)
        return Query(asking_for(request, item.responses), index, 0, tuple(range(len(item.responses))), target=target)

    def _without_target(self, task: Task) -> list[Query]:
        system = task.prompts.render("unaligned_response_system")
        return [self._query(task, index, system) for index in range(len(task.items))]

    def _rows(self, task: Task, asked: Sequence[Asked], scores: Sequence[float], less: str = "") -> list[Prediction]:
        responses = task.items[asked[0][1].item].responses
        # Every answer begins with an empty text, which therefore says nothing of what the model would answer.
        told = [score if text else -math.inf for score, text in zip(scores, responses, strict=True)]
        words = f"Log-probability of each response{' per token' if self.per_token else ''}{less}"
        # The model read each response alone, so each is the first that it was shown.
        return [replace(row, position=0) for row in pick_rows(task, asked, told, words)]


@ADMS.register("response_likelihood")
class ResponseLikelihood(_ResponseLikelihood):
    """Picks for a target the response that is the likeliest as the answer of someone who is told of the target.

    Options:
        contrast: whether what counts is how much likelier a response is with the target than without it.
    """

    target_bound: ClassVar[bool] = True
    templates: ClassVar[tuple[str, ...]] = ("aligned_response_system", "unaligned_response_system")

    contrast: bool = Field(False, strict=True)

    def queries(self, task: Task) -> list[Query]:
        """One per target and item; with `contrast`, then one per item."""
        asked = [
            self._query(task, index, self._system(task, place), target.name)
            for place, target in enumerate(task.targets)
            for index in range(len(task.items))
        ]
        return [*asked, *self._without_target(task)] if self.contrast else asked

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per target and item."""
        found = by_decision(queries, generations)
        rows: list[Prediction] = []
        for (target, item), asked in found.items():
            scores, shared = self.scores(asked), found.get((None, item))
            if target is None:
                continue
            if shared is None:
                rows += self._rows(task, asked, scores)
            else:
                more = [score - other for score, other in zip(scores, self.scores(shared), strict=True)]
                # What is asked once for all targets costs once: with the first of them.
                counted = [*asked, *shared] if target == task.targets[0].name else asked
                rows += self._rows(task, counted, more, ", less without the target")
        return rows

    def _system(self, task: Task, place: int) -> str:
        target = task.targets[place]
        phrases, levels = phrases_of(target, task.attributes), list(target.levels.items())
        return task.prompts.render("aligned_response_system", phrases=phrases, levels=levels)


@ADMS.register("unaligned_response_likelihood")
class UnalignedResponseLikelihood(_ResponseLikelihood):
    """Picks the response that is the likeliest as the model's own answer. Target-free."""

    role: ClassVar[Role] = Role.UNALIGNED
    templates: ClassVar[tuple[str, ...]] = ("unaligned_response_system",)

    def queries(self, task: Task) -> list[Query]:
        """One per item."""
        return self._without_target(task)

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per item."""
        found = by_decision(queries, generations)
        return [row for asked in found.values() for row in self._rows(task, asked, self.scores(asked))]
