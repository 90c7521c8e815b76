"""What a figure is, and which figures a study has. Imports nothing that draws, so that planning is quick."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import pandas as pd

from pluralism.adms.base import Adm
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate
from pluralism.registry import Registry
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.config import Config
from pluralism.study.names import Names
from pluralism.study.study import Study
from pluralism.targets.target import Target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawing: TypeAlias = "Figure"
"""matplotlib's figure, by a name that can be imported without matplotlib."""
File = Literal["attributes", "train", "eval", "targets", "predictions"]
FORMS = ("png", "pdf", "svg", "csv", "txt")
"""The files of a figure, by their suffix: three pictures, the data that they draw, and what they show in words."""
NOTHING = "The statistics hold nothing to draw here."


class Per(StrEnum):
    """What a study has one figure of a kind for, as the folder of such a figure."""

    DATASET = ""
    EXPERIMENT = "{experiment}/"
    CELL = "{experiment}/{adm}/"
    """An ADM in an experiment."""


class Stage(StrEnum):
    """What a figure waits for. The figures of a dataset that wait for the same are drawn by one job."""

    TARGETS = "targets"
    ITEMS = "items"
    PREDICTIONS = "predictions"
    STATISTICS = "statistics"


@dataclass(frozen=True)
class Source:
    """What a figure is drawn from: the tables and files that its kind names, read.

    Attributes:
        names: labels, order and roles.
        tables: tables of the statistics by name, with the rows of the figure's experiment if it shows one.
        attributes: what the labels of the items measure.
        items: by split.
        targets: in the order of their files.
        predictions: those of the figure's ADM.
        aggregate: how the samples of a score of this ADM are combined.
    """

    names: Names = field(default_factory=Names)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    attributes: AttributeSet = field(default_factory=lambda: AttributeSet((), ()))
    items: Mapping[Literal["train", "eval"], Sequence[Item]] = field(default_factory=dict)
    targets: Sequence[Target] = ()
    predictions: pd.DataFrame = field(default_factory=pd.DataFrame)
    aggregate: Aggregate = "mean"


@dataclass(frozen=True)
class Part:
    """The part of a study that a figure shows: a dataset, one of its experiments, or one ADM there.

    Attributes:
        adms: those in it that compete.
        sampled: whether the dataset has sampled targets.
        swept: whether a sweep over shots made one of the ADMs.
        resampled: whether ADMs have several samples, or other code ran them, perhaps with several.
        annotated: whether it is known what each annotator gave to the eval items.
        experiment: None for a whole dataset.
        adm: None for a whole dataset or experiment.
        doses: whether the dataset has targets at each level of an attribute.
        people: whether the dataset has people's choices.
    """

    adms: Sequence[Adm]
    sampled: bool
    swept: bool
    resampled: bool = False
    annotated: bool = False
    experiment: str | None = None
    adm: str | None = None
    doses: bool = False
    people: bool = False

    @property
    def per(self) -> Per:
        """What kind of part it is."""
        return Per.CELL if self.adm else Per.EXPERIMENT if self.experiment else Per.DATASET


def competes(part: Part) -> bool:
    """Whether an ADM of the part competes."""
    return bool(part.adms)


def predicts_levels(part: Part) -> bool:
    """Whether an ADM of the part competes and predicts levels."""
    return any(adm.predicts_levels for adm in part.adms)


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure.

    Attributes:
        title: in the report.
        data: the data that it draws, which is kept next to it as CSV.
        draw: draws this data.
        alt: what the drawing of this data shows, in words, for those who do not see it; by default the title.
        tables: the tables of statistics that it is drawn from.
        files: the other files that it is drawn from.
        per: what there is one figure for.
        applies: whether a part of a study has what the figure shows.
    """

    title: str
    data: Callable[[Source], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Source], Drawing]
    alt: Callable[[pd.DataFrame, Source], str] | None = None
    tables: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    per: Per = Per.DATASET
    applies: Callable[[Part], bool] = lambda part: True

    def __post_init__(self) -> None:
        """Check all, so that no figure of another package is planned that cannot be drawn."""
        for what, names, known in (("table", self.tables, COLUMNS), ("file", self.files, get_args(File))):
            if unknown := [name for name in names if name not in known]:
                raise ValueError(f"unknown {what} '{unknown[0]}'; allowed: {', '.join(known)}")
        if not all(map(callable, (self.data, self.draw, self.alt or str, self.applies))) or not isinstance(
            self.title, str
        ):
            raise ValueError("expected a text as title, and functions as data, draw, alt and applies")

    def words(self, data: pd.DataFrame, source: Source) -> str:
        """What its drawing of this data shows, for those who do not see it."""
        if data.empty:
            return f"{self.title}: {NOTHING}"
        return self.alt(data, source) if self.alt is not None else self.title

    @property
    def stage(self) -> Stage:
        """What it waits for."""
        if self.tables:
            return Stage.STATISTICS
        return next((stage for stage in (Stage.PREDICTIONS, Stage.TARGETS) if stage in self.files), Stage.ITEMS)

    @property
    def module(self) -> Path:
        """The file that defines it, so that an edit to it draws the figure again."""
        return Path(inspect.getfile(self.draw))


FIGURES = Registry[FigureKind]("figure", FigureKind, package="pluralism.reporting.figures", group="pluralism.figures")
"""All kinds of figures, by name."""


@dataclass(frozen=True)
class Planned:
    """A figure of a study: the name of its kind, and what it shows."""

    kind: str
    part: Part

    @property
    def figure(self) -> FigureKind:
        """Its kind."""
        return FIGURES.get(self.kind)

    @property
    def applies(self) -> bool:
        """Whether the part has what the figure shows."""
        with FIGURES.guarded(self.kind):
            return self.figure.per == self.part.per and bool(self.figure.applies(self.part))

    @property
    def name(self) -> str:
        """Its path below `figures/{dataset}/`, without the suffix."""
        return self.part.per.format(experiment=self.part.experiment, adm=self.part.adm) + self.kind


def planned_figures(config: Config, dataset: str) -> dict[Stage, list[Planned]]:
    """The figures of a dataset by what they wait for; those of a part that has nothing to show are left out."""
    parts = list(_parts(config, dataset))
    every = [Planned(kind, part) for kind in FIGURES.names() for part in parts]
    shown = [entry for entry in every if entry.applies]
    by_stage = {stage: [entry for entry in shown if entry.figure.stage == stage] for stage in Stage}
    return {stage: figures for stage, figures in by_stage.items() if figures}


def _parts(config: Config, dataset: str) -> Iterator[Part]:
    """The whole dataset, each experiment that has ADMs to compare, and each ADM of each.

    Where a single ADM competes, its numbers stand in the figures of the dataset and in tables; it has figures of its
    experiment only if it is all that competes in the dataset.
    """
    sampled, annotated = bool(config.attribute_counts(dataset)), bool(Study(config).annotations(dataset))
    cells = [(experiment, adm) for name, experiment, adm in config.cells() if name == dataset]
    adms = {name: config.adm(name) for _, name in cells}
    experiments = list(dict.fromkeys(experiment for experiment, _ in cells))

    def part(names: list[str], experiment: str | None = None, adm: str | None = None) -> Part:
        competing = [name for name in names if not adms[name].role.is_reference]
        swept = any(config.adms[name].sweep is not None for name in competing)
        decodings = [config.experiments[name].decoding for name in ([experiment] if experiment else experiments)]
        return Part(
            [adms[name] for name in competing],
            experiment=experiment,
            adm=adm,
            sampled=sampled,
            swept=swept,
            resampled=any(name is None or config.decodings[name].samples > 1 for name in decodings),
            annotated=annotated,
            doses=config.targets.doses,
            people=config.people(dataset) is not None,
        )

    yield part(list(adms))
    of_experiments = [
        part([adm for name, adm in cells if name == experiment], experiment) for experiment in experiments
    ]
    compared = [found for found in of_experiments if found.adms]
    yield from (found for found in compared if len(found.adms) > 1 or len(compared) == 1)
    yield from (part([adm], experiment, adm) for experiment, adm in cells)
