"""Ensembles: what several ADMs predicted, combined without a model.

The mean of levels and the vote are those of classifier combination (Kittler et al. 1998, doi 10.1109/34.667881); a
panel of smaller judges in place of a large one is that of Verga et al. 2024 (arXiv 2404.18796).
"""

from abc import ABC
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from pluralism.adms.base import ADMS, Adm, NoExamples, Query, Stored, Task
from pluralism.adms.choices import choice_rows
from pluralism.decisions.picking import CombinedPredictions, combine
from pluralism.decisions.selection import Array, level_array
from pluralism.errors import UserError, shown
from pluralism.files import is_name
from pluralism.predictions import Prediction
from pluralism.requests import Generation, RequestKind

Combined = Mapping[str, CombinedPredictions]
"""Member -> what it predicts, its samples combined."""
DECIMALS = 9
"""Of a mean level, or of the weights of a vote, so that equal ones tie: as a float, .1 + .2 is more than .3."""
Weight = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.01, le=1000)]


def _named(text: str) -> str:
    names = text.split("/")
    if len(names) > 2 or not all(map(is_name, names)):
        raise ValueError(f"found {shown(text)}, expected the name of an ADM, or experiment/adm")
    return text


Member = Annotated[str, AfterValidator(_named)]


class Ensemble(Adm, ABC):
    """Base of the ADMs that combine others.

    Options:
        of: its members: ADMs of the same experiment, or `experiment/adm` of another one.
        weights: of the members, in their order; none: all count the same.
    """

    asks: ClassVar[RequestKind | None] = None
    few_shot: NoExamples = None

    of: Annotated[tuple[Member, ...], Field(min_length=2)]
    weights: tuple[Weight, ...] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len({*self.of}) < len(self.of):
            raise ValueError("of: a member is listed twice, expected once; weights say how much each counts")
        if self.weights is not None and len(self.weights) != len(self.of):
            raise ValueError(f"weights: {len(self.weights)} of {len(self.of)} members, expected one for each")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Its members."""
        return self.of

    def queries(self, task: Task) -> list[Query]:
        """None."""
        return []

    def by_target(self, task: Task) -> Iterator[tuple[str | None, Combined]]:
        """(target, what the members predict for it); the target is None where all serve every target.

        Raises:
            UserError: members serve different targets.
        """
        served = {member.name: _targets(member) for member in task.predictions}
        bound = [name for name, targets in served.items() if targets]
        for name in bound[1:]:
            if other := {*served[bound[0]]} ^ {*served[name]}:
                raise UserError(f"{bound[0]} and {name}: only one of them predicts for the target {min(other)}")
        for target in served[bound[0]] if bound else [None]:
            yield target, {member.name: _combined(task, member, target) for member in task.predictions}


@ADMS.register("ensemble_levels")
class EnsembleLevels(Ensemble):
    """Predicts the mean of the levels that its members predict."""

    unbounded_with: ClassVar[str | None] = "loose_grammar"

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """The mean level of every response and attribute."""
        return [row for target, members in self.by_target(task) for row in self._rows(task, target, members)]

    def _rows(self, task: Task, target: str | None, members: Combined) -> Iterator[Prediction]:
        names, levels = _levels(task, members)
        mean = np.average(levels, axis=0, weights=self.weights).round(DECIMALS)
        for index, item in enumerate(task.items):
            for response in range(len(item.responses)):
                for place, attribute in enumerate(names):
                    yield Prediction(
                        item=index,
                        response=response,
                        attribute=attribute,
                        sample=0,
                        target=target,
                        score=float(mean[index, response, place]),
                        reasoning="",
                        position=response,
                        query=index,
                        prompt_tokens=0,
                        output_tokens=0,
                    )


@ADMS.register("ensemble_choice")
class EnsembleChoice(Ensemble):
    """Picks what most of its members pick; of several responses with most votes that of the member named first."""

    predicts_levels: ClassVar[bool] = False

    def read(self, task: Task, queries: Sequence[Query], generations: Sequence[Generation]) -> list[Prediction]:
        """A vote of the members on every item."""
        return [
            row
            for target, members in self.by_target(task)
            for index, picked in enumerate(self._picks(members))
            for row in choice_rows(
                item=index, order=range(len(task.items[index].responses)), picked=picked, query=index, target=target
            )
        ]

    def _picks(self, members: Combined) -> list[int]:
        votes = []
        for name, found in members.items():
            if found.picked is None:
                raise UserError(f"{name} predicts levels, expected picks")
            votes.append(found.picked)
        weights = self.weights or [1.0] * len(votes)
        counts = np.zeros((len(votes[0]), int(np.max(votes)) + 1))
        for weight, picked in zip(weights, votes, strict=True):
            counts[np.arange(len(picked)), picked] += weight
        counts = counts.round(DECIMALS)
        # What each member's own pick has; the first of the largest is that of the member named first.
        own = np.stack([counts[np.arange(len(picked)), picked] for picked in votes])
        return [int(votes[member][item]) for item, member in enumerate(own.argmax(axis=0))]


def _targets(member: Stored) -> list[str]:
    return [str(name) for name in member.table["target"].dropna().unique()]


def _combined(task: Task, member: Stored, target: str | None) -> CombinedPredictions:
    """A member's predictions for a target, or those that serve all."""
    table = member.table
    rows = table if table["target"].isna().all() else table[table["target"] == target]
    return combine(rows, task.items, member.aggregate, first_vote_wins=task.protocol.first_vote_wins)


def _levels(task: Task, members: Combined) -> tuple[list[str], Array]:
    """The attributes that all members predict, and the levels, shape (members, items, responses, attributes)."""
    names: dict[str, list[str]] = {}
    for name, found in members.items():
        if found.levels is None:
            raise UserError(f"{name} picks responses, expected levels")
        names[name] = [attribute for attribute in task.attributes.names if attribute in found.levels[0][0]]
    first, *others = names
    for name in others:
        if names[name] != names[first]:
            one, other = (", ".join(names[member]) for member in (first, name))
            raise UserError(f"{first} predicts {one}; {name} predicts {other}; expected the same attributes")
    return names[first], np.stack([level_array(found.levels or [], names[first]) for found in members.values()])
