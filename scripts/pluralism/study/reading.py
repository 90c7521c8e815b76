"""Reading the config: a YAML file, its sweeps expanded, checked once."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from pluralism.errors import UserError, explain
from pluralism.inference.reasonings import check_words
from pluralism.study.checks import contradictions, unknown_names
from pluralism.study.config import Config
from pluralism.study.sweeps import expand_sweeps


def read_config(values: Mapping[str, Any]) -> Config:
    """Check a parsed config.yaml, with all names in it.

    Raises:
        UserError: all faults, joined by "; ", each with its key and what is allowed there.
    """
    try:
        config = Config.model_validate(expand_sweeps(values))
    except ValidationError as error:
        raise UserError(f"config: {explain(error, Config)}") from None
    if faults := [*unknown_names(config), *_faulty_entries(config)] or list(contradictions(config)):
        raise UserError("config: " + "; ".join(faults))
    return config


def _faulty_entries(config: Config) -> Iterator[str]:
    """The faults of attribute files, and of the options of models and ADMs."""
    datasets = [name for name in config.grid.datasets if name in config.datasets]
    checks: list[Callable[[], object]] = [partial(_check_attributes, config, name) for name in datasets]
    checks += [partial(model.engine_kind, f"models.{name}") for name, model in config.models.items()]
    checks += [partial(config.adm, name) for name in config.adms]
    for check in checks:
        try:
            check()
        except UserError as error:
            yield str(error)


def _check_attributes(config: Config, dataset: str) -> None:
    attributes = config.attributes(dataset)
    if config.datasets[dataset].has_written_reasonings:
        check_words(attributes, config.attribute_path(dataset))
