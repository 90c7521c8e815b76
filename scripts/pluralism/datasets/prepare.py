"""Raw data -> a dataset's train and eval items."""

import json
import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pluralism.datasets.attributes import AttributeSet, read_attributes
from pluralism.datasets.items import Item, check_count, check_labels
from pluralism.datasets.source import FORMATS, Parts, Source
from pluralism.datasets.split import split_items
from pluralism.errors import UserError, shown
from pluralism.files import replacing
from pluralism.protocols import Protocol, add_protocol

log = logging.getLogger(__name__)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options that all commands have that prepare items."""
    parser.add_argument("--train", type=Path, required=True, help="where to write the train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="where to write the eval items (JSON)")
    parser.add_argument("--attributes", type=Path, help="attribute file (default: that of the format)")
    add_protocol(parser)


def prepare_raw(dataset_format: str, *, description: str, raw: str) -> None:
    """Run the command of a format whose one option is where its raw data is; `raw` is that option's help."""
    parser = ArgumentParser(description=description)
    parser.add_argument("--raw", type=Path, required=True, help=raw)
    add_arguments(parser)
    arguments = parser.parse_args()
    prepare(FORMATS.make(dataset_format, {"raw": arguments.raw}, place=""), arguments)


def prepare(source: Source, arguments: Namespace) -> None:
    """Load a dataset, split it, and write both parts, or neither.

    Args:
        source: the raw data.
        arguments: see `add_arguments`.

    Raises:
        UserError: a file has a fault, the attribute file is not given, or the dataset is too small to split.
    """
    attributes, protocol = read_attributes(attribute_path(source, arguments.attributes)), arguments.protocol
    train, evaluation = split_source(source, attributes, protocol)
    with replacing(arguments.train, arguments.eval) as drafts:
        for draft, part in zip(drafts, (train, evaluation), strict=True):
            text = json.dumps([item.as_json() for item in part], indent=1, ensure_ascii=False)
            draft.write_text(text + "\n", encoding="utf-8")
    log.info("%d items to eval, %d to train", len(evaluation), len(train))


def attribute_path(source: Source, given: Path | None) -> Path:
    """The attribute file that a command is given, or that of the format; a `UserError` if there is none."""
    if (path := given or source.attribute_file) is None:
        raise UserError("--attributes is missing: the format has no attribute file of its own")
    return path


def split_source(source: Source, attributes: AttributeSet, protocol: Protocol) -> Parts:
    """Load a dataset, and split it unless the raw data says which items are of which part; see `split_parts`.

    Raises:
        UserError: a file has a fault, or the items cannot be split.
    """
    kept = source.keeps_reasonings(protocol)
    if (given := source.parts(attributes, protocol)) is None:
        items = source.load(attributes, protocol)
        return split_parts(items, attributes, protocol, with_reasonings=kept, alike=source.splits_as_published)
    train, evaluation = given
    check_labels([*train, *evaluation], attributes, "the raw data")
    return train, evaluation if kept else [replace(item, reasonings=None) for item in evaluation]


def split_parts(
    items: Sequence[Item],
    attributes: AttributeSet,
    protocol: Protocol,
    *,
    with_reasonings: bool = False,
    alike: bool = True,
) -> Parts:
    """Train and eval items as they are stored; eval items have no reasonings, unless `with_reasonings`.

    `alike` as for `split_items`.

    Raises:
        UserError: the dataset is too small to split, lacks an attribute, or has an item that cannot be stored.
    """
    check_labels(items, attributes, "the raw data")
    evaluation, train = split_items(items, attributes, protocol, alike=alike)
    for index in (*evaluation, *train):
        check_count(len(items[index].responses), f"the item of the prompt {shown(items[index].prompt)}")
    kept = items if with_reasonings else [replace(item, reasonings=None) for item in items]
    return [items[index] for index in train], [kept[index] for index in evaluation]
