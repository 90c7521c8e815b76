"""Open the explorer of a study: every item, prompt, reasoning and pick, and what becomes of them under any target.

It is a page that needs no server and no network, results/explorer/index.html. Where no browser is found, its path is
printed.
"""

import os
import shlex
import sys
import webbrowser
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pluralism.errors import UserError

EXAMPLE = "pluralism browse studies/mine"
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""Without one of these in the environment, a system other than macOS and Windows has browsers of text at most."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the study."""
    folder = "the study's folder, `output` in its config; default: this folder"
    parser.add_argument("study", nargs="?", type=Path, default=Path(), metavar="FOLDER", help=folder)


def run(arguments: Namespace) -> None:
    """Open the page; raises a `UserError` if the study has none."""
    from pluralism.study.paths import Paths, study_folder

    page = study_folder(arguments.study) / Paths().explorer()
    if not page.is_file():
        config = arguments.study / Paths().config("yaml")
        alone = f"snakemake explorer --cores 1 --replace-workflow-config --configfile {shlex.quote(str(config))}"
        also = f"; of the results that are there, this makes it: {alone}" if config.is_file() else ""
        raise UserError(f"{page}: no such file; a run of the study makes it{also}")
    has_screen = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in SCREENS)
    is_open = has_screen and webbrowser.open(page.resolve().as_uri())
    print(f"{page}: {'opened in the browser' if is_open else 'no browser is found here; open this file in one'}")
