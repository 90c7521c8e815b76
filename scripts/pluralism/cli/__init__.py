"""`pluralism`, the command for people: each module of this package is one subcommand.

A module's docstring is its help, with a summary as the first line. It defines `EXAMPLE`, a call that the help shows,
`add_arguments(parser)` and `run(arguments)`, which does the work.

`pluralism --help` imports all modules, so they import nothing heavy at their top.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules

from pluralism import commands


def main() -> None:
    """Run the command line, as the console script `pluralism`."""
    commands.run(_main)


def _main() -> None:
    parser = make_parser()
    arguments = parser.parse_args()
    if arguments.version:
        print(f"pluralism {version('pluralism')}")
    elif arguments.run is None:
        parser.print_help()
    else:
        arguments.run(arguments)


def make_parser() -> ArgumentParser:
    """The parser of the whole command line; `arguments.run` is the chosen subcommand, or None."""
    parser = ArgumentParser(
        prog="pluralism",
        description="Plan, check and show a study of steerable pluralism. Snakemake runs it: `snakemake --cores 4`.",
        epilog="pluralism COMMAND --help explains a command and shows an example.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.set_defaults(run=None)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name in sorted(module.name for module in iter_modules(__path__)):
        module = import_module(f"{__name__}.{name}")
        description = (module.__doc__ or "").strip()
        subparser = subparsers.add_parser(
            name,
            help=description.split("\n")[0],
            description=description,
            epilog=f"example:\n  {module.EXAMPLE}",
            formatter_class=RawDescriptionHelpFormatter,
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    return parser
