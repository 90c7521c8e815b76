"""What results were made with: each job writes down a line of its settings, below the lines of the jobs that it reads.

Lines hold what a result takes from the config. Labels, and how work is run (GPUs, shards, servers), are not among it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluralism.engines.models import ENGINES, LanguageModel
from pluralism.errors import UserError, shown
from pluralism.files import read_text
from pluralism.inference.settings import Section, settings_text
from pluralism.requests import NOT_IN_KEY, canonical
from pluralism.study.grid import Cell, make_cell
from pluralism.study.study import Study

LARGEST_RECORD = 2**26
"""Bytes of a job's lines."""


class Line(Section):
    """What a job's result takes from the config."""

    job: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What the results of a job have to be made with.

    Attributes:
        result: the path that a message names.
        path: where the job writes it down.
        line: its own, the JSON text of a `Line`.
        parts: the records of the jobs that it reads.
    """

    result: str
    path: str
    line: str
    parts: tuple["Record", ...] = ()

    @property
    def inputs(self) -> list[str]:
        """The files of its parts."""
        return [part.path for part in self.parts]

    @property
    def lines(self) -> frozenset[str]:
        """The lines of its file."""
        return frozenset({self.line}.union(*(part.lines for part in self.parts)))


@dataclass(frozen=True)
class Provenance:
    """The records of a study's jobs."""

    study: Study

    def record(self, job: str, result: str, settings: Any, parts: Iterable[Record] = ()) -> Record:
        """That of any job.

        Args:
            job: its name, as in the paths of logs.
            result: what it makes, for messages.
            settings: what its result takes from the config.
            parts: of what it reads.
        """
        return Record(
            result, self.study.paths.made_with(job), canonical({"job": job, "settings": settings}), tuple(parts)
        )

    def prepared(self, dataset: str) -> Record:
        """That of items made of raw files."""
        entry = self.study.config.datasets[dataset]
        settings = {
            "protocol": self.study.config.protocol.as_config(),
            "format": entry.format,
            **entry.source.model_dump(mode="json"),
            "attributes": entry.attributes,
        }
        return self.record(f"{dataset}/prepare_items", self.study.whole_eval(dataset), settings)

    def reasoned(self, dataset: str) -> Record:
        """That of train items whose reasonings a model writes."""
        writing = self.study.config.reasoning_settings(dataset)
        settings = {**json.loads(settings_text(writing)), "model": _answering(writing.model)}
        parts = [self.prepared(dataset)]
        return self.record(f"{dataset}/write_reasonings", self.study.train(dataset), settings, parts)

    def items(self, dataset: str) -> list[Record]:
        """Those of the items of a dataset; empty for items that a user brings, and that no limit cuts."""
        return [*self.whole_items(dataset), *([self.limited(dataset)] if dataset in self.study.limited else [])]

    def whole_items(self, dataset: str) -> list[Record]:
        """That of the items of a dataset, whatever its limit; empty for items that a user brings."""
        entry = self.study.config.datasets[dataset]
        if not entry.source.makes_items:
            return []
        return [self.reasoned(dataset) if entry.has_written_reasonings else self.prepared(dataset)]

    def limited(self, dataset: str) -> Record:
        """That of the first eval items of a dataset with a limit."""
        return self._limited(dataset, "items", self.study.eval(dataset), self._made_of_raw(dataset))

    def _made_of_raw(self, dataset: str) -> list[Record]:
        """That of eval items, which no model writes reasonings for; empty for items that a user brings."""
        return [self.prepared(dataset)] if self.study.config.datasets[dataset].source.makes_items else []

    def _limited(self, dataset: str, what: str, result: str, parts: list[Record]) -> Record:
        settings = {"limit": self.study.config.datasets[dataset].limit}
        return self.record(f"{dataset}/limit_{what}", result, settings, parts)

    def limited_annotations(self, dataset: str) -> Record:
        """That of the annotations of the first eval items of a dataset with a limit."""
        (path,) = self.study.annotations(dataset)
        return self._limited(dataset, "annotations", path, self.whole_annotations(dataset))

    def annotated(self, dataset: str) -> Record:
        """That of the annotations of a dataset, which are gathered from raw files for its eval items."""
        parts = [self.prepared(dataset)]
        return self.record(f"{dataset}/prepare_annotations", self.study.paths.annotations(dataset), {}, parts)

    def annotations(self, dataset: str) -> list[Record]:
        """That of the annotations of a dataset; empty where they are not known, or as a user brings them."""
        if dataset in self.study.limited:
            return [self.limited_annotations(dataset)] if self.study.annotations(dataset) else []
        return self.whole_annotations(dataset)

    def whole_annotations(self, dataset: str) -> list[Record]:
        """That of the annotations of all eval items; empty where they are not known, or a user brings them."""
        made = self.study.config.datasets[dataset].source.makes_items and self.study.whole_annotations(dataset)
        return [self.annotated(dataset)] if made else []

    def targets(self, dataset: str) -> Record:
        """That of the sampled targets of a dataset; it says, too, whether the study has doses."""
        config = self.study.config
        settings: dict[str, Any] = {
            "number": config.targets.number,
            "attribute_counts": config.attribute_counts(dataset),
            "attributes": config.datasets[dataset].attributes,
        }
        if config.targets.doses:  # without them, a study has the record that it had before there were doses
            settings["doses"] = True
        folder = str(Path(self.study.paths.sampled_target(dataset, "x")).parent)
        return self.record(f"{dataset}/sample_targets", folder, settings)

    def people(self, dataset: str) -> list[Record]:
        """That of the targets that are inferred from people's choices; empty where there are none."""
        config, source = self.study.config, self.study.config.people(dataset)
        if source is None:
            return []
        settings = {"choices": config.targets.choices, "seed": config.seed, **source.model_dump(mode="json")}
        folder = str(Path(self.study.paths.people_target(dataset, "x")).parent)
        return [self.record(f"{dataset}/infer_people", folder, settings, self.whole_items(dataset))]

    def all_targets(self, dataset: str) -> list[Record]:
        """Those of all targets of a dataset that depend on the config."""
        return [self.targets(dataset), *self.people(dataset)]

    def predictions(self, cell: Cell) -> Record:
        """That of the predictions of an ADM."""
        attributes = self.study.config.datasets[cell.dataset].attributes
        settings = {
            **json.loads(settings_text(cell.settings)),
            "attributes": attributes,
            "model": _answering(cell.model) if cell.model is not None else None,
        }
        if cell.imported is not None:
            settings = {"imported": self.study.imported_files(cell), "attributes": attributes}
        targets = self.all_targets(cell.dataset) if cell.reads_targets or cell.imported is not None else []
        members = [self.predictions(make_cell(self.study.config, cell.dataset, *member)) for member in cell.members]
        job, result = "/".join([*cell.names, "predict"]), self.study.paths.predictions(*cell.names)
        return self.record(job, result, settings, [*self.items(cell.dataset), *targets, *members])

    def decisions(self, cell: Cell) -> Record:
        """That of the decisions of an ADM, and of its scores."""
        settings = {"protocol": cell.settings.protocol.as_config(), "aggregate": cell.aggregate}
        job, result = "/".join([*cell.names, "decide"]), self.study.paths.decisions(*cell.names)
        return self.record(job, result, settings, [self.predictions(cell), *self.all_targets(cell.dataset)])

    def scores(self, dataset: str) -> Record:
        """That of the scores of a dataset."""
        parts = map(self.decisions, self.study.cells(dataset))
        return self.record(f"{dataset}/gather_scores", self.study.paths.scores(dataset), {}, parts)

    def statistics(self, dataset: str) -> Record:
        """That of the statistics of a dataset."""
        config = self.study.config
        margin = config.statistics.equivalence_margin
        settings = {"protocol": config.protocol.as_config(), "seed": config.seed, "equivalence_margin": margin}
        parts = list(map(self.decisions, self.study.cells(dataset)))
        parts += self.annotations(dataset)
        folder = self.study.paths.statistics_folder(dataset)
        return self.record(f"{dataset}/analyse", folder, settings, parts)

    def tables(self, dataset: str) -> Record:
        """That of the tables of a dataset."""
        parts = [self.scores(dataset), self.statistics(dataset)]
        folder = self.study.paths.tables_folder()
        return self.record(f"{dataset}/make_tables", folder, {}, parts)

    def explorer(self, dataset: str) -> Record:
        """That of the explorer's data of a dataset."""
        folder = self.study.paths.explorer_data(dataset)
        return self.record(f"{dataset}/make_explorer", folder, {}, [self.scores(dataset)])


def _answering(model: LanguageModel) -> dict[str, Any]:
    """The keys of a model that may change an answer."""
    fields = {**type(model).model_fields, **ENGINES.get(model.engine).model_fields}
    return model.model_dump(
        mode="json", exclude={name for name, field in fields.items() if NOT_IN_KEY in field.metadata}
    )


def check_fit(records: Iterable[Record], config: Path, shown: int = 3) -> None:
    """Raise a `UserError` if results were made with other settings than those of a config."""
    if faults := list(misfits(records)):
        more = f"; and {len(faults) - shown} more" if len(faults) > shown else ""
        raise UserError(f"results do not fit {config}: {'; '.join(faults[:shown])}{more}; run the study again")


def misfits(records: Iterable[Record]) -> Iterator[str]:
    """A line for each result that was made with other settings than its record has, or of which no record is kept."""
    for record in records:
        if not Path(record.path).exists():
            yield f"{record.result}: not made, or {record.path} is missing, which says what it was made with"
            continue
        try:
            found = frozenset(read_text(Path(record.path), "lines of JSON", LARGEST_RECORD).splitlines())
            if found != record.lines:
                yield f"{record.result}: {_difference(found - record.lines, record.lines - found)}"
        except UserError as error:
            yield str(error)
        except ValueError:
            yield f"{record.path}: expected lines of JSON"


def _difference(found: Iterable[str], expected: Iterable[str]) -> str:
    """The first difference between what results were made with and what they have to be made with."""
    made, wanted = _by_job(found), _by_job(expected)
    for job in [name for name in made if name in wanted]:
        for key, one, other in _different_keys(made[job], wanted[job]):
            return f"{job} had {key} {shown(one)}, expected {shown(other)}"
    return f"made with {next(iter(made))}" if made else f"made without {next(iter(wanted))}"


def _by_job(lines: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The settings of lines, by job."""
    return {line.job: line.settings for line in map(Line.model_validate_json, sorted(lines))}


def _different_keys(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(key, value, other value) of all that differs, as `adm.few_shot.shots`."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            yield from _different_keys(one.get(key), other.get(key), f"{place}.{key}" if place else key)
    elif one != other:
        yield place, one, other
