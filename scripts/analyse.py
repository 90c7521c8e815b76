#!/usr/bin/env python3
"""Compute all statistics of a dataset from its predictions and decisions; a CSV file per table."""

import argparse
from dataclasses import replace
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.annotations import read_annotations
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.decisions.aggregation import AGGREGATES
from pluralism.decisions.roles import Role
from pluralism.files import replacing
from pluralism.protocols import add_protocol
from pluralism.statistics.analysis import analyse
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.one_adm import Setting
from pluralism.statistics.reading import CellSource
from pluralism.statistics.reproduction import read_reference_numbers
from pluralism.statistics.table_columns import COLUMNS
from pluralism.targets.people.stored import read_people
from pluralism.targets.target import read_target


def main() -> None:
    parser = make_parser()
    arguments = parser.parse_args()
    sources = read_sources(arguments, parser)
    attributes = read_attributes(arguments.attributes)
    items = read_items(arguments.eval, attributes)
    targets = [read_target(path, attributes) for path in arguments.targets]
    as_written, in_steps = (
        make_benchmark(items, attributes.names, targets, scale) for scale in (None, attributes.steps)
    )
    protocol = arguments.protocol
    setting = Setting(
        every=as_written if protocol.float_ties else in_steps,
        every_flipped=in_steps if protocol.float_ties else as_written,
        annotations=read_annotations(arguments.annotations, items, attributes) if arguments.annotations else [],
        levels=None if attributes.continuous else attributes.levels,
        protocol=protocol,
        seed=arguments.seed,
        people=read_people(arguments.people) if arguments.people else None,
    )
    references = read_reference_numbers(arguments.references)
    tables = analyse(sources, setting, references, dataset=arguments.dataset, margin=arguments.equivalence_margin)
    with replacing(*(arguments.output / f"{name}.csv" for name in COLUMNS)) as drafts:
        for draft, table in zip(drafts, tables.values(), strict=True):
            table.to_csv(draft, index=False, float_format="%.6g")


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, help="its name in the references")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    annotations = "what each annotator gave to the eval items (JSON), for the noise ceiling; default: not known"
    parser.add_argument("--annotations", type=Path, help=annotations)
    people = "folder of people's choices and targets, from infer_people.py; default: there are none"
    parser.add_argument("--people", type=Path, help=people)
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    parser.add_argument("--targets", type=Path, nargs="+", required=True, help="target files (JSON)")
    folders = "folders {experiment}/{adm} of predictions and decisions; an experiment's next to each other"
    parser.add_argument("--cells", type=Path, nargs="+", required=True, help=folders)
    way = "how a score's samples are combined, for each of --cells; default: mean"
    parser.add_argument("--aggregates", choices=AGGREGATES, nargs="+", help=way)
    role = f"the role of each of --cells in the study: {', '.join(Role)}; default: {Role.CONTENDER}"
    parser.add_argument("--roles", choices=list(Role), type=Role, nargs="+", metavar="ROLE", help=role)
    each = "for each of --cells, none where it is not known; default: not known"
    parser.add_argument("--samples", type=_number, nargs="+", metavar="NUMBER", help=f"answers per question, {each}")
    parser.add_argument("--temperatures", type=_number, nargs="+", metavar="NUMBER", help=f"of decoding, {each}")
    parser.add_argument("--prompts", nargs="+", help="whose prompts it was asked in, for each of --cells")
    stop = "when an item had enough samples, for each of --cells; none where all were asked"
    parser.add_argument("--stops", type=_text, nargs="+", metavar="STOP", help=stop)
    design = "the first ADM of the study that is the same but for its prompts, for each of --cells; default: itself"
    parser.add_argument("--designs", nargs="+", metavar="ADM", help=design)
    parser.add_argument(
        "--models", nargs="+", metavar="MODEL", help="the model's name, for each of --cells; - for none"
    )
    imported = "those of --cells that another code decided, perhaps not for all targets"
    parser.add_argument("--imported", type=Path, nargs="*", default=[], metavar="CELL", help=imported)
    margin = "of equivalence with a reference, in percentage points; default: %(default)s"
    parser.add_argument("--equivalence_margin", type=float, default=5.0, help=margin)
    parser.add_argument("--references", type=Path, required=True, help="numbers reported elsewhere (CSV)")
    add_protocol(parser)
    parser.add_argument("--seed", type=int, default=42, help="of the choices of samples, where there are many")
    parser.add_argument("--output", type=Path, required=True, help="folder for the tables (CSV)")
    return parser


def read_sources(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> list[CellSource]:
    count = len(arguments.cells)
    defaults = {"aggregates": "mean", "roles": Role.CONTENDER, "samples": None, "temperatures": None, "prompts": ""}
    defaults |= {"designs": "", "models": "", "stops": ""}
    columns = {option: getattr(arguments, option) or [default] * count for option, default in defaults.items()}
    for option, values in columns.items():
        if len(values) != count:
            parser.error(f"--{option}: expected one for each of --cells")
    if not 0 < arguments.equivalence_margin <= 100:
        parser.error("--equivalence_margin: expected percentage points, more than 0 and at most 100")
    return [
        replace(CellSource(*values), imported=values[0] in arguments.imported, bounded=arguments.protocol.bounds_scores)
        for values in zip(arguments.cells, *columns.values(), strict=True)
    ]


def _text(text: str) -> str:
    return "" if text == "none" else text


def _number(text: str) -> float | None:
    return None if text == "none" else float(text)


if __name__ == "__main__":
    run(main)
