"""The explorer's folder: the data of each dataset, what the study is called, and the page itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralism.datasets.items import read_items
from pluralism.decisions.picking import combine
from pluralism.decisions.score_files import read_scores
from pluralism.decisions.selection import Indices, level_array
from pluralism.planning.inputs import Inputs
from pluralism.predictions import read_predictions
from pluralism.reporting.explorer.answers import USED, Answers, answers, answers_by_item, answers_value, parts
from pluralism.reporting.explorer.dataset import PART, Decides, cell_value, dataset_value, decides
from pluralism.reporting.explorer.messages import Messages
from pluralism.reporting.explorer.payloads import letters
from pluralism.reporting.explorer.samples import choice_samples, level_samples, target_samples
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.reading import read_picks
from pluralism.statistics.samples import NONE
from pluralism.study.grid import Cell
from pluralism.study.study import Study
from pluralism.targets.target import read_target

Scripts = Iterator[tuple[str, Any]]
"""(name, value) of each script of a dataset."""


@dataclass(frozen=True)
class DatasetResults:
    """The results of a dataset of a study that has run.

    Attributes:
        study: with its files.
        name: of the dataset.
    """

    study: Study
    name: str

    @cached_property
    def inputs(self) -> Inputs:
        """The items, targets and attributes."""
        study, attributes = self.study, self.study.config.attributes(self.name)
        return Inputs(
            attributes=attributes,
            train=read_items(Path(study.train(self.name)), attributes, may_be_empty=True),
            evaluation=read_items(Path(study.eval(self.name)), attributes),
            targets=[read_target(Path(path), attributes) for path in study.targets(self.name)],
            whole=read_items(Path(study.whole_eval(self.name)), attributes),
        )

    @cached_property
    def benchmark(self) -> Benchmark:
        """Items and targets as arrays."""
        inputs, protocol = self.inputs, self.study.config.protocol
        scale = None if protocol.float_ties else inputs.attributes.steps
        return make_benchmark(inputs.evaluation, inputs.attributes.names, inputs.targets, scale)

    @cached_property
    def cells(self) -> list[Cell]:
        """Its cells, in the order of the study."""
        return self.study.cells(self.name)

    def predictions(self, cell: Cell) -> pd.DataFrame:
        """Those of a cell."""
        path = Path(self.study.paths.predictions(*cell.names))
        return read_predictions(path, USED, bounded=cell.settings.protocol.bounds_scores)

    def picks(self, cell: Cell) -> Indices:
        """The decisions of a cell, shape (targets, items); NONE under a target that it did not decide for."""
        path = Path(self.study.paths.decisions(*cell.names))
        return read_picks(path, self.benchmark, needed="one" if cell.imported is not None else "all")

    def scores(self) -> pd.DataFrame:
        """Those of all cells."""
        return read_scores([Path(self.study.paths.scores(self.name))])


def dataset_scripts(results: DatasetResults) -> Scripts:
    """All scripts of a dataset; a cell's are made from its files alone, so that the memory is that of one cell."""
    inputs, benchmark = results.inputs, results.benchmark
    ranges = list(parts(len(inputs.evaluation), PART))
    messages = Messages(results.study, inputs, ranges)
    described: list[dict[str, Any]] = []
    names, scores = results.study.config.names(), results.scores()
    for number, cell in enumerate(results.cells):
        predictions = results.predictions(cell)
        kind = decides(predictions)
        picks, seen = results.picks(cell), cell.needs_model
        found = answers(predictions, picks, benchmark.names, benchmark.attributes, seen=seen)
        yield f"cells/{number}", picks_value(results, cell, kind, predictions, picks)
        yield f"samples/{number}", samples_value(benchmark, kind, found)
        by_item = answers_by_item(found, len(inputs.evaluation))
        for part, items in enumerate(ranges):
            yield f"answers/{number}/{part}", answers_value(found, by_item[items.start : items.stop])
        facts = {
            "decides": kind,
            "attributes": level_attributes(found).tolist() if kind == "levels" else [],
            "samples": int(found.column("sample").max()) + 1,
            "reasonings": found.kept,
            "messages": messages.add(cell, found),
        }
        described.append(cell_value(cell, names, benchmark, scores, facts))
    for part, value in enumerate(messages.values()):
        yield f"messages/{part}", value
    stored = [item.as_json() for item in inputs.evaluation]
    whole = dataset_value(results.name, names.dataset(results.name), inputs.attributes, benchmark, stored)
    yield "dataset", whole | {"cells": described}


def level_attributes(found: Answers) -> Indices:
    """The places of the attributes that have predicted levels, ascending."""
    return np.unique(found.column("attribute"))


def picks_value(
    results: DatasetResults, cell: Cell, kind: Decides, predictions: pd.DataFrame, picks: Indices
) -> dict[str, Any]:
    """What the page picks by: levels, with samples combined as for the decisions; or the picks themselves."""
    if kind == "targets":
        return {"picks": [letters(of_target) if (of_target != NONE).all() else None for of_target in picks]}
    items = results.inputs.evaluation
    wins = cell.settings.protocol.first_vote_wins
    combined = combine(predictions, items, cell.aggregate, first_vote_wins=wins)
    if combined.picked is not None:
        return {"picks": letters(combined.picked)}
    assert combined.levels is not None
    predicted = [name for name in results.benchmark.attributes if name in combined.levels[0][0]]
    levels = level_array(combined.levels, predicted)
    return {"levels": [levels[place, : len(item.responses)].tolist() for place, item in enumerate(items)]}


def samples_value(benchmark: Benchmark, kind: Decides, found: Answers) -> dict[str, Any]:
    """What each sample of a cell gave, and the orders shown."""
    if kind == "levels":
        return level_samples(found, benchmark.response_counts, level_attributes(found))
    if kind == "choice":
        return choice_samples(found, len(benchmark.labels))
    return target_samples(found, len(benchmark.targets), len(benchmark.labels))
