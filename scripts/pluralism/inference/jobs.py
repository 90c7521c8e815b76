"""The inference jobs: requests are made, answered by an engine through the journal, and read back.

An ADM's answers are read back as predictions, those about train items as their reasonings.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from pluralism.adms.base import Adm, Query, Task
from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item, check_attributes, read_items
from pluralism.engines import open_engine
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.few_shot.examples import Shots, read_examples
from pluralism.inference.answering import answer_requests, read_answers
from pluralism.inference.journal import Journal, read_journals
from pluralism.inference.reasonings import ReasoningSettings, reasoning_requests, with_reasonings
from pluralism.inference.settings import Settings
from pluralism.inference.shards import Shard, shard_journal, shard_requests, sibling_journals
from pluralism.predictions import Prediction
from pluralism.prompts.rendering import Prompts
from pluralism.requests import Request
from pluralism.targets.target import Target, read_target

log = logging.getLogger(__name__)


def make_task(
    settings: Settings,
    *,
    attributes: AttributeSet,
    train: Path,
    evaluation: Path,
    examples: Path | None = None,
    targets: Sequence[Path] = (),
) -> Task:
    """Gather what an ADM may look at.

    Raises:
        UserError: an input file is missing or does not fit the attributes.
    """
    return task_of(
        settings,
        attributes=attributes,
        train=read_labelled_items(train, attributes),
        evaluation=read_labelled_items(evaluation, attributes),
        shots=read_examples(examples) if examples is not None else {},
        targets=[read_target(path, attributes.names) for path in targets],
    )


def read_labelled_items(path: Path, attributes: AttributeSet) -> list[Item]:
    """Read items, each with a label per attribute; raises a `UserError` that names file and item."""
    items = read_items(path)
    check_attributes(items, attributes.names, path)
    return items


def task_of(
    settings: Settings,
    *,
    attributes: AttributeSet,
    train: Sequence[Item],
    evaluation: Sequence[Item],
    shots: Shots,
    targets: Sequence[Target],
) -> Task:
    """What an ADM may look at, from what is in memory."""
    return Task(
        items=evaluation,
        attributes=attributes,
        samples=settings.decoding.samples,
        temperature=settings.decoding.temperature,
        shuffle=settings.decoding.temperature > 0 or settings.rules.shuffle_greedy,
        seed=settings.seed,
        targets=targets,
        train=train,
        shots=shots,
        prompts=_prompts(settings.prompts),
    )


def predict(settings: Settings, task: Task, journal_path: Path) -> list[Prediction]:
    """Ask all that the ADM asks, and read the answers; what the journal holds already is not asked again.

    Raises:
        UserError: the ADM needs examples, targets or a model and has none.
    """
    adm, queries = _queries(settings, task)
    if not queries:
        return adm.read(task, [], [])
    with Journal(journal_path, sibling_journals(journal_path)) as journal:
        generations = answer_requests([query.request for query in queries], open_engine(_model(settings)), journal)
    return adm.read(task, queries, generations)


def predict_shard(settings: Settings, task: Task, journal_path: Path, shard: Shard) -> int:
    """Ask one shard's part of what the ADM asks.

    Args:
        settings: of the whole job.
        task: with all items.
        journal_path: where the journal of a job without shards would be.
        shard: which part.

    Returns:
        How many requests are the shard's; all are answered in its journal then.

    Raises:
        UserError: the ADM needs examples, targets or a model and has none.
    """
    _, queries = _queries(settings, task)
    engine = open_engine(_model(settings))
    requests = shard_requests(queries, task, shard, engine)
    with Journal(shard_journal(journal_path, shard), sibling_journals(journal_path)) as journal:
        answer_requests(requests, engine, journal)
    return len(requests)


def gather_shards(settings: Settings, task: Task, journal_path: Path) -> list[Prediction]:
    """Read the answers that the shards left in their journals; the predictions are those of one job, row for row.

    Raises:
        UserError: an answer is not found.
    """
    adm, queries = _queries(settings, task)
    if not queries:
        return adm.read(task, [], [])
    records = read_journals(sibling_journals(journal_path))
    return adm.read(
        task, queries, read_answers([query.request for query in queries], open_engine(_model(settings)), records)
    )


def write_reasonings(
    settings: ReasoningSettings, items: Sequence[Item], attributes: AttributeSet, journal_path: Path
) -> list[Item]:
    """Let a model write the reasonings of train items; what the journal holds already is not asked again.

    Args:
        settings: with the model.
        items: labelled with all attributes.
        attributes: with words per level.
        journal_path: the job's journal.

    Returns:
        The items with new reasonings.
    """
    requests = ask_for_reasonings(settings, items, attributes)
    with Journal(journal_path) as journal:
        answers = answer_requests(requests, open_engine(settings.model), journal)
    return with_reasonings(items, attributes, answers)


def ask_for_reasonings(settings: ReasoningSettings, items: Sequence[Item], attributes: AttributeSet) -> list[Request]:
    """What is asked about train items, see `reasoning_requests`, by a job's settings."""
    return reasoning_requests(items, attributes, settings.rules, _prompts(settings.prompts), settings.length)


def _prompts(folder: str | None) -> Prompts:
    return Prompts(Path(folder) if folder is not None else None)


def _queries(settings: Settings, task: Task) -> tuple[Adm, list[Query]]:
    adm = settings.make_adm()
    if adm.few_shot is not None and not task.shots:
        raise UserError(f"the ADM {settings.adm.kind} shows few-shot examples: --examples is missing")
    if adm.target_bound and not task.targets:
        raise UserError(f"the ADM {settings.adm.kind} looks at the target: --targets is missing")
    queries = adm.queries(task)
    log.info("%d queries", len(queries))
    return adm, queries


def _model(settings: Settings) -> LanguageModel:
    if settings.model is None:
        raise UserError(f"the ADM {settings.adm.kind} asks a model: the settings name none")
    return settings.model
