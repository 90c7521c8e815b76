"""Checks of the files that a user brings."""

from collections.abc import Iterator
from pathlib import Path

from pluralism.engines.models import ENGINES, is_folder_name
from pluralism.errors import UserError
from pluralism.study.config import Config
from pluralism.study.study import Study
from pluralism.targets.target import read_target


def check_files(study: Study) -> None:
    """Raise a `UserError` with all faults of the user's prompts, models and targets, joined by "; "."""
    faults = [f"config: {key}: {fault}" for key, fault in missing_folders(study.config)]
    for dataset in study.datasets:
        for path in study.paths.custom_targets(dataset):
            try:
                read_target(Path(path), study.config.attributes(dataset).names)
            except UserError as error:
                faults.append(str(error))
    if faults:
        raise UserError("; ".join(faults))


def missing_folders(config: Config) -> Iterator[tuple[str, str]]:
    """(key of the config, what is wrong) for each folder of prompts or of a model of the grid that does not exist."""
    if config.prompts is not None and not Path(config.prompts).is_dir():
        yield "prompts", f"{config.prompts}: no such folder"
    for name in models(config):
        model = config.models[name]
        if ENGINES.get(model.engine).loads_weights and is_missing_folder(model.id):
            yield f"models.{name}.id", f"{model.id}: no such folder"


def models(config: Config) -> list[str]:
    """The models of the grid's experiments, and those that write the reasonings of its datasets."""
    writers = [config.datasets[dataset].reasonings.model for dataset in config.grid.datasets]
    asked = [config.experiments[experiment].model for experiment in config.grid.experiments]
    return list(dict.fromkeys(name for name in (*writers, *asked) if name is not None))


def is_missing_folder(checkpoint: str) -> bool:
    """Whether a model's or encoder's name is that of a local folder, which does not exist."""
    return is_folder_name(checkpoint) and not Path(checkpoint).is_dir()
