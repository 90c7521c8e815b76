#!/usr/bin/env python3
"""Infer the targets of people from their choices among the responses of eval items; a file each, and tables of all."""

import argparse
from pathlib import Path

from pluralism.commands import run
from pluralism.datasets.attributes import read_attributes
from pluralism.datasets.items import read_items
from pluralism.files import write_json
from pluralism.targets.people.choices import make_people
from pluralism.targets.people.file import PeopleFile, read_rows
from pluralism.targets.people.inference import infer_targets, numbers_of_choices
from pluralism.targets.people.stored import People, write_people


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choices", type=Path, required=True, help="what people chose (CSV, Parquet or JSON lines)")
    defaults = PeopleFile(file=Path("x.csv"))
    for column in ("person", "item", "pick"):
        parser.add_argument(f"--{column}", default=getattr(defaults, column), help="its column; default: %(default)s")
    parser.add_argument("--responses", nargs="+", metavar="COLUMN", help="the columns of the responses' texts, if any")
    parser.add_argument("--eval", type=Path, required=True, help="eval items (JSON)")
    parser.add_argument("--attributes", type=Path, required=True, help="attribute file (YAML)")
    parser.add_argument("--numbers", type=int, nargs="+", required=True, help="numbers of choices to infer from")
    parser.add_argument("--seed", type=int, default=42, help="of draws; default: %(default)s")
    parser.add_argument("--targets", type=Path, required=True, help="folder for the target files")
    parser.add_argument("--output", type=Path, required=True, help="folder for choices.csv and targets.csv")
    arguments = parser.parse_args()
    given = {name: getattr(arguments, name) for name in ("person", "item", "pick", "responses")}
    source = PeopleFile(file=arguments.choices, **given)
    attributes = read_attributes(arguments.attributes)
    items = read_items(arguments.eval, attributes)
    people = make_people(read_rows(source), items, arguments.seed)
    inferred = {
        number: infer_targets(people, items, attributes.names, number, arguments.seed)
        for number in numbers_of_choices(people, arguments.numbers)
    }
    targets = [entry.target() for entry in list(inferred.values())[-1]]
    for target in targets:
        write_json(arguments.targets / target.file_name, target.as_json())
    # Those of people who were in the file before would be read as targets of the study.
    written = {target.file_name for target in targets}
    for path in arguments.targets.glob("person[0-9]*.json"):
        if path.name not in written:
            path.unlink()
    write_people(arguments.output, People(people, inferred))


if __name__ == "__main__":
    run(main)
