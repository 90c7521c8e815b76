"""What is not plain: texts and names that could act, links that do not fit, copies that are torn; in a browser."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.explorer_browser import Page, saved
from tests.explorer_data import ADM_LABELS, ATTRIBUTES, HOSTILE
from tests.test_report import needs_chromium

pytest_plugins = ("tests.explorer_fixtures",)
pytestmark = needs_chromium
ALL = ["0", "1", "2", "3"]


@pytest.mark.parametrize("item", range(len(HOSTILE)))
def test_hostile_texts_are_shown_as_text_and_the_page_stays_whole(page: Page, item: int) -> None:
    for link in ("dataset=hostile", f"dataset=hostile&item={item}"):
        page.open(link)
        width, wide = page.browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        assert width <= wide
    assert page.browser.execute_script("return window.hacked") is None
    page.soon(lambda: page.all(".item"))
    for button in page.all(".item .text + button"):
        button.click()
    shown = page.browser.execute_script(
        "return JSON.stringify(document.querySelector('.item > .prompt .text').textContent)"
    )
    assert json.loads(shown) == HOSTILE[item]
    board = page.browser.execute_script(
        "const b = document.getElementById('board'); return [b.scrollWidth, b.clientWidth]"
    )
    assert board[0] <= board[1]


def test_the_rows_shown_are_saved_as_csv(page: Page, folder: Path) -> None:
    page.open("dataset=hostile&columns=small_model/teller,small_model/guesser")
    page.press("Rows as CSV")
    rows = list(csv.reader(io.StringIO(saved(folder, "hostile_8_items.csv"), newline="")))
    assert rows[0][:5] == ["item", "prompt", "target", "scored", "nearest by label"]
    assert rows[0][5:8] == ["small_model/teller pick", "small_model/teller correct", "small_model/teller margin"]
    *others, formula = [prompt.replace("\ud800", "\ufffd") for prompt in HOSTILE]
    assert [row[1] for row in rows[1:]] == [*others, f"'{formula}"], "a spreadsheet computes no prompt"
    assert rows[1][2:] == ["care 1, liberty 1", "false", "A B", "A", "", "0", "A", "", ""]


def test_an_item_is_saved_as_markdown(page: Page, folder: Path) -> None:
    page.open("dataset=values&item=3")
    page.press("Save as Markdown")
    text = saved(folder, "values_item_3.md")
    assert text.startswith("# Values, item 3\n\nTarget: care 1, liberty 1\n\n## Prompt\n\n```\nIs it late?\n```\n")
    assert "| A | 1 | 0.5 | 0.50 | yes |" in text
    assert "| Teller | small model | B | wrong |" in text
    assert "## Predicted levels" in text
    assert "| Teller | small model | B | 1.00 | 0.50 | 0.50 |" in text


def test_names_are_no_markup_in_an_item_saved_as_markdown(page: Page, folder: Path) -> None:
    page.open("dataset=named&item=3&columns=small_model/teller,references/oracle")
    page.press("Save as Markdown")
    text = saved(folder, "named_item_3.md")
    assert text.startswith("# \\<img src=x onerror='window.hacked = 1'\\>, item 3\n")
    assert "Target: a:b, 50% \\<i\\> 1, \u2068\u05d7\u05e1\u05d3\u2069 1\n" in text
    assert r"| \| \`x\` \| \*\*b\*\* \<img src=x\> | small model | B | wrong |" in text
    assert r"| \[a\](javascript:b) \$x\_1\$ | references | A | right |" in text


def test_names_are_shown_as_text_and_turn_no_words_around_them(page: Page) -> None:
    page.open("dataset=named&item=0&columns=small_model/teller,small_model/guesser")
    assert page.texts(".head h2") == [ADM_LABELS[0], f"\u2068{ADM_LABELS[1]}\u2069"]
    assert page.texts(".slider .name") == list(ATTRIBUTES)
    assert page.browser.execute_script("return window.hacked") is None


def test_a_link_holds_a_target_whatever_its_attributes_are_called(page: Page) -> None:
    page.open("dataset=named")
    page.slider(ATTRIBUTES[0]).send_keys(Keys.ARROW_LEFT)
    page.soon(lambda: page.counts()["every-adm-wrong"] == "1")
    seen = page.state()
    assert page.texts(".slider output") == ["0.5", "1"]
    page.open(page.link())
    page.soon(lambda: page.state() == seen)
    assert page.texts(".notice") == []


def test_a_link_with_what_this_copy_does_not_have_opens_all_the_same(page: Page) -> None:
    page.open(
        "dataset=values&columns=gone/gone,small_model/bound&target=kindness:1&show=gone&item=99&in=gone&level=care:7&sort=gone"
    )
    assert page.columns() == ["Bound"]
    assert page.items() == ALL
    (notice,) = page.texts(".notice")
    assert notice.startswith(
        "Left out of the link, as this copy does not have it or cannot read it: columns gone/gone, "
    )
    assert notice.endswith(", and 2 more Close")
    page.slider("care").send_keys(Keys.ARROW_LEFT)
    assert page.texts(".notice") == []


LEFT_OUT = {
    "dataset=other%20study&item=2&show=wrong": "dataset other study",
    "item=1e0": "item 1e0",
    "item=": "item",
    "item=-1": "item -1",
    "item=4": "item 4",
    "target=care:": "target care:",
    "target=care:1:1e308": "target care:1:1e308",
    "target=care:1,care:0": "target care:1,care:0",
    "level=care:": "level care:",
    "in=references/oracle&columns=small_model/teller": "in references/oracle",
    "columns=__proto__/constructor": "columns __proto__/constructor",
    "against=gone": "against gone",
    "new=1&%E0%A4%A=%": "new=1, \ufffd%A=%",
    f"sort={'a' * 100_000}": f"sort {'a' * 55}\u2026",
}


def test_what_is_left_out_of_a_link_is_said(page: Page) -> None:
    for link, left_out in LEFT_OUT.items():
        page.open(link)
        assert [text.partition("read it: ")[2] for text in page.texts(".notice")] == [f"{left_out} Close"]
        assert page.items() == ALL
        assert page.texts(".slider output") == ["1", "1"]


def test_flips_are_counted_where_a_link_compares_with_a_target_that_is_not_here(page: Page) -> None:
    page.open("dataset=values&against=gone")
    page.slider("care").send_keys(Keys.ARROW_LEFT)
    assert page.texts(".flips") != []


def test_of_two_links_the_last_is_followed_however_long_each_takes(page: Page) -> None:
    page.browser.execute_script("location.hash = 'dataset=many'; location.hash = 'dataset=hostile'")
    page.soon(lambda: page.texts(".shown") == ["8 of 8 items"])
    page.browser.execute_script("location.hash = 'dataset=many'; location.hash = 'dataset=hostile&item=1'")
    page.soon(lambda: page.texts("#item-title") == ["Item 1"])


def torn(page: Page, folder: Path, tear: Callable[[Path], object], file: str) -> None:
    """Open a copy of the page, of whose data a file is torn."""
    copy = folder / "torn"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "page", copy)
    tear(copy / "data" / file)
    page.browser.get("about:blank")
    page.browser.get(f"{(copy / 'index.html').as_uri()}#dataset=values")
    page.soon(lambda: page.all("[role=alert]"))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\x4c", b"\x4d"))


@pytest.mark.parametrize(
    ("tear", "says"),
    [
        (Path.unlink, "data/values/cells/0.js cannot be read; copy the whole folder of this page"),
        (cut_off, "data/values/cells/0.js is cut off or damaged; copy the whole folder of this page"),
        (damaged, "data/values/cells/0.js is cut off or damaged; copy the whole folder of this page"),
    ],
)
def test_a_copy_that_lacks_a_file_says_which_and_shows_the_rest(
    page: Page, folder: Path, tear: Callable[[Path], object], says: str
) -> None:
    torn(page, folder, tear, "values/cells/0.js")
    assert page.texts("[role=alert]") == [says]
    page.soon(lambda: page.texts(".head .reason") == ["cannot be read"])
    assert page.items() == ALL
    assert page.texts(".accuracy strong")
    page.browser.execute_script("location.hash = 'dataset=many'")
    page.soon(lambda: page.texts(".shown") == ["900 of 900 items"])
    assert page.texts("[role=alert]") == []
    page.errors()


def test_a_copy_without_its_study_says_so(page: Page, folder: Path) -> None:
    torn(page, folder, Path.unlink, "study.js")
    assert page.texts("[role=alert]") == ["data/study.js cannot be read; copy the whole folder of this page"]
    page.errors()
