"""A made-up study of any size: items, targets, few-shot examples and predictions in the real format, without a model.

For checks of how the steps after inference scale. Its numbers mean nothing; its texts have the length of real ones, and
words as often as in a language, so that they take as much room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pluralism.adms.base import Adm, Query, Task
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.decisions.selection import Array, Indices, level_array, nearest_responses
from pluralism.few_shot.examples import Shots, shots_of, write_examples
from pluralism.few_shot.selection import choose_examples
from pluralism.few_shot.similarity.matrix import Comparison
from pluralism.files import write_json, write_text
from pluralism.inference.jobs import task_of
from pluralism.predictions import prediction_table, write_predictions
from pluralism.prompts.rendering import Templates
from pluralism.study.config import Config
from pluralism.study.data_sections import Dataset
from pluralism.study.grid import Cell
from pluralism.study.provenance import Provenance, Record
from pluralism.study.study import Study
from pluralism.targets.doses import dose_targets
from pluralism.targets.sampling import sampled_targets
from pluralism.targets.target import Target, extreme_targets, target_name

PAPER_ITEMS = {"mic": 336, "helpsteer2": 500}
"""Eval items of the paper's datasets."""

MOST_RESPONSES = {"mic": 5, "helpsteer2": 2}
"""By the format of the dataset; the fewest are 2."""

PROMPT_WORDS, WORDS = {"mic": 20, "helpsteer2": 80}, {"mic": 20, "helpsteer2": 200}
"""Of a prompt and of a response."""
PHRASES, PHRASE_WORDS, REASONING_WORDS = 100, (3, 9), (12, 27)
"""How many phrases reasonings begin with, as a model's do; the fewest and the most words of these, and of the rest."""
ABOUT_WORDS = 500
"""What is said about an item, again and again, is cut from a text of so many words."""
TRAIN_ITEMS = 2
"""For each eval item."""

NOISE, SKILL = 0.25, 0.3
"""Standard deviation of predicted levels around the label; how often a pick is the nearest response by intent."""

Draw = np.random.Generator


UNWRITTEN = {"reasonings": {"model": None}}
"""No model is asked, not even for reasonings."""


@dataclass(frozen=True)
class Corpus:
    """A long made-up text, from which others are cut.

    Attributes:
        words: of the text, by Zipf's law.
    """

    words: Sequence[str]

    @classmethod
    def drawn(cls, draw: Draw, size: int = 200_000, distinct: int = 4000) -> "Corpus":
        """A corpus of words of 2 to 9 letters."""
        alphabet = np.array(list("etaoinshrdlucmfwygpbvk"))
        spelled = ["".join(draw.choice(alphabet, length)) for length in draw.integers(2, 10, distinct)]
        often = 1 / np.arange(1, distinct + 1)
        return cls(np.array(spelled)[draw.choice(distinct, size, p=often / often.sum())].tolist())

    @cached_property
    def _starts(self) -> Array:
        """Where each word begins, and the end of the text."""
        return np.concatenate([[0], np.cumsum([len(word) + 1 for word in self.words])])

    @cached_property
    def _text(self) -> str:
        return " ".join(self.words)

    @cached_property
    def _phrases(self) -> list[str]:
        draw = np.random.default_rng(0)
        return self.texts(draw.integers(*PHRASE_WORDS, PHRASES), draw)

    def reasonings(self, items: Indices, draw: Draw) -> list[str]:
        """What a model gives for its answers, one for each of the items by their index; of one item they are alike."""
        counts = draw.integers(*REASONING_WORDS, len(items))
        about = items * ABOUT_WORDS % (len(self.words) - ABOUT_WORDS)
        rest = self._cut(about + draw.integers(0, ABOUT_WORDS - counts), counts)
        phrases = draw.integers(0, PHRASES, len(items)).tolist()
        return [f"{self._phrases[phrase]} {text}" for phrase, text in zip(phrases, rest, strict=True)]

    def texts(self, counts: Indices, draw: Draw) -> list[str]:
        """Texts of so many words each."""
        return self._cut(draw.integers(0, len(self.words) - counts), counts)

    def _cut(self, first: Indices, counts: Indices) -> list[str]:
        """The texts of so many words each that begin at these."""
        starts, ends = self._starts[first], self._starts[first + counts] - 1
        return [self._text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def write_study(config: Config, items: Mapping[str, int], seed: int, folder: Path) -> None:
    """Write all that inference and the steps before it would make for a config's grid.

    Args:
        config: whose grid to fill.
        items: dataset -> number of eval items.
        seed: of all draws.
        folder: gets `data/`, `alignment_targets/`, `results/` and `overlay.yaml`, which names the datasets as given,
            and our prompts.
    """
    overlay = {
        name: {"format": "items", "raw": None, "attributes": str(config.attribute_path(name).resolve()), **UNWRITTEN}
        for name in config.grid.datasets
    }
    write_text(folder / "overlay.yaml", yaml.safe_dump({"datasets": overlay, "prompts": Templates().as_config()}))
    datasets = {name: Dataset.model_validate(entry) for name, entry in overlay.items()}
    changed = {"datasets": {**config.datasets, **datasets}, "prompts": Templates()}
    study = Study(config.model_copy(update=changed))
    corpus = Corpus.drawn(np.random.default_rng(seed))
    for number, name in enumerate(study.datasets):
        draw = np.random.default_rng([seed, number])
        kind = config.datasets[name].format
        write_dataset(study, name, folder, kind=kind, count=items[name], corpus=corpus, draw=draw)


def write_dataset(study: Study, name: str, folder: Path, *, kind: str, count: int, corpus: Corpus, draw: Draw) -> None:
    """Write all of one dataset with so many eval items; `kind`: the format whose items these resemble."""
    provenance, paths, attributes = Provenance(study), study.paths, study.config.attributes(name)
    words = (PROMPT_WORDS.get(kind, 20), WORDS.get(kind, 50))
    train, evaluation = (
        make_items(number, attributes, MOST_RESPONSES.get(kind, 5), words, corpus=corpus, draw=draw)
        for number in (TRAIN_ITEMS * count, count)
    )
    for path, made in ((paths.train(name), train), (paths.eval(name), evaluation)):
        write_json(folder / path, [item.as_json() for item in made])
    targets = make_targets(study, name, folder)
    write_record(folder, provenance.targets(name))
    # Older than the predictions, so that Snakemake neither chooses examples nor predicts.
    shots: dict[str, Shots] = {}
    for cell in study.cells(name):
        for path in study.examples(cell):
            shots[path] = shots.get(path) or make_examples(study, cell, folder / path, train, evaluation, draw=draw)
    for cell in study.cells(name):
        task = task_of(
            cell.settings,
            attributes=attributes,
            train=train,
            evaluation=evaluation,
            shots=next((shots[path] for path in study.examples(cell)), {}),
            targets=targets if cell.sees_targets else (),
        )
        write_predictions(predictions(cell.maker, task, corpus, draw), folder / paths.predictions(*cell.names))
        write_record(folder, provenance.predictions(cell))


def write_record(folder: Path, record: Record) -> None:
    """Write down what results were made with, as their job would."""
    write_text(folder / record.path, "".join(f"{line}\n" for line in sorted(record.lines)))


def make_items(
    count: int, attributes: AttributeSet, most_responses: int, words: tuple[int, int], *, corpus: Corpus, draw: Draw
) -> list[Item]:
    """Items with labels drawn from all levels alike, and reasonings; `words`: of a prompt and of a response."""
    made: list[Item] = []
    for index in range(count):
        n_responses = int(draw.integers(2, most_responses + 1))
        labels = draw.choice(attributes.levels, size=(n_responses, len(attributes.names)))
        prompt, *responses = corpus.texts(np.array([words[0], *[words[1]] * n_responses]), draw)
        reasonings = corpus.reasonings(np.full(labels.size, index), draw)
        size = len(attributes.names)
        made.append(
            Item(
                prompt,
                tuple(responses),
                tuple(dict(zip(attributes.names, levels, strict=True)) for levels in labels.tolist()),
                tuple(
                    dict(zip(attributes.names, reasonings[place * size : (place + 1) * size], strict=True))
                    for place in range(n_responses)
                ),
            )
        )
    return made


def make_examples(
    study: Study, cell: Cell, path: Path, train: Sequence[Item], evaluation: Sequence[Item], *, draw: Draw
) -> Shots:
    """Write the few-shot examples of an ADM, chosen by a made-up similarity, and return them."""
    few_shot, config = cell.few_shot, study.config
    assert few_shot is not None
    alike = Comparison.of_items(draw.random((len(evaluation), len(train))))
    chosen = choose_examples(
        few_shot,
        evaluation,
        train,
        config.attributes(cell.dataset),
        alike if few_shot.measure is not None else None,
        protocol=config.protocol,
        seed=config.seed,
    )
    write_examples(chosen, path)
    return shots_of(chosen, evaluation)


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


def predictions(adm: Adm, task: Task, corpus: Corpus, draw: Draw) -> pd.DataFrame:
    """What an ADM might have predicted, with the columns of `predictions.parquet`."""
    queries = adm.queries(task)
    if not adm.needs_model:
        return prediction_table(adm.read(task, queries, []))
    rows = _rows(queries)
    labels = level_array([item.labels for item in task.items], task.attributes.names)
    if adm.predicts_levels:
        rows = rows.merge(pd.DataFrame({"asked": task.attributes.names}), how="cross")
        rows = rows[rows["attribute"].isna() | (rows["attribute"] == rows["asked"])].assign(attribute=rows["asked"])
        place = rows["attribute"].map({name: number for number, name in enumerate(task.attributes.names)})
        level = labels[rows["item"], rows["response"], place]
        score = np.clip(level + NOISE * draw.standard_normal(len(rows)), 0, 1).round(2)
    else:
        score = _votes(rows, task, labels, draw)
    reasoning = np.full(len(rows), "", dtype=object)
    given = np.flatnonzero(score if not adm.predicts_levels else np.ones(len(rows)))
    reasoning[given] = corpus.reasonings(rows["item"].to_numpy()[given], draw)
    return rows.assign(
        score=score,
        reasoning=reasoning,
        prompt_tokens=400 + rows["query"] % 100,
        output_tokens=60 + rows["query"] % 40,
        spread=None,
    )


def _rows(queries: Sequence[Query]) -> pd.DataFrame:
    """A row per response of each query about an eval item, without what is predicted."""
    asked = [(number, query) for number, query in enumerate(queries) if not query.train]
    sizes = [len(query.order) for _, query in asked]
    columns = {
        "query": [number for number, _ in asked],
        **{name: [getattr(query, name) for _, query in asked] for name in ("item", "sample", "attribute", "target")},
    }
    rows = pd.DataFrame(columns).astype({"attribute": "string", "target": "string"})
    shown = {
        "response": list(chain.from_iterable(query.order for _, query in asked)),
        "position": list(chain.from_iterable(map(range, sizes))),
    }
    return rows.loc[np.repeat(np.arange(len(asked)), sizes)].reset_index(drop=True).assign(**shown)


def _votes(rows: pd.DataFrame, task: Task, labels: Array, draw: Draw) -> Array:
    """1 for the response picked by each sample, else 0; of each target the same, whichever targets follow."""
    votes, any_response = np.zeros(len(rows)), np.zeros(len(labels), dtype=np.intp)
    wanted = {target.name: target for target in task.targets}
    for name, own in rows.groupby(rows["target"].fillna(""), sort=False):
        names, target = task.attributes.names, wanted.get(str(name))
        intent = nearest_responses(labels, names, target) if target is not None else any_response
        votes[own.index] = _votes_for(own, intent, draw)
    return votes


def _votes_for(rows: pd.DataFrame, intent: Indices, draw: Draw) -> Array:
    """Those of one target: the intended response of the item with a probability of SKILL, else any."""
    voter = rows.groupby(["item", "sample"], sort=False).ngroup().to_numpy()
    is_intended = draw.random(voter.max() + 1)[voter] < SKILL
    wish = draw.random(len(rows)) + (is_intended & (rows["response"].to_numpy() == intent[rows["item"].to_numpy()]))
    votes: Array = (wish == pd.Series(wish).groupby(voter).transform("max")).to_numpy(dtype=float)
    return votes
