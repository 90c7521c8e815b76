"""The explorer's page in a browser, as a plugin of pytest: a copy of the page, a browser, and the page opened in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.explorer_browser import Page
from tests.explorer_data import study, write_page
from tests.test_report import CHROMIUM, DRIVER, FLAGS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explorer")
    write_page(folder / "page", study())
    return folder


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in [*FLAGS, f"--user-data-dir={folder / 'profile'}"]:
        options.add_argument(flag)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    (folder / "saved").mkdir()
    saving = {"behavior": "allow", "downloadPath": str(folder / "saved")}
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", saving)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: webdriver.Chrome, folder: Path) -> Iterator[Page]:
    """The page; whatever a test does with it, its console stays without an error."""
    page = Page(browser, folder / "page" / "index.html")
    page.emulate()
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.open()
    yield page
    assert page.errors() == []
