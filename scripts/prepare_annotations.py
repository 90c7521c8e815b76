#!/usr/bin/env python3
"""Gather what each annotator gave to the eval items of a dataset, where the raw data says it."""

import argparse
import logging
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.annotations import as_json
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.datasets.prepare import attribute_path
from pluralism.datasets.source import add_source_arguments, make_source
from pluralism.files import write_json
from pluralism.protocols import add_protocol

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_source_arguments(parser)
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, help="attribute file (default: that of the format)")
    add_protocol(parser)
    parser.add_argument("--output", type=Path, required=True, help="where to write the annotations (JSON)")
    arguments = parser.parse_args()
    source, items = make_source(arguments), read_items(arguments.eval)
    attributes = read_attributes(attribute_path(source, arguments.attributes))
    annotations = source.annotations_of(items, attributes, arguments.protocol)
    write_json(arguments.output, as_json(annotations))
    log.info("annotations of %d of %d items", sum(entry is not None for entry in annotations), len(items))


if __name__ == "__main__":
    run(main)
