#!/usr/bin/env python3
"""Keep the first eval items of a dataset, or what each annotator gave to these. All of what is read is checked."""

import argparse
import logging
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.annotations import as_json, read_annotations
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.files import write_json

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="all eval items (JSON)")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file")
    parser.add_argument("--annotations", type=Path, help="of all eval items (JSON); those of the first are kept")
    parser.add_argument("--limit", type=int, required=True, help="how many items are kept, if there are more")
    parser.add_argument("--output", type=Path, required=True, help="where to write the items or annotations (JSON)")
    arguments = parser.parse_args()
    if arguments.limit < 1:
        parser.error("--limit: expected a whole number from 1")
    attributes = read_attributes(arguments.attributes)
    items = read_items(arguments.eval, attributes)
    if arguments.annotations is not None:
        first = as_json(read_annotations(arguments.annotations, items, attributes)[: arguments.limit])
    else:
        first = [item.as_json() for item in items[: arguments.limit]]
    write_json(arguments.output, first)
    log.info("the first %d of %d items", len(first), len(items))


if __name__ == "__main__":
    run(main)
