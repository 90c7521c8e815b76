"""What the documentation holds: its pages, and the blocks of code in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

PAGES = (ROOT / "README.md", ROOT / "config/README.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r'^```(?P<language>\w+)?(?: title="(?P<title>[^"]+)")?$')
_NOT_RUN = re.compile(r"^<!-- not run: (?P<reason>.+) -->$")


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        place: page and line, for messages.
        language: what stands behind the fence.
        title: the name of the file that a reader is to write; None for other blocks.
        text: the code.
        reason: why a test cannot run it; None where tests do.
    """

    place: str
    language: str
    title: str | None
    text: str
    reason: str | None


def name_of(page: Path) -> str:
    """How a page is called in messages, such as docs/index.md."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order; tests do not run one with a comment `<!-- not run: why -->` before it."""
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    before = ""
    for number, line in lines:
        if fence := _FENCE.match(line):
            code = _until_end(lines)
            mark = _NOT_RUN.match(before)
            yield Block(
                place=f"{name_of(page)}:{number}",
                language=fence["language"] or "",
                title=fence["title"],
                text=code,
                reason=mark["reason"] if mark else None,
            )
        before = line


def _until_end(lines: Iterator[tuple[int, str]]) -> str:
    code = []
    for _, line in lines:
        if line == "```":
            break
        code.append(line)
    return "\n".join(code) + "\n"
