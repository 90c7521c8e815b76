"""Regression: each response alone, an optional reasoning and then a score."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pluralism.adms.base import ADMS, NoExamples, Query, ReasoningAdm, Task, parsed, schema_text
from pluralism.adms.scores import score_rows, score_schema, scores_of_phrases, strictly, with_distributions
from pluralism.predictions import Prediction
from pluralism.requests import ChatQuirks, Generation, Request, RequestKind


@ADMS.register("regression")
class Regression(ReasoningAdm):
    """Predicts every attribute of one response per answer, without the others. Target-free, zero-shot."""

    templates: ClassVar[tuple[str, ...]] = ("regression_system", "regression_question")
    in_ablation: ClassVar[bool] = True
    unbounded_with: ClassVar[str | None] = "loose_grammar"

    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """One per item, response, attribute and sample."""
        return [
            self._query(task, item, response, attribute, sample)
            for item in range(len(task.items))
            for response in range(len(task.items[item].responses))
            for attribute in task.attributes.names
            for sample in range(task.samples)
        ]

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """One prediction per query."""
        return [
            row
            for index, query, answer, generation in parsed(queries, generations)
            for row in score_rows(index, query, [answer], generation)
        ]

    def _query(self, task: Task, index: int, response: int, attribute: str, sample: int) -> Query:
        item, loose = task.items[index], task.protocol.loose_grammar
        request = Request(
            system=task.prompts.render(
                "regression_system",
                attribute=task.attributes[attribute],
                scores=scores_of_phrases(task.attributes),
                reasoning=self.reasons,
            ),
            examples=(),
            question=task.prompts.render(
                "regression_question",
                prompt=item.prompt,
                response=item.responses[response],
                attribute=task.attributes[attribute],
            ),
            schema=schema_text(score_schema(self.longest_reasoning, loose=loose), loose=loose),
            temperature=task.temperature,
            sample=sample,
            seed=task.seed,
            answer_tokens=self.answer_tokens(),
            quirks=task.quirks(ChatQuirks),
        )
        return Query(request, index, sample, (response,), attribute)


@ADMS.register("expected_regression")
class ExpectedRegression(Regression):
    """Predicts as `Regression` does, by the mean of the score's exact distribution after the reasoning.

    Without a reasoning, nothing that matters is drawn at random: then one answer serves all samples.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.DISTRIBUTION
    in_ablation: ClassVar[bool] = False
    unbounded_with: ClassVar[str | None] = None

    def queries(self, task: Task) -> list[Query]:
        """One per item, response, attribute and sample."""
        task = strictly(task)
        return with_distributions(super().queries(task if self.reasons else replace(task, temperature=0.0)))
