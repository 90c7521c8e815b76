"""The items, targets and examples of ADMs: read from the workflow's files, or made in memory in the same way."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item, read_items
from pluralism.datasets.prepare import split_source
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shots, read_examples, shots_of
from pluralism.few_shot.selection import choose_examples
from pluralism.few_shot.similarity.matrix import Comparison
from pluralism.planning.checks import Problem
from pluralism.study.grid import Cell
from pluralism.study.study import Study
from pluralism.targets.doses import dose_targets
from pluralism.targets.people.choices import make_people
from pluralism.targets.people.file import read_rows
from pluralism.targets.people.inference import infer_targets, numbers_of_choices
from pluralism.targets.sampling import sampled_targets
from pluralism.targets.target import Target, extreme_targets, read_target, target_name

DOWNLOADED_LATER = "is missing: it will be downloaded, and cannot be counted before"


@dataclass(frozen=True)
class Inputs:
    """The inputs of one dataset.

    Attributes:
        attributes: of the items.
        train: the train items.
        evaluation: the eval items that are decided.
        targets: all targets.
        whole: all eval items, whatever the limit.
    """

    attributes: AttributeSet
    train: list[Item]
    evaluation: list[Item]
    targets: list[Target]
    whole: list[Item]


def read_inputs(study: Study, dataset: str) -> tuple[Inputs | None, list[Problem]]:
    """A dataset's inputs, or None if some are missing or faulty; and their problems."""
    place, attributes = f"datasets.{dataset}", study.config.attributes(dataset)
    problems, items, targets = list(_raw_problems(study, dataset, place)), None, list[Target]()
    if not problems:
        try:
            items = _items(study, dataset, attributes)
        except UserError as error:
            problems.append(Problem(place, str(error)))
    made = _made_targets(study, dataset, attributes)
    if items is not None:
        try:
            made |= _people_targets(study, dataset, attributes, items[1])
        except UserError as error:
            problems.append(Problem("targets.people", str(error)))
            return None, problems
    for path in map(Path, study.targets(dataset)):
        try:
            there = path.is_file() or target_name(path) not in made
            targets.append(read_target(path, attributes) if there else made[target_name(path)])
        except UserError as error:
            problems.append(Problem(place, str(error)))
    if items is None or problems:
        return None, problems
    (train, whole), limit = items, study.config.datasets[dataset].limit
    if limit is not None and limit > len(whole):
        text = f"{limit:,}, and there are {len(whole):,} eval items, so that all of them are taken"
        problems.append(Problem(f"{place}.limit", text, "note"))
    return Inputs(attributes, train, whole[:limit], targets, whole), problems


def _raw_problems(study: Study, dataset: str, place: str) -> Iterator[Problem]:
    """The missing files. Items do not make up for raw files, since they may be left over from the demo."""
    source = study.config.datasets[dataset].source
    if not source.makes_items:
        paths = _item_paths(study, dataset)
        yield from (Problem(place, f"{path}: no such file, expected items") for path in paths if not path.is_file())
    for path in source.missing:
        if source.can_download:
            yield Problem(place, f"{path} {DOWNLOADED_LATER}", "note")
        else:
            yield Problem(place, source.missing_text(path))


def read_shots(study: Study, cell: Cell, inputs: Inputs) -> tuple[Shots, bool]:
    """An ADM's few-shot examples for all eval items, and whether these are final.

    Until they are chosen, others with the same number and levels take their place.
    """
    few_shot = cell.few_shot
    if few_shot is None:
        return {}, True
    for path in map(Path, study.examples(cell)):
        if path.is_file():
            return read_examples(path, inputs.whole, inputs.train, inputs.attributes, study.config.protocol), True
    shape = (len(inputs.whole), len(inputs.train))
    stand_in = Comparison.of_items(np.random.default_rng(0).random(shape)) if few_shot.measure is not None else None
    chosen = choose_examples(
        few_shot,
        inputs.whole,
        inputs.train,
        inputs.attributes,
        stand_in,
        protocol=study.config.protocol,
        seed=study.config.seed,
    )
    return shots_of(chosen, inputs.whole), stand_in is None


def _item_paths(study: Study, dataset: str) -> tuple[Path, Path]:
    return Path(study.train(dataset)), Path(study.whole_eval(dataset))


def _items(study: Study, dataset: str, attributes: AttributeSet) -> tuple[list[Item], list[Item]]:
    """Train items and all eval items."""
    train, evaluation = _item_paths(study, dataset)
    source, protocol = study.config.datasets[dataset].source, study.config.protocol
    if not source.makes_items or (train.is_file() and evaluation.is_file()):
        may_be_empty = not study.shows_examples(dataset)
        return read_items(train, attributes, may_be_empty=may_be_empty), read_items(evaluation, attributes)
    return split_source(source, attributes, protocol)


def _people_targets(study: Study, dataset: str, attributes: AttributeSet, items: list[Item]) -> dict[str, Target]:
    """Name -> target of people, as they will be inferred. Their choices are read anyway, so that faults are told."""
    source, config = study.config.people(dataset), study.config
    if source is None:
        return {}
    people = make_people(read_rows(source), items, config.seed)
    if all(Path(path).is_file() for path in study.people_targets(dataset)):
        return {}
    largest = numbers_of_choices(people, config.targets.choices)[-1]
    inferred = infer_targets(people, items, attributes.names, largest, config.seed)
    return {target.name: target for target in (entry.target() for entry in inferred)}


def _made_targets(study: Study, dataset: str, attributes: AttributeSet) -> dict[str, Target]:
    """Name -> target, for those that the workflow will make."""
    made = list(extreme_targets(attributes))
    if not all(Path(path).is_file() for path in study.sampled_targets(dataset)):
        for count in study.config.attribute_counts(dataset):
            made += sampled_targets(attributes, count, study.config.targets.number)
    if study.config.targets.doses:
        made += dose_targets(attributes)
    return {target.name: target for target in made}
