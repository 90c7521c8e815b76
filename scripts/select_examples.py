#!/usr/bin/env python3
"""Choose the few-shot examples that stand before each eval item's question."""

import argparse
from pathlib import Path

from pluralism.attributes import read_attributes
from pluralism.commands import run
from pluralism.few_shot import FewShot, choose_examples, tfidf_similarity, write_examples
from pluralism.items import check_attributes, read_items


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="train items (JSON)")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file")
    parser.add_argument("--select", choices=["one_per_level", "most_similar"], required=True)
    parser.add_argument("--shots", type=int, help="how many, with --select most_similar")
    parser.add_argument("--output", type=Path, required=True, help="where to write the chosen examples (CSV)")
    arguments = parser.parse_args()
    if (arguments.select == "most_similar") != (arguments.shots is not None):
        parser.error("--shots goes with --select most_similar, and only there")
    attributes = read_attributes(arguments.attributes)
    items, train = read_items(arguments.eval), read_items(arguments.train)
    check_attributes(train, attributes.names, arguments.train)
    similarity = tfidf_similarity(items, train)
    few_shot = FewShot(arguments.select, arguments.shots)
    write_examples(choose_examples(few_shot, similarity, train, attributes), arguments.output)


if __name__ == "__main__":
    run(main)
