"""Expected regression: each response alone, and of its score the mean of what the model might have written."""

from dataclasses import replace
from typing import ClassVar

from pluralism.adms.base import ADMS, Query, Task
from pluralism.adms.regression import Regression
from pluralism.adms.scores import with_distributions
from pluralism.requests import RequestKind


@ADMS.register("expected_regression")
class ExpectedRegression(Regression):
    """Predicts as `Regression` does, by the mean of the score's exact distribution behind the reasoning.

    Without a reasoning nothing that matters is drawn at random: then one answer serves all samples.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.DISTRIBUTION
    in_ablation: ClassVar[bool] = False

    def queries(self, task: Task) -> list[Query]:
        """One per item, response, attribute and sample."""
        return with_distributions(super().queries(task if self.reasons else replace(task, temperature=0.0)))
