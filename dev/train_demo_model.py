"""Train the demo's tiny models from scratch, on the toy world's items that are not in the eval split.

Seeded; another machine's rounding, or another number of threads, may still give other weights.
"""

import argparse
import random
from pathlib import Path

from dev.demo.conversations import training_worlds
from pluralism.commands import run


def main() -> None:
    """Read the command line, do the work."""
    import torch

    from dev.demo.checkpoints import CHECKPOINTS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of mic/ and helpsteer2/ (raw)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the checkpoints, each in its own")
    parser.add_argument("--models", nargs="+", choices=CHECKPOINTS, default=list(CHECKPOINTS), help="default: all")
    parser.add_argument("--steps", type=int, help="batches to learn from; default: as many as each model needs")
    parser.add_argument("--seed", type=int, default=2025)
    arguments = parser.parse_args()
    worlds = training_worlds(arguments.data)
    for name in arguments.models:
        save, steps = CHECKPOINTS[name]
        torch.manual_seed(arguments.seed)
        save(worlds, arguments.output / name, arguments.steps or steps, random.Random(arguments.seed))


if __name__ == "__main__":
    run(main)
