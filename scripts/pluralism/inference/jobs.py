"""The inference jobs: requests are made, answered by an engine through the journal, and read back.

An ADM's answers are read back as predictions, those about train items as their reasonings.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from pluralism.adms.base import Adm, Query, Task
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.engines import open_engine
from pluralism.engines.base import Engine
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shots
from pluralism.inference.answering import answer_requests, read_answers
from pluralism.inference.journal import Journal, read_journals
from pluralism.inference.reasonings import ReasoningSettings, check_engine, reasoning_requests, with_reasonings
from pluralism.inference.settings import Asking, Settings
from pluralism.inference.shards import Shard, shard_journal, shard_requests, sibling_journals
from pluralism.predictions import Prediction, checked_predictions
from pluralism.requests import Generation
from pluralism.targets.target import Target

log = logging.getLogger(__name__)


def task_of(
    settings: Asking,
    *,
    attributes: AttributeSet,
    train: Sequence[Item],
    evaluation: Sequence[Item],
    shots: Shots,
    targets: Sequence[Target],
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
    )


def predict(settings: Settings, task: Task, journal_path: Path, *, gather: bool = False) -> list[Prediction]:
    """Ask all that the ADM asks and is not in the journal, and read the answers.

    Args:
        settings: of the job.
        task: with all items.
        journal_path: the journal; answers of shards, in the journals next to it, count, too.
        gather: ask nothing, read only the journals of the shards. The predictions are those of one job, row for row.

    Raises:
        UserError: the ADM needs examples, targets or a model and has none, or its predictions are not of the items; or,
            with `gather`, an answer is not found.
    """
    adm, queries = _queries(settings, task)
    generations = _generations(settings, queries, journal_path, gather=gather) if queries else []
    rows = adm.read(task, queries, generations)
    counts = [len(item.responses) for item in task.items]
    bounded = adm.unbounded_with is None or not getattr(settings.protocol, adm.unbounded_with)
    try:
        checked_predictions(rows, counts, task.attributes.names, bounded=bounded)
    except UserError as error:
        raise UserError(f"the ADM {settings.adm.kind}: {error}") from None
    return rows


def _generations(settings: Settings, queries: Sequence[Query], journal_path: Path, *, gather: bool) -> list[Generation]:
    """The answers to queries; arguments as for `predict`."""
    requests, engine, journals = [query.request for query in queries], _engine(settings), sibling_journals(journal_path)
    if gather:
        return read_answers(requests, engine, read_journals(journals))
    with Journal(journal_path, journals) as journal:
        return answer_requests(requests, engine, journal)


def predict_shard(settings: Settings, task: Task, journal_path: Path, shard: Shard) -> int:
    """Ask one shard's part of what the ADM asks, for the shard's own journal; gives the number of its requests.

    Args:
        settings: of the whole job.
        task: with all items.
        journal_path: the journal of a job without shards.
        shard: which part.

    Raises:
        UserError: the ADM needs examples, targets or a model and has none.
    """
    _, queries = _queries(settings, task)
    engine = _engine(settings)
    requests = shard_requests(queries, task, shard, engine)
    with Journal(shard_journal(journal_path, shard), sibling_journals(journal_path)) as journal:
        answer_requests(requests, engine, journal)
    return len(requests)


def write_reasonings(
    settings: ReasoningSettings, items: Sequence[Item], attributes: AttributeSet, journal_path: Path
) -> list[Item]:
    """Labelled train items with reasonings that a model writes, as far as the journal does not have them.

    Raises:
        UserError: the model's engine does not answer what the protocol asks.
    """
    check_engine(settings)
    requests = reasoning_requests(settings, items, attributes)
    with Journal(journal_path) as journal:
        answers = answer_requests(requests, open_engine(settings.model), journal)
    return with_reasonings(items, attributes, requests, answers)


def _queries(settings: Settings, task: Task) -> tuple[Adm, list[Query]]:
    adm = settings.make_adm()
    if adm.few_shot is not None and not task.shots:
        raise UserError(f"the ADM {settings.adm.kind} shows few-shot examples: --examples is missing")
    if adm.sees_targets(task.protocol) and not task.targets:
        raise UserError(f"the ADM {settings.adm.kind} looks at the target: --targets is missing")
    queries = adm.queries(task)
    log.info("%d queries", len(queries))
    return adm, queries


def _engine(settings: Settings) -> Engine:
    if settings.model is None:
        raise UserError(f"the ADM {settings.adm.kind} asks a model: the settings have none")
    return open_engine(settings.model)
