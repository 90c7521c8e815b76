#!/usr/bin/env python3
"""Measure how alike each eval item is to each train item."""

import argparse
from pathlib import Path
from typing import get_args

from pluralism.commands import run
from pluralism.datasets.items import read_items
from pluralism.few_shot.similarity.matrix import similarity_matrix, write_matrix
from pluralism.few_shot.similarity.settings import SIMILARITIES, Match, Similarity
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
    parser.add_argument("--output", type=Path, required=True, help="where to write the matrix, eval x train (.npy)")
    arguments = parser.parse_args()
    similarity = Similarity(arguments.similarity, arguments.match, arguments.options)
    items, train = read_items(arguments.eval), read_items(arguments.train)
    write_matrix(similarity_matrix(similarity, items, train), arguments.output)


if __name__ == "__main__":
    run(main)
