"""The report of a small study, opened in a browser without a network, as its reader does."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.conftest import Run, error_line, make_clone, run_module, snakemake

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1500,950"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SMALL = """
note: "toy world"
targets: {number: 1, attribute_counts: [2]}
grid: {datasets: [helpsteer2], experiments: [random]}
"""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs a browser: apt-get install chromium chromium-driver"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that has run: one dataset, and the two ADMs that ask no model."""
    folder = make_clone(tmp_path_factory.mktemp("study"))
    (folder / "small.yaml").write_text(SMALL)
    snakemake(folder, "--configfile", "profiles/demo/demo.yaml", "small.yaml")
    return folder


@pytest.fixture(scope="module")
def report(study: Path) -> Path:
    """Its report."""
    result = run_module(study, "pluralism", "report")
    assert result.returncode == 0, result.stderr
    return study / "results" / "report.html"


@pytest.fixture
def browser(report: Path, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser that has opened the report."""
    options = webdriver.ChromeOptions()
    for flag in [*FLAGS, f"--user-data-dir={tmp_path}"]:
        options.add_argument(flag)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.implicitly_wait(60)
    driver.get(report.as_uri())
    yield driver
    driver.quit()


def click(browser: webdriver.Chrome, text: str) -> None:
    browser.find_element(By.XPATH, f"//nav//*[text()='{text}']").click()


def open_result(browser: webdriver.Chrome, title: str, button: int = 0) -> None:
    """Click on the eye of a result in the list, or on the button beside it, which tells of it."""
    browser.find_elements(By.XPATH, f"//tr[td[text()='{title}']]//a")[button].click()


def soon(browser: webdriver.Chrome, check: Callable[[], object]) -> None:
    """Wait for what the page does by itself."""
    WebDriverWait(browser, 60).until(lambda _: check())


@needs_chromium
def test_the_report_opens_offline_and_lists_its_results(browser: webdriver.Chrome) -> None:
    text = browser.find_element(By.ID, "app").text
    assert "Steerable pluralism" in text
    assert "toy world" in text
    click(browser, "helpsteer2")
    click(browser, "Figures")
    listed = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "nav tbody tr")]
    accuracies = ["Accuracy and the noise ceiling", "Accuracy at high and low", "Accuracy by number of attributes"]
    assert listed == [*accuracies, "Labels of the items", "Targets"]
    open_result(browser, "Targets")
    image = browser.find_element(By.CSS_SELECTOR, ".p-3 > img")
    soon(browser, lambda: image.get_property("naturalWidth"))
    assert int(str(image.get_property("naturalWidth"))) > 500
    open_result(browser, "Targets", button=1)
    soon(browser, lambda: "a plot per target" in browser.find_element(By.TAG_NAME, "nav").text)
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(name.startswith("data:") for name in loaded), loaded
    assert errors(browser) == []


@needs_chromium
def test_a_table_of_the_report_sorts_by_a_click(browser: webdriver.Chrome) -> None:
    click(browser, "helpsteer2")
    click(browser, "Tables")
    open_result(browser, "Accuracy at high and low")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    heading = browser.find_element(By.XPATH, "//th[button[text()='high']]")
    rows = {row.text for row in table_rows(browser)}
    for order in ("ascending", "descending"):
        heading.find_element(By.TAG_NAME, "button").click()
        assert heading.get_attribute("aria-sort") == order
        values = [float(row.find_elements(By.TAG_NAME, "td")[2].text.split()[0]) for row in table_rows(browser)]
        assert values == sorted(values, reverse=order == "descending")
        assert values[0] != values[-1]
    assert {row.text for row in table_rows(browser)} == rows
    assert errors(browser) == []


@needs_chromium
def test_the_report_shows_the_config_and_the_run_times(browser: webdriver.Chrome) -> None:
    click(browser, "Statistics")
    soon(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#runtimes canvas, #runtimes svg"))
    click(browser, "configuration")
    open_result(browser, "The config of the run")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    assert "note: toy world" in browser.find_element(By.TAG_NAME, "pre").text
    assert errors(browser) == []


def table_rows(browser: webdriver.Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, "tbody tr")


def errors(browser: webdriver.Chrome) -> list[str]:
    """What the console holds of errors; warnings are about the libraries that Snakemake's report brings."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def test_a_report_without_results_is_one_line(pluralism: Run) -> None:
    line = error_line(pluralism("report", "--output", "report.html"))
    assert line == "error: results/config.yaml: no such file; name a study's folder, and run it to its end first"


def test_a_report_is_of_a_study_in_any_folder(study: Path) -> None:
    for part in ("results", "figures", "data/helpsteer2", "alignment_targets"):
        shutil.copytree(study / part, study / "studies" / "moved" / part)
    result = run_module(study, "pluralism", "report", "studies/moved")
    assert result.returncode == 0, result.stderr
    text = (study / "studies" / "moved" / "results" / "report.html").read_text()
    assert "studies/moved/figures/helpsteer2/targets.png" in text


def test_a_report_of_results_that_lack_a_piece_names_it(study: Path, tmp_path: Path) -> None:
    piece, kept = study / "figures" / "helpsteer2" / "targets.png", tmp_path / "targets.png"
    shutil.move(piece, kept)
    line = error_line(run_module(study, "pluralism", "report", "--output", tmp_path / "report.html"))
    shutil.move(kept, piece)
    assert "run the study to its end first: File figures/helpsteer2/targets.png marked for report" in line
    assert not (tmp_path / "report.html").exists()
