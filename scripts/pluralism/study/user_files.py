"""Checks of the files that a user brings."""

import os
from collections.abc import Iterator
from pathlib import Path

from pluralism.engines.models import ENGINES, is_folder_name
from pluralism.errors import UserError, shown
from pluralism.files import NAME_FORM, is_name
from pluralism.prompts.rendering import template_names
from pluralism.study.config import Config
from pluralism.study.paths import CUSTOM_TARGETS
from pluralism.study.study import Study
from pluralism.targets.target import read_target


def check_files(study: Study) -> None:
    """Raise a `UserError` with all faults of the user's prompts, models and targets, joined by "; "."""
    faults = [f"{place}: {fault}" for place, fault in misplaced_files(study)]
    for dataset in study.datasets:
        for path in study.paths.custom_targets(dataset):
            try:
                read_target(Path(path), study.config.attributes(dataset).names)
            except UserError as error:
                faults.append(str(error))
    if faults:
        raise UserError("; ".join(faults))


def misplaced_files(study: Study) -> Iterator[tuple[str, str]]:
    """(key of the config or path, what is wrong) for each file or folder that is missing or that nothing would read."""
    yield from _output(study)
    yield from _prompts(study.config.prompts)
    for name in models(study.config):
        model = study.config.models[name]
        if ENGINES.get(model.engine).loads_weights and is_missing_folder(model.id):
            yield f"models.{name}.id", f"{model.id}: no such folder"
    for folder in sorted(Path(CUSTOM_TARGETS).glob("*/")):
        if folder.name not in study.config.datasets:
            yield str(folder), f"unknown dataset '{folder.name}'; allowed: {', '.join(study.config.datasets)}"
        for path in study.paths.custom_targets(folder.name):
            if not is_name(Path(path).name.removesuffix(".json")):
                yield path, f"invalid name, expected {NAME_FORM}, and .json"


def _output(study: Study) -> Iterator[tuple[str, str]]:
    output = Path(study.config.output or "")
    if fault := _fault_of_place(output):
        yield "output", fault
        return
    models_read = [study.config.models[name].id for name in models(study.config)]
    for folder in [CUSTOM_TARGETS, *filter(is_folder_name, models_read)]:
        if output.resolve().is_relative_to(Path(folder).resolve()):
            yield "output", f"{output}: is in {folder}, all files of which are read; expected another place"


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


def _prompts(folder: str | None) -> Iterator[tuple[str, str]]:
    if folder is None:
        return
    if not Path(folder).is_dir():
        yield "prompts", f"{folder}: no such folder"
        return
    known = [f"{name}.jinja" for name in template_names()]
    own = sorted(path.name for path in Path(folder).glob("*.jinja"))
    if unknown := [name for name in own if name not in known]:
        yield "prompts", f"{folder}: unknown template {', '.join(unknown)}; allowed: {', '.join(known)}"
    if not own:
        yield "prompts", f"{folder}: holds no template; allowed: {', '.join(known)}"


def models(config: Config) -> list[str]:
    """The models of the grid's experiments, and those that write the reasonings of its datasets."""
    writers = [config.datasets[dataset].reasonings.model for dataset in config.grid.datasets]
    asked = [config.experiments[experiment].model for experiment in config.grid.experiments]
    return list(dict.fromkeys(name for name in (*writers, *asked) if name is not None))


def is_missing_folder(checkpoint: str) -> bool:
    """Whether a model's or encoder's name is that of a local folder, which does not exist."""
    return is_folder_name(checkpoint) and not Path(checkpoint).is_dir()
