"""The last lines of a run: where its results are, and what to do next."""

import shlex
from pathlib import Path

from pluralism.files import located
from pluralism.study.paths import Paths

ARCHIVE = ".zip"
"""The ending of a report that is sent with its figures and the explorer, or is too large for one file."""
READING = "docs/run/reading.md"
SHOWN = ("results/*/scores.csv", "figures/*/*.png")
"""Files of a study that its report shows, among others."""


def closing_lines(folder: str) -> list[str]:
    """Where the results of a study that is run to its end are, a line each.

    Args:
        folder: the study's, `output` in its config; empty for the working folder.
    """
    paths = Paths(folder)
    report, explorer = _newest_report(Path(paths.report()), Path(folder)), Path(paths.explorer())
    word = f" {shlex.quote(folder)}" if folder else ""
    lines = {
        "scores": f"pluralism scores{word}",
        "report": str(report) if report else f"pluralism report{word}",
        "explorer": str(explorer) if explorer.is_file() else "",
        "own plots": f"pluralism data --study{word}" if word else "pluralism data",
        "next": f"{located(READING)} says what to look at first",
    }
    return ["All results are there.", *(f"  {name:<11}{text}" for name, text in lines.items() if text)]


def _newest_report(page: Path, folder: Path) -> Path | None:
    """The report, a page or an archive, if it is younger than what it shows."""
    written = [path for path in (page, page.with_suffix(ARCHIVE)) if path.is_file()]
    shown = [_time(path) for pattern in SHOWN for path in folder.glob(pattern)]
    newest = max(written, key=_time, default=None)
    return newest if newest is not None and _time(newest) >= max(shown, default=0.0) else None


def _time(path: Path) -> float:
    return path.stat().st_mtime
