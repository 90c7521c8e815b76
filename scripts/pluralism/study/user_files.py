"""Checks of the files that a user brings."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path

from pluralism.checkpoints import CONFIG
from pluralism.datasets.annotations import read_annotations
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import read_items
from pluralism.engines.models import ENGINES, LanguageModel, is_folder_name, is_gguf, local_gguf
from pluralism.errors import UserError, shown
from pluralism.files import NAME_FORM, PATH_FORM, check_file, is_name, is_path
from pluralism.inference.imported import FILE_NAME
from pluralism.prompts.checking import template_faults
from pluralism.prompts.published import PublishedPrompts
from pluralism.prompts.rendering import Templates, template_names
from pluralism.prompts.source import AnyPrompts
from pluralism.study.config import Config
from pluralism.study.paths import CUSTOM_TARGETS
from pluralism.study.sizes import long_commands
from pluralism.study.study import Study
from pluralism.targets.people.choices import make_people
from pluralism.targets.people.file import PeopleFile, read_rows
from pluralism.targets.target import read_target


def check_folders(checkout: Path) -> None:
    """Raise a `UserError` if Snakemake cannot work with the folder of the Snakefile, or in the working folder."""
    path = str(checkout)
    if not is_path(path):
        raise UserError(f"{shown(path)}: invalid path of the checkout, expected {PATH_FORM}; rename the folder")
    here, kept = Path.cwd(), Path.cwd() / ".snakemake"
    if not os.access(kept if kept.is_dir() else here, os.W_OK):
        raise UserError(f"{here}: cannot be written to; take another folder: snakemake --directory FOLDER")


def check_files(study: Study) -> None:
    """Raise a `UserError` with all faults of the user's prompts, models, items and targets, joined by "; "."""
    faults = [f"{place}: {fault}" for place, fault in study_faults(study)]
    for check in chain.from_iterable(map(partial(_reading, study), study.datasets)):
        try:
            check()
        except UserError as error:
            faults.append(str(error))
    if faults:
        raise UserError("; ".join(faults))


def study_faults(study: Study) -> Iterator[tuple[str, str]]:
    """(key of the config or path, what is wrong) for what a checked config cannot see."""
    yield from misplaced_files(study)
    yield from long_commands(study)


def _reading(study: Study, dataset: str) -> Iterator[Callable[[], object]]:
    """What reads the targets of a user, and the items and annotations of a user as far as they are there."""
    attributes = study.config.attributes(dataset)
    for target in study.paths.custom_targets(dataset):
        yield partial(read_target, Path(target), attributes)
    if not study.config.datasets[dataset].source.makes_items:
        train, evaluation = Path(study.train(dataset)), Path(study.whole_eval(dataset))
        yield from (
            partial(read_items, path, attributes, may_be_empty=path == train and not study.shows_examples(dataset))
            for path in (train, evaluation)
            if path.exists()
        )
        if evaluation.exists():
            if (source := study.config.people(dataset)) is not None:
                yield partial(_read_people, source, evaluation, attributes)
            given = map(Path, study.whole_annotations(dataset))
            yield from (partial(_read_annotations, path, evaluation, attributes) for path in given)


def _read_annotations(path: Path, evaluation: Path, attributes: AttributeSet) -> None:
    read_annotations(path, read_items(evaluation, attributes), attributes)


def _read_people(source: PeopleFile, evaluation: Path, attributes: AttributeSet) -> None:
    make_people(read_rows(source), read_items(evaluation, attributes), seed=0)


def misplaced_files(study: Study) -> Iterator[tuple[str, str]]:
    """(key of the config or path, what is wrong) for each file or folder that is missing or that nothing would read."""
    yield from _output(study) or _folders(study)
    yield from _prompts(study)
    for name in models(study.config):
        model = study.config.models[name]
        yield from ((f"models.{name}.{key}", fault) for key, fault in _model_faults(model))
    yield from _targets(study)
    for cell in chain.from_iterable(map(study.cells, study.datasets)):
        if cell.imported is not None and not study.imported_files(cell):
            what = f"holds no {FILE_NAME}; `pluralism import` puts some there"
            yield f"experiments.{cell.experiment}.imported", f"{cell.imported}: {what}"


def _model_faults(model: LanguageModel) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) with where a model's weights should lie."""
    kind, key = ENGINES.get(model.engine), "id" if model.file is None else "file"
    if is_gguf(model) and (kind.loads_weights or model.file is not None) and not kind.reads_gguf:
        others = ", ".join(ENGINES.names_where(lambda engine: engine.reads_gguf))
        yield key, f"the engine {model.engine} reads no GGUF file; expected another checkpoint, or one of: {others}"
    elif kind.loads_weights and is_missing_file(model):
        yield key, f"{Path(model.id, model.file or '')}: no such file, expected a GGUF model"
    elif kind.loads_weights and not is_gguf(model) and is_missing_folder(model.id):
        yield "id", f"{model.id}: no such folder"
    elif kind.reads_gguf and not is_gguf(model) and (files := only_gguf(model.id)):
        yield "id", f"{model.id}: holds GGUF files; name one of them by the key file: {', '.join(files)}"


def _output(study: Study) -> list[tuple[str, str]]:
    output = Path(study.config.output or "")
    if fault := _fault_of_place(output):
        return [("output", fault)]
    models_read = [study.config.models[name].id for name in models(study.config)]
    return [
        ("output", f"{output}: is in {folder}, all files of which are read; expected another place")
        for folder in [CUSTOM_TARGETS, *filter(is_folder_name, models_read)]
        if output.resolve().is_relative_to(Path(folder).resolve())
    ]


def _folders(study: Study) -> list[tuple[str, str]]:
    """The first folder in which the study, or Snakemake itself, could write no file."""
    paths = study.paths
    files = [paths.config("yaml"), paths.figures_folder("any"), paths.table()]
    for dataset in study.datasets:
        job = f"{dataset}/any"
        files += [paths.scores(dataset), paths.figure(dataset, "any", "any"), paths.journal(dataset, "any", "any")]
        files += [kind(job) for kind in (paths.log, paths.made_with, paths.benchmark)]
    faulty = (folder for folder in (Path(file).parent for file in files) if _fault_of_place(folder) is not None)
    return [(str(folder), "expected a folder that can be written to") for folder in islice(faulty, 1)]


def _fault_of_place(folder: Path) -> str | None:
    """Why nothing can be written in a folder, which need not exist yet."""
    for place in (folder, *folder.absolute().parents):
        try:
            place.lstat()
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"{shown(str(folder))}: {error.strerror}"
        if not place.is_dir():
            return f"{place}: not a folder"
        return None if os.access(place, os.W_OK | os.X_OK) else f"{place}: no permission to write in this folder"
    return None


def _targets(study: Study) -> Iterator[tuple[str, str]]:
    """Hidden files, and those that explain (.md), may lie beside targets; nothing would read any other."""
    known, form = list(study.config.datasets), f"{CUSTOM_TARGETS}/{{dataset}}/{{name}}.json"
    root = Path(CUSTOM_TARGETS)
    for path in sorted([root, *root.rglob("*")] if os.path.lexists(root) else []):
        inner = path.relative_to(root).parts
        if path.is_dir() and not path.name.lower().endswith(".json"):
            if len(inner) == 1 and path.name not in known:
                yield str(path), f"unknown dataset {shown(path.name)}; allowed: {', '.join(known)}"
        elif len(inner) != 2 or not path.name.endswith(".json"):
            if path.name.lower().endswith(".json") or not (path.name.startswith(".") or path.suffix == ".md"):
                yield str(path), f"nothing reads it, expected {form}"
        elif not is_name(path.name.removesuffix(".json")):
            yield str(path), f"invalid name, expected {NAME_FORM}, and .json"


def _prompts(study: Study) -> Iterator[tuple[str, str]]:
    config = study.config
    own = {f"adms.{adm}.prompts": config.adms[adm].prompts for _, _, adm in config.cells()}
    places: dict[AnyPrompts, str] = {}
    for place, prompts in {"prompts": config.prompts, **own}.items():
        if prompts is not None:
            places.setdefault(prompts, place)
    for prompts, place in places.items():
        match prompts:
            case PublishedPrompts():
                yield from ((place, fault) for fault in _fault(prompts.check))
            case Templates(folder=str(folder)):
                yield from ((place, fault) for fault in _template_faults(study, folder))


def _fault(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except UserError as error:
        yield str(error)


def _template_faults(study: Study, folder: str) -> Iterator[str]:
    if faults := list(_fault(Templates(folder).check)):
        yield from faults
        return
    known = [f"{name}.jinja" for name in template_names()]
    own = sorted(path.name for path in Path(folder).iterdir() if _is_meant_as_template(path))
    if unknown := [name for name in own if name not in known]:
        yield f"{folder}: unknown template {', '.join(unknown)}; allowed: {', '.join(known)}"
    if not own:
        yield f"{folder}: holds no template; allowed: {', '.join(known)}"
    readable = []
    for name in set(own) & set(known):
        try:
            check_file(Path(folder, name), "a template")
            readable.append(name.removesuffix(".jinja"))
        except UserError as error:
            yield str(error)
    if readable:
        attributes = [study.config.attributes(dataset) for dataset in study.datasets]
        yield from template_faults(folder, sorted(readable), attributes)


def _is_meant_as_template(path: Path) -> bool:
    return path.suffix == ".jinja" or (path.stem in template_names() and path.suffix in (".j2", ".jinja2", ".txt"))


def models(config: Config) -> list[str]:
    """The models of the grid's experiments, and those that write the reasonings of its datasets."""
    writers = [config.datasets[dataset].reasonings.model for dataset in config.grid.datasets]
    experiments = [config.experiments[experiment] for experiment in config.grid.experiments]
    asked = [experiment.model for experiment in experiments if experiment.imported is None]
    return list(dict.fromkeys(name for name in (*writers, *asked) if name is not None))


def is_missing_file(model: LanguageModel) -> bool:
    """Whether a model is a GGUF file of this machine, which does not exist."""
    of_hub = model.file is not None and not is_folder_name(model.id)
    return is_gguf(model) and not of_hub and local_gguf(model) is None


def only_gguf(checkpoint: str) -> list[str]:
    """The GGUF files of a local folder that has no config.json, by their names: a model is one of them."""
    folder = Path(checkpoint)
    if not folder.is_dir() or (folder / CONFIG).exists():
        return []
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() == ".gguf")


def is_missing_folder(checkpoint: str) -> bool:
    """Whether a model's or encoder's name is that of a local folder, which does not exist."""
    return is_folder_name(checkpoint) and not Path(checkpoint).is_dir()
