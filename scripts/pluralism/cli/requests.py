"""Print what an ADM would ask, without a model.

As JSON one object a line: dataset, experiment, adm, item, attribute, target, sample, order (indices of the responses as
shown), examples (indices of the train items as shown), messages and schema; and where the model's tokenizer is on this
machine: prompt, the text that the model reads, its tokens, and how many examples are left out to fit its context.
As text it is for people. Takes the same profile and overlays as Snakemake.
"""

import json
import sys
from argparse import ArgumentParser, Namespace

from pluralism.planning.options import add_config_options, parse_ranges, read_study, snakemake_command

EXAMPLE = "pluralism requests --experiment deterministic_llama --adm proposed_spm --dataset mic --items 0-4"
FORMATS = ("text", "json")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the cell, what of it to show, and the config."""
    for name in ("experiment", "adm", "dataset"):
        parser.add_argument(f"--{name}", required=True, metavar="NAME", help=f"the {name}, as the config names it")
    parser.add_argument(
        "--items", metavar="RANGES", help="eval items by index, for example 0-4 or 0,3,7-9; default: all"
    )
    parser.add_argument("--attribute", metavar="NAME", help="only about this attribute")
    parser.add_argument("--target", metavar="NAME", help="only for this target, for example target_high")
    parser.add_argument("--format", choices=FORMATS, help="default: text in a terminal, else json")
    add_config_options(parser)


def run(arguments: Namespace) -> None:
    """Print the requests; raises a `UserError` for what is unknown or missing."""
    from rich.console import Console

    from pluralism.planning.asking import Selection, asked
    from pluralism.planning.display_requests import request_text

    items = parse_ranges(arguments.items, "--items") if arguments.items is not None else None
    study, profile = read_study(arguments)
    cell = study.named_cell(arguments.dataset, arguments.experiment, arguments.adm)
    found, final = asked(study, cell, Selection(items, arguments.attribute, arguments.target))
    if not final:
        choosing = snakemake_command(arguments, profile, *study.examples(cell))
        print(f"note: other few-shot examples stand in until they are chosen: {choosing}", file=sys.stderr)
    if (arguments.format or FORMATS[not sys.stdout.isatty()]) == "json":
        for entry in found:
            # All in ASCII: a text may have a character that readers of lines take for the end of one, such as U+2028.
            print(json.dumps(entry.as_json()))
        return
    console = Console(highlight=False, soft_wrap=True)
    for entry in found:
        console.print(request_text(entry))
