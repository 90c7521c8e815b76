"""Choosing by how likely each letter is as the answer: one forward pass per order, nothing is written.

Comparing the likelihoods of answers is how Brown et al. 2020 let a language model choose ("Language Models are Few-Shot
Learners"). A letter stands for the whole response, so that the words of the responses do not compete with each other as
they do in `response_likelihood` (Robinson et al. 2023, "Leveraging Large Language Models for Multiple Choice Question
Answering"). Letters have a prior of their own, which cancels in the mean over the orders shown (Zheng et al. 2024,
"Large Language Models Are Not Robust Multiple Choice Selectors").
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from string import ascii_uppercase
from typing import ClassVar, Literal

import numpy as np

from pluralism.adms.base import ADMS, Query, Task
from pluralism.adms.likelihoods import asking_for, by_decision, likelihoods, pick_rows
from pluralism.adms.prompt_aligned import PromptAligned
from pluralism.adms.unaligned_baseline import UnalignedBaseline
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind


@ADMS.register("letter_likelihood")
class LetterLikelihood(PromptAligned):
    """Picks for a target, asked as `PromptAligned` is, the response whose letter is the likeliest answer.

    Options:
        swap: show every cyclic order of the responses, in place of random ones.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.LIKELIHOOD
    turn: ClassVar[str | None] = "choice_question"

    reasoning: Literal["none"] = "none"

    def queries(self, task: Task) -> list[Query]:
        """One per target, item and sample, in each order shown."""
        return with_letters(super().queries(task))

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per target and item."""
        return read_letters(task, queries, generations)


@ADMS.register("unaligned_letter_likelihood")
class UnalignedLetterLikelihood(UnalignedBaseline):
    """Picks, asked as `UnalignedBaseline` is, the response whose letter is the likeliest answer. Target-free.

    Options:
        swap: show every cyclic order of the responses, in place of random ones.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.LIKELIHOOD

    reasoning: Literal["none"] = "none"

    def queries(self, task: Task) -> list[Query]:
        """One per item and sample, in each order shown."""
        return with_letters(super().queries(task))

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One vote per item."""
        return read_letters(task, queries, generations)


def with_letters(queries: Sequence[Query]) -> list[Query]:
    """The same queries, which ask how likely each letter is, written as the begin of an answer that obeys the schema.

    What comes after the letter is no choice of the model's when it writes, and is less likely after some letters.
    """
    return [
        replace(
            query,
            request=asking_for(
                query.chat, [json.dumps({"choice": letter})[:-2] for letter in ascii_uppercase[: len(query.order)]]
            ),
        )
        for query in queries
    ]


def read_letters(task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
    """One vote per item, and per target: of the response whose letter is the likeliest in the mean over the orders.

    Nothing is drawn but the orders, so that all samples make one vote.
    """
    rows: list[Prediction] = []
    for (_, item), asked in by_decision(queries, generations).items():
        shares = np.zeros(len(task.items[item].responses))
        for _, query, generation in asked:
            found = np.array([entry.log_probability for entry in likelihoods(generation)])
            weights = np.exp(found - found.max())
            shares[list(query.order)] += weights / weights.sum() / len(asked)
        words = "Probability of each response" + (f", the mean of {len(asked)} orders" if len(asked) > 1 else "")
        rows += pick_rows(task, asked, shares.tolist(), words)
    return rows
