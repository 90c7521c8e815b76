"""The last lines of a run: where its results are, and what to do next."""

import shlex
from pathlib import Path

from pluralism.files import located
from pluralism.study.paths import Paths

READING = "docs/run/reading.md"
SHOWN = ("results/*/scores.csv", "figures/*/*.png")
"""Files of a study that its report shows, among others."""


def closing_lines(folder: str) -> list[str]:
    """Where the results of a study that is run to its end are, a line each.

    Args:
        folder: the study's, `output` in its config; empty for the working folder.
    """
    paths = Paths(folder)
    report, explorer = Path(paths.report()), Path(paths.explorer())
    word = f" {shlex.quote(folder)}" if folder else ""
    lines = {
        "scores": f"pluralism scores{word}",
        "report": str(report) if _is_newest(report, Path(folder)) else f"pluralism report{word}",
        "explorer": str(explorer) if explorer.is_file() else "",
        "own plots": f"pluralism data --study{word}" if word else "pluralism data",
        "next": f"{located(READING)} says what to look at first",
    }
    return ["All results are there.", *(f"  {name:<11}{text}" for name, text in lines.items() if text)]


def _is_newest(report: Path, folder: Path) -> bool:
    """Whether a report is there, and younger than what it shows."""
    shown = [path.stat().st_mtime for pattern in SHOWN for path in folder.glob(pattern)]
    return report.is_file() and report.stat().st_mtime >= max(shown, default=0.0)
