"""Expected comparative regression: all responses at once, and of each score the mean of what might have been written.

Zero-shot or few-shot.
"""

from typing import ClassVar

from pluralism.adms.base import ADMS, Query, Task
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.adms.scores import with_distributions
from pluralism.requests import RequestKind


@ADMS.register("expected_comparative_regression")
class ExpectedComparativeRegression(ComparativeRegression):
    """Predicts as `ComparativeRegression` does, by the mean of each score's exact distribution.

    A distribution is that of a response's score given what was written before it: the reasonings and scores of the
    responses shown earlier, as plain comparative regression would have written them.
    """

    asks: ClassVar[RequestKind | None] = RequestKind.DISTRIBUTION
    in_ablation: ClassVar[bool] = False

    def queries(self, task: Task) -> list[Query]:
        """One per item, attribute and sample."""
        return with_distributions(super().queries(task))
