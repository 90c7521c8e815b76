#!/usr/bin/env python3
"""Choose the few-shot examples to show before each eval item's question."""

import argparse
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.few_shot.examples import FewShot, Select, write_examples
from pluralism.few_shot.selection import choose_examples
from pluralism.few_shot.similarity.matrix import read_comparison
from pluralism.protocols import add_protocol


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file")
    parser.add_argument("--select", choices=get_args(Select), required=True)
    parser.add_argument("--shots", type=int, help="how many, with every --select but one_per_level")
    parser.add_argument(
        "--similarity", type=Path, nargs="?", help="similarities, with every --select but random (.npy)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of --select random")
    add_protocol(parser)
    parser.add_argument("--output", type=Path, required=True, help="where to write the chosen examples (CSV)")
    arguments = parser.parse_args()
    try:
        few_shot = FewShot(select=arguments.select, shots=arguments.shots)
    except ValidationError as error:
        parser.error(error.errors()[0]["msg"])
    if (few_shot.measure is None) != (arguments.similarity is None):
        parser.error("--similarity goes with every --select but random")
    attributes = read_attributes(arguments.attributes)
    items, train = read_items(arguments.eval, attributes), read_items(arguments.train, attributes)
    path = arguments.similarity
    similarity = read_comparison(path, items, train, attributes.names) if path is not None else None
    protocol, seed = arguments.protocol, arguments.seed
    table = choose_examples(few_shot, items, train, attributes, similarity, protocol=protocol, seed=seed)
    write_examples(table, arguments.output)


if __name__ == "__main__":
    run(main)
