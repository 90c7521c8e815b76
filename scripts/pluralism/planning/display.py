"""A plan as tables for the terminal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pluralism.planning.checks import Problem
from pluralism.planning.counting import grid_figures
from pluralism.planning.differences import in_words
from pluralism.planning.findable import assumptions, items_text
from pluralism.planning.plan import Plan
from pluralism.planning.row import Row, Span

WIDTH = 116
UNKNOWN = "?"
CAPTION = (
    "prompt, prefilled, output: tokens of all answers; prefilled: those that are read, since what prompts begin with "
    "alike is read once. {costs}: for the answers to make. ~: estimated, since the tokenizer, the few-shot examples or "
    "answers in the journal are missing. ≤: at most, since a decoding with `stop` asks no more of an item that is "
    "decided. ?: unknown."
)
SPEEDS = (
    "reads, writes: tokens a second of prompts and of answers, in the middle of the range; to read, to write: {unit} "
    "for the answers to make. An estimate is from a device's data sheet: --device names another, and "
    "--tokens-per-second your own rates."
)
NO_RATES = "nothing, since the device or the size of the model is not known: name --device, or --tokens-per-second"
SHORT = 2.0
"""Hours; what takes no longer is shown in minutes."""


def plan_tables(plan: Plan) -> Iterator[RenderableType]:
    """A table per dataset, the totals, what is found, the reasons for new requests (with `why`), and the problems."""
    datasets = dict.fromkeys(row.dataset for row in plan.rows)
    shown = Shown.of(plan.rows)
    by_dataset = {dataset: [row for row in plan.rows if row.dataset == dataset] for dataset in datasets}
    for dataset, rows in by_dataset.items():
        if any(row.count is not None for row in rows):
            inputs = plan.inputs[dataset]
            title = f"{dataset}: {items_text(len(inputs.evaluation), len(inputs.whole), 'here')}"
            yield _dataset_table(title, rows, shown)
        else:
            yield Text(f"{dataset}: {len(rows)} jobs that ask a model cannot be counted, since its items are missing.")
    if plan.rows:
        yield _totals_table(by_dataset, shown)
        yield _speeds_table(plan.rows, shown)
    else:
        yield Text("No model is asked.")
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


@dataclass(frozen=True)
class Shown:
    """What tables show: time in hours, or in minutes where all takes little; and dollars where they are known."""

    in_minutes: bool
    dollars: bool

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """What suits these rows."""
        hours = sum(row.hours.high for row in rows if row.hours is not None)
        return cls(0 < hours <= SHORT, any(row.dollars is not None for row in rows))

    @property
    def unit(self) -> str:
        """Of times."""
        return "minutes" if self.in_minutes else "hours"

    @property
    def per_hour(self) -> float:
        """How many units an hour has."""
        return 60.0 if self.in_minutes else 1.0

    @property
    def costs(self) -> list[str]:
        """The names of the columns that are about answers to make."""
        return [self.unit, *(["dollars"] if self.dollars else [])]

    @property
    def columns(self) -> list[str]:
        """The names of all columns but the first."""
        return ["answers", "made", "to make", "prompt", "prefilled", "output", *self.costs]


def _dataset_table(title: str, rows: Sequence[Row], shown: Shown) -> Table:
    table = _table("ADM", *shown.columns)
    table.title = Text(title)
    for experiment in dict.fromkeys(row.experiment for row in rows):
        here = [row for row in rows if row.experiment == experiment]
        table.add_row(Text(f"{experiment} ({here[0].model})", style="bold"))
        for row in here:
            table.add_row(Text(f" {row.adm}"), *_cells([row], shown))
        table.add_section()
    return table


def _totals_table(by_dataset: dict[str, list[Row]], shown: Shown) -> Table:
    table = _table("total", *shown.columns)
    table.caption = Text(CAPTION.format(costs=", ".join(shown.costs)))
    for dataset, rows in by_dataset.items():
        table.add_row(Text(dataset), *_cells(rows, shown))
    table.add_section()
    everything = [row for rows in by_dataset.values() for row in rows]
    table.add_row(Text("all", style="bold"), *_cells(everything, shown))
    return table


def _speeds_table(rows: Sequence[Row], shown: Shown) -> Table:
    """Per model what its time is made of, and where its rates are from."""
    table = _table("model", "reads", "writes", "to read", "to write", "rates from")
    table.columns[-1].justify = "left"
    table.caption = Text(SPEEDS.format(unit=shown.unit))
    for model in dict.fromkeys(row.model for row in rows):
        here = [row for row in rows if row.model == model]
        table.add_row(
            Text(model),
            *_speeds(here),
            _sum_of_spans([row.prefill_hours for row in here], shown.per_hour),
            _sum_of_spans([row.output_hours for row in here], shown.per_hour),
            Text(next((row.rates.source for row in here if row.rates is not None), NO_RATES)),
        )
    return table


def _speeds(rows: Sequence[Row]) -> tuple[str, str]:
    """Tokens per second that are read and written, over rows of one model."""
    known = [(row.tokens, row.rates.middle) for row in rows if row.tokens is not None and row.rates is not None]
    return (
        _speed([(tokens.prefilled, pace.prefill) for tokens, pace in known]),
        _speed([(tokens.output, pace.output) for tokens, pace in known]),
    )


def _speed(amounts: Sequence[tuple[float, float]]) -> str:
    """The mean speed of amounts of tokens, each with the seconds per token."""
    if not amounts:
        return UNKNOWN
    seconds = sum(tokens * per_token for tokens, per_token in amounts)
    if not seconds:
        return "-"
    speed = sum(tokens for tokens, _ in amounts) / seconds
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"


def _cells(rows: Sequence[Row], shown: Shown) -> list[str]:
    """The cells of a row, or of the sum of several rows."""
    counted, measured = all(row.counted for row in rows), all(row.means is not None for row in rows)
    tokens = [row.tokens for row in rows]
    bound = "≤" if any(row.at_most and row.to_make for row in rows) else ""
    return [
        bound + _sum([row.count.generations if row.count is not None else None for row in rows], "{:,}".format),
        _sum([row.answered for row in rows], "{:,}".format),
        bound + _sum([row.to_make for row in rows], "{:,}".format),
        _sum([found.prompt if found is not None else None for found in tokens], _tokens, exact=counted or measured),
        _sum([found.prefilled if found is not None else None for found in tokens], _tokens, exact=measured),
        _sum([found.output if found is not None else None for found in tokens], _tokens, exact=measured),
        _sum_of_spans([row.hours for row in rows], shown.per_hour),
        *([_sum_of_spans([row.dollars for row in rows])] if shown.dollars else []),
    ]


def _sum(values: Sequence[float | None], form: Callable[[float], str], *, exact: bool = True) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return UNKNOWN
    more = f" + {UNKNOWN}" if len(known) < len(values) else ""
    return ("" if exact else "~") + form(sum(known)) + more


def _sum_of_spans(spans: Sequence[Span | None], factor: float = 1) -> str:
    known = [span for span in spans if span is not None]
    if not known:
        return UNKNOWN
    more = f" + {UNKNOWN}" if len(known) < len(spans) else ""
    return span_text(sum(known, Span(0, 0)).times(factor)) + more


def span_text(span: Span) -> str:
    """Both ends, as exactly as they are of use, or one where they are the same: 0.02-0.30, 3.1-12, 40-160."""
    ends = list(dict.fromkeys(map(_amount, (span.low, span.high))))
    return "-".join(ends)


def _amount(number: float) -> str:
    if number == 0:
        return "0"
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}" if number >= 1 else f"{number:.2f}"


def _tokens(number: float) -> str:
    return f"{number / 1e6:,.1f} M" if number >= 1e6 else f"{number / 1e3:,.1f} k"


def _reasons(rows: Sequence[Row]) -> Iterator[Text]:
    for row in rows:
        if row.why:
            lines = "".join(f"\n  {line}" for line in in_words(row.why))
            yield Text(f"{row.place}: {row.to_make:,} to make{lines}")
