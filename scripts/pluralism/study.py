"""What the workflow makes: the paths of the grid's files and what each job depends on. Used by the Snakefile."""

import os
from dataclasses import dataclass
from pathlib import Path

from pluralism.config import Config
from pluralism.datasets.helpsteer2 import FILES as HELPSTEER2_FILES
from pluralism.prompting import Prompts
from pluralism.targets import sampled_file_name, target_name


@dataclass(frozen=True)
class Study:
    """A checked config, seen as files. All paths are relative to the working folder."""

    config: Config

    @property
    def datasets(self) -> tuple[str, ...]:
        """The grid's datasets."""
        return self.config.grid.datasets

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

    def ablation(self) -> list[str]:
        """The ADMs that show what comparing responses and giving examples are worth: all that do regression."""
        kinds = ("regression", "comparative_regression")
        return [name for name, entry in self.config.adms.items() if entry.kind in kinds]

    def pattern(self, dataset_format: str) -> str:
        """A regular expression that matches the names of the datasets of a format, and nothing if there are none."""
        names = [name for name, entry in self.config.datasets.items() if entry.format == dataset_format]
        return "|".join(names) or "(?!)"

    def raw(self, dataset: str) -> str:
        """The raw file or folder of a dataset."""
        return self.config.datasets[dataset].raw or ""

    def missing_helpsteer2(self) -> list[str]:
        """The raw folders of HelpSteer2 datasets of the grid in which a file is missing."""
        folders = {self.raw(name) for name in self.datasets if self.config.datasets[name].format == "helpsteer2"}
        return sorted(
            folder for folder in folders if not all(Path(folder, name).is_file() for name in HELPSTEER2_FILES)
        )

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

    def examples(self, dataset: str, adm: str) -> list[str]:
        """The file of few-shot examples that an ADM shows, if it shows any."""
        few_shot = self.config.adm(adm).few_shot
        return [f"results/{dataset}/few_shot_examples/{few_shot.name}.csv"] if few_shot is not None else []

    def selection_options(self, selection: str) -> str:
        """The options of `select_examples.py` for a file of few-shot examples."""
        few_shot = next(
            adm.few_shot
            for adm in map(self.config.adm, self.config.adms)
            if adm.few_shot is not None and adm.few_shot.name == selection
        )
        shots = f" --shots {few_shot.shots}" if few_shot.shots is not None else ""
        return f"--select {few_shot.select}{shots}"

    def prompt_files(self, adm: str) -> list[str]:
        """The templates that an ADM renders."""
        prompts = Prompts(Path(self.config.prompts) if self.config.prompts is not None else None)
        return [_relative(prompts.path(template)) for template in self.config.adm(adm).templates]

    def needs_model(self, adm: str) -> bool:
        """Whether an ADM asks a model."""
        return self.config.adm(adm).needs_model

    def model_files(self, experiment: str, adm: str) -> list[str]:
        """The files of the model that a job asks, where it lies in a local folder; none for a model of the hub."""
        model = self.config.experiments[experiment].model
        if model is None or not self.needs_model(adm):
            return []
        folder = Path(self.config.models[model].id)
        return sorted(map(str, folder.glob("*"))) if folder.is_dir() else []

    def settings(self, experiment: str, adm: str) -> str:
        """The part of the config that an ADM's predictions depend on, as JSON text for `predict.py`."""
        return self.config.settings(experiment, adm).model_dump_json()

    def adm_code(self, adm: str) -> str:
        """The module that an ADM's kind names."""
        return f"pluralism/adms/{self.config.adms[adm].kind}.py"


def _relative(path: Path) -> str:
    return os.path.relpath(path)
