"""What figures are drawn from: files, read when a figure asks for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import pandas as pd

from pluralism.datasets.attributes import AttributeSet, read_attributes
from pluralism.datasets.items import Item, check_attributes, read_items
from pluralism.decisions.aggregation import Aggregate
from pluralism.errors import UserError
from pluralism.predictions import read_predictions
from pluralism.statistics.stored import read_statistics
from pluralism.study.names import Names
from pluralism.targets.target import Target, read_target

Value = TypeVar("Value")

_attributes, _items, _statistics = cache(read_attributes), cache(read_items), cache(read_statistics)


@dataclass(frozen=True)
class Source:
    """The files of a dataset, and the part of the study that a figure shows.

    Every method raises UserError where a file is not given, is missing or has a fault.

    Attributes:
        names: the words for the study.
        experiment: None for a figure of a whole dataset.
        adm: None for a figure of a whole dataset or experiment.
        statistics: `results/{dataset}/statistics`.
        train: train items.
        eval: eval items.
        attribute_file: what the labels of the items measure.
        target_files: one file each.
        predictions: experiment/ADM -> its predictions.
        aggregates: experiment/ADM -> how the samples of a score are taken together; mean where it is not given.
    """

    names: Names = field(default_factory=Names)
    experiment: str | None = None
    adm: str | None = None
    statistics: Path | None = None
    train: Path | None = None
    eval: Path | None = None
    attribute_file: Path | None = None
    target_files: Sequence[Path] = ()
    predictions: Mapping[str, Path] = field(default_factory=dict)
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the statistics; only the rows of the experiment where a figure shows one."""
        found = _statistics(_given(self.statistics, "--statistics"), name)
        return found if self.experiment is None else found[found["experiment"] == self.experiment]

    @property
    def attributes(self) -> AttributeSet:
        """What the labels measure."""
        return _attributes(_given(self.attribute_file, "--attributes"))

    def items(self, split: Literal["train", "eval"]) -> Sequence[Item]:
        """The items of a split."""
        path = _given(self.train if split == "train" else self.eval, f"--{split}")
        items = _items(path)
        check_attributes(items, self.attributes.names, path)
        return items

    def targets(self) -> list[Target]:
        """The targets, in the order of their files."""
        paths = _given(self.target_files or None, "--targets")
        return [read_target(path, self.attributes.names) for path in paths]

    def predicted(self) -> pd.DataFrame:
        """The predictions of the ADM."""
        return read_predictions(_given(self.predictions.get(self._cell), f"--predictions of {self._cell}"))

    @property
    def aggregate(self) -> Aggregate:
        """How the samples of a score of the ADM are taken together."""
        return self.aggregates.get(self._cell, "mean")

    @property
    def _cell(self) -> str:
        return f"{self.experiment}/{self.adm}"


def _given(value: Value | None, option: str) -> Value:
    if value is None:
        raise UserError(f"{option}: missing; the figure is drawn from it")
    return value
