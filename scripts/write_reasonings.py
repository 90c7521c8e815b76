#!/usr/bin/env python3
"""Let a model write the reasonings of train items: why each response has its level of each attribute.

What the journal holds already is not asked again.
"""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import check_attributes, read_items
from pluralism.engines.devices import hold_devices
from pluralism.files import write_json
from pluralism.inference.jobs import write_reasonings
from pluralism.inference.reasonings import ReasoningSettings, check_words
from pluralism.inference.settings import read_settings


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--settings",
        required=True,
        help="protocol, prompts, length and model as JSON text; "
        "`snakemake --dry-run --printshellcmds data/helpsteer2/train.json` shows that of a dataset",
    )
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML), with words per level")
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--journal", type=Path, required=True, help="the job's journal (JSON lines)")
    parser.add_argument("--output", type=Path, required=True, help="where to write the items with reasonings (JSON)")
    arguments = parser.parse_args()
    settings = read_settings(ReasoningSettings, arguments.settings)
    attributes, items = read_attributes(arguments.attributes), read_items(arguments.train)
    check_words(attributes, arguments.attributes)
    check_attributes(items, attributes.names, arguments.train)
    with hold_devices(settings.model.local_gpus):
        reasoned = write_reasonings(settings, items, attributes, arguments.journal)
    write_json(arguments.output, [item.as_json() for item in reasoned])


if __name__ == "__main__":
    run(main)
