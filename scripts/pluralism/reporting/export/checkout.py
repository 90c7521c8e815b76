"""The code of the workflow: where it lies, and which commit it is."""

import re
import subprocess
from pathlib import Path

from pluralism.errors import UserError
from pluralism.files import CHECKOUT

WORKFLOW = "Snakefile"
UNPACKED = ".snakemake/pluralism/*"
"""Below the folder of a study: commits of the workflow, which a Snakefile took from a repository as a module."""


def workflow_folder(working_folder: Path) -> Path:
    """The folder of the Snakefile: of this code, or what a run in a folder has unpacked last.

    Raises:
        UserError: there is none, since the package alone is installed.
    """
    unpacked = sorted(working_folder.glob(UNPACKED), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in (CHECKOUT, *unpacked):
        if (folder / WORKFLOW).is_file():
            return folder
    raise UserError(f"{CHECKOUT}: no {WORKFLOW}, which is the workflow; expected the command pluralism of a checkout")


def commit_of(checkout: Path) -> str:
    """The commit of a checkout, and whether its files differ from it; "" where git does not know.

    What a run has unpacked has the name of its commit. Other folders may lie in a repository of something else.
    """
    if re.fullmatch(r"[0-9a-f]{40}", checkout.name):
        return checkout.name
    if not (checkout / ".git").exists():
        return ""
    words = ("describe", "--always", "--abbrev=40", "--exclude=*", "--dirty= with changes")
    command = ["git", "-C", str(checkout), *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
