#!/usr/bin/env python3
"""Measure how alike each eval item, or each user turn about it, is to each train item."""

import argparse
from functools import partial
from pathlib import Path
from typing import get_args

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.few_shot.similarity.matrix import Comparison, similarity_matrix, write_comparison
from pluralism.few_shot.similarity.settings import SIMILARITIES, Match, Similarity
from pluralism.inference.settings import Asking, read_settings
from pluralism.inference.turns import compare_turns
from pluralism.registry import options


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--similarity", choices=SIMILARITIES.names(), required=True)
    parser.add_argument("--match", choices=get_args(Match), default="responses", help="what is compared")
    parser.add_argument(
        "--options", type=options, default={}, help="""of the similarity, as JSON: '{"encoder": "roberta-large"}'"""
    )
    parser.add_argument("--attributes", type=Path, nargs="?", help="attribute file, with --match turn")
    parser.add_argument(
        "--askers",
        type=partial(read_settings, Asking),
        nargs="*",
        default=[],
        help=f"whose turns are compared, with --match turn: for each, {', '.join(Asking.model_fields)} as JSON text",
    )
    parser.add_argument("--output", type=Path, required=True, help="where to write the similarities (.npy)")
    arguments = parser.parse_args()
    similarity = Similarity(arguments.similarity, arguments.match, arguments.options)
    if (similarity.match == "turn") != bool(arguments.attributes and arguments.askers):
        parser.error("--attributes and --askers go with --match turn, which needs both")
    if similarity.match == "turn":
        attributes = read_attributes(arguments.attributes)
        items, train = read_items(arguments.eval, attributes), read_items(arguments.train, attributes)
        comparison = compare_turns(similarity, arguments.askers, items, train, attributes)
    else:
        items, train = read_items(arguments.eval), read_items(arguments.train)
        comparison = Comparison.of_items(similarity_matrix(similarity, items, train))
    write_comparison(comparison, arguments.output)


if __name__ == "__main__":
    run(main)
