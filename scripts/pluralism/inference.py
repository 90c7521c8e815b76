"""The inference step: an ADM's queries, answered by an engine through the journal, read back as predictions."""

import logging
from collections.abc import Sequence
from pathlib import Path

from pluralism.adms.base import Task
from pluralism.attributes import AttributeSet
from pluralism.config import Settings
from pluralism.engines import open_engine
from pluralism.errors import UserError
from pluralism.few_shot import read_examples
from pluralism.fulfil import fulfil
from pluralism.items import check_attributes, read_items
from pluralism.journal import Journal
from pluralism.predictions import Prediction
from pluralism.prompting import Prompts
from pluralism.targets import read_target, target_name

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
    items, train_items = read_items(evaluation), read_items(train)
    check_attributes(items, attributes.names, evaluation)
    check_attributes(train_items, attributes.names, train)
    return Task(
        items=items,
        attributes=attributes,
        samples=settings.decoding.samples,
        temperature=settings.decoding.temperature,
        shuffle=settings.decoding.temperature > 0 or settings.rules.shuffle_greedy,
        seed=settings.seed,
        targets={target_name(path): read_target(path, attributes.names) for path in targets},
        train=train_items,
        shots=read_examples(examples) if examples is not None else {},
        prompts=Prompts(Path(settings.prompts) if settings.prompts is not None else None),
    )


def predict(settings: Settings, task: Task, journal_path: Path) -> list[Prediction]:
    """Ask all that the ADM asks, and read the answers; what the journal holds already is not asked again.

    Raises:
        UserError: the ADM needs examples, targets or a model and has none.
    """
    adm = settings.make_adm()
    if adm.few_shot is not None and not task.shots:
        raise UserError(f"the ADM {settings.adm.kind} shows few-shot examples: --examples is missing")
    if adm.target_bound and not task.targets:
        raise UserError(f"the ADM {settings.adm.kind} looks at the target: --targets is missing")
    queries = adm.queries(task)
    if not queries:
        return adm.read(task, [], [])
    if settings.model is None:
        raise UserError(f"the ADM {settings.adm.kind} asks a model: the settings name none")
    log.info("%d queries to %s", len(queries), settings.model.id)
    with Journal(journal_path) as journal:
        generations = fulfil([query.request for query in queries], open_engine(settings.model), journal)
    return adm.read(task, queries, generations)
