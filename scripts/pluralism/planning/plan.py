"""The plan of a grid: what each dataset, experiment and ADM has to generate, and what that will cost."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pluralism.adms.base import Adm, Query, Task
from pluralism.engines import open_engine
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.inference.jobs import task_of
from pluralism.inference.journal import Record, read_journals
from pluralism.inference.reasonings import reasoning_requests
from pluralism.inference.shards import sibling_journals
from pluralism.planning.checks import Problem
from pluralism.planning.counting import (
    CHARACTERS_PER_TOKEN,
    Count,
    count_queries,
    count_requests,
    some_queries,
    tokens_per_character,
)
from pluralism.planning.differences import differences
from pluralism.planning.inputs import Inputs, read_inputs, read_shots
from pluralism.planning.rates import GivenRate, Timing, answer_tokens, choose_rate
from pluralism.planning.rows import Row
from pluralism.requests import AnyRequest, key_of, key_parts
from pluralism.study.grid import Cell
from pluralism.study.study import Study


@dataclass(frozen=True)
class Plan:
    """The rows of a grid, in its order, and all that is wrong with its inputs."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def make_plan(study: Study, given: Sequence[GivenRate] = (), *, why: bool = False, with_journals: bool = True) -> Plan:
    """Count a grid.

    Args:
        study: a checked config in the working folder.
        given: rates that the user names.
        why: whether to find in what the requests to answer differ from those in the journals.
        with_journals: whether to read the journals at all.
    """
    rows, problems = list[Row](), list[Problem]()
    for dataset in study.datasets:
        inputs, faults = read_inputs(study, dataset)
        problems += faults
        planner = _DatasetPlanner(study, dataset, inputs, why=why, with_journals=with_journals)
        if study.config.datasets[dataset].has_written_reasonings:
            rows.append(planner.reasonings_row())
        rows += [planner.row(cell) for cell in study.cells(dataset) if cell.needs_model]
        problems += planner.problems
    return Plan(tuple(_timed(rows, given)), tuple(dict.fromkeys(problems)))


def _timed(rows: Sequence[Row], given: Sequence[GivenRate]) -> Iterator[Row]:
    of_models: defaultdict[str, Timing] = defaultdict(Timing)
    for row in rows:
        of_models[row.model] += row.timing
    for row in rows:
        yield replace(row, rate=choose_rate(row.model, row.timing, of_models[row.model], given))


@dataclass(frozen=True)
class _Asked:
    """What an ADM asks of any model."""

    adm: Adm
    task: Task
    queries: list[Query]
    count: Count
    known_examples: bool


def _place(row: Row) -> str:
    return f"{row.dataset}, {row.experiment}: {row.adm}"


def _measured(row: Row, records: dict[str, Record]) -> Row:
    """The row with the mean length and the speed of the answers in its journal."""
    generations = [record.generation for record in records.values()]
    mean = sum(map(answer_tokens, generations)) / len(generations)
    return replace(row, answer_tokens=mean, timing=Timing.of(generations))


class _DatasetPlanner:
    """Plans the cells of one dataset; requests that several models share are counted once."""

    def __init__(self, study: Study, dataset: str, inputs: Inputs | None, *, why: bool, with_journals: bool) -> None:
        self._study, self._dataset, self._inputs = study, dataset, inputs
        self._why, self._with_journals = why, with_journals
        self._asked: dict[tuple[str, str], _Asked] = {}
        self.problems: list[Problem] = []

    def row(self, cell: Cell) -> Row:
        """Plan a cell; faults become problems."""
        name, model = self._study.config.experiments[cell.experiment].model, cell.settings.model
        assert name is not None and model is not None, "the config was checked"
        row = Row(self._dataset, cell.experiment, cell.adm, name)
        if self._inputs is None:
            return row
        try:
            asked = self._ask(cell, self._inputs)
        except UserError as error:
            self.problems.append(Problem(_place(row), str(error)))
            return row
        rate, counted = self._tokens_per_character(name, model, [query.request for query in asked.queries])
        row = replace(
            row, count=asked.count, tokens_per_character=rate, counted=counted and asked.known_examples, answered=0
        )
        records = self._records(self._study.paths.journal(*cell.names))
        if not records:
            return row
        row = _measured(row, records)
        if not asked.known_examples:
            text = "cannot be compared with the journal before the few-shot examples are chosen"
            self.problems.append(Problem(_place(row), text, "note"))
            return replace(row, answered=None)
        return self._compared(row, [query.request for query in asked.adm.queries(asked.task)], model, records)

    def reasonings_row(self) -> Row:
        """Plan the reasonings of train items, where a model writes them."""
        settings = self._study.config.reasoning_settings(self._dataset)
        name = self._study.config.datasets[self._dataset].reasonings.model
        assert name is not None, "called only where a model writes them"
        row = Row(self._dataset, "train items", "reasonings", name)
        if self._inputs is None:
            return row
        try:
            requests = reasoning_requests(settings, self._inputs.train, self._inputs.attributes)
        except UserError as error:
            self.problems.append(Problem(_place(row), str(error)))
            return row
        rate, counted = self._tokens_per_character(name, settings.model, requests)
        count = count_requests(requests, [1] * len(requests))
        row = replace(row, count=count, tokens_per_character=rate, counted=counted, answered=0)
        records = self._records(self._study.paths.reasonings_journal(self._dataset))
        return self._compared(_measured(row, records), requests, settings.model, records) if records else row

    def _records(self, journal: str) -> dict[str, Record]:
        return read_journals(sibling_journals(Path(journal))) if self._with_journals else {}

    def _tokens_per_character(
        self, name: str, model: LanguageModel, requests: Sequence[AnyRequest]
    ) -> tuple[float, bool]:
        try:
            return tokens_per_character(model, requests)
        except UserError as error:
            self.problems.append(Problem(f"models.{name}", str(error)))
            return 1 / CHARACTERS_PER_TOKEN, False

    def _ask(self, cell: Cell, inputs: Inputs) -> _Asked:
        key = (cell.adm, self._study.config.experiments[cell.experiment].decoding)
        if key not in self._asked:
            maker = cell.maker
            shots, known = read_shots(self._study, cell, inputs)
            task = task_of(
                cell.settings,
                attributes=inputs.attributes,
                train=inputs.train,
                evaluation=inputs.evaluation,
                shots=shots,
                targets=inputs.targets if maker.target_bound else (),
            )
            queries, stands_for = some_queries(maker, task)
            count = count_queries(queries, inputs.targets).times(stands_for)
            self._asked[key] = _Asked(maker, task, queries, count, known)
        return self._asked[key]

    def _compared(
        self, row: Row, requests: Sequence[AnyRequest], model: LanguageModel, records: dict[str, Record]
    ) -> Row:
        """The row with how many of its requests the journal answers; keys contain the model's identity."""
        assert row.count is not None, "the requests are known"
        try:
            identity = open_engine(model).identity
        except UserError as error:
            self.problems.append(Problem(_place(row), f"the journal cannot be compared: {error}", "note"))
            return replace(row, answered=None)
        parts = {key_of(part): part for part in (key_parts(request, identity) for request in requests)}
        missing = [part for key, part in parts.items() if key not in records]
        count = replace(row.count, generations=len(parts))
        row = replace(row, count=count, answered=len(parts) - len(missing))
        if not self._why:
            return row
        past = [record.parts for key, record in records.items() if key not in parts]
        return replace(row, why=differences(missing, past))
