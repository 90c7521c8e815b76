"""The inference step: an ADM's queries, answered by an engine through the journal, read back as predictions."""

import logging
from collections.abc import Sequence
from pathlib import Path

from pluralism.adms.base import Task
from pluralism.config import Config
from pluralism.engines import open_engine
from pluralism.few_shot import read_examples
from pluralism.fulfil import fulfil
from pluralism.items import check_attributes, read_items
from pluralism.journal import Journal
from pluralism.predictions import Prediction
from pluralism.prompting import Prompts
from pluralism.targets import read_target, target_name

log = logging.getLogger(__name__)


def make_task(
    config: Config,
    *,
    dataset: str,
    experiment: str,
    adm: str,
    train: Path,
    evaluation: Path,
    examples: Path | None,
    targets: Sequence[Path],
) -> Task:
    """Gather what an ADM may look at.

    Raises:
        UserError: an input file is missing or does not fit the dataset's attributes.
    """
    attributes = config.attributes(dataset)
    decoding = config.decodings[config.experiments[experiment].decoding]
    items, train_items = read_items(evaluation), read_items(train)
    check_attributes(items, attributes.names, evaluation)
    check_attributes(train_items, attributes.names, train)
    bound = type(config.adm(adm)).target_bound
    return Task(
        items=items,
        attributes=attributes,
        samples=decoding.samples,
        temperature=decoding.temperature,
        shuffle=decoding.temperature > 0 or config.rules.shuffle_greedy,
        seed=config.seed,
        targets={target_name(path): read_target(path, attributes.names) for path in targets} if bound else {},
        train=train_items,
        shots=read_examples(examples) if examples is not None else {},
        prompts=Prompts(Path(config.prompts) if config.prompts is not None else None),
    )


def predict(config: Config, experiment: str, adm_name: str, task: Task, journal_path: Path) -> list[Prediction]:
    """Ask all that the ADM asks, and read the answers; what the journal holds already is not asked again."""
    adm = config.adm(adm_name)
    queries = adm.queries(task)
    if not queries:
        return adm.read(task, [], [])
    model = config.experiments[experiment].model
    assert model is not None
    log.info("%d queries to %s", len(queries), config.models[model].id)
    with Journal(journal_path) as journal:
        generations = fulfil([query.request for query in queries], open_engine(config.models[model]), journal)
    return adm.read(task, queries, generations)
