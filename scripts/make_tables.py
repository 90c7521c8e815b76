#!/usr/bin/env python3
"""Write the tables of a dataset: its scores by target set, the paper's tables, its statistics as pages that sort."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.decisions.score_files import read_scores
from pluralism.files import read_yaml, write_text
from pluralism.reporting.arguments import add_arguments, names_of
from pluralism.reporting.tables.catalogue import FRONT_PAGE, PAPER_FORMS
from pluralism.reporting.tables.scores import score_tables
from pluralism.reporting.tables.statistics import paper_tables, statistics_pages
from pluralism.study.provenance import Provenance, check_fit
from pluralism.study.reading import read_config
from pluralism.study.study import Study


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, help="its name, with which the names of the tables begin")
    parser.add_argument("--scores", type=Path, required=True, help="results/{dataset}/scores.csv")
    parser.add_argument("--statistics", type=Path, required=True, help="results/{dataset}/statistics; gets the pages")
    parser.add_argument("--ablation", nargs="*", default=[], help="the ADMs of the ablation")
    parser.add_argument("--benchmarks", type=Path, help="run times, results/benchmarks/{dataset}")
    config = "the config of the study (YAML); scores and statistics that were made with another are an error"
    parser.add_argument("--config", type=Path, help=config)
    add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder for {dataset}_{table}.{csv,md,tex,html}")
    arguments = parser.parse_args()
    if arguments.config is not None:
        provenance = Provenance(Study(read_config(read_yaml(arguments.config))))
        check_fit(provenance.tables(arguments.dataset).parts, arguments.config)
    names, note = names_of(arguments), arguments.note
    *first, last = score_tables(f"{arguments.dataset}_scores", read_scores([arguments.scores]), names)
    texts = {
        arguments.output / f"{last.name}.csv": last.text("csv"),
        arguments.output / f"{last.name}.md": "\n".join(
            [*(table.text("md") for table in first), last.text("md", note)]
        ),
    }
    options = {"ablation": arguments.ablation, "benchmarks": arguments.benchmarks}
    for table in paper_tables(arguments.statistics, names, dataset=arguments.dataset, **options):
        forms = (*PAPER_FORMS, "rst") if table.name == f"{arguments.dataset}_{FRONT_PAGE}" else PAPER_FORMS
        texts |= {arguments.output / f"{table.name}.{form}": table.text(form, note) for form in forms}
    for page in statistics_pages(arguments.statistics, names, arguments.dataset):
        texts[arguments.statistics / f"{page.name}.html"] = page.text("html", note)
    for path, text in texts.items():
        write_text(path, text)


if __name__ == "__main__":
    run(main)
