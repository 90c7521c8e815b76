"""What a figure is, and which figures a study has. Imports nothing that draws, so that planning is quick."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from pluralism.adms.base import Adm
from pluralism.registry import Registry
from pluralism.reporting.source import Source
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.config import Config

if TYPE_CHECKING:
    from matplotlib.figure import Figure

File = Literal["train", "eval", "targets", "predictions"]


class Per(StrEnum):
    """What a study has one figure of a kind for."""

    DATASET = "dataset"
    EXPERIMENT = "experiment"
    CELL = "cell"
    """An ADM in an experiment."""


class Stage(StrEnum):
    """What a figure waits for. The figures of a dataset that wait for the same are drawn by one job."""

    TARGETS = "targets"
    ITEMS = "items"
    PREDICTIONS = "predictions"
    STATISTICS = "statistics"


@dataclass(frozen=True)
class Part:
    """The part of a study that a figure shows: a dataset, one of its experiments, or one ADM there.

    Attributes:
        adms: name -> ADM, those in it that compete.
        sampled: whether the dataset has sampled targets.
        swept: whether a sweep over shots made one of the ADMs.
        experiment: None for a whole dataset.
        adm: None for a whole dataset or experiment.
    """

    adms: Mapping[str, Adm]
    sampled: bool
    swept: bool = False
    experiment: str | None = None
    adm: str | None = None


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure.

    Attributes:
        title: in the report.
        data: the data that it draws, which is kept beside it as CSV.
        draw: draws this data.
        tables: the tables of statistics that it is drawn from.
        files: the other files that it is drawn from.
        per: what there is one figure for.
        applies: whether a part of a study has what the figure shows.
    """

    title: str
    data: Callable[[Source], pd.DataFrame]
    draw: "Callable[[pd.DataFrame, Source], Figure]"
    tables: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    per: Per = Per.DATASET
    applies: Callable[[Part], bool] = lambda part: True

    def __post_init__(self) -> None:
        """Check the names of tables and files, so that a figure of another package is not planned with wrong ones."""
        for what, names, known in (("table", self.tables, COLUMNS), ("file", self.files, get_args(File))):
            if unknown := [name for name in names if name not in known]:
                raise ValueError(f"unknown {what} '{unknown[0]}'; allowed: {', '.join(known)}")

    @property
    def stage(self) -> Stage:
        """What it waits for."""
        if self.tables:
            return Stage.STATISTICS
        if "predictions" in self.files:
            return Stage.PREDICTIONS
        return Stage.TARGETS if self.files == ("targets",) else Stage.ITEMS

    @property
    def module(self) -> Path:
        """The file that defines it, so that an edit to it draws the figure again."""
        return Path(inspect.getfile(self.draw))


FIGURES = Registry[FigureKind]("figure", FigureKind, package="pluralism.reporting.figures", group="pluralism.figures")
"""All kinds of figures, by name."""


def competes(part: Part) -> bool:
    """Whether an ADM of the part competes."""
    return bool(part.adms)


def compares(part: Part) -> bool:
    """Whether several ADMs of the part compete."""
    return len(part.adms) > 1


def predicts_levels(part: Part) -> bool:
    """Whether an ADM of the part competes and predicts levels."""
    return any(adm.predicts_levels for adm in part.adms.values())


@dataclass(frozen=True)
class Planned:
    """A figure of a study.

    Attributes:
        kind: a name in `FIGURES`.
        part: what it shows.
    """

    kind: str
    part: Part

    @property
    def figure(self) -> FigureKind:
        """Its kind."""
        return FIGURES.get(self.kind)

    @property
    def name(self) -> str:
        """Its path below `figures/{dataset}/`, without the suffix."""
        return "/".join(filter(None, (self.part.experiment, self.part.adm, self.kind)))


def planned_figures(config: Config, dataset: str) -> dict[Stage, list[Planned]]:
    """The figures of a dataset by what they wait for; those of a part that has nothing to show are left out."""
    parts = list(_parts(config, dataset))
    planned = [Planned(kind, part) for kind in FIGURES.names() for part in parts if _shows(kind, part)]
    return {
        stage: figures for stage in Stage if (figures := [entry for entry in planned if entry.figure.stage == stage])
    }


def _shows(kind: str, part: Part) -> bool:
    figure = FIGURES.get(kind)
    per = Per.CELL if part.adm else Per.EXPERIMENT if part.experiment else Per.DATASET
    return figure.per == per and figure.applies(part)


def _parts(config: Config, dataset: str) -> Iterator[Part]:
    """The whole dataset, each experiment, and each ADM of each."""
    sampled = bool(config.attribute_counts(dataset))
    cells = [(experiment, adm) for name, experiment, adm in config.cells() if name == dataset]
    adms = {name: config.adm(name) for _, name in cells}
    experiments = dict.fromkeys(experiment for experiment, _ in cells)

    def part(names: list[str], experiment: str | None = None, adm: str | None = None) -> Part:
        competing = {name: adms[name] for name in names if not adms[name].role.is_reference}
        swept = any(config.adms[name].sweep is not None for name in competing)
        return Part(competing, sampled, swept, experiment, adm)

    yield part(list(adms))
    for experiment in experiments:
        here = [adm for name, adm in cells if name == experiment]
        yield part(here, experiment)
        yield from (part([adm], experiment, adm) for adm in here)
