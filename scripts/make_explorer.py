#!/usr/bin/env python3
"""Write the steering explorer of a study: the data of one dataset, or the page that opens them."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.errors import UserError, shown
from pluralism.files import read_yaml
from pluralism.reporting.explorer.building import DatasetResults
from pluralism.reporting.explorer.folder import page_files, write_dataset, write_page
from pluralism.study.provenance import Provenance, check_fit
from pluralism.study.reading import read_config
from pluralism.study.study import Study


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    config = "the config of the study (YAML), results/config.yaml; results that were made with another are an error"
    parser.add_argument("--config", type=Path, required=True, help=config)
    parser.add_argument("--dataset", help="write its data, from its results; none: write the page")
    folder = "results/explorer/data/{dataset}, which is replaced; for the page: results/explorer"
    parser.add_argument("--output", type=Path, required=True, help=folder)
    arguments = parser.parse_args()
    study = Study(read_config(read_yaml(arguments.config)))
    if arguments.dataset is None:
        write_page(study, arguments.output, page_files())
        return
    if arguments.dataset not in study.datasets:
        raise UserError(f"--dataset: {shown(arguments.dataset)}, expected one of {', '.join(study.datasets)}")
    check_fit(Provenance(study).explorer(arguments.dataset).parts, arguments.config)
    write_dataset(DatasetResults(study, arguments.dataset), arguments.output)


if __name__ == "__main__":
    run(main)
