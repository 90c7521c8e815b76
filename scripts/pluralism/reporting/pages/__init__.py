"""Pages of the report: HTML files that need no other files, so that they open offline and inside the report."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = [Path(__file__).parent / name for name in ("page.html.jinja", "sort.js", "page.css")]
"""What a page is made from. A rule that makes pages has these files as inputs, so that an edit makes them again."""


class PageCell(NamedTuple):
    """A cell of a table: its text, what its column is sorted by (None: by the text), and whether it stands out."""

    text: str
    value: float | None
    strong: bool = False


def page(
    caption: str,
    *,
    note: str = "",
    text: str | None = None,
    header: Sequence[str] = (),
    rows: Sequence[Sequence[PageCell]] = (),
    without_rows: str = "",
) -> str:
    """A page with text, or with a table that a click on a heading sorts.

    Args:
        caption: what the page shows; above it.
        note: below the caption; "" for none.
        text: shown as it is, for example a config; None for a table.
        header: the headings of the table.
        rows: its cells, as many in each row as there are headings.
        without_rows: what stands in their place where there are none.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("page.html.jinja")
    return template.render(caption=caption, note=note, text=text, header=header, rows=rows, without_rows=without_rows)
