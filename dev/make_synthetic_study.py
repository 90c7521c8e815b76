"""Write made-up items, targets and predictions for a whole grid, to see how the steps after inference scale."""

import argparse
from pathlib import Path

from dev.synthetic import PAPER_ITEMS, write_study
from pluralism.commands import run
from pluralism.errors import UserError
from pluralism.files import read_yaml
from pluralism.study.reading import read_config


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="config.yaml")
    parser.add_argument("--items", type=int, help="eval items per dataset; default: as many as in the paper")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, required=True, help="folder to write the study to")
    arguments = parser.parse_args()
    config = read_config(read_yaml(arguments.config))
    if arguments.items is not None and arguments.items < 1:
        raise UserError(f"--items: {arguments.items}, expected 1 or more")
    items = {name: arguments.items or PAPER_ITEMS.get(name, 400) for name in config.grid.datasets}
    write_study(config, items, arguments.seed, arguments.output)


if __name__ == "__main__":
    run(main)
