"""The options of commands that look at a study before it runs: its config, as Snakemake takes it, and ranges."""

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pluralism.errors import UserError, shown

if TYPE_CHECKING:
    from pluralism.planning.configuration import Profile
    from pluralism.study.study import Study

RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?", re.ASCII)
"""Its numbers are written out, so they are of at most six digits."""


def add_config_options(parser: ArgumentParser) -> None:
    """Add the options that Snakemake has, too."""
    base = "the base config; default: %(default)s"
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help=base)
    parser.add_argument("--workflow-profile", help="a profile's folder, or its name in profiles/; default: default")
    overlays = "overlays, in order; they replace those that the profile names"
    parser.add_argument("--configfile", type=Path, nargs="+", help=overlays)


def read_study(arguments: Namespace) -> "tuple[Study, Profile]":
    """The study that these options name, and the profile.

    Raises:
        UserError: a file is not found or is not YAML, or the config has a fault.
    """
    from pluralism.planning.configuration import merged_config, read_profile
    from pluralism.study.study import Study

    profile = read_profile(arguments.workflow_profile)
    return Study(merged_config(arguments.config, arguments.configfile or profile.overlays)), profile


def snakemake_command(arguments: Namespace, profile: "Profile", *results: str, more: Sequence[Path] = ()) -> str:
    """What runs this study: for these results, or all of them, with its profile and overlays, then `more` overlays."""
    overlays = [*(arguments.configfile or profile.overlays), *more]
    words = ["snakemake", *results]
    words += ["--workflow-profile", arguments.workflow_profile] if arguments.workflow_profile else []
    words += ["--configfile", *overlays] if overlays else []
    return " ".join(map(str, words))


def parse_ranges(text: str, option: str) -> list[int]:
    """The numbers of ranges such as 0-4 or 0,3,7-9, ascending, each once.

    Raises:
        UserError: it is something else, or a range that ends before it begins.
    """
    found: set[int] = set()
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise UserError(f"{option}: {shown(text)}, expected ranges such as 0-4 or 0,3,7-9")
        found.update(range(first, last + 1))
    return sorted(found)
