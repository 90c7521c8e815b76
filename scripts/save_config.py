#!/usr/bin/env python3
"""Write the resolved config, defaults filled in, as YAML and as a page of the report."""

import argparse
from functools import partial
from pathlib import Path

import yaml

from pluralism.commands import run
from pluralism.files import parse_json, write_text
from pluralism.reporting.pages import page
from pluralism.study.reading import read_config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--config", type=partial(parse_json, place="--config"), required=True, help="the config as JSON text"
    )
    parser.add_argument("--output", type=Path, required=True, help="where to write it (YAML)")
    parser.add_argument("--page", type=Path, required=True, help="where to write it (HTML)")
    arguments = parser.parse_args()
    config = read_config(arguments.config)
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_text(arguments.output, text)
    write_text(arguments.page, page("The config of the run, with overlays and defaults.", text=text))


if __name__ == "__main__":
    run(main)
