"""A table and the forms that it takes.

CSV, Markdown, LaTeX for booktabs, a page to read and sort, reStructuredText for Snakemake's report, and the terminal.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pluralism.reporting.pages import PageCell, page

if TYPE_CHECKING:
    from rich.table import Table as TerminalTable

BEST, TIE = "best", "tie"

_PLAIN_MARKS = {BEST: "{}", TIE: "{}†", "": "{}"}
_PLAIN_INTERVAL = "{} [{:.1f}, {:.1f}]"
_LATEX = str.maketrans(
    {letter: f"\\{letter}" for letter in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
)
"""What LaTeX prints as these letters."""
_MARKDOWN = re.compile(r"[`*<|$[]|\\(?=[^\w\s])|(?<!\w)_|_(?!\w)")
"""Letters that Markdown takes for marks; an underscore within a word and a backslash before a letter are not."""


@dataclass(frozen=True)
class Score:
    """A value with its interval, as a table shows it.

    Attributes:
        value: in percent.
        low: lower end of the interval; NaN for none.
        high: upper end.
        mark: BEST, TIE or "".
    """

    value: float
    low: float
    high: float
    mark: str = ""


@dataclass(frozen=True)
class Number:
    """A number, and how a table writes it."""

    value: float
    text: str


Cell = Score | Number | str


def cell(number: float) -> Cell:
    """A number in a table, with one decimal; a dash for NaN."""
    return "-" if pd.isna(number) else Number(number, f"{number:.1f}")


@dataclass(frozen=True)
class Table:
    """A table in all its forms.

    Attributes:
        name: of its files, for example mic_high_low.
        caption: what it shows.
        data: the numbers, for CSV.
        header: the columns as shown; text before a line break is the heading of a group of columns, at its first.
        rows: the cells as shown; an empty first cell means the same as the one above it.
        notes: what else the reader must know.
        decimals: how CSV writes numbers.
        without_rows: what stands in place of the rows where there are none.
    """

    name: str
    caption: str
    data: pd.DataFrame
    header: list[str]
    rows: list[list[Cell]]
    notes: str = ""
    decimals: str = "%.6g"
    without_rows: str = "The study has nothing for this table."

    def text(self, form: str, note: str = "") -> str:
        """The table as `csv`, `md`, `tex`, `html` or `rst`; a study's note is printed in all but CSV."""
        if form == "csv":
            return str(self.data.to_csv(index=False, float_format=self.decimals))
        return {"md": _markdown, "tex": _latex, "html": _page, "rst": _restructured}[form](self, note)

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers."""
        return [any(not isinstance(row[place], str) for row in self.rows) for place in range(len(self.header))]

    @property
    def legend(self) -> str:
        """The caption and the notes, as one text."""
        return f"{self.caption}. {self.notes}".strip()


def terminal(table: Table) -> "TerminalTable":
    """The table for a terminal: the first column becomes headings above the rows."""
    from rich import box
    from rich.table import Table as TerminalTable
    from rich.text import Text

    # Without padding, ADM names of up to 31 letters leave room for ten columns of numbers within 100 letters.
    shown = TerminalTable(box=box.SIMPLE_HEAD, padding=0, title_justify="left", caption_justify="left")
    shown.title = Text(table.caption, no_wrap=True, overflow="ignore")  # also where the table is narrower
    shown.caption = Text(table.notes) if table.notes else None
    _, name, *numbers = (heading if "\n" in heading else f"\n{heading}" for heading in table.header)
    shown.add_column(Text(name), overflow="fold")
    for heading in numbers:
        shown.add_column(Text(heading), justify="right")
    for first, text, *texts in _texts(table.rows, str, _PLAIN_MARKS, _PLAIN_INTERVAL):
        if first:
            shown.add_section()
            shown.add_row(Text(first, style="bold"))
        shown.add_row(Text(f" {text}"), *texts)
    return shown


def _markdown(table: Table, note: str) -> str:
    shown = _texts(table.rows, plain_markdown, {**_PLAIN_MARKS, BEST: "**{}**"}, _PLAIN_INTERVAL)
    alignment = ["right" if numeric else "left" for numeric in table.numeric]
    header = [plain_markdown(name) for name in table.header]
    body = pd.DataFrame(shown, columns=header).to_markdown(index=False, disable_numparse=True, colalign=alignment)
    parts = [plain_markdown(table.legend), body if table.rows else table.without_rows]
    parts += [f"*{plain_markdown(note)}*"] if note else []
    return "\n\n".join(parts) + "\n"


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _latex(table: Table, note: str) -> str:
    """A `table` environment; needs the packages booktabs and graphicx."""
    marks = {BEST: r"\textbf{{{}}}", TIE: r"{}$^\dagger$", "": "{}"}
    shown = _texts(table.rows, _escaped, marks, r"{} {{\scriptsize [{:.1f}, {:.1f}]}}")
    header = [_escaped(name) for name in table.header]
    alignment = "".join("r" if numeric else "l" for numeric in table.numeric)
    tabular = pd.DataFrame(shown, columns=header).to_latex(index=False, escape=False, column_format=alignment)
    caption = _escaped(f"{table.legend} {note}".strip())
    return (
        "\\begin{table*}\n\\centering\n"
        f"\\caption{{{caption}}}\n\\label{{tab:{table.name}}}\n"
        f"\\resizebox{{\\textwidth}}{{!}}{{%\n{tabular.strip()}}}\n\\end{{table*}}\n"
    )


def page_rows(table: Table) -> list[list[PageCell]]:
    """The cells of a page; every row repeats what it is about, since sorting moves it away from the row above."""
    shown = _texts(table.rows, str, _PLAIN_MARKS, _PLAIN_INTERVAL)
    rows: list[list[PageCell]] = []
    for cells, texts in zip(table.rows, shown, strict=True):
        row = [
            PageCell(text, None if isinstance(entry, str) else entry.value, getattr(entry, "mark", "") == BEST)
            for entry, text in zip(cells, texts, strict=True)
        ]
        rows.append([rows[-1][0], *row[1:]] if rows and not texts[0] else row)
    return rows


def _page(table: Table, note: str) -> str:
    return page(table.legend, note=note, header=table.header, rows=page_rows(table), without_rows=table.without_rows)


def _restructured(table: Table, note: str) -> str:
    """A `csv-table`, whose cells are reStructuredText, too; without rows there can be none."""
    if not table.rows:
        return _plain_restructured(f"{table.caption}. {table.without_rows}") + "\n"
    shown = _texts(table.rows, _plain_restructured, _PLAIN_MARKS, _PLAIN_INTERVAL)
    quoted = str.maketrans({'"': '""'})
    lines = [
        ",".join(f'"{text.translate(quoted)}"' for text in row)
        for row in [[*map(_plain_restructured, table.header)], *shown]
    ]
    body = "\n".join(f"   {line}" for line in lines)
    parts = [f".. csv-table:: {_plain_restructured(table.caption)}\n   :header-rows: 1\n\n{body}"]
    parts += [_plain_restructured(text) for text in (table.notes, note) if text]
    return "\n\n".join(parts) + "\n"


def _plain_restructured(text: str) -> str:
    """Text that reStructuredText shows as it is, on one line."""
    return re.sub(r"[^\w\s]", r"\\\g<0>", " ".join(text.split()))


def _texts(
    rows: Iterable[Sequence[Cell]], escape: Callable[[str], str], marks: dict[str, str], interval: str
) -> list[list[str]]:
    def text(entry: Cell) -> str:
        if isinstance(entry, str):
            return escape(entry)
        if isinstance(entry, Number):
            return entry.text
        value = marks[entry.mark].format(f"{entry.value:.1f}")
        return value if pd.isna(entry.low) else interval.format(value, entry.low, entry.high)

    return [[text(entry) for entry in row] for row in rows]


def _escaped(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return text.translate(_LATEX)
