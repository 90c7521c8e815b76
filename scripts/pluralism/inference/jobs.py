"""The inference jobs: requests are made, answered by an engine through the journal, and read back.

An ADM's answers are read back as predictions, those about train items as their reasonings.
"""

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pluralism.adms.base import Adm, Query, Stored, Task
from pluralism.datasets.attributes import AttributeSet, read_attributes
from pluralism.datasets.items import Item, read_items
from pluralism.engines.base import Engine
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shots, read_examples
from pluralism.inference.answering import answer_requests, read_answers
from pluralism.inference.journal import Journal, read_journals
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.reasonings import ReasoningSettings, check_engine, reasoning_requests, with_reasonings
from pluralism.inference.rounds import Asked, ask_in_rounds
from pluralism.inference.settings import Asking, Section, Settings
from pluralism.inference.shards import Shard, shard_journal, shard_queries, sibling_journals
from pluralism.predictions import Prediction, check_predictions, checked_predictions, read_predictions
from pluralism.requests import Generation
from pluralism.targets.target import Target, read_target

log = logging.getLogger(__name__)


class PredictionJob(Section):
    """What a job of predictions is given.

    Attributes:
        settings: what it takes from the config.
        attributes: attribute file.
        train: train items.
        eval: eval items.
        examples: chosen few-shot examples, for an ADM that shows some.
        whole_eval: all eval items, where `eval` has the first of them only, and the examples are those of all.
        targets: target files, for a target-bound ADM, or a decoding that stops when the picks for them are decided.
        predictions: those of the ADMs that it reads, in the order of the settings' members.
        journal: the journal of a job without shards.
        shard: which part it asks, for example 1of2; None: all.
    """

    settings: Settings
    attributes: Path
    train: Path
    eval: Path
    examples: Path | None = None
    whole_eval: Path | None = None
    targets: tuple[Path, ...] = ()
    predictions: tuple[Path, ...] = ()
    journal: Path
    shard: str | None = None

    def task(self) -> Task:
        """Read the files.

        Raises:
            UserError: one is missing or faulty, or they do not fit each other.
        """
        attributes = read_attributes(self.attributes)
        train = read_items(self.train, attributes, may_be_empty=True)
        evaluation = read_items(self.eval, attributes)
        whole = read_items(self.whole_eval, attributes) if self.whole_eval is not None else evaluation
        if whole[: len(evaluation)] != evaluation:
            raise UserError(f"{self.eval}: expected the first items of {self.whole_eval}")
        shots: Shots = {}
        if self.examples is not None:
            shots = read_examples(self.examples, whole, train, attributes, self.settings.protocol)
        return task_of(
            self.settings,
            attributes=attributes,
            train=train,
            evaluation=evaluation,
            shots=shots,
            targets=[read_target(path, attributes) for path in self.targets],
            predictions=self._members(evaluation, attributes),
        )

    def _members(self, items: Sequence[Item], attributes: AttributeSet) -> list[Stored]:
        """The predictions of the ADMs that it reads."""
        members, counts = self.settings.members, [len(item.responses) for item in items]
        if len(members) != len(self.predictions):
            raise UserError(
                f"--predictions: {len(self.predictions)} files, expected one for each of {len(members)} ADMs"
            )
        found = []
        for member, path in zip(members, self.predictions, strict=True):
            table = read_predictions(path, bounded=self.settings.protocol.bounds_scores)
            try:
                check_predictions(table, counts, attributes.names)
            except UserError as error:
                raise UserError(f"{path}: {error}") from None
            found.append(Stored(member.name, table, member.aggregate))
        return found


@dataclass(frozen=True)
class Predicted:
    """What an ADM predicted.

    Attributes:
        rows: its predictions.
        seconds: that its answers took the engine, in this job or an earlier one.
    """

    rows: list[Prediction]
    seconds: float


def task_of(
    settings: Asking,
    *,
    attributes: AttributeSet,
    train: Sequence[Item],
    evaluation: Sequence[Item],
    shots: Shots,
    targets: Sequence[Target],
    predictions: Sequence[Stored] = (),
) -> Task:
    """All that an ADM may see."""
    return Task(
        items=evaluation,
        attributes=attributes,
        samples=settings.decoding.samples,
        temperature=settings.decoding.temperature,
        shuffle=settings.decoding.temperature > 0 or settings.protocol.shuffle_greedy,
        protocol=settings.protocol,
        seed=settings.seed,
        targets=targets,
        train=train,
        shots=shots,
        prompts=settings.prompts,
        predictions=predictions,
    )


def predict(settings: Settings, task: Task, journal: Path, engine: Engine, *, wait: bool = False) -> Predicted:
    """Ask all that the ADM asks and is not in the journal, and read the answers.

    Args:
        settings: of the job.
        task: with all items.
        journal: its path; answers of shards, in the journals next to it, count, too.
        engine: of the ADM's model, where it asks one.
        wait: whether to wait for another process that has the journal open.

    Raises:
        JournalInUseError: another process has the journal open, which is not waited for.
        UserError: the ADM needs examples, targets or a model and has none, or its predictions are not of the items.
    """
    adm, queries = make_queries(settings, task)
    if not queries:
        return _read(settings, task, adm, queries, Asked({}))
    with Journal(journal, sibling_journals(journal), wait=wait) as opened:
        asked = ask_in_rounds(settings, task, adm, queries, partial(_ask, engine, opened))
    return _read(settings, task, adm, queries, asked)


def gather(settings: Settings, task: Task, journal: Path, engine: Engine) -> Predicted:
    """Read the answers of all shards; arguments as for `predict`, whose predictions these are, row for row.

    Raises:
        UserError: an answer is not found, or as for `predict`.
    """
    adm, queries = make_queries(settings, task)
    records = read_journals(sibling_journals(journal))

    def look_up(asked: Sequence[Query], _: str) -> list[Generation]:
        return read_answers([query.request for query in asked], engine, records)

    return _read(settings, task, adm, queries, ask_in_rounds(settings, task, adm, queries, look_up))


def answer(job: PredictionJob, engine: Engine, *, wait: bool = False) -> int:
    """Ask what a job asks and is not in its journal yet; gives the number of its requests.

    Args:
        job: of an ADM that asks a model; one of shards has a journal of its own.
        engine: of the ADM's model.
        wait: whether to wait for another process that has the journal open.

    Raises:
        JournalInUseError: another process has the journal open, which is not waited for.
        UserError: the ADM needs examples or targets and has none, or an input is faulty.
    """
    task = job.task()
    adm, queries = make_queries(job.settings, task)
    journal = job.journal
    if job.shard is not None:
        shard = Shard.parse(job.shard)
        queries, journal = shard_queries(queries, shard, task, engine), shard_journal(job.journal, shard)
    with Journal(journal, sibling_journals(job.journal), wait=wait) as opened:
        asked = ask_in_rounds(job.settings, task, adm, queries, partial(_ask, engine, opened))
    return len(asked.answers)


def _ask(engine: Engine, journal: Journal, queries: Sequence[Query], part: str) -> list[Generation]:
    return answer_requests([query.request for query in queries], engine, journal, part)


def write_reasonings(
    settings: ReasoningSettings, items: Sequence[Item], attributes: AttributeSet, journal_path: Path
) -> list[Item]:
    """Labelled train items with reasonings that a model writes, as far as the journal does not have them.

    Raises:
        UserError: the model's engine does not answer what the protocol asks.
    """
    check_engine(settings)
    requests = reasoning_requests(settings, items, attributes)
    with closing(LoadedOnce(settings.model)) as engine, Journal(journal_path) as journal:
        answers = answer_requests(requests, engine, journal)
    return with_reasonings(items, attributes, requests, answers)


def make_queries(settings: Settings, task: Task) -> tuple[Adm, list[Query]]:
    """The ADM of a job, and what it asks.

    Raises:
        UserError: it needs examples or targets and has none.
    """
    adm = settings.make_adm()
    if adm.few_shot is not None and not task.shots:
        raise UserError(f"the ADM {settings.adm.kind} shows few-shot examples: --examples is missing")
    if adm.sees_targets(task.protocol) and not task.targets:
        raise UserError(f"the ADM {settings.adm.kind} looks at the target: --targets is missing")
    queries = adm.queries(task)
    log.info("%d queries", len(queries))
    return adm, queries


def _read(settings: Settings, task: Task, adm: Adm, queries: Sequence[Query], asked: Asked) -> Predicted:
    """Read answers back as predictions, and check these."""
    generations = list(asked.answers.values())
    rows = adm.read(task, [queries[place] for place in asked.answers], generations)
    counts = [len(item.responses) for item in task.items]
    bounded = adm.unbounded_with is None or not getattr(settings.protocol, adm.unbounded_with)
    try:
        checked_predictions(rows, counts, task.attributes.names, bounded=bounded)
    except UserError as error:
        raise UserError(f"the ADM {settings.adm.kind}: {error}") from None
    if len(asked.answers) < len(queries):  # its rows name the queries that were asked, by their place among these
        places = list(asked.answers)
        rows = [replace(row, query=places[row.query]) for row in rows]
    seconds = {generation.key: generation.seconds for generation in generations}
    return Predicted(rows, sum(seconds.values()))
