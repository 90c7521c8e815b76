"""Checks of whether the entries of a config fit each other."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pluralism.engines.models import ENGINES
from pluralism.errors import shown
from pluralism.files import NAME_FORM, is_name, on_any_disk
from pluralism.inference.reasonings import asked_kind
from pluralism.requests import RequestKind
from pluralism.study.config import Config, Experiment
from pluralism.study.members import unfit_members
from pluralism.study.paths import is_reserved
from pluralism.targets.people.file import PeopleFile
from pluralism.targets.sampling import candidate_count


def unknown_names(config: Config) -> Iterator[str]:
    """A fault for each name that the config uses and does not define."""
    references: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("grid.datasets", config.grid.datasets, config.datasets),
        ("grid.experiments", config.grid.experiments, config.experiments),
        ("compare_with", [config.compare_with] if config.compare_with is not None else [], config.adms),
    ]
    for name, dataset in config.datasets.items():
        writer = dataset.reasonings.model
        references.append((f"datasets.{name}.reasonings.model", [writer] if writer is not None else [], config.models))
    if isinstance(config.targets.people, dict):
        references.append(("targets.people", config.targets.people, config.datasets))
    for name, experiment in config.experiments.items():
        place = f"experiments.{name}"
        decodings = [experiment.decoding] if experiment.decoding is not None else []
        references += [
            (f"{place}.adms", experiment.adms, config.adms),
            (f"{place}.decoding", decodings, config.decodings),
            (f"{place}.model", [experiment.model] if experiment.model is not None else [], config.models),
            (f"{place}.datasets", experiment.datasets or [], config.datasets),
        ]
    for place, names, known in references:
        for name in names:
            if name not in known:
                yield f"{place}: unknown name '{name}'; allowed: {', '.join(known) or 'none'}"


def contradictions(config: Config) -> Iterator[str]:
    """A fault for each entry that does not fit those that it names, in a config without unknown names."""
    yield from _unfit_names(config)
    yield from _repetitions(config)
    yield from _equal_labels(config)
    yield from _idle_datasets(config)
    yield from _missing_models(config)
    yield from _unfit_engines(config)
    yield from _unfit_aggregates(config)
    yield from _unfit_counts(config)
    if isinstance(config.targets.people, PeopleFile) and len(config.grid.datasets) > 1:
        example = f"{{{config.grid.datasets[0]}: {config.targets.people.file}}}"
        yield f"targets.people: one file, and {len(config.grid.datasets)} datasets, expected whose it is: {example}"
    yield from unfit_members(config)
    if config.compare_with is not None and (role := config.adm(config.compare_with).role).is_reference:
        yield f"compare_with: '{config.compare_with}' is a reference ({role}), expected an ADM that competes"


def _unfit_names(config: Config) -> Iterator[str]:
    named = ("datasets", "experiments", "adms", "models", "decodings")
    for place, names in ((place, getattr(config, place)) for place in named):
        for name in names:
            if not is_name(name):
                yield f"{place}: invalid name {shown(name)}, expected {NAME_FORM}"
    for place, wildcard in (("datasets", "dataset"), ("experiments", "experiment"), ("adms", "adm")):
        first: dict[str, str] = {}
        for name in filter(is_name, getattr(config, place)):
            if is_reserved(wildcard, name):
                yield f"{place}: invalid name {shown(name)}, results have a file or folder of it, expected another"
            if (other := first.setdefault(on_any_disk(name), name)) != name:
                yield f"{place}: invalid name {shown(name)}, on some disks {shown(other)} is the same, expected another"


def _repetitions(config: Config) -> Iterator[str]:
    lists: dict[str, Iterable[object]] = {
        "grid.datasets": config.grid.datasets,
        "grid.experiments": config.grid.experiments,
        "targets.attribute_counts": config.targets.attribute_counts if config.targets.attribute_counts != "all" else (),
        "targets.choices": config.targets.choices,
        **{f"experiments.{name}.adms": entry.adms for name, entry in config.experiments.items()},
    }
    for place, entries in lists.items():
        for entry, count in Counter(entries).items():
            if count > 1:
                yield f"{place}: {shown(entry)} is listed {count} times, expected once"


def _idle_datasets(config: Config) -> Iterator[str]:
    """Datasets of the grid without results. An experiment may name none of them: other grids of the config have it."""
    used = {dataset for dataset, _, _ in config.cells()}
    for dataset in config.grid.datasets:
        if dataset not in used:
            yield f"grid.datasets: no experiment of the grid runs on {shown(dataset)}; their key datasets leaves it out"


def _equal_labels(config: Config) -> Iterator[str]:
    """Of what tables and figures show next to each other."""
    names = config.names()
    for place, entries in (("adms", names.adms), ("experiments", names.experiments)):
        first: dict[str, str] = {}
        for entry in entries:
            if (other := first.setdefault(entry.label, entry.name)) != entry.name:
                yield f"{place}.{entry.name}.label: {shown(entry.label)} is that of {other} too, expected another"


def _running(config: Config) -> dict[str, Experiment]:
    """The experiments that run here."""
    return {name: experiment for name, experiment in config.experiments.items() if experiment.imported is None}


def _missing_models(config: Config) -> Iterator[str]:
    for name, experiment in _running(config).items():
        if experiment.decoding is None:
            yield f"experiments.{name}.decoding: this key is missing"
        for adm in experiment.adms:
            if experiment.model is None and config.adm(adm).needs_model:
                yield f"experiments.{name}.model: this key is missing, the ADM '{adm}' needs a model"


def _unfit_engines(config: Config) -> Iterator[str]:
    kind = asked_kind(config.protocol)
    raw = " that completes raw text (raw_reasoning_completions)" if kind == RequestKind.COMPLETION else ""
    asked: list[tuple[str, str, str | None, RequestKind | None]] = [
        (f"datasets.{name}.reasonings.model", f"a writer of reasonings{raw}", dataset.reasonings.model, kind)
        for name, dataset in config.datasets.items()
    ]
    asked += [
        (f"experiments.{name}.model", f"the ADM '{adm}'", experiment.model, config.adm(adm).asks)
        for name, experiment in _running(config).items()
        for adm in experiment.adms
    ]
    for place, asker, model, asks in asked:
        if model is None or asks is None:
            continue
        if asks not in ENGINES.get(engine := config.models[model].engine, f"models.{model}.engine").answers:
            fit = ", ".join(_engines_that_answer(asks))
            yield f"{place}: '{model}' runs in the engine {engine}, {asker} needs one of: {fit}"


def _engines_that_answer(asked: RequestKind) -> list[str]:
    return ENGINES.names_where(lambda kind: asked in kind.answers)


def _unfit_aggregates(config: Config) -> Iterator[str]:
    for name, entry in config.adms.items():
        if entry.aggregate != "mean" and not config.adm(name).predicts_levels:
            yield f"adms.{name}.aggregate: {entry.aggregate} is of scores; {entry.kind} picks a response by majority"


def _unfit_counts(config: Config) -> Iterator[str]:
    """Counts of attributes that no dataset has, and numbers of targets that one does not have.

    Where a count is too large for some datasets, those leave it out.
    """
    counts = {dataset: config.attribute_counts(dataset) for dataset in config.grid.datasets}
    if config.targets.attribute_counts != "all":
        most = max(len(config.attributes(dataset).names) for dataset in counts)
        for count in config.targets.attribute_counts:
            if count > most:
                yield f"targets.attribute_counts: {count}, expected 1 to {most}, or all"
    for dataset, found in counts.items():
        for count in found:
            if config.targets.number > (most := candidate_count(config.attributes(dataset), count)):
                yield f"targets.number: {config.targets.number}, {dataset} has {most} targets of {count} attributes"
