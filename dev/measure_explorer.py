"""Measure an explorer in Chromium: when its rows are there, how long a slider's step takes, and its memory."""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from pluralism.commands import run
from pluralism.errors import UserError

WANTED = "wanted: rows within 2 s, a step within 50 ms, below 300 MB"
MIB = 2**20

WATCH = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".row .pick")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => (window.rowsAt = performance.now())));
}).observe(document, {childList: true, subtree: true});
"""
"""Notes when the first rows with picks are painted."""

STEP = """
const [place, done] = arguments;
const sliders = document.querySelectorAll(".slider input[type=range]");
const slider = sliders[place % sliders.length];
slider.value = slider.valueAsNumber > Number(slider.min) ? slider.valueAsNumber - 1 : slider.max;
const start = performance.now();
slider.dispatchEvent(new Event("input"));
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
"""
"""Moves a slider by a level, and waits until what follows is painted."""


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="results/explorer of a study, as of dev.make_synthetic_study")
    parser.add_argument("--steps", type=int, default=100, help="of sliders, for each dataset; 2 or more")
    arguments = parser.parse_args()
    page = arguments.folder.resolve() / "index.html"
    if not page.exists():
        raise UserError(f"{page}: no such file, expected an explorer")
    with chromium() as browser:
        browser.get(page.as_uri())
        names = [tab.text for tab in browser.find_elements(By.CSS_SELECTOR, ".top .tabs a")]
    for place in range(max(1, len(names))):
        with chromium() as browser:
            print(measured(browser, page, place, arguments.steps), flush=True)
    size = sum(path.stat().st_size for path in arguments.folder.rglob("*") if path.is_file())
    print(f"on disk: {size / MIB:.1f} MB")
    print(WANTED)


def measured(browser: webdriver.Chrome, page: Path, place: int, steps: int) -> str:
    """Open a dataset with six columns, move its sliders, open an item; what it took in words."""
    browser.get(page.as_uri())
    wait_for(browser, ".row .pick")
    if tabs := browser.find_elements(By.CSS_SELECTOR, ".top .tabs a"):
        link = tabs[place].get_attribute("href")
        browser.get("about:blank")
        browser.get(str(link))
        wait_for(browser, ".row .pick")
    first = float(browser.execute_script("return window.rowsAt"))
    browser.find_element(By.CSS_SELECTOR, ".add").click()
    wait_for(browser, "#chooser input")
    browser.execute_script("for (const box of document.querySelectorAll('#chooser input:not(:checked)')) box.click()")
    browser.execute_script("document.querySelector('#chooser').close()")
    wait_for(browser, ".head:nth-child(7) .accuracy")
    WebDriverWait(browser, 120).until(lambda _: "?" not in counts(browser))
    took = [float(browser.execute_async_script(STEP, step // 5)) for step in range(steps)]
    heap, memory = js_heap(browser), renderer_memory(browser)
    shown = browser.find_element(By.CSS_SELECTOR, ".shown").text
    name = browser.execute_script("return new URLSearchParams(location.hash.slice(1)).get('dataset')")
    return (
        f"{name}, {shown}, 6 columns: rows after {first:.0f} ms; a step {statistics.median(took):.0f} ms, "
        f"95% within {statistics.quantiles(took, n=20)[-1]:.0f} ms, at most {max(took):.0f} ms; "
        f"JavaScript's heap {heap:.0f} MB, the page's process {memory:.0f} MB"
    )


def counts(browser: webdriver.Chrome) -> list[str]:
    """The numbers beside the filters; "?" where one is not known yet."""
    return [count.text for count in browser.find_elements(By.CSS_SELECTOR, ".filters .count")]


def wait_for(browser: webdriver.Chrome, selector: str) -> None:
    """Wait until something is in the page."""
    WebDriverWait(browser, 120).until(lambda _: browser.find_elements(By.CSS_SELECTOR, selector))


def js_heap(browser: webdriver.Chrome) -> float:
    """What JavaScript holds after a collection of garbage, in MB."""
    browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    browser.execute_cdp_cmd("Performance.enable", {})
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize")) / MIB


def renderer_memory(browser: webdriver.Chrome) -> float:
    """The largest resident memory of the browser's pages, less what they share with others, in MB."""
    processes = psutil.Process(browser.service.process.pid).children(recursive=True)
    renderers = [one for one in processes if "--type=renderer" in one.cmdline()]
    return max(float(one.memory_full_info().uss) for one in renderers) / MIB


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """Chromium without a window.

    Raises:
        UserError: it is not installed.
    """
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        raise UserError("needs a browser: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        for flag in (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1500,950",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(flag)
        options.binary_location = binary
        browser = webdriver.Chrome(options=options, service=Service(driver))
        try:
            browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
            browser.set_script_timeout(120)
            yield browser
        finally:
            browser.quit()


if __name__ == "__main__":
    run(main)
