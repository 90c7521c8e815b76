"""A made-up study of any size: items, targets and predictions in the real format, without a model.

For checks of how the steps after inference scale. Its numbers mean nothing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pluralism.adms.base import Adm, Task
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.decisions.selection import Array, level_array, nearest_responses
from pluralism.files import write_json, write_text
from pluralism.predictions import prediction_table, write_predictions
from pluralism.study.config import Config, Dataset
from pluralism.study.provenance import Provenance, Record
from pluralism.study.study import Study
from pluralism.targets.doses import dose_targets
from pluralism.targets.sampling import sampled_targets
from pluralism.targets.target import Target, extreme_targets, target_name

PAPER_ITEMS = {"mic": 336, "helpsteer2": 500}
"""Eval items of the paper's datasets."""

MOST_RESPONSES = {"mic": 5, "helpsteer2": 2}
"""By the format of the dataset; the fewest are 2."""

WORDS = {"mic": 20, "helpsteer2": 200}
"""Of a response."""

NOISE, SKILL = 0.25, 0.3
"""Standard deviation of predicted levels around the label; how often a pick is the nearest response by intent."""

Draw = np.random.Generator


UNWRITTEN = {"reasonings": {"model": None}}
"""No model is asked, not even for reasonings."""


def write_study(config: Config, items: Mapping[str, int], seed: int, folder: Path) -> None:
    """Write all that inference and the steps before it would make for a config's grid.

    Args:
        config: whose grid to fill.
        items: dataset -> number of eval items.
        seed: of all draws.
        folder: gets `data/`, `alignment_targets/`, `results/` and `overlay.yaml`, which names the datasets as given.
    """
    overlay = {
        name: {"format": "items", "raw": None, "attributes": str(config.attribute_path(name).resolve()), **UNWRITTEN}
        for name in config.grid.datasets
    }
    write_text(folder / "overlay.yaml", yaml.safe_dump({"datasets": overlay}))
    datasets = {name: Dataset.model_validate(entry) for name, entry in overlay.items()}
    study = Study(config.model_copy(update={"datasets": {**config.datasets, **datasets}}))
    provenance, paths = Provenance(study), study.paths
    for number, name in enumerate(study.datasets):
        draw = np.random.default_rng([seed, number])
        attributes, kind = config.attributes(name), config.datasets[name].format
        made = make_items(items[name], attributes, MOST_RESPONSES.get(kind, 5), WORDS.get(kind, 50), draw)
        for path in (paths.train(name), paths.eval(name)):
            write_json(folder / path, [item.as_json() for item in made])
        targets = make_targets(study, name, folder)
        write_record(folder, provenance.targets(name))
        # Empty, and older than the predictions, so that Snakemake neither chooses examples nor predicts.
        for path in {path for cell in study.cells(name) for path in study.examples(cell)}:
            write_text(folder / path, "")
        for cell in study.cells(name):
            task = Task(
                made,
                attributes,
                cell.settings.decoding.samples,
                seed=seed,
                targets=targets if cell.sees_targets else (),
                protocol=cell.settings.protocol,
            )
            table = predictions(cell.maker, task, targets, draw)
            write_predictions(table, folder / paths.predictions(*cell.names))
            write_record(folder, provenance.predictions(cell))


def write_record(folder: Path, record: Record) -> None:
    """Write down what results were made with, as their job would."""
    write_text(folder / record.path, "".join(f"{line}\n" for line in sorted(record.lines)))


def make_items(count: int, attributes: AttributeSet, most_responses: int, words: int, draw: Draw) -> list[Item]:
    """Items with labels drawn from all levels alike."""
    made: list[Item] = []
    for index in range(count):
        n_responses = int(draw.integers(2, most_responses + 1))
        labels = draw.choice(attributes.levels, size=(n_responses, len(attributes.names)))
        made.append(
            Item(
                f"Prompt {index}: {'what do you say to that? ' * (words // 10)}",
                tuple(f"Response {place} to {index}: {'word ' * words}" for place in range(n_responses)),
                tuple(dict(zip(attributes.names, levels, strict=True)) for levels in labels.tolist()),
            )
        )
    return made


def make_targets(study: Study, dataset: str, folder: Path) -> list[Target]:
    """Write the targets that a study of a dataset makes, and return them."""
    attributes = study.config.attributes(dataset)
    made = list(extreme_targets(attributes))
    for count in study.config.attribute_counts(dataset):
        made += sampled_targets(attributes, count, study.config.targets.number)
    if study.config.targets.doses:
        made += dose_targets(attributes)
    paths = {target_name(Path(path)): path for path in study.targets(dataset)}
    for target in made:
        write_json(folder / paths[target.name], target.levels)
    return made


def predictions(adm: Adm, task: Task, targets: Sequence[Target], draw: Draw) -> pd.DataFrame:
    """What an ADM might have predicted, with the columns of `predictions.parquet`."""
    if not adm.needs_model:
        return prediction_table(adm.read(task, [], []))
    names = task.attributes.names
    labels = level_array([item.labels for item in task.items], names)
    if adm.predicts_levels:
        return _level_table(labels, names, task.samples, draw)
    if adm.target_bound:
        intents = {target.name: nearest_responses(labels, names, target) for target in targets}
        tables = [_pick_table(labels, intent, name, task.samples, draw) for name, intent in intents.items()]
        per_target = len(task.items) * task.samples
        return pd.concat(
            [table.assign(query=table["query"] + place * per_target) for place, table in enumerate(tables)],
            ignore_index=True,
        )
    return _pick_table(labels, np.zeros(len(labels), dtype=np.intp), None, task.samples, draw)


def _level_table(labels: Array, names: Sequence[str], samples: int, draw: Draw) -> pd.DataFrame:
    """One query per item, attribute and sample, as a comparative ADM asks."""
    sample, item, response, attribute = np.nonzero(~np.isnan(np.broadcast_to(labels, (samples, *labels.shape))))
    score = np.clip(labels[item, response, attribute] + NOISE * draw.standard_normal(len(item)), 0, 1).round(2)
    query = (item * len(names) + attribute) * samples + sample
    return _table(
        item=item,
        response=response,
        attribute=np.array(names)[attribute],
        sample=sample,
        target=None,
        score=score,
        position=_positions(labels, samples, draw)[sample, item, response],
        query=query,
    )


def _pick_table(labels: Array, intent: np.ndarray, target: str | None, samples: int, draw: Draw) -> pd.DataFrame:
    """One query per item and sample; the pick is the intended one with a probability of SKILL, else any."""
    exists = ~np.isnan(labels[:, :, 0])
    chance = draw.random((samples, *exists.shape)) * exists
    picks = np.where(draw.random(chance.shape[:2]) < SKILL, intent, chance.argmax(axis=2))
    sample, item, response = np.nonzero(np.broadcast_to(exists, chance.shape))
    return _table(
        item=item,
        response=response,
        attribute=None,
        sample=sample,
        target=target,
        score=(picks[sample, item] == response).astype(float),
        position=_positions(labels, samples, draw)[sample, item, response],
        query=item * samples + sample,
    )


def _positions(labels: Array, samples: int, draw: Draw) -> np.ndarray:
    """A random order of the responses, shape (samples, items, responses)."""
    exists = ~np.isnan(labels[:, :, 0])
    keys = np.where(exists, draw.random((samples, *exists.shape)), 2)
    order: np.ndarray = keys.argsort(axis=2).argsort(axis=2)
    return order


def _table(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    reasoning = "Reasoning " + table["query"].astype(str) + ", response " + table["response"].astype(str)
    return table.assign(
        reasoning=reasoning + ": " + "the response keeps what it promised. " * 4,
        prompt_tokens=400 + table["query"] % 100,
        output_tokens=60 + table["query"] % 40,
        spread=None,
    )
