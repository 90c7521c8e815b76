"""A study as files: what its grid makes, and what each job reads."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pluralism.engines.models import LanguageModel, is_gguf
from pluralism.errors import UserError, shown
from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.similarity.settings import Similarity, name_part
from pluralism.files import from_here, is_path
from pluralism.inference.imported import FILE_NAME as RUN_FILE
from pluralism.inference.reasonings import TEMPLATES as REASONING_TEMPLATES
from pluralism.inference.settings import Asking, settings_text
from pluralism.prompts.rendering import Prompts
from pluralism.protocols import Protocol
from pluralism.study.config import Config
from pluralism.study.grid import Cell, make_cell
from pluralism.study.paths import Paths
from pluralism.targets.doses import dose_targets
from pluralism.targets.people.choices import names_of
from pluralism.targets.people.file import PeopleFile, read_rows
from pluralism.targets.people.inference import stems
from pluralism.targets.sampling import sampled_name
from pluralism.targets.target import target_name


@dataclass(frozen=True)
class Examples:
    """The few-shot examples of an ADM.

    Attributes:
        few_shot: how they are chosen.
        wording: what words the ADM's user turns: a template, and whose.
    """

    few_shot: FewShot
    wording: str

    @property
    def selection(self) -> str:
        """The name of their file."""
        return self._worded(self.few_shot.name)

    @property
    def similarity(self) -> str | None:
        """The name of the file of the similarities that they are chosen by; None where chance chooses."""
        return self._worded(self.few_shot.measure.name) if self.few_shot.measure is not None else None

    def _worded(self, name: str) -> str:
        """Turns are those of a wording."""
        measure = self.few_shot.measure
        return f"{name}_{name_part(self.wording, 40)}" if measure is not None and measure.match == "turn" else name


@dataclass(frozen=True)
class Study:
    """A checked config, seen as files. Relative paths are relative to the working folder."""

    config: Config

    @cached_property
    def paths(self) -> Paths:
        """The files that the study makes."""
        return Paths(self.config.output or "")

    @property
    def datasets(self) -> tuple[str, ...]:
        """The grid's datasets."""
        return self.config.grid.datasets

    def cells(self, dataset: str) -> list[Cell]:
        """The cells of the grid on a dataset, an experiment's next to each other."""
        return [make_cell(self.config, *names) for names in self.config.cells() if names[0] == dataset]

    def cell(self, wildcards: Any, dataset: str | None = None) -> Cell:
        """The cell that a rule's wildcards name: experiment, adm and, where it is not given, dataset."""
        return make_cell(self.config, dataset or wildcards.dataset, wildcards.experiment, wildcards.adm)

    def named_cell(self, dataset: str, experiment: str, adm: str) -> Cell:
        """The cell of these names.

        Raises:
            UserError: a name is unknown, or the experiment has no such ADM or dataset.
        """
        config = self.config
        known = {"datasets": list(config.datasets), "experiments": list(config.experiments), "adms": list(config.adms)}
        for (key, names), name in zip(known.items(), (dataset, experiment, adm), strict=True):
            if name not in names:
                raise UserError(f"{shown(name)} is not in {key}; there are: {', '.join(names)}")
        chosen = config.experiments[experiment]
        if adm not in chosen.adms:
            raise UserError(f"the experiment {experiment} has no ADM {adm}; it has: {', '.join(chosen.adms)}")
        if chosen.datasets is not None and dataset not in chosen.datasets:
            raise UserError(f"the experiment {experiment} is not run on {dataset}; on: {', '.join(chosen.datasets)}")
        return make_cell(config, dataset, experiment, adm)

    def shows_examples(self, dataset: str) -> bool:
        """Whether an ADM of the grid shows train items of a dataset as examples."""
        return any(cell.few_shot is not None for cell in self.cells(dataset))

    def ablation(self) -> list[str]:
        """The ADMs that show the effect of comparing responses and of giving examples."""
        return [name for name in self.config.adms if self.config.adm(name).in_ablation]

    def attributes(self, dataset: str) -> str:
        """The attribute file of a dataset."""
        return from_here(self.config.attribute_path(dataset))

    def train(self, dataset: str) -> str:
        """The train items of a dataset."""
        return self._paths_of_items(dataset).train(dataset)

    @property
    def limited(self) -> list[str]:
        """The datasets of which only the first eval items are decided."""
        return [name for name, entry in self.config.datasets.items() if entry.limit is not None]

    def eval(self, dataset: str) -> str:
        """The eval items of a dataset that are decided."""
        return self.paths.limited_eval(dataset) if dataset in self.limited else self.whole_eval(dataset)

    def whole_eval(self, dataset: str) -> str:
        """All eval items of a dataset, whatever its limit."""
        return self._paths_of_items(dataset).eval(dataset)

    def annotations(self, dataset: str) -> list[str]:
        """The file of what each annotator gave to the items of `eval`; empty where this is not known."""
        known = self.whole_annotations(dataset)
        return [self.paths.limited_annotations(dataset)] if known and dataset in self.limited else known

    def whole_annotations(self, dataset: str) -> list[str]:
        """The file of what each annotator gave to the items of `whole_eval`; empty where this is not known."""
        path = self._paths_of_items(dataset).annotations(dataset)
        source = self.config.datasets[dataset].source
        known = source.has_annotations if source.makes_items else Path(path).is_file()
        return [path] if known else []

    def _paths_of_items(self, dataset: str) -> Paths:
        """Items that a user brings are in the working folder."""
        return self.paths if self.config.datasets[dataset].source.makes_items else Paths()

    def sampled_targets(self, dataset: str) -> list[str]:
        """The files of the sampled targets, by the number of attributes that they name."""
        return [
            self.paths.sampled_target(dataset, f"{sampled_name(attribute_count, index)}.json")
            for attribute_count in self.config.attribute_counts(dataset)
            for index in range(self.config.targets.number)
        ]

    def dose_targets(self, dataset: str) -> list[str]:
        """The files of the doses of a dataset, whether or not its study has them."""
        doses = dose_targets(self.config.attributes(dataset))
        return [self.paths.dose_target(dataset, target.file_name) for target in doses]

    def people_targets(self, dataset: str) -> list[str]:
        """The files of the targets of people, and of everyone's; empty for a dataset without people's choices.

        Raises:
            UserError: the file of choices is missing or has a fault.
        """
        if dataset not in self._people_targets:
            source = self.config.people(dataset)
            names = stems(len(names_of(read_rows(source)))) if source is not None else []
            self._people_targets[dataset] = [self.paths.people_target(dataset, f"{name}.json") for name in names]
        return self._people_targets[dataset]

    @cached_property
    def _people_targets(self) -> dict[str, list[str]]:
        return {}

    def people_folder(self, dataset: str) -> list[str]:
        """The folder of what is known of people; empty for a dataset without their choices."""
        return [self.paths.people_folder(dataset)] if self.config.people(dataset) is not None else []

    def people_tables(self, dataset: str) -> list[str]:
        """The files of that folder."""
        files = [self.paths.people_choices(dataset), self.paths.people_targets(dataset)]
        return files if self.people_folder(dataset) else []

    def targets(self, dataset: str) -> list[str]:
        """The files of all targets of a dataset: high, low, sampled, doses and people's if any, and the user's own."""
        extremes = [self.paths.extreme_target(dataset, end) for end in ("high", "low")]
        doses = self.dose_targets(dataset) if self.config.targets.doses else []
        people = self.people_targets(dataset)
        return [*extremes, *self.sampled_targets(dataset), *doses, *people, *self.paths.custom_targets(dataset)]

    def target_names(self, dataset: str) -> list[str]:
        """The names of all targets of a dataset, as in the paths below `results/`."""
        return [target_name(Path(path)) for path in self.targets(dataset)]

    @cached_property
    def examples_of(self) -> dict[str, Examples]:
        """ADM -> the few-shot examples that it shows, for those that show some."""
        makers = {name: self.config.adm(name) for name in self.config.adms}
        return {
            name: Examples(maker.few_shot, f"{maker.own_turn}_{self.config.adm_prompts(name).label}")
            for name, maker in makers.items()
            if maker.few_shot is not None
        }

    @cached_property
    def selections(self) -> dict[str, Examples]:
        """Name of a file of few-shot examples -> how they are chosen."""
        return {examples.selection: examples for examples in self.examples_of.values()}

    @cached_property
    def similarities(self) -> dict[str, Similarity]:
        """Name of a file of similarities -> what it measures."""
        measures = [(examples.similarity, examples.few_shot.measure) for examples in self.selections.values()]
        return {name: measure for name, measure in measures if name is not None and measure is not None}

    def similarity(self, dataset: str, selection: str) -> list[str]:
        """The file of similarities that a selection of few-shot examples reads, if any."""
        name = self.selections[selection].similarity
        return [self.paths.similarity(dataset, name)] if name in self.similarities else []

    def examples(self, cell: Cell) -> list[str]:
        """The file of few-shot examples that an ADM shows, if any."""
        if cell.few_shot is None or cell.adm not in self.examples_of:
            return []
        return [self.paths.examples(cell.dataset, self.examples_of[cell.adm].selection)]

    def askers(self, dataset: str, similarity: str) -> list[Cell]:
        """The cells of all experiments, whether or not the grid names them, whose turns a file of similarities has."""
        if self.similarities[similarity].match != "turn":
            return []
        return [
            make_cell(self.config, dataset, name, adm)
            for name, experiment in self.config.experiments.items()
            if experiment.imported is None and (experiment.datasets is None or dataset in experiment.datasets)
            for adm in experiment.adms
            if adm in self.examples_of and self.examples_of[adm].similarity == similarity
        ]

    def imported_files(self, cell: Cell) -> list[str]:
        """The runs of other code that are a cell's predictions; empty for a cell that runs here."""
        return sorted(map(str, cell.imported.rglob(RUN_FILE))) if cell.imported is not None else []

    def prediction_inputs(self, cell: Cell) -> dict[str, str | list[str]]:
        """The files that a job of predictions reads, by the option of `predict.py`, or by what they are."""
        return {
            "train": self.train(cell.dataset),
            "eval": self.eval(cell.dataset),
            "attributes": self.attributes(cell.dataset),
            "examples": (examples := self.examples(cell)),
            "whole_eval": [self.whole_eval(cell.dataset)] if examples and cell.dataset in self.limited else [],
            "targets": self.targets(cell.dataset) if cell.reads_targets else [],
            "predictions": [self.paths.predictions(cell.dataset, *member) for member in cell.members],
            "prompts": template_files(cell.settings.prompts, cell.maker.templates),
            "model": model_files(cell.model) if cell.model is not None else [],
        }

    def turn_templates(self, dataset: str, similarity: str) -> list[str]:
        """The files of the templates that word the turns of a file of similarities."""
        turns = ((cell.settings.prompts, cell.maker.own_turn) for cell in self.askers(dataset, similarity))
        found = (path for prompts, turn in turns if turn is not None for path in template_files(prompts, [turn]))
        return list(dict.fromkeys(found))

    @cached_property
    def downloaded_prompts(self) -> list[str]:
        """The files of the authors' prompts, where they are downloaded."""
        found = (path for dataset in self.datasets for cell in self.cells(dataset) for path in cell.downloads)
        return list(dict.fromkeys(map(str, found)))

    @property
    def reasoning_templates(self) -> list[str]:
        """The files of the templates that ask for reasonings of train items."""
        return template_files(self.config.prompts, REASONING_TEMPLATES)

    def writer(self, dataset: str) -> LanguageModel:
        """The model that writes the reasonings of a dataset's train items."""
        return self.config.reasoning_settings(dataset).model

    def reasoning_settings(self, dataset: str) -> str:
        """What written reasonings depend on in the config, as JSON text for `write_reasonings.py`."""
        return settings_text(self.config.reasoning_settings(dataset))


def template_files(prompts: Prompts, templates: Iterable[str]) -> list[str]:
    """The files on which the texts of templates depend."""
    found = (from_here(path) for template in templates for path in prompts.files(template))
    return list(dict.fromkeys(found))


def model_files(model: LanguageModel) -> list[str]:
    """The files of a model on this machine, as `folder_files`; empty for one of the hub or of a server."""
    if not is_gguf(model):
        return folder_files(model.id)
    path = Path(model.id, model.file or "")
    return [str(path)] if path.is_file() and is_path(str(path)) else []


def folder_files(folder: str | None) -> list[str]:
    """The files of a model or encoder in a local folder, those that Snakemake can name; empty for one of the hub."""
    if folder is None or not Path(folder).is_dir():
        return []
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file() and is_path(str(path)))


def asking_texts(cells: Iterable[Cell]) -> list[str]:
    """What the user turns of cells depend on in the config, as JSON texts for `compare_items.py`; equal ones once.

    Which examples precede a turn, and how many, changes nothing of it.
    """
    texts: dict[str, str] = {}
    for cell in cells:
        asking = Asking.model_validate({name: getattr(cell.settings, name) for name in Asking.model_fields})
        texts.setdefault(asking.model_dump_json(exclude={"adm": {"few_shot"}}), asking.model_dump_json())
    return list(texts.values())


def selection_options(few_shot: FewShot, protocol: Protocol, seed: int) -> list[str]:
    """The options of `select_examples.py` for a way to choose few-shot examples."""
    shots = ["--shots", str(few_shot.shots)] if few_shot.shots is not None else []
    chance = ["--seed", str(seed)] if few_shot.measure is None else []
    return ["--select", few_shot.select, *shots, *chance, "--protocol", str(protocol)]


def similarity_options(measure: Similarity) -> list[str]:
    """The options of `compare_items.py` for a measure of similarity."""
    return ["--similarity", measure.method, "--match", measure.match, "--options", json.dumps(measure.options)]


def people_options(source: PeopleFile) -> list[str]:
    """The options of `infer_people.py` for a file of people's choices."""
    columns = ["--person", source.person, "--item", source.item, "--pick", source.pick]
    return [*columns, *(["--responses", *source.responses] if source.responses else [])]


def one_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names, and nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def literal(text: str | list[str]) -> Callable[[object], str | list[str]]:
    """A text as a parameter of a rule: a function, since Snakemake takes {braces} in plain text for wildcards."""
    return lambda wildcards: text
