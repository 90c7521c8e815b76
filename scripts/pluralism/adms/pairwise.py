"""Pairwise comparison: which of two responses shows more of an attribute, for each pair; strengths by Bradley-Terry.

A model compares more surely than it scores (Qin et al. 2024, "Large Language Models are Effective Text Rankers with
Pairwise Ranking Prompting"). Bradley and Terry 1952 ("Rank Analysis of Incomplete Block Designs") give each response a
strength s, so that i is chosen over j with the probability 1 / (1 + exp(s_j - s_i)); a normal prior keeps the strength
of one that is always chosen finite.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from string import ascii_uppercase
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pluralism.adms.base import ADMS, NoExamples, Query, ReasoningAdm, Task, lettered, parsed, shown_order
from pluralism.adms.choices import choice_schema
from pluralism.adms.likelihoods import together
from pluralism.adms.scores import score_row
from pluralism.predictions import Prediction
from pluralism.requests import ChatQuirks, Generation, Request

DECIMALS = 6
"""Of a level, so that equal ones tie."""

Asked = tuple[int, Query, Any, Generation]
"""A question with its index, its parsed answer and what that cost."""
Wins = tuple[tuple[int, ...], ...]
"""How often each response was chosen over each other one."""


@ADMS.register("pairwise")
class Pairwise(ReasoningAdm):
    """Predicts an attribute's level of each response by a tournament: how often it should be chosen over the others.

    Target-free, zero-shot. The answers tell ranks and not levels: of two responses that both show much of an attribute,
    one gets a low level, and the mean over an item's responses is always 0.5. So a target of middling levels finds the
    middling response of each item, whatever that one is worth. With two responses, every item has the same two levels.

    Options:
        swap: ask about each pair in both orders, so that a liking for a place cancels.
        prior: standard deviation of the strengths, before any comparison; a small one draws levels towards 0.5.
    """

    templates: ClassVar[tuple[str, ...]] = ("pairwise_system", "pairwise_question")

    swap: bool = Field(False, strict=True)
    prior: float = Field(1.0, strict=True, gt=0, le=100, allow_inf_nan=False)
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """One per item, attribute, sample and pair; with `swap`, in both orders."""
        return [
            query
            for index in range(len(task.items))
            for attribute in task.attributes.names
            for sample in range(task.samples)
            for query in self._tournament(task, index, attribute, sample)
        ]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One prediction per item, response, attribute and sample: each tournament is a sample."""
        tournaments: dict[tuple[int, str | None, int], list[Asked]] = defaultdict(list)
        for asked in parsed(queries, generations):
            query = asked[1]
            tournaments[query.item, query.attribute, query.sample].append(asked)
        return [row for asked in tournaments.values() for row in tournament_rows(asked, self.prior)]

    def _tournament(self, task: Task, index: int, attribute: str, sample: int) -> Iterator[Query]:
        item, named = task.items[index], task.attributes[attribute]
        order = range(len(item.responses)) if self.swap else shown_order(task, item, sample, attribute)
        request = Request(
            system=task.prompts.render("pairwise_system", attribute=named, reasoning=self.reasons),
            examples=(),
            question="",
            schema=choice_schema(2, self.longest_reasoning, loose=task.protocol.loose_grammar),
            temperature=task.temperature,
            sample=sample,
            seed=task.seed,
            answer_tokens=self.answer_tokens(),
            quirks=task.quirks(ChatQuirks),
        )
        for pair in combinations(order, 2):
            for shown in (pair, pair[::-1]) if self.swap else (pair,):
                question = task.prompts.render(
                    "pairwise_question", prompt=item.prompt, responses=lettered(item, shown), attribute=named
                )
                yield Query(replace(request, question=question), index, sample, shown, attribute)


def tournament_rows(asked: Sequence[Asked], prior: float) -> list[Prediction]:
    """The levels of an item's responses from all comparisons of a tournament.

    The row of a response names the first question that showed it; the tokens of the questions that no row names count
    with the first of all.
    """
    count = 1 + max(response for _, query, _, _ in asked for response in query.order)
    wins = np.zeros((count, count), dtype=int)
    named: dict[int, Asked] = {}
    for one in asked:
        _, query, answer, _ = one
        place = ascii_uppercase.index(answer["choice"])
        wins[query.order[place], query.order[1 - place]] += 1
        for response in query.order:
            named.setdefault(response, one)
    indices = {index for index, *_ in named.values()}
    first, *_ = asked
    with_others = together([first[3], *(generation for index, _, _, generation in asked if index not in indices)])
    levels = win_rates(tuple(map(tuple, wins.tolist())), prior)
    rows = []
    for response, (index, query, answer, generation) in sorted(named.items(), key=lambda entry: entry[0]):
        told = f"Chosen in {wins[response].sum()} of {wins[response].sum() + wins[:, response].sum()} comparisons."
        rows.append(
            score_row(
                index,
                query,
                with_others if index == first[0] else generation,
                score=levels[response],
                reasoning=f"{told} {answer.get('reasoning', '')}".strip(),
                position=query.order.index(response),
            )
        )
    return rows


@lru_cache(maxsize=10_000)
def win_rates(wins: Wins, prior: float) -> list[float]:
    """With what probability each response would be chosen over another one, in the mean over the others.

    Args:
        wins: how often each was chosen over each other one.
        prior: standard deviation of the strengths.
    """
    from scipy.special import expit

    found = strengths(np.array(wins), prior)
    chosen = expit(found[:, None] - found[None, :])
    levels: list[float] = ((chosen.sum(axis=1) - 0.5) / (len(found) - 1)).round(DECIMALS).tolist()
    return levels


def strengths(wins: NDArray[np.int_], prior: float) -> NDArray[np.float64]:
    """The strengths of the Bradley-Terry model that are the most probable after some comparisons; their sum is 0.

    Args:
        wins: how often each was chosen over each other one, shape (responses, responses).
        prior: standard deviation of the normal distribution, around 0, that they come from.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The negative logarithm of the posterior, and its gradient."""
        ahead = values[:, None] - values[None, :]
        missed = wins * expit(-ahead)  # wins that the strengths do not lead to expect
        surprise = (wins * np.logaddexp(0, -ahead)).sum() + values @ values / (2 * prior**2)
        return surprise, values / prior**2 - missed.sum(axis=1) + missed.sum(axis=0)

    found: NDArray[np.float64] = minimize(loss, np.zeros(len(wins)), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    return found
