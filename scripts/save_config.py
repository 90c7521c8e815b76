#!/usr/bin/env python3
"""Write the resolved config, defaults filled in, as YAML."""

import argparse
import json
from pathlib import Path

import yaml

from pluralism.commands import run
from pluralism.config import read_config
from pluralism.files import write_text


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=json.loads, required=True, help="the config as JSON text")
    parser.add_argument("--output", type=Path, required=True, help="where to write it (YAML)")
    arguments = parser.parse_args()
    config = read_config(arguments.config)
    write_text(arguments.output, yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


if __name__ == "__main__":
    run(main)
