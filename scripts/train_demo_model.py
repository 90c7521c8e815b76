#!/usr/bin/env python3
"""Train the demo's tiny language model from scratch, on the toy world's items that are not in the eval split.

Seeded; another machine's rounding, or another number of threads, may still give other weights.
"""

import argparse
import random
from itertools import islice
from pathlib import Path

from pluralism.adms.base import ReasoningAdm
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.adms.prompt_aligned import PromptAligned
from pluralism.adms.regression import Regression
from pluralism.adms.unaligned_baseline import UnalignedBaseline
from pluralism.commands import run
from pluralism.demo.conversations import conversations, training_worlds
from pluralism.few_shot import FewShot

MOST_SHARD = "900KB"
ONE_PER_LEVEL = FewShot(select="one_per_level")
ADMS: list[ReasoningAdm] = [
    Regression(reasoning_length=100),
    ComparativeRegression(reasoning_length=100),
    ComparativeRegression(reasoning_length=100, few_shot=ONE_PER_LEVEL),
    ComparativeRegression(reasoning_length=100, few_shot=ONE_PER_LEVEL),
    UnalignedBaseline(reasoning_length=40),
    PromptAligned(reasoning_length=40, few_shot=FewShot(select="most_similar", shots=5)),
]


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of mic/ and helpsteer2/ (raw)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch_tokens", type=int, default=2500)
    parser.add_argument("--rate", type=float, default=1.2e-3, help="learning rate at its peak")
    parser.add_argument("--seed", type=int, default=2025)
    arguments = parser.parse_args()

    import torch

    from pluralism.demo.tokenizer import train_tokenizer
    from pluralism.demo.training import CONTEXT, batches, encode, make_model, train

    torch.manual_seed(arguments.seed)
    stream = conversations(training_worlds(arguments.data), ADMS, random.Random(arguments.seed))
    texts = (turn.content for turns in islice(stream, 3000) for turn in turns)
    tokenizer = train_tokenizer(texts, vocabulary=1000, context=CONTEXT)
    model = make_model(tokenizer)
    sequences = (encode(tokenizer, turns) for turns in stream)
    train(model, batches(sequences, arguments.batch_tokens, tokenizer.pad_token_id), arguments.steps, arguments.rate)
    tokenizer.save_pretrained(arguments.output)
    model.half().save_pretrained(arguments.output, max_shard_size=MOST_SHARD)


if __name__ == "__main__":
    run(main)
