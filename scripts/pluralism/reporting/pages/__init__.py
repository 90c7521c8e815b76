"""Pages of the report: HTML files that need nothing beside them, so that they open offline and inside the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = [Path(__file__).parent / name for name in ("page.html.jinja", "sort.js", "page.css")]
"""What a page is made from. A rule that makes pages names these files as inputs, so that an edit makes them anew."""


@dataclass(frozen=True)
class PageCell:
    """A cell of a table that sorts.

    Attributes:
        text: what is shown.
        value: what the column is sorted by; None to sort by the text.
        strong: whether it stands out.
    """

    text: str
    value: float | None
    strong: bool = False


def table_page(caption: str, note: str, header: Sequence[str], rows: Sequence[Sequence[PageCell]]) -> str:
    """A page with one table, which a click on a heading sorts.

    Args:
        caption: what the table shows; stands above it.
        note: stands below the caption; "" for none.
        header: the headings.
        rows: the cells, as many in each row as there are headings.
    """
    return _render(caption=caption, note=note, header=header, rows=rows, text=None)


def text_page(caption: str, text: str) -> str:
    """A page with text as it is written, such as a config."""
    return _render(caption=caption, note="", header=[], rows=[], text=text)


def _render(**values: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja").render(values)
