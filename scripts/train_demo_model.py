#!/usr/bin/env python3
"""Train the demo's tiny language model from scratch, on the toy world's items that are not in the eval split.

Seeded; another machine's rounding, or another number of threads, may still give other weights.
"""

import argparse
import random
from itertools import islice
from pathlib import Path
from typing import Any

from pluralism.adms import make_adm
from pluralism.attributes import attribute_file, read_attributes
from pluralism.commands import run
from pluralism.datasets.helpsteer2 import load_helpsteer2
from pluralism.datasets.mic import load_mic
from pluralism.demo.conversations import World, conversations
from pluralism.protocols import PROTOCOLS
from pluralism.split import split_items

MOST_SHARD = "900KB"
ADMS: list[tuple[str, dict[str, Any]]] = [
    ("comparative_regression", {"few_shot": {"select": "one_per_level"}, "reasoning_length": 100}),
    ("comparative_regression", {"few_shot": {"select": "one_per_level"}, "reasoning_length": 100}),
    ("comparative_regression", {"reasoning_length": 100}),
    ("regression", {"reasoning_length": 100}),
    ("unaligned_baseline", {"reasoning_length": 40}),
    ("prompt_aligned", {"few_shot": {"select": "most_similar", "shots": 5}, "reasoning_length": 40}),
]


def worlds(data: Path) -> list[World]:
    """Both toy datasets without their eval items."""
    protocol = PROTOCOLS["published"]
    mic, helpsteer2 = (read_attributes(attribute_file(name)) for name in ("mic", "helpsteer2"))
    loaded = [
        (load_mic(data / "mic" / "MIC.csv"), mic),
        (load_helpsteer2(data / "helpsteer2", helpsteer2, protocol), helpsteer2),
    ]
    chosen = []
    for items, attributes in loaded:
        held_out = set(split_items(items, attributes, protocol)[0])
        chosen.append(World([item for index, item in enumerate(items) if index not in held_out], attributes))
    return chosen


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of mic/ and helpsteer2/ (raw)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch_tokens", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=2025)
    arguments = parser.parse_args()

    import torch

    from pluralism.demo.tokenizer import train_tokenizer
    from pluralism.demo.training import CONTEXT, batches, encode, make_model, train

    torch.manual_seed(arguments.seed)
    adms = [make_adm(kind, options, "demo") for kind, options in ADMS]
    stream = conversations(worlds(arguments.data), adms, random.Random(arguments.seed))
    texts = (turn.content for turns in islice(stream, 3000) for turn in turns)
    tokenizer = train_tokenizer(texts, vocabulary=1200, context=CONTEXT)
    model = make_model(tokenizer)
    sequences = (encode(tokenizer, turns) for turns in stream)
    train(model, batches(sequences, arguments.batch_tokens, tokenizer.pad_token_id), arguments.steps, peak_rate=3e-3)
    tokenizer.save_pretrained(arguments.output)
    model.half().save_pretrained(arguments.output, max_shard_size=MOST_SHARD)


if __name__ == "__main__":
    run(main)
