"""Reading the results of one ADM in one experiment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.roles import Role
from pluralism.decisions.selection import Indices
from pluralism.errors import UserError
from pluralism.predictions import read_predictions
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.samples import NONE, Samples, samples
from pluralism.tables import Kind, read_parquet
from pluralism.targets.sets import HIGH

_USED = [
    *("item", "response", "attribute", "sample", "target", "score", "position"),
    *("query", "prompt_tokens", "output_tokens"),
]
Needed = Literal["all", "one", "none"]
"""The targets that an ADM must have decided for: those of a run of other code are perhaps not all."""


@dataclass(frozen=True)
class CellSource:
    """Where the results of one ADM in one experiment are, and how they are read.

    Attributes:
        folder: `results/{dataset}/{experiment}/{adm}`.
        aggregate: how its scores are combined over the samples, as for its decisions.
        role: its role in the study.
        samples: answers per question; None where this is not known.
        temperature: of decoding; None where this is not known.
        prompts: whose prompts it was asked in; empty where this is not known.
        design: the first ADM of the study that is the same but for its prompts; empty where this is not known.
        model: the name of the model that it asks; empty where this is not known, or it asks none.
        stop: when an item had enough samples; empty where all were asked.
        imported: whether another code decided, and perhaps not for all targets.
        bounded: whether its predicted levels must be from 0 to 1.
    """

    folder: Path
    aggregate: Aggregate = "mean"
    role: Role = Role.CONTENDER
    samples: int | None = None
    temperature: float | None = None
    prompts: str = ""
    design: str = ""
    model: str = ""
    stop: str = ""
    imported: bool = False
    bounded: bool = True

    @property
    def experiment(self) -> str:
        """The experiment's name."""
        return self.folder.parent.name

    @property
    def adm(self) -> str:
        """The ADM's name."""
        return self.folder.name

    @property
    def greedy(self) -> bool:
        """Whether it decoded greedily."""
        return self.temperature == 0

    def basis(self, items: int) -> dict[str, str]:
        """What its numbers rest on, as text, for the table `reproduction`."""
        known = {"items": items, "samples": self.samples, "temperature": self.temperature}
        return {name: f"{value:g}" for name, value in known.items() if value is not None} | {"prompts": self.prompts}


@dataclass(frozen=True)
class Cell:
    """One ADM in one experiment.

    Attributes:
        source: where it was read.
        targets: indices of the targets that it decided for: all, unless it is imported.
        picks: index of the response picked, shape (these targets, items).
        samples: its predictions, from `samples`.
        predictions: the same as a table, without the reasonings.
    """

    source: CellSource
    targets: Indices
    picks: Indices
    samples: list[Samples]
    predictions: pd.DataFrame

    def only(self, benchmark: Benchmark, places: Indices) -> "Cell":
        """What it decided for some of a benchmark's targets, ascending `places`, as `Benchmark.only` counts them.

        Its predictions stay as they are: what they cost was for all targets.

        Raises:
            UserError: it decided for none of them.
        """
        among = np.isin(self.targets, places)
        if not among.any():
            path = self.source.folder / "decisions.parquet"
            raise UserError(
                f"{path}: decisions under doses or people's targets only, expected other targets too, such as {HIGH}"
            )
        names = [benchmark.names[place] for place in places]
        return replace(
            self,
            targets=np.searchsorted(places, self.targets[among]),
            picks=self.picks[among],
            samples=[entry for entry in self.samples if entry.target is None or entry.target in names],
        )

    def picks_or_first(self, benchmark: Benchmark) -> Indices:
        """Picks for all targets of a benchmark, the first response where it did not decide."""
        picks = np.zeros(benchmark.scored.shape, dtype=np.intp)
        picks[self.targets] = self.picks
        return picks

    @property
    def experiment(self) -> str:
        """The experiment's name."""
        return self.source.experiment

    @property
    def adm(self) -> str:
        """The ADM's name."""
        return self.source.adm


def read_cell(source: CellSource, benchmark: Benchmark) -> Cell:
    """Read `predictions.parquet` and `decisions.parquet` of one ADM in one experiment.

    Raises:
        UserError: a file is not found or cut off, or does not cover the items and targets.
    """
    folder = source.folder
    predictions = read_predictions(folder / "predictions.parquet", _USED, bounded=source.bounded)
    try:
        entries = samples(predictions, benchmark, source.aggregate)
    except UserError as error:
        raise UserError(f"{folder / 'predictions.parquet'}: {error}") from None
    picks = read_picks(folder / "decisions.parquet", benchmark, needed="one" if source.imported else "all")
    decided = np.flatnonzero((picks != NONE).all(axis=1))
    return Cell(source, decided, picks[decided], entries, predictions)


def read_picks(path: Path, benchmark: Benchmark, *, needed: Needed = "all") -> Indices:
    """Read `decisions.parquet` as picks, shape (targets, items).

    Args:
        path: of the file.
        benchmark: items and targets. Decisions for other targets are left out.
        needed: the targets that must have decisions. The picks of one without any are NONE.

    Raises:
        UserError: the file is not found or cut off, lacks a target that is needed, decides for a part of the items
            only, has two decisions on one, or names an unknown item or response.
    """
    columns: Mapping[str, Kind] = {"target": "text", "item": "whole", "response": "whole"}
    table = read_parquet(path, columns, required=columns)
    target = pd.Index(benchmark.names).get_indexer(pd.Index(table["target"]))
    item, response = (table[name].to_numpy(dtype=np.intp) for name in ("item", "response"))
    refuse_unknown(path, item, response, benchmark)
    if (twice := table.duplicated(["target", "item"]).to_numpy()).any():
        row = int(twice.argmax())
        raise UserError(f"{path}: two decisions on item {item[row]} under the target {table['target'][row]}")
    known = target >= 0
    picks = np.full(benchmark.scored.shape, NONE)
    picks[target[known], item[known]] = response[known]
    left_out = (picks == NONE).all(axis=1, keepdims=True) & (needed != "all")
    if needed == "one" and left_out.all():
        raise UserError(f"{path}: no decisions under any target of the study")
    if (missing := np.argwhere((picks == NONE) & ~left_out)).size:
        place, at = missing[0]
        raise UserError(f"{path}: no decision on item {at} under the target {benchmark.names[place]}")
    return picks


def refuse_unknown(path: Path, item: Indices, response: Indices, benchmark: Benchmark) -> None:
    """Raise a `UserError` if decisions, of a file at `path`, are on an item or a response that the benchmark lacks."""
    wrong = item >= len(benchmark.labels)
    wrong |= response >= benchmark.response_counts[np.where(wrong, 0, item)]
    if wrong.any():
        row = int(wrong.argmax())
        raise UserError(f"{path}: response {response[row]} of item {item[row]} is not among the eval items")
