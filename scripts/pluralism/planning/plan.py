"""The plan of a grid: what each dataset, experiment and ADM has to generate, and what that will cost."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pluralism.adms.base import Task
from pluralism.engines import open_engine
from pluralism.engines.models import LanguageModel, weights_identity
from pluralism.errors import UserError
from pluralism.inference.answering import find_answers
from pluralism.inference.jobs import task_of
from pluralism.inference.journal import Record, read_journals
from pluralism.inference.reasonings import reasoning_requests
from pluralism.inference.rounds import ask_in_rounds
from pluralism.inference.settings import Decoding
from pluralism.inference.shards import sibling_journals
from pluralism.planning.checks import Problem
from pluralism.planning.counting import (
    CHARACTERS_PER_TOKEN,
    Count,
    count_all,
    count_requests,
    some_queries,
    tokens_per_character,
)
from pluralism.planning.differences import differences
from pluralism.planning.findable import Findable
from pluralism.planning.inputs import DOWNLOADED_LATER, Inputs, read_inputs, read_shots
from pluralism.planning.pricing import Pricing
from pluralism.planning.rates import Timing
from pluralism.planning.row import Row, Tokens
from pluralism.requests import AnyRequest, Generation, identity_parts, key_of, key_parts
from pluralism.study.grid import Cell
from pluralism.study.study import Study


@dataclass(frozen=True)
class Plan:
    """The plan of a grid.

    Attributes:
        rows: in the grid's order.
        problems: all of its inputs.
        inputs: of the datasets whose items are there.
        findable: the differences that its comparisons find; empty until these are worked out.
    """

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    inputs: Mapping[str, Inputs] = field(default_factory=dict)
    findable: tuple[Findable, ...] = ()


def make_plan(study: Study, pricing: Pricing, *, why: bool = False, with_journals: bool = True) -> Plan:
    """Count a grid.

    Args:
        study: a checked config in the working folder.
        pricing: rates and prices that the user names, and the device.
        why: whether to find in what the requests to answer differ from those in the journals.
        with_journals: whether to read the journals at all.
    """
    rows, problems, found = list[Row](), list[Problem](), dict[str, Inputs]()
    for dataset in study.datasets:
        inputs, faults = read_inputs(study, dataset)
        problems += faults
        if inputs is not None:
            found[dataset] = inputs
        planner = _DatasetPlanner(study, dataset, inputs, why=why, with_journals=with_journals)
        if study.config.datasets[dataset].has_written_reasonings:
            rows.append(planner.reasonings_row())
        rows += [planner.row(cell) for cell in study.cells(dataset) if cell.needs_model]
        problems += planner.problems
    priced, too_large = pricing.price(rows, study.config.models)
    return Plan(tuple(priced), tuple(dict.fromkeys([*problems, *too_large])), found)


@dataclass(frozen=True)
class _Asked:
    """What a row asks of any model.

    Attributes:
        count: of all requests.
        requests: some that represent all.
        everything: gives all requests; None while the few-shot examples are not chosen.
        needed: tells from the known answers to all of them which were, or may still be, asked; None where all are.
    """

    count: Count
    requests: Sequence[AnyRequest]
    everything: Callable[[], Sequence[AnyRequest]] | None
    needed: Callable[[Sequence[Generation | None]], Sequence[int]] | None = None


class _DatasetPlanner:
    """Plans the rows of one dataset; counts requests that several models share only once."""

    def __init__(self, study: Study, dataset: str, inputs: Inputs | None, *, why: bool, with_journals: bool) -> None:
        self._study, self._dataset, self._inputs = study, dataset, inputs
        self._why, self._with_journals = why, with_journals
        self._asked: dict[tuple[str, Decoding], _Asked] = {}
        self.problems: list[Problem] = []

    def row(self, cell: Cell) -> Row:
        """Plan a cell; faults become problems."""
        name, model = self._study.config.experiments[cell.experiment].model, cell.settings.model
        assert name is not None and model is not None, "the config was checked"
        row = Row(self._dataset, cell.experiment, cell.adm, name, at_most=cell.settings.decoding.stops)
        if cell.maker.templates:
            try:
                cell.settings.prompts.check()
            except UserError:  # told once, for the config's key: `study_problems`
                return row
        if (missing := cell.downloads) and self._inputs is not None:
            self.problems.append(Problem("prompts", f"{missing[0]} {DOWNLOADED_LATER}", "note"))
            return row
        return self._plan(row, model, self._study.paths.journal(*cell.names), lambda inputs: self._ask(cell, inputs))

    def reasonings_row(self) -> Row:
        """Plan the reasonings of train items, where a model writes them."""
        settings = self._study.config.reasoning_settings(self._dataset)
        name = self._study.config.datasets[self._dataset].reasonings.model
        assert name is not None, "called only where a model writes them"

        def ask(inputs: Inputs) -> _Asked:
            requests = reasoning_requests(settings, inputs.train, inputs.attributes)
            return _Asked(count_requests(requests, [1] * len(requests)), requests, lambda: requests)

        row = Row(self._dataset, "train items", "reasonings", name)
        return self._plan(row, settings.model, self._study.paths.reasonings_journal(self._dataset), ask)

    def _ask(self, cell: Cell, inputs: Inputs) -> _Asked:
        key = (cell.adm, cell.settings.decoding)
        if key not in self._asked:
            maker = cell.maker
            shots, known_examples = read_shots(self._study, cell, inputs)
            task = task_of(
                cell.settings,
                attributes=inputs.attributes,
                train=inputs.train,
                evaluation=inputs.evaluation,
                shots=shots,
                targets=inputs.targets if cell.reads_targets else (),
            )
            queries, stands_for = some_queries(maker, task)
            self._asked[key] = _Asked(
                count_all(queries, stands_for, inputs.targets),
                [query.request for query in queries],
                (lambda: [query.request for query in maker.queries(task)]) if known_examples else None,
                partial(_needed, cell, task) if cell.settings.decoding.stops else None,
            )
        return self._asked[key]

    def _plan(self, row: Row, model: LanguageModel, journal: str, ask: Callable[[Inputs], _Asked]) -> Row:
        """The row with its count and what is in its journal; faults become problems."""
        if self._inputs is None:
            return row
        try:
            asked = ask(self._inputs)
        except UserError as error:
            self.problems.append(Problem(row.place, str(error)))
            return row
        try:
            rate, counted = tokens_per_character(model, asked.requests)
        except UserError as error:
            self.problems.append(Problem(f"models.{row.model}", str(error)))
            rate, counted = 1 / CHARACTERS_PER_TOKEN, False
        counted = counted and asked.everything is not None
        row = replace(row, count=asked.count, tokens_per_character=rate, counted=counted, answered=0)
        records = read_journals(sibling_journals(Path(journal))) if self._with_journals else {}
        if not records:
            return row
        if own := _of_model(model, records.values()):
            row = replace(row, means=Tokens.mean_of([record.generation for record in own]), timings=_timings(own))
        if asked.everything is None:
            return self._not_compared(row, "the journal cannot be compared before the few-shot examples are chosen")
        return self._compared(row, asked, asked.everything(), model, records)

    def _compared(
        self, row: Row, ask: _Asked, requests: Sequence[AnyRequest], model: LanguageModel, records: dict[str, Record]
    ) -> Row:
        """The row with how many of its requests the journal answers; keys contain the model's identity."""
        try:
            identity = open_engine(model).identity
        except UserError as error:
            return self._not_compared(row, f"the journal cannot be compared: {error}")
        asked = [key_parts(request, identity) for request in requests]
        keys = [key_of(part) for part in asked]
        answers, parts = find_answers(requests, keys, asked, records), dict(zip(keys, asked, strict=True))
        if ask.needed is not None:
            needed = {keys[place] for place in ask.needed([answers.get(key) for key in keys])}
            parts = {key: part for key, part in parts.items() if key in needed}
        missing = [part for key, part in parts.items() if key not in answers]
        past = [record.parts for key, record in records.items() if key not in parts]
        return replace(
            row,
            count=replace(ask.count, generations=len(parts)),
            answered=len(parts) - len(missing),
            why=differences(missing, past) if self._why else Counter(),
        )

    def _not_compared(self, row: Row, text: str) -> Row:
        self.problems.append(Problem(row.place, text, "note"))
        return replace(row, answered=None)


def _needed(cell: Cell, task: Task, answers: Sequence[Generation | None]) -> list[int]:
    """The queries that a cell has asked or may ask, where its decoding stops; `answers`: those that are known."""
    queries = cell.maker.queries(task)
    known = dict(zip(map(id, queries), answers, strict=True))
    asked = ask_in_rounds(
        cell.settings, task, cell.maker, queries, lambda some, _: [known[id(query)] for query in some]
    )
    return [*asked.answers, *asked.open]


def _of_model(model: LanguageModel, records: Iterable[Record]) -> list[Record]:
    """The records of a model: a journal also keeps those of models that had its experiment's name before."""
    wanted = identity_parts({"model": weights_identity(model)["model"]}).items()
    return [record for record in records if all(record.parts.get(name, part) == part for name, part in wanted)]


def _timings(records: Iterable[Record]) -> dict[str, Timing]:
    """Device -> what its generations took."""
    by_device = defaultdict[str, list[Generation]](list)
    for record in records:
        by_device[record.device].append(record.generation)
    return {device: Timing.of(generations) for device, generations in by_device.items()}
