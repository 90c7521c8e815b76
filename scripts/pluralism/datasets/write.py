"""Writing a dataset's train and eval items."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pluralism.datasets.attributes import AttributeSet
from pluralism.datasets.items import Item
from pluralism.datasets.split import split_items
from pluralism.files import replacing
from pluralism.protocols import Protocol

log = logging.getLogger(__name__)


def split_parts(items: Sequence[Item], attributes: AttributeSet, protocol: Protocol) -> tuple[list[Item], list[Item]]:
    """Train and eval items, as they are stored: eval items go without their reasonings.

    Raises:
        UserError: the dataset is too small to split.
    """
    evaluation, train = split_items(items, attributes, protocol)
    return [items[index] for index in train], [replace(items[index], reasonings=None) for index in evaluation]


def write_split(
    items: Sequence[Item], attributes: AttributeSet, protocol: Protocol, train_path: Path, eval_path: Path
) -> None:
    """Split the items and write both parts, or neither.

    Raises:
        UserError: the dataset is too small to split.
    """
    train, evaluation = split_parts(items, attributes, protocol)
    parts = {train_path: train, eval_path: evaluation}
    with replacing(*parts) as drafts:
        for draft, part in zip(drafts, parts.values(), strict=True):
            text = json.dumps([item.as_json() for item in part], indent=1, ensure_ascii=False)
            draft.write_text(text + "\n", encoding="utf-8")
    log.info("%d items: %d to eval, %d to train", len(items), len(evaluation), len(train))
