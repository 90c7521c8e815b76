"""A table and the forms that it takes: CSV, Markdown, LaTeX for booktabs, and a page to read and sort."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from pluralism.reporting.pages import PageCell, table_page

BEST, TIE = "best", "tie"


@dataclass(frozen=True)
class Score:
    """A value with its interval, as a table shows it.

    Attributes:
        value: in percent.
        low: lower end of the interval.
        high: upper end.
        mark: BEST, TIE or "".
    """

    value: float
    low: float
    high: float
    mark: str = ""


@dataclass(frozen=True)
class Number:
    """A number, and how a table words it."""

    value: float
    text: str


Cell = Score | Number | str


@dataclass(frozen=True)
class Table:
    """A table in all its forms.

    Attributes:
        name: of its files, such as mic_high_low.
        caption: what it shows.
        data: the numbers, for CSV.
        header: the columns as shown.
        rows: the cells as shown; a first cell that is empty says the same as the one above it.
    """

    name: str
    caption: str
    data: pd.DataFrame
    header: list[str]
    rows: list[list[Cell]]

    def text(self, form: str, note: str = "") -> str:
        """The table as `csv`, `md`, `tex` or `html`; a note stands below all but the first."""
        if form == "csv":
            return str(self.data.to_csv(index=False, float_format="%.6g"))
        return {"md": _markdown, "tex": _latex, "html": _page}[form](self, note)


def _markdown(table: Table, note: str) -> str:
    marks = {BEST: "**{}**", TIE: "{}†", "": "{}"}
    shown = _texts(table.rows, lambda text: text, marks, "{} [{:.1f}, {:.1f}]")
    body = pd.DataFrame(shown, columns=table.header).to_markdown(index=False, disable_numparse=True)
    parts = [table.caption, body if shown else "Nothing was run.", *([f"*{note}*"] if note else [])]
    return "\n\n".join(parts) + "\n"


def _latex(table: Table, note: str) -> str:
    """A `table` environment; needs the packages booktabs and graphicx."""
    marks = {BEST: r"\textbf{{{}}}", TIE: r"{}$^\dagger$", "": "{}"}
    shown = _texts(table.rows, _escaped, marks, r"{} {{\scriptsize [{:.1f}, {:.1f}]}}")
    header = [_escaped(name) for name in table.header]
    numbers = len(header) - 2
    tabular = pd.DataFrame(shown, columns=header).to_latex(
        index=False, escape=False, column_format="ll" + "r" * numbers
    )
    caption = _escaped(f"{table.caption} {note}".strip())
    return (
        "\\begin{table*}\n\\centering\n"
        f"\\caption{{{caption}}}\n\\label{{tab:{table.name}}}\n"
        f"\\resizebox{{\\textwidth}}{{!}}{{%\n{tabular.strip()}}}\n\\end{{table*}}\n"
    )


def _page(table: Table, note: str) -> str:
    """Every row says all that it is about, since sorting parts it from the row above."""
    marks = {BEST: "{}", TIE: "{}†", "": "{}"}
    shown = _texts(table.rows, lambda text: text, marks, "{} [{:.1f}, {:.1f}]")
    rows: list[list[PageCell]] = []
    for cells, texts in zip(table.rows, shown, strict=True):
        row = [_page_cell(cell, text) for cell, text in zip(cells, texts, strict=True)]
        rows.append([rows[-1][0], *row[1:]] if rows and not texts[0] else row)
    return table_page(table.caption, note, table.header, rows)


def _page_cell(cell: Cell, text: str) -> PageCell:
    if isinstance(cell, str):
        return PageCell(text, None)
    return PageCell(text, cell.value, strong=isinstance(cell, Score) and cell.mark == BEST)


def _texts(
    rows: Iterable[Sequence[Cell]], escape: Callable[[str], str], marks: dict[str, str], interval: str
) -> list[list[str]]:
    def text(cell: Cell) -> str:
        if isinstance(cell, str):
            return escape(cell)
        if isinstance(cell, Number):
            return cell.text
        value = marks[cell.mark].format(f"{cell.value:.1f}")
        return value if pd.isna(cell.low) else interval.format(value, cell.low, cell.high)

    return [[text(cell) for cell in row] for row in rows]


def _escaped(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(f"\\{letter}" if letter in "&%$#_{}" else letter for letter in text)
