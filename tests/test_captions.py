"""What the report says below its figures and tables, and the page on how to read it."""

import re
from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from pluralism.reporting.figure import FIGURES
from pluralism.reporting.tables.catalogue import PAGES, PAPER_TABLES
from pluralism.statistics.differences import betweens, sides
from pluralism.statistics.intervals import Estimate, estimate_drawn, estimate_mean
from pluralism.statistics.linearised import ratios
from pluralism.statistics.power import detectable_differences
from pluralism.statistics.table_columns import COLUMNS
from tests.conftest import ROOT

CAPTIONS = {path.stem: " ".join(path.read_text().split()) for path in (ROOT / "rules/captions").glob("*.rst")}
READING = (ROOT / "docs/run/reading.md").read_text()
ACCURACY_TABLES = {"high_low", "by_attributes", "ablation", "models"}
"""Tables of the paper that show accuracies; the others show a table of statistics as it is."""


def columns_of(table: str) -> list[str]:
    """The columns of a table of the report; of accuracies those of the statistics that it shows."""
    return COLUMNS["accuracy" if table in ACCURACY_TABLES else table]


def has_intervals(columns: list[str]) -> bool:
    return any(f"{name}_low" in columns and f"{name}_high" in columns for name in columns)


def says_where_n_stands(caption: str) -> bool:
    """Whether it names a column of n: as tables show it, or, in a CSV, as it is."""
    return re.search("``n([ _](items|scored|people))?``", caption) is not None


TABLES = [*PAGES, *PAPER_TABLES]


def drawn(columns: Iterable[str]) -> str:
    """What the intervals of a table are over."""
    return "people" if "n_people" in columns else "prompts"


@pytest.mark.parametrize("table", TABLES)
def test_the_caption_of_a_table_with_intervals_says_over_what_they_are(table: str) -> None:
    caption = CAPTIONS[f"table_{table}"]
    if has_intervals(columns_of(table)):
        assert re.search(f"95% interval.* over {drawn(columns_of(table))}", caption)
    else:
        assert "95%" not in caption


@pytest.mark.parametrize("figure", FIGURES.own_names())
def test_the_caption_of_a_figure_with_intervals_says_over_what_they_are(figure: str) -> None:
    if any(has_intervals(COLUMNS[table]) for table in FIGURES.get(figure, "figure").tables):
        columns = [name for table in FIGURES.get(figure, "figure").tables for name in COLUMNS[table]]
        assert re.search(f"95% interval.* over {drawn(columns)}", CAPTIONS[figure])
        assert says_where_n_stands(CAPTIONS[figure])


@pytest.mark.parametrize("table", [name for name in TABLES if {"n", "n_items", "n_scored"} & {*columns_of(name)}])
def test_the_caption_of_a_table_says_where_n_stands(table: str) -> None:
    assert says_where_n_stands(CAPTIONS[f"table_{table}"])


@pytest.mark.parametrize("table", [name for name in TABLES if "p_holm" in COLUMNS.get(name, [])])
def test_the_caption_of_a_table_of_tests_says_what_they_promise(table: str) -> None:
    for word in ("percentage points", "``p holm``", "``n comparisons``", "for targets like these", "4 times in 5"):
        assert word in CAPTIONS[f"table_{table}"]


def test_titles_that_captions_mention_are_those_of_figures_and_tables() -> None:
    titles = [*PAGES.values(), *PAPER_TABLES.values()]
    titles += [FIGURES.get(name, "figure").title for name in FIGURES.own_names()]
    elsewhere = {"Statistics", "How to read this report"}
    for name, caption in CAPTIONS.items():
        for title in re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", caption):
            known = title in elsewhere or title.startswith("Steerable Pluralism:")
            assert known or any(full.startswith(title) for full in titles), f"{name}: {title}"


def test_what_readers_see_has_no_word_of_the_methods_that_are_gone_nor_significance_without_size() -> None:
    shown = dict(CAPTIONS)
    shown |= {path.name: path.read_text() for path in (ROOT / "scripts/pluralism/reporting").rglob("*.py")}
    for name, text in shown.items():
        found = re.search("(?i)bootstrap|mcnemar|sign.flip", text) or re.search("[Ss]ignifican(t|ce)", text)
        assert found is None, f"{name}: {found}"


Right = dict[str, np.ndarray]
"""ADM -> whether it is right, shape (targets, items)."""


def invented_study() -> Right:
    """Three ADMs on 60 items under five targets; what is hard is hard for all, for C other items are, too."""
    draw = np.random.default_rng(1410)
    targets, items = 5, 60
    ease = draw.normal(size=(1, items)) + draw.normal(size=(targets, 1)) / 2
    return {
        name: ability + ease + own * draw.normal(size=(1, items)) + draw.normal(size=(targets, items)) / 2 > 0
        for name, ability, own in (("A", 1.0, 0.1), ("B", 0.6, 0.1), ("C", 0.6, 0.6))
    }


def ends(estimate: Estimate) -> str:
    return f"{estimate.low:.1f} to {estimate.high:.1f}"


def test_the_example_of_how_to_read_a_report_is_what_the_statistics_give() -> None:
    right = invented_study()
    all_scored = np.ones((5, 60))
    for name, outcomes in right.items():
        accuracy = ratios(outcomes, all_scored)
        these, like_these = (estimate(accuracy).times(100) for estimate in (estimate_mean, estimate_drawn))
        skill = (these.value - 50) / 50
        row = f"| {name} | {these.value:.1f} | {ends(these)} | {ends(like_these)} | {skill:.2f} |"
        assert row in READING
    names = list(combinations(right, 2))
    pairs = [(ratios(right[a] & ~right[b], all_scored), ratios(right[b] & ~right[a], all_scored)) for a, b in names]
    found = sides(pairs)
    p_values, differences, detectable = found.p_values(), found.estimates(), 100 * detectable_differences(found, 3)
    corrected = multipletests(p_values, method="holm")[1]
    minus = "\N{MINUS SIGN}"
    for place, (a, b) in enumerate(names):
        difference = differences[place].times(100)
        row = f"| {a} {minus} {b} | {difference.value:.1f} | {ends(difference)} | {p_values[place]:.3f}"
        row += f" | {corrected[place]:.3f} | 3 | {detectable[place]:.1f} |"
        assert row.replace("-", minus) in READING
    assert ends(found.estimates_drawn(betweens(pairs))[0].times(100)) in READING
