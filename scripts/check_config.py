#!/usr/bin/env python3
"""Check a config, or print the JSON Schema that configs obey."""

import argparse
import json
from pathlib import Path

from pluralism.commands import run
from pluralism.study.config import Config
from pluralism.study.reading import load_config


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--config", type=Path, help="a whole config to check (YAML)")
    choice.add_argument("--schema", action="store_true", help="print the schema (JSON)")
    arguments = parser.parse_args()
    if arguments.schema:
        print(json.dumps(Config.model_json_schema(), indent=1))
    else:
        load_config(arguments.config)


if __name__ == "__main__":
    run(main)
