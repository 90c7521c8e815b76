"""ADMs of other code that are none of ours: they have a name in tables, and their runs are imported."""

from collections.abc import Sequence
from typing import ClassVar

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Task
from pluralism.errors import UserError
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind


@ADMS.register("imported_levels")
class ImportedLevels(Adm):
    """An ADM that predicts levels."""

    asks: ClassVar[RequestKind | None] = None
    few_shot: NoExamples = None

    def queries(self, task: Task) -> list[Query]:
        """None."""
        return []

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """Nothing: raises a `UserError`."""
        raise UserError("it decides nothing itself; name it in an experiment with `imported`")


@ADMS.register("imported_choice")
class ImportedChoice(ImportedLevels):
    """An ADM that picks a response outright."""

    predicts_levels: ClassVar[bool] = False
