"""What the workflow makes: the paths of the grid's files and what each job depends on. Used by the Snakefile."""

import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pluralism.adms.base import ADMS
from pluralism.decisions.aggregation import Aggregate
from pluralism.engines.models import ENGINES, is_folder_name
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.similarity.settings import SIMILARITIES, Similarity
from pluralism.inference.shards import Shard
from pluralism.prompts.rendering import Prompts
from pluralism.study.config import Config
from pluralism.study.sweeps import swept
from pluralism.targets.sampling import sampled_file_name
from pluralism.targets.target import read_target, target_name

JOURNAL = "results/journals/{dataset}/{experiment}/{adm}.jsonl"
REASONINGS_JOURNAL = "results/journals/{dataset}/reasonings.jsonl"
"""Beside the rules' outputs and none of them: Snakemake deletes the outputs of a job that fails."""


@dataclass(frozen=True)
class Study:
    """A checked config, seen as files. All paths are relative to the working folder."""

    config: Config

    @property
    def datasets(self) -> tuple[str, ...]:
        """The grid's datasets."""
        return self.config.grid.datasets

    def check_files(self) -> None:
        """Look at the files that a user brings, before anything runs.

        Raises:
            UserError: all that is amiss with prompts, models and targets, joined by "; ".
        """
        faults = [*self._missing_folders()]
        for dataset in self.datasets:
            for path in self.custom_targets(dataset):
                try:
                    read_target(Path(path), self.config.attributes(dataset).names)
                except UserError as error:
                    faults.append(str(error))
        if faults:
            raise UserError("; ".join(faults))

    def _missing_folders(self) -> Iterator[str]:
        prompts = self.config.prompts
        if prompts is not None and not Path(prompts).is_dir():
            yield f"config: prompts: {prompts}: no such folder"
        for name in dict.fromkeys(self.config.experiments[entry].model for entry in self.config.grid.experiments):
            model = self.config.models[name] if name is not None else None
            if model is None or not ENGINES.get(model.engine).loads_weights:
                continue
            if is_folder_name(model.id) and not Path(model.id).is_dir():
                yield f"config: models.{name}.id: {model.id}: no such folder"

    def cells(self, dataset: str) -> list[tuple[str, str]]:
        """(experiment, ADM) for every job of a dataset."""
        return [(experiment, adm) for name, experiment, adm in self.config.cells() if name == dataset]

    def level_cells(self, dataset: str) -> list[str]:
        """experiment/ADM for every job of a dataset that asks a model to predict levels."""
        return [
            f"{experiment}/{name}"
            for experiment, name in self.cells(dataset)
            if (adm := self.config.adm(name)).needs_model and adm.predicts_levels
        ]

    def statistics_figures(self, dataset: str) -> list[str]:
        """The figures that are drawn from the statistics of a dataset, as they stand below `figures/{dataset}/`.

        Those that need something to compare are left out where the grid has nothing of the kind.
        """
        compared = [cell for cell in self.cells(dataset) if self.config.adm(cell[1]).needs_model]
        of_experiment = {
            experiment: [adm for name, adm in compared if name == experiment] for experiment, _ in compared
        }
        figures = ["order_bias", "decision_flips", "accuracy_by_tokens"] if compared else []
        if any(swept(adm) for _, adm in compared):
            figures.append("shots_sweep")
        for experiment, adms in of_experiment.items():
            drawn = {
                "paired_differences": len(adms) > 1,
                "calibration": any(self.config.adm(adm).predicts_levels for adm in adms),
                "confusion_extremes": True,
                "confusion_sampled": bool(self.sampled_targets(dataset)),
            }
            figures += [f"{experiment}/{figure}" for figure, is_drawn in drawn.items() if is_drawn]
        return figures

    def greedy_experiments(self) -> list[str]:
        """The experiments of the grid that decode greedily."""
        chosen = {name: self.config.experiments[name].decoding for name in self.config.grid.experiments}
        return [name for name, decoding in chosen.items() if self.config.decodings[decoding].temperature == 0]

    def ablation(self) -> list[str]:
        """The ADMs that show what comparing responses and giving examples are worth: all that do regression."""
        kinds = ("regression", "comparative_regression")
        return [name for name, entry in self.config.adms.items() if entry.kind in kinds]

    def attributes(self, dataset: str) -> str:
        """The attribute file of a dataset."""
        return _relative(self.config.attribute_path(dataset))

    def extreme_targets(self, dataset: str) -> list[str]:
        """The files of the high and the low target."""
        return [f"alignment_targets/{dataset}/target_{end}.json" for end in ("high", "low")]

    def sampled_targets(self, dataset: str) -> list[str]:
        """The files of the sampled targets, by the number of attributes that they name."""
        return [
            f"alignment_targets/sampled_{dataset}/{sampled_file_name(attribute_count, index)}"
            for attribute_count in self.config.attribute_counts(dataset)
            for index in range(self.config.targets.number)
        ]

    def custom_targets(self, dataset: str) -> list[str]:
        """The files of the user's own targets."""
        return sorted(str(path) for path in Path("alignment_targets/custom", dataset).glob("*.json"))

    def targets(self, dataset: str) -> list[str]:
        """The files of all targets of a dataset."""
        return [*self.extreme_targets(dataset), *self.sampled_targets(dataset), *self.custom_targets(dataset)]

    def target_names(self, dataset: str) -> list[str]:
        """The names of all targets of a dataset, as they stand below `results/`."""
        return [target_name(Path(path)) for path in self.targets(dataset)]

    def bound_targets(self, dataset: str, adm: str) -> list[str]:
        """The target files that an ADM looks at: all if it is target-bound, else none."""
        return self.targets(dataset) if self.config.adm(adm).target_bound else []

    @property
    def selections(self) -> dict[str, FewShot]:
        """Name of a file of few-shot examples -> how they are chosen."""
        chosen = (self.config.adm(name).few_shot for name in self.config.adms)
        return {few_shot.name: few_shot for few_shot in chosen if few_shot is not None}

    @property
    def similarities(self) -> dict[str, Similarity]:
        """Name of a similarity matrix -> what it measures."""
        measures = (few_shot.measure for few_shot in self.selections.values())
        return {measure.name: measure for measure in measures if measure is not None}

    def examples(self, dataset: str, adm: str) -> list[str]:
        """The file of few-shot examples that an ADM shows, if it shows any."""
        few_shot = self.config.adm(adm).few_shot
        return [f"results/{dataset}/few_shot_examples/{few_shot.name}.csv"] if few_shot is not None else []

    def matrix(self, dataset: str, selection: str) -> list[str]:
        """The similarity matrix that a selection of few-shot examples looks at, if it looks at any."""
        measure = self.selections[selection].measure
        return [f"results/{dataset}/similarity/{measure.name}.npy"] if measure is not None else []

    def selection_options(self, selection: str) -> str:
        """The options of `select_examples.py` for a file of few-shot examples."""
        few_shot = self.selections[selection]
        shots = f" --shots {few_shot.shots}" if few_shot.shots is not None else ""
        seed = f" --seed {self.config.seed}" if few_shot.measure is None else ""
        return f"--select {few_shot.select}{shots}{seed}"

    def similarity_options(self, name: str) -> str:
        """The options of `compare_items.py` for a similarity matrix."""
        measure = self.similarities[name]
        options = shlex.quote(json.dumps(measure.options))
        return f"--similarity {measure.method} --match {measure.match} --options {options}"

    def similarity_code(self, name: str) -> Path:
        """The file that defines the kind of a similarity matrix."""
        return SIMILARITIES.file(self.similarities[name].method)

    def encoder_files(self, name: str) -> list[str]:
        """The files of the encoder of a similarity matrix, where it lies in a local folder."""
        return _folder_files(self.similarities[name].kind.checkpoint)

    def prompt_files(self, adm: str) -> list[str]:
        """The templates that an ADM renders."""
        return self.template_files(self.config.adm(adm).templates)

    def template_files(self, templates: Iterable[str]) -> list[str]:
        """Templates as files: the user's own where there are such, else ours."""
        prompts = Prompts(Path(self.config.prompts) if self.config.prompts is not None else None)
        return [_relative(prompts.path(template)) for template in templates]

    def gpus(self, experiment: str, adm: str) -> int:
        """How many GPUs a job takes."""
        return self.config.settings(experiment, adm).gpus

    def model_files(self, experiment: str, adm: str) -> list[str]:
        """The files of the model that a job asks, where it lies in a local folder; none for a model of the hub."""
        model = self.config.experiments[experiment].model
        if model is None or not self.config.adm(adm).needs_model:
            return []
        return _folder_files(self.config.models[model].id)

    def writer_files(self, dataset: str) -> list[str]:
        """The files of the model that writes a dataset's reasonings, where it lies in a local folder."""
        return _folder_files(self.config.reasoning_settings(dataset).model.id)

    def shards(self, experiment: str, adm: str) -> list[str]:
        """The shards of a job, such as 1of2 and 2of2; none where one job does it all."""
        count = self.config.experiments[experiment].shards
        if count == 1 or not self.config.adm(adm).needs_model:
            return []
        return [str(Shard(number, count)) for number in range(1, count + 1)]

    def experiments_pattern(self, *, sharded: bool) -> str:
        """A regular expression that matches the names of the experiments with shards, or of those without."""
        names = [name for name, entry in self.config.experiments.items() if (entry.shards > 1) == sharded]
        return "|".join(names) or "(?!)"

    def adms_pattern(self, *, needs_model: bool) -> str:
        """A regular expression that matches the names of the ADMs that ask a model, or of those that ask none."""
        return one_of(name for name in self.config.adms if self.config.adm(name).needs_model == needs_model)

    def settings(self, experiment: str, adm: str) -> str:
        """The part of the config that an ADM's predictions depend on, as JSON text for `predict.py`."""
        settings = self.config.settings(experiment, adm)
        return settings.model_dump_json(exclude={"adm": {"aggregate", "label"}, "model": {"label"}})

    def reasoning_settings(self, dataset: str) -> str:
        """The part of the config that written reasonings depend on, as JSON text for `write_reasonings.py`."""
        return self.config.reasoning_settings(dataset).model_dump_json(exclude={"model": {"label"}})

    def aggregate(self, adm: str) -> Aggregate:
        """How the samples of an ADM's scores are taken together, once they are predicted."""
        return self.config.adms[adm].aggregate

    def reasonings_journal(self, dataset: str) -> str:
        """The journal of the model that writes a dataset's reasonings."""
        return REASONINGS_JOURNAL.format(dataset=dataset)

    def journal(self, dataset: str, experiment: str, adm: str) -> str:
        """The journal of a job; those of its shards lie beside it."""
        return JOURNAL.format(dataset=dataset, experiment=experiment, adm=adm)

    def job_code(self, experiment: str, adm: str) -> list[Path]:
        """The files that define the kinds of a job's ADM and of the engine that it asks."""
        model = self.config.experiments[experiment].model
        asked = [model] if model is not None and self.config.adm(adm).needs_model else []
        return [ADMS.file(self.config.adms[adm].kind), *map(self._engine_code, asked)]

    def writer_code(self, dataset: str) -> list[Path]:
        """The file that defines the kind of the engine that writes a dataset's reasonings."""
        model = self.config.datasets[dataset].reasonings.model
        return [self._engine_code(model)] if model is not None else []

    def _engine_code(self, model: str) -> Path:
        return ENGINES.file(self.config.models[model].engine)


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names, and nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def _folder_files(folder: str | None) -> list[str]:
    """The files of a local folder; none of what is no folder."""
    if folder is None or not Path(folder).is_dir():
        return []
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())


def _relative(path: Path) -> str:
    return os.path.relpath(path)
