"""The study in one sentence, and what was run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from pluralism.reporting.report.words import counted, listed, name
from pluralism.study.config import Config
from pluralism.study.study import Study


@dataclass(frozen=True)
class RunExperiment:
    """An experiment that was run, in words."""

    label: str
    model: str
    decoding: str
    adms: list[str]
    datasets: list[str]


def study_sentence(study: Study, items: Sequence[int]) -> Markup:
    """What the study did, in one sentence.

    Args:
        study: the study.
        items: the eval items of each of its datasets.
    """
    config, names = study.config, study.config.names()
    run = dict.fromkeys(adm for _, _, adm in config.cells())
    competing = [adm for adm in run if not names.is_reference(adm)]
    what = listed(
        Markup("{} of {}").format(counted(count, "item"), name(names.dataset(dataset)))
        for dataset, count in zip(study.datasets, items, strict=True)
    )
    targets = sum(len(study.targets(dataset)) for dataset in study.datasets)
    where = Markup("{} under {}").format(what, counted(targets, "alignment target"))
    if not competing:
        references = listed(name(names.adm(adm)) for adm in run)
        return Markup(
            "Only references were run: {} decided {}. They show what chance and the labels allow; no ADM that competes "
            "was run."
        ).format(references, where)
    who = counted(len(competing), "automatic decision maker")
    return Markup("{} (ADM{}) picked responses to {}.").format(who, "" if len(competing) == 1 else "s", where)


def run_experiments(config: Config) -> Iterator[RunExperiment]:
    """The experiments of the grid, with model, decoding and ADMs."""
    names = config.names()
    for key in config.grid.experiments:
        entry = config.experiments[key]
        model = config.models[entry.model] if entry.model else None
        label = "none" if model is None else f"{model.label} ({model.id})" if model.label else model.id
        where = [one for one in config.grid.datasets if entry.datasets is None or one in entry.datasets]
        yield RunExperiment(
            label=names.experiment(key),
            model="run by other code, imported" if entry.imported else label,
            decoding=_decoding(config, entry.decoding) if entry.model or entry.imported else "none",
            adms=[names.adm(adm) for adm in names.in_order(entry.adms)],
            datasets=[names.dataset(one) for one in where],
        )


def _decoding(config: Config, key: str | None) -> str:
    if key is None:
        return "not known"
    decoding = config.decodings[key]
    drawn = f"at temperature {decoding.temperature:g}" if decoding.temperature else "greedy"
    return f"{key}: {counted(decoding.samples, 'sample')}, {drawn}"


def targets_words(study: Study, dataset: str) -> str:
    """How many targets of which sets a dataset has."""
    config = study.config
    counts = config.attribute_counts(dataset)
    sampled = [f"{config.targets.number} sampled for each number of attributes ({_numbers(counts)})"] if counts else []
    doses = [counted(len(study.dose_targets(dataset)), "dose")] if config.targets.doses else []
    persons = max(0, len(study.people_targets(dataset)) - 1)  # without everyone's
    people = [f"{persons:,} of people"] if persons else []
    own = len(study.paths.custom_targets(dataset))
    return ", ".join(["high, low", *sampled, *doses, *people, *([f"{own} of your own"] if own else [])])


def _numbers(counts: Sequence[int]) -> str:
    consecutive = len(counts) > 2 and list(counts) == list(range(counts[0], counts[-1] + 1))
    return f"{counts[0]} to {counts[-1]}" if consecutive else str(listed(map(str, counts)))


def prompts_words(config: Config) -> str:
    """Whose prompts the ADMs were asked in; those that have others by name."""
    run = dict.fromkeys(adm for _, experiment, adm in config.cells() if config.experiments[experiment].imported is None)
    asked = {adm: config.adm_prompts(adm).label for adm in run if config.adm(adm).templates}
    others = [f"{config.names().adm(adm)}: {label}" for adm, label in asked.items() if label != config.prompts.label]
    return "; ".join([config.prompts.label, *others]) if asked else "none: no ADM asked a model in words"


def not_run(config: Config) -> list[str]:
    """The datasets and experiments of the config that the grid leaves out, by name."""
    left = {
        "dataset": [key for key in config.datasets if key not in config.grid.datasets],
        "experiment": [key for key in config.experiments if key not in config.grid.experiments],
    }
    return [
        f"{counted(len(keys), kind)} of the config not run: {', '.join(keys)}" for kind, keys in left.items() if keys
    ]


def item_count(accuracy: pd.DataFrame) -> int:
    """The eval items of a dataset, by its table `accuracy`."""
    return int(accuracy["n_items"].max())
