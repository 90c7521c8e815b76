"""The explorer's page, opened from its folder in a browser without a network, as its reader does."""

# ruff: noqa: RUF001  The page has dashes and minus signs as they are printed.

import shutil
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.explorer_browser import Page
from tests.test_report import found_by_axe, needs_axe, needs_chromium

pytest_plugins = ("tests.explorer_fixtures",)
pytestmark = needs_chromium
ALL = ["0", "1", "2", "3"]


def test_it_opens_from_its_folder_and_asks_no_network_for_anything(page: Page) -> None:
    page.requests()
    page.open("dataset=values&item=0")
    page.press("Teller", ".behind")
    page.soon(lambda: page.all(".answer"))
    asked = page.requests()
    assert any(address.endswith("data/values/answers/0/0.js") for address in asked)
    own = page.index.parent.as_uri()
    assert [one for one in asked if not one.startswith((own, "data:", "about:"))] == []


def test_what_a_page_could_be_led_to_ask_for_is_blocked(page: Page) -> None:
    script = "return fetch('https://example.org').then(() => 'asked', () => 'blocked')"
    assert page.browser.execute_script(script) == "blocked"
    assert "Content Security Policy" in " ".join(page.errors())


def test_columns_stand_side_by_side_with_their_accuracy_and_interval(page: Page) -> None:
    assert page.columns() == ["Teller", "Guesser", "Bound", "Oracle"]
    assert page.items() == ALL
    assert page.picks(0) == ["C✓right", "B✓right", "A*=tied by label, not scored", "B✕wrong"]
    assert page.picks(1) == ["A✕wrong", "A✕wrong", "A=tied by label, not scored", "A✓right"]
    assert page.texts(".accuracy strong") == ["66.7", "33.3", "100.0", "100.0"]
    # Three of three prompts: 1 - poisson * (1 - 1) has no lower end, Wilson's is n / (n + t ** 2) with t = 4.3.
    assert page.texts(".accuracy .range")[2:] == [f"{100 * 3 / (3 + 4.3**2):.1f}–100.0"] * 2
    assert page.texts(".head.first .eyebrow") == ["high target", "1 tied, not scored"]


def test_a_slider_moves_picks_accuracies_and_flips(page: Page) -> None:
    page.slider("care").send_keys(Keys.HOME)
    page.slider("liberty").send_keys(Keys.HOME)
    # Both at 0 is the low target: A of item 1 is nearest by label, B of item 3.
    assert Select(page.all(".steering select")[0]).first_selected_option.text == "low target"
    assert page.picks(0) == ["B→C✓right", "A✓right", "A*=tied by label, not scored", "A✕wrong"]
    assert page.texts(".accuracy strong") == ["66.7", "33.3", "100.0"]
    assert page.texts(".reason") == ["picks for stored targets only"]
    # Since the position before, care 0 and liberty 1: of items 0, 1 and 3 the picks were B, A and A.
    assert page.texts(".flips")[0] == "1 flipped +1 −0"


def test_while_a_slider_is_dragged_flips_are_since_the_drag_began(page: Page) -> None:
    drag = (
        "const one = arguments[0]; for (const value of [1, 0]) { one.value = value;"
        "one.dispatchEvent(new Event('input')); } if (arguments[1]) one.dispatchEvent(new Event('change'))"
    )
    before = page.link()
    page.browser.execute_script(drag, page.slider("care"), False)
    page.soon(lambda: page.texts(".flips"))
    assert page.link() == before
    assert page.texts(".flips")[0] == "3 flipped +2 −1"
    page.browser.execute_script(drag, page.slider("care"), True)
    page.soon(lambda: page.link() != before)
    assert page.texts(".flips")[0] == "3 flipped +2 −1"
    assert "before=target_high" in page.link()


def test_an_attribute_may_be_off_but_not_all(page: Page) -> None:
    boxes = page.all(".slider .name input")
    boxes[0].click()
    assert page.texts(".slider output") == ["off", "1"]
    assert page.picks(0)[0] == "C→B✓right"
    assert [box.is_enabled() for box in boxes] == [True, False]
    # What was off is on again as soon as its slider moves.
    page.slider("care").send_keys(Keys.ARROW_LEFT)
    assert page.texts(".slider output") == ["0.5", "1"]


def test_a_target_may_have_weights_and_levels_between_those_of_the_scale(page: Page) -> None:
    page.all(".switches input")[1].click()
    page.slider("care").send_keys(Keys.ARROW_LEFT)
    assert page.texts(".slider output") == ["0.99", "1"]
    page.all(".switches input")[0].click()
    weight = page.all(".weight")[0]
    weight.send_keys(Keys.CONTROL + "a")
    weight.send_keys("4", Keys.TAB)
    assert "target=care:0.99:4,liberty:1" in page.link()
    # A: sqrt(4 * .01 ** 2 + 1) = 1.0002, C: sqrt(4 * .49 ** 2 + .5 ** 2) = 1.1, B: sqrt(4 * .99 ** 2) = 1.98.
    assert page.picks(0)[0].endswith("A✓right")


def test_a_stored_target_is_chosen_by_its_name(page: Page) -> None:
    Select(page.all(".steering select")[0]).select_by_visible_text("low target")
    assert page.texts(".slider output") == ["0", "0"]
    assert "target=target_low" in page.link()
    Select(page.all(".steering select")[1]).select_by_visible_text("high target")
    assert "against=target_high" in page.link()
    # From high to low, C of item 0 stays, B of item 1 and B of item 3 become A, which is right for item 1 alone.
    assert page.texts(".flips") == ["2 flipped +1 −1", "0 flipped", "2 flipped +2 −0"]


FILTERS = {
    "wrong": ["0", "1", "3"],
    "all-wrong": [],
    "every-adm-wrong": [],
    "differ": ["0", "1", "3"],
    "flipped": [],
    "tied": ["2"],
    "tie-break": ["2"],
    "order": ["0"],
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_says_how_many_items_it_leaves_and_leaves_them(page: Page, name: str) -> None:
    page.soon(lambda: page.counts()[name] == str(len(FILTERS[name])))
    page.one(f"[data-filter={name}]").click()
    assert page.items() == FILTERS[name]
    assert bool(page.all(".nothing")) == (not FILTERS[name])


def test_filters_look_at_one_column_and_join(page: Page) -> None:
    Select(page.all(".finding select")[0]).select_by_visible_text("Guesser, small model")
    assert page.counts()["wrong"] == "2"
    page.one("[data-filter=wrong]").click()
    page.one("#search").send_keys("LEAVE")
    assert page.items() == ["1"]
    assert page.counts()["differ"] == "1"
    page.press("Show all 4 items")
    assert page.items() == ALL


def test_flips_between_two_targets_are_found(page: Page) -> None:
    page.open("dataset=values&target=care:0,liberty:1&against=target_high&show=flipped")
    assert page.items() == ["0", "1", "3"]
    page.all(".flips")[0].click()
    assert "in=small_model/teller" in page.link()


def test_items_are_found_by_a_level_of_their_labels(page: Page) -> None:
    Select(page.one("select[aria-label='attribute of a label']")).select_by_visible_text("liberty")
    level = Select(page.one("select[aria-label='level of a label']"))
    assert [option.text for option in level.options] == ["0 (1)", "0.5 (3)", "1 (3)"]
    level.select_by_value("0")
    assert page.items() == ["0"]


def test_items_are_sorted_by_margin_and_by_disagreement(page: Page) -> None:
    sort = Select(page.all(".finding .field select")[-1])
    Select(page.all(".finding select")[0]).select_by_visible_text("Teller, small model")
    sort.select_by_visible_text("smallest margin")
    # Margins of the picks: item 0: 1 - sqrt(.5); 1: sqrt(1.25); 2: 0; 3: sqrt(.5) - .5.
    assert page.items() == ["2", "3", "0", "1"]
    assert page.texts(".row .value") == ["0.00", "0.21", "0.29", "1.12"]
    sort.select_by_visible_text("most disagreement")
    # Pairs of four columns that differ: 3 of 6 in items 0, 1 and 3.
    assert page.items() == ["0", "1", "3", "2"]
    assert page.texts(".row .value") == ["0.50", "0.50", "0.50", "0.00"]


def test_columns_are_added_moved_and_taken_away_and_the_focus_stays(page: Page) -> None:
    button = page.one("button[aria-label='move Teller, small model to the right']")
    button.send_keys(Keys.ENTER)
    assert page.columns() == ["Guesser", "Teller", "Bound", "Oracle"]
    assert page.browser.switch_to.active_element == button
    page.one("button[aria-label='take Oracle, references away']").click()
    assert page.columns() == ["Guesser", "Teller", "Bound"]
    page.press("Columns")
    page.one("#chooser").find_element(By.XPATH, ".//label[contains(., 'Oracle')]").click()
    page.keys(Keys.ESCAPE)
    assert page.columns() == ["Guesser", "Teller", "Bound", "Oracle"]
    assert page.picks(1)[0] == "C✓right"


def test_an_item_shows_labels_and_levels_on_one_scale_distances_and_picks(page: Page) -> None:
    page.all(".row a")[3].click()
    assert page.texts("#item-title") == ["Item 3"]
    assert page.texts(".item > .prompt .text") == ["Is it late?"]
    assert page.texts(".response h3") == ["A", "B"]
    assert [str(page.all(".response")[0].get_attribute("class"))] == ["response right"]
    first = page.all(".response")[0].find_elements(By.CSS_SELECTOR, ".levels")[0]
    bars = [str(bar.get_attribute("title")) for bar in first.find_elements(By.CSS_SELECTOR, ".bar[title]")]
    oracle = "Oracle 1.00, label 1.00, wanted 1.00"
    assert bars == ["by label 1.00, wanted 1.00", "Teller 0.50, label 1.00, wanted 1.00", oracle]
    widths = [fill.get_attribute("style") for fill in first.find_elements(By.CSS_SELECTOR, ".fill")]
    assert widths == ["width: 100%;", "width: 50%;", "width: 100%;"]
    distances = page.texts(".response:first-of-type .distances > *")
    assert distances == ["distance to the target0.50", "0.71", "A✓right", "A✓right", "0.50A✓right"]


def test_behind_an_item_are_samples_orders_reasonings_and_messages(page: Page) -> None:
    page.open("dataset=values&item=0")
    page.press("Teller", ".behind")
    page.soon(lambda: page.all(".answer"))
    first, second = page.texts(".answers details[open] .facts")
    assert first == "sample 0shown A B CA 1.00B 0.00C 0.00Messages sent"
    assert second.startswith("sample 1shown C B A")
    assert page.texts(".reasoning .text") == ["It says <b>yes</b>."]
    assert page.texts(".turn") == []
    page.press("Messages sent", ".answer")
    page.soon(lambda: page.all(".turn"))
    assert page.texts(".turn h4") == ["system", "user, example", "assistant, example", "user"]
    assert page.texts(".turn .text") == ["You judge.", "An example?", "An answer.", "Judge this."]


def test_a_link_opens_at_the_same_place_on_another_copy(page: Page, folder: Path) -> None:
    page.open()
    page.one("button[aria-label='take Oracle, references away']").click()
    page.slider("care").send_keys(Keys.ARROW_LEFT)
    page.one("[data-filter=wrong]").click()
    page.one("#search").send_keys("it")
    Select(page.all(".finding .field select")[-1]).select_by_visible_text("smallest margin")
    page.all(".row a")[0].click()
    page.soon(lambda: page.counts()["every-adm-wrong"] == "1")
    seen = page.state()
    link = page.link()
    shutil.copytree(folder / "page", folder / "another copy", dirs_exist_ok=True)
    page.open(link, folder / "another copy" / "index.html")
    assert page.link() == link
    assert page.state() == seen


def test_the_back_button_goes_back(page: Page) -> None:
    page.slider("care").send_keys(Keys.ARROW_LEFT)
    page.one("[data-filter=tied]").click()
    page.all(".row a")[0].click()
    page.soon(lambda: page.all(".item"))
    page.browser.back()
    page.soon(lambda: page.items() == ["2"])
    page.browser.back()
    page.soon(lambda: page.items() == ALL)
    assert page.texts(".slider output") == ["0.5", "1"]
    page.browser.back()
    page.soon(lambda: page.texts(".slider output") == ["1", "1"])


def test_another_dataset_is_a_click_away(page: Page) -> None:
    page.browser.find_element(By.LINK_TEXT, "Many").click()
    page.soon(lambda: page.texts(".shown") == ["900 of 900 items"])
    page.browser.back()
    page.soon(lambda: page.items() == ALL)


def test_keys_move_open_search_and_close(page: Page) -> None:
    page.keys("j", Keys.ARROW_DOWN, "j", "k")
    page.soon(lambda: "May I leave?" in page.browser.switch_to.active_element.text)
    page.keys(Keys.ENTER)
    page.soon(lambda: page.texts("#item-title") == ["Item 1"])
    page.keys("j")
    page.soon(lambda: page.texts("#item-title") == ["Item 2"])
    page.keys("k", Keys.ARROW_LEFT)
    page.soon(lambda: page.texts("#item-title") == ["Item 0"])
    page.keys(Keys.ESCAPE)
    page.soon(lambda: "Shall I help?" in page.browser.switch_to.active_element.text)
    page.keys("/")
    page.keys("late", "?")
    assert page.one("#search").get_attribute("value") == "late?"
    page.keys(Keys.ESCAPE, "?")
    assert page.one("#keys").is_displayed()
    page.keys(Keys.ESCAPE)
    page.soon(lambda: not page.one("#keys").is_displayed())
    assert page.items() == ["3"]


def test_of_many_rows_only_those_in_sight_are_in_the_page(page: Page) -> None:
    page.open("dataset=many")
    assert page.texts(".shown") == ["900 of 900 items"]
    assert len(page.items()) < 60
    page.browser.execute_script("document.getElementById('board').scrollTop = 1e9")
    page.soon(lambda: "899" in page.items())
    page.browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert len(page.items()) == 900
    page.browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert len(page.items()) < 60


def test_paper_shows_the_rows_without_the_panel(page: Page) -> None:
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not page.one(".rail").is_displayed()
    assert page.all(".row")[0].is_displayed()
    assert page.browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_it_is_dark_where_the_reader_likes_it_dark(page: Page) -> None:
    page.emulate(prefers_color_scheme="dark")
    assert page.browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 28)"


def test_on_a_phone_the_panel_opens_by_a_button_and_nothing_stands_out(page: Page) -> None:
    phone(page)
    for link in ("dataset=values", "dataset=values&item=0", "dataset=hostile&item=2"):
        page.open(link)
        assert page.browser.execute_script("return document.documentElement.scrollWidth") <= 390
        assert not page.one(".steering").is_displayed()
    page.press("Target", ".sheets")
    assert page.one(".steering").is_displayed()
    assert not page.one(".finding").is_displayed()
    page.press("Find", ".sheets")
    assert page.one(".finding").is_displayed()


def phone(page: Page) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("small", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(page: Page, scheme: str, small: bool) -> None:
    page.emulate(prefers_color_scheme=scheme)
    if small:
        phone(page)
    assert found_by_axe(page.browser) == []
    page.press("Columns")
    assert found_by_axe(page.browser) == []
    page.keys(Keys.ESCAPE)
    page.open("dataset=values&target=care:0.5:2&before=target_high&show=wrong&item=0")
    page.press("Teller", ".behind")
    page.soon(lambda: page.all(".answer"))
    assert found_by_axe(page.browser) == []
    page.open("dataset=values&text=nowhere&item=99")
    assert page.texts(".notice") != []
    assert found_by_axe(page.browser) == []
