"""Reading the config: YAML files, one laid over the other, their sweeps expanded, checked once."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pluralism.errors import UserError, explain, shown
from pluralism.files import MOST_LEVELS, is_text, located, parse_yaml, read_json, read_yaml
from pluralism.inference.reasonings import check_words
from pluralism.study.checks import contradictions, unknown_names
from pluralism.study.config import Config
from pluralism.study.sweeps import expand_sweeps

LONGEST_TEXT = 4000
"""Characters; a path may have as many."""
MOST_VALUES = 20_000
WORDS = {"protocol": "base"}
"""A key whose value may be a word -> what the word stands for, so that an overlay's single flags keep their base."""


def merged_values(base: Path | None, overlays: Sequence[Path], words: Iterable[str] = ()) -> dict[str, Any]:
    """The values of a config with what overlays it, key by key and in order, not checked yet.

    Args:
        base: the file below all others; None where overlays replace it.
        overlays: files.
        words: of a command line, as `seed=7`; over all files. The value is YAML.

    Raises:
        UserError: a file is not found, or is not YAML or, by its suffix .json, not JSON.
    """
    files = [*([base] if base is not None else []), *overlays]
    return reduce(_overlaid, [*map(read_values, files), *map(_word_values, words)], {})


def workflow_values(workflow: Any, checkout: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the config of a run of Snakemake: `merged_values` of its files and of its option --config.

    Snakemake's own reader takes the last of two equal keys, and hangs at aliases that grow without bound. Where another
    Snakefile uses ours as a module, the values that it gives overlay those of the checkout.

    Args:
        workflow: Snakemake's object, while the Snakefile is read.
        checkout: the folder of our Snakefile.
        given: the values that Snakemake has read, or that a module is given.

    Raises:
        UserError: a file has a fault, or a module is given a prefix.
    """
    if Path(workflow.main_snakefile).resolve().parent == checkout.resolve():
        settings = workflow.config_settings
        files = [Path(os.path.relpath(path)) for path in settings.configfiles]
        base = None if settings.replace_workflow_config else Path(located("config.yaml"))
        return merged_values(base, files, settings.config_args)
    if workflow.modifier.path_modifier.replace_prefix("results") != "results":
        raise UserError("module: prefix and replace_prefix do not reach commands: set `output` in its config instead")
    return _overlaid(read_values(checkout / "config.yaml"), given)


def read_values(path: Path) -> dict[str, Any]:
    """The values of a file of a config: YAML or, by its suffix .json, JSON; a `UserError` if it is no such file."""
    if path.suffix != ".json":
        return read_yaml(path)
    values = read_json(path)
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected keys and values")
    return values


def _word_values(word: str) -> dict[str, Any]:
    key, _, text = word.partition("=")
    try:
        return {key: parse_yaml(text, f"--config {key}")}
    except UserError:  # for example a note with a colon
        return {key: text}


def _overlaid(values: Any, overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Values with those of an overlay: below a key of both that has keys in both, these are merged, too."""
    result = dict(values) if isinstance(values, Mapping) else {}
    for key, value in overlay.items():
        before = result.get(key)
        if key in WORDS and isinstance(before, str):
            before = {WORDS[key]: before}
        result[key] = _overlaid(before, value) if isinstance(value, Mapping) else value
    return result


def read_config(values: Any, place: str = "config") -> Config:
    """Check a parsed config.yaml, with all names in it; messages begin with `place`.

    Raises:
        UserError: all faults, joined by "; ", each with its key and what is allowed there.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{place}: {shown(values)}, expected keys and values")
    _check_values(values, place)
    try:
        config = Config.model_validate(expand_sweeps(values))
    except ValidationError as error:
        raise UserError(f"{place}: {explain(error, Config)}") from None
    if faults := [*unknown_names(config), *_faulty_entries(config)] or list(contradictions(config)):
        raise UserError(f"{place}: {'; '.join(faults)}")
    return config


def _check_values(values: Mapping[str, Any], whole: str) -> None:
    """Raise a `UserError` unless all values are such as JSON has, of a size that a config has, with text for keys."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(values, ())]
    count = 0
    while waiting:
        value, keys = waiting.pop()
        place, count = f"{whole}: {'.'.join(keys[:20])}", count + 1
        if count > MOST_VALUES or len(keys) > MOST_LEVELS:
            raise UserError(f"{place}: more than {MOST_VALUES} values or {MOST_LEVELS} levels, aliases written out")
        if isinstance(value, Mapping):
            if strange := [key for key in value if not (isinstance(key, str) and _is_short_text(key))]:
                raise UserError(f"{place}: invalid name {shown(strange[0])}, expected text")
            waiting += [(entry, (*keys, key)) for key, entry in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(entry, (*keys, str(index))) for index, entry in enumerate(value)]
        elif isinstance(value, str) and not _is_short_text(value):
            raise UserError(
                f"{place}: {shown(value)}, expected text of at most {LONGEST_TEXT} letters that can be printed"
            )
        elif not isinstance(value, str | int | float | None):
            raise UserError(f"{place}: {shown(value)}, expected text, a number, a list or keys; quotes make it text")


def _is_short_text(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and is_text(text)


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
