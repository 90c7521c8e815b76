#!/usr/bin/env python3
"""Let a model write the reasonings of train items: why each response has its level of each attribute.

Answers in the journal are not asked again.
"""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.engines.devices import hold_devices
from pluralism.files import write_json
from pluralism.inference.jobs import write_reasonings
from pluralism.inference.reasonings import ReasoningSettings, check_words
from pluralism.inference.settings import add_settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_settings(parser, ReasoningSettings, "data/helpsteer2/train.json")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML), with words per level")
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--journal", type=Path, required=True, help="the job's journal (JSON lines)")
    parser.add_argument("--output", type=Path, required=True, help="where to write the items with reasonings (JSON)")
    arguments = parser.parse_args()
    settings, attributes = arguments.settings, read_attributes(arguments.attributes)
    check_words(attributes, arguments.attributes)
    items = read_items(arguments.train, attributes)
    with hold_devices(settings.model.local_gpus):
        reasoned = write_reasonings(settings, items, attributes, arguments.journal)
    write_json(arguments.output, [item.as_json() for item in reasoned])


if __name__ == "__main__":
    run(main)
