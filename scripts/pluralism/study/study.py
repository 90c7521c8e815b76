"""A study as files: what its grid makes, and what each job reads."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pluralism.decisions.aggregation import Aggregate
from pluralism.engines.models import LanguageModel
from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.inference.settings import settings_text
from pluralism.study import grid
from pluralism.study.config import Config
from pluralism.study.dependencies import model_files, template_files
from pluralism.study.grid import Cell
from pluralism.study.paths import Paths
from pluralism.targets.target import target_name


@dataclass(frozen=True)
class Study:
    """A checked config, seen as files. All paths are relative to the working folder."""

    config: Config
    paths: Paths = field(default_factory=Paths)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The grid's datasets."""
        return self.config.grid.datasets

    def cells(self, dataset: str) -> list[Cell]:
        """The cells of the grid on a dataset."""
        return grid.cells(self.config, dataset)

    def cell(self, wildcards: Any) -> Cell:
        """The cell that a rule's wildcards name: dataset, experiment and adm."""
        return grid.make_cell(self.config, wildcards.dataset, wildcards.experiment, wildcards.adm)

    def ablation(self) -> list[str]:
        """The ADMs that show what comparing responses and giving examples are worth."""
        return [name for name in self.config.adms if self.config.adm(name).in_ablation]

    def attributes(self, dataset: str) -> str:
        """The attribute file of a dataset."""
        return os.path.relpath(self.config.attribute_path(dataset))

    def extreme_targets(self, dataset: str) -> list[str]:
        """The files of the high and the low target."""
        return [self.paths.extreme_target(end, dataset) for end in ("high", "low")]

    def sampled_targets(self, dataset: str) -> list[str]:
        """The files of the sampled targets, by the number of attributes that they name."""
        return [
            self.paths.sampled_target(dataset, attribute_count, index)
            for attribute_count in self.config.attribute_counts(dataset)
            for index in range(self.config.targets.number)
        ]

    def targets(self, dataset: str) -> list[str]:
        """The files of all targets of a dataset."""
        return [*self.extreme_targets(dataset), *self.sampled_targets(dataset), *self.paths.custom_targets(dataset)]

    def target_names(self, dataset: str) -> list[str]:
        """The names of all targets of a dataset, as they stand below `results/`."""
        return [target_name(Path(path)) for path in self.targets(dataset)]

    @cached_property
    def selections(self) -> dict[str, FewShot]:
        """Name of a file of few-shot examples -> how they are chosen."""
        chosen = (self.config.adm(name).few_shot for name in self.config.adms)
        return {few_shot.name: few_shot for few_shot in chosen if few_shot is not None}

    @cached_property
    def similarities(self) -> dict[str, Similarity]:
        """Name of a similarity matrix -> what it measures."""
        measures = (few_shot.measure for few_shot in self.selections.values())
        return {measure.name: measure for measure in measures if measure is not None}

    def matrix(self, dataset: str, selection: str) -> list[str]:
        """The similarity matrix that a selection of few-shot examples looks at, if it looks at any."""
        measure = self.selections[selection].measure
        return [self.paths.similarity(dataset, measure.name)] if measure is not None else []

    def examples(self, cell: Cell) -> list[str]:
        """The file of few-shot examples that an ADM shows, if it shows any."""
        few_shot = cell.maker.few_shot
        return [self.paths.examples(cell.dataset, few_shot.name)] if few_shot is not None else []

    def prediction_inputs(self, cell: Cell) -> dict[str, str | list[str]]:
        """The files that a job of predictions reads; an option of `predict.py` -> what it is given."""
        return {
            "train": self.paths.train(cell.dataset),
            "eval": self.paths.eval(cell.dataset),
            "attributes": self.attributes(cell.dataset),
            "examples": self.examples(cell),
            "targets": self.targets(cell.dataset) if cell.maker.target_bound else [],
            "prompts": self.template_files(cell.maker.templates),
            "model": model_files(cell),
        }

    def template_files(self, templates: Iterable[str]) -> list[str]:
        """Templates as files: the user's own where there are such, else ours."""
        return template_files(self.config.prompts, templates)

    def writer(self, dataset: str) -> LanguageModel:
        """The model that writes the reasonings of a dataset's train items."""
        return self.config.reasoning_settings(dataset).model

    def reasoning_settings(self, dataset: str) -> str:
        """The part of the config that written reasonings depend on, as JSON text for `write_reasonings.py`."""
        return settings_text(self.config.reasoning_settings(dataset))

    def aggregate(self, adm: str) -> Aggregate:
        """How the samples of an ADM's scores are taken together, once they are predicted."""
        return self.config.adms[adm].aggregate


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names, and nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"
