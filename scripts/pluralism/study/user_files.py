"""Checks of the files that a user brings."""

import os
from collections.abc import Iterator
from pathlib import Path

from pluralism.engines.models import ENGINES, is_folder_name
from pluralism.errors import UserError, shown
from pluralism.files import NAME_FORM, PATH_FORM, is_name, is_path
from pluralism.prompts.rendering import template_names
from pluralism.study.config import Config
from pluralism.study.paths import CUSTOM_TARGETS
from pluralism.study.study import Study
from pluralism.targets.target import read_target


def check_folders(checkout: str) -> None:
    """Raise a `UserError` if Snakemake cannot work with the folder of the Snakefile, or in the working folder."""
    if not is_path(checkout):
        raise UserError(f"{shown(checkout)}: invalid path of the checkout, expected {PATH_FORM}; rename the folder")
    here, kept = Path.cwd(), Path.cwd() / ".snakemake"
    if not os.access(kept if kept.is_dir() else here, os.W_OK):
        raise UserError(f"{here}: cannot be written to; take another folder: snakemake --directory FOLDER")


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
    for folder in (Path(study.paths.config("yaml")).parent, Path(study.paths.figures_folder("any")).parent):
        if os.path.lexists(folder) and not (folder.is_dir() and os.access(folder, os.W_OK)):
            yield str(folder), "expected a folder that can be written to"
    yield from _prompts(study.config.prompts)
    for name in models(study.config):
        model = study.config.models[name]
        if ENGINES.get(model.engine).loads_weights and is_missing_folder(model.id):
            yield f"models.{name}.id", f"{model.id}: no such folder"
    yield from _targets(study)


def _targets(study: Study) -> Iterator[tuple[str, str]]:
    known, form = list(study.config.datasets), f"{CUSTOM_TARGETS}/{{dataset}}/{{name}}.json"
    for path in sorted(Path(CUSTOM_TARGETS).rglob("*")):
        _, *inner = path.relative_to(CUSTOM_TARGETS).parts
        if not inner and path.is_dir() and path.name not in known:
            yield str(path), f"unknown dataset {shown(path.name)}; allowed: {', '.join(known)}"
        elif path.name.lower().endswith(".json") and (len(inner) != 1 or not path.name.endswith(".json")):
            yield str(path), f"nothing reads it, expected {form}"
        elif path.name.endswith(".json") and not is_name(path.name.removesuffix(".json")):
            yield str(path), f"invalid name, expected {NAME_FORM}, and .json"


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
