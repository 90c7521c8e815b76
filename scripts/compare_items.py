#!/usr/bin/env python3
"""Measure how alike each eval item is to each train item."""

import argparse
from pathlib import Path
from typing import get_args

from pluralism.commands import run
from pluralism.datasets.items import read_items
from pluralism.few_shot.similarity.matrix import similarity_matrix, write_matrix
from pluralism.few_shot.similarity.settings import Match, Method, Similarity


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--similarity", choices=get_args(Method), required=True)
    parser.add_argument("--match", choices=get_args(Match), default="responses", help="what is compared")
    parser.add_argument("--encoder", help="hub id or local folder, for bertscore and embedding")
    parser.add_argument("--layer", type=int, help="whose token embeddings are compared, for bertscore")
    parser.add_argument("--output", type=Path, required=True, help="where to write the matrix, eval x train (.npy)")
    arguments = parser.parse_args()
    try:
        similarity = Similarity(arguments.similarity, arguments.match, arguments.encoder, arguments.layer)
    except ValueError as error:
        parser.error(str(error))
    items, train = read_items(arguments.eval), read_items(arguments.train)
    write_matrix(similarity_matrix(similarity, items, train), arguments.output)


if __name__ == "__main__":
    run(main)
