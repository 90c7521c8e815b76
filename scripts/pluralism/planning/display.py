"""A plan as tables for the terminal."""

from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pluralism.planning.checks import Problem
from pluralism.planning.counting import grid_figures
from pluralism.planning.differences import in_words
from pluralism.planning.findable import assumptions, items_text
from pluralism.planning.plan import Plan, Row

WIDTH = 110
UNKNOWN = "?"
CAPTION = (
    "prompt, prefilled, output: tokens of all generations; hours: for those to make. prefilled: prompt tokens that are "
    "read if none is read twice. ~: estimated, since the tokenizer, the few-shot examples or answers in the journal "
    "are missing. ?: unknown."
)


def plan_tables(plan: Plan) -> Iterator[RenderableType]:
    """A table per dataset, the totals, what is found, the reasons for new requests (with `why`), and the problems."""
    datasets = dict.fromkeys(row.dataset for row in plan.rows)
    by_dataset = {dataset: [row for row in plan.rows if row.dataset == dataset] for dataset in datasets}
    for dataset, rows in by_dataset.items():
        if any(row.count is not None for row in rows):
            inputs = plan.inputs[dataset]
            yield _dataset_table(f"{dataset}: {items_text(len(inputs.evaluation), len(inputs.whole), 'here')}", rows)
        else:
            yield Text(f"{dataset}: {len(rows)} ADMs cannot be counted, since its items are missing.")
    yield _totals_table(by_dataset)
    counts = [row.count for row in plan.rows if row.count is not None]
    if any(count.generations for count in counts):
        figures = grid_figures(counts)
        yield Text(
            "The published code, which predicts again for every target and sample, would make "
            f"{figures['grid_generations_ratio']:.1f} times as many generations and read "
            f"{figures['grid_prefill_ratio']:.1f} times as many tokens."
        )
    yield from map(Text, filter(None, [*(one.line for one in plan.findable), assumptions(plan.findable)]))
    yield from _reasons(plan.rows)
    yield problems_table(plan.problems)


def problems_table(problems: Sequence[Problem]) -> RenderableType:
    """What is missing or could not be checked, and notes."""
    if not problems:
        return Text("Nothing is missing.")
    table = _table("status", "")
    for kind in ("error", "not checked", "note"):
        for problem in problems:
            if problem.kind == kind:
                table.add_row(Text(kind), Text(f"{problem.place}: {problem.text}", overflow="fold"))
    errors = sum(problem.kind == "error" for problem in problems)
    return Group(table, Text(f"{errors} missing or faulty." if errors else "Nothing is missing."))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left", caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if place and columns[-1] else "left", overflow="fold")
    return table


COLUMNS = ("generations", "in journal", "to make", "prompt", "prefilled", "output", "hours")


def _dataset_table(title: str, rows: Sequence[Row]) -> Table:
    table = _table("ADM", *COLUMNS)
    table.title = Text(title)
    for experiment in dict.fromkeys(row.experiment for row in rows):
        here = [row for row in rows if row.experiment == experiment]
        table.add_row(Text(f"{experiment} ({here[0].model})", style="bold"))
        for row in here:
            table.add_row(Text(f" {row.adm}"), *_cells([row]))
        table.add_section()
    return table


def _totals_table(by_dataset: dict[str, list[Row]]) -> Table:
    table = _table("total", *COLUMNS)
    table.caption = Text(CAPTION)
    for dataset, rows in by_dataset.items():
        table.add_row(Text(dataset), *_cells(rows))
    table.add_section()
    table.add_row(Text("all", style="bold"), *_cells([row for rows in by_dataset.values() for row in rows]))
    return table


def _cells(rows: Sequence[Row]) -> list[str]:
    """The cells of a row, or of the sum of several rows."""
    counted = all(row.counted for row in rows)
    measured = all(row.answer_tokens is not None for row in rows)
    return [
        _sum([row.count.generations if row.count is not None else None for row in rows], "{:,}".format),
        _sum([row.answered for row in rows], "{:,}".format),
        _sum([row.to_make for row in rows], "{:,}".format),
        _sum([row.prompt_tokens for row in rows], _tokens, exact=counted),
        _sum([row.prefilled_tokens for row in rows], _tokens, exact=counted),
        _sum([row.output_tokens for row in rows], _tokens, exact=measured),
        _sum([row.hours for row in rows], "{:,.2f}".format, exact=measured),
    ]


def _sum(values: Sequence[float | None], form: Callable[[float], str], *, exact: bool = True) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return UNKNOWN
    more = f" + {UNKNOWN}" if len(known) < len(values) else ""
    return ("" if exact else "~") + form(sum(known)) + more


def _tokens(number: float) -> str:
    return f"{number / 1e6:,.1f} M" if number >= 1e6 else f"{number / 1e3:,.1f} k"


def _reasons(rows: Sequence[Row]) -> Iterator[Text]:
    for row in rows:
        if row.why:
            lines = "".join(f"\n  {line}" for line in in_words(row.why))
            yield Text(f"{row.place}: {row.to_make:,} to make{lines}")
