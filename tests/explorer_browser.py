"""The explorer's page in a browser, in the words of its tests."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait


class Page:
    """The page in a browser."""

    def __init__(self, browser: webdriver.Chrome, index: Path) -> None:
        self.browser, self.index = browser, index

    def open(self, link: str = "dataset=values", index: Path | None = None) -> None:
        """Open the page at a link, and wait until all that it loads by itself is there."""
        self.browser.get("about:blank")
        self.browser.get(f"{(index or self.index).as_uri()}#{link}")
        self.soon(lambda: "?" not in self.texts(".filters .count") and self.all(".filters .count"))

    def soon(self, check: Callable[[], object]) -> None:
        WebDriverWait(self.browser, 60).until(lambda _: check())

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        (found,) = self.all(selector)
        return found

    def texts(self, selector: str) -> list[str]:
        """What is in elements, whether in sight or not, blanks as one."""
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
        return [" ".join(text.split()) for text in self.browser.execute_script(script, selector)]

    def items(self) -> list[str]:
        return self.texts(".row .number")

    def picks(self, column: int) -> list[str]:
        """The letters and signs of a column."""
        return self.texts(f".row > :nth-child({column + 2}) > :is(.pick, .no-pick)")

    def columns(self) -> list[str]:
        return self.texts(".head h2")

    def counts(self) -> dict[str, str]:
        return {
            str(button.get_attribute("data-filter")): self.text_of(button, ".count")
            for button in self.all(".filters button")
        }

    def state(self) -> list[object]:
        """What a link holds, as the page shows it."""
        parts = (".head h2", ".slider output", "#item-title", ".item-bar .eyebrow", ".accuracy strong")
        return [*map(self.texts, parts), self.counts(), self.one("#search").get_attribute("value")]

    def text_of(self, element: WebElement, selector: str) -> str:
        return element.find_element(By.CSS_SELECTOR, selector).text

    def press(self, text: str, within: str = "body") -> None:
        self.browser.find_element(By.CSS_SELECTOR, within).find_element(
            By.XPATH, f".//button[contains(., '{text}')]"
        ).click()

    def keys(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def slider(self, attribute: str) -> WebElement:
        return self.one(f"input[type=range][aria-label$=' {attribute}']")

    def link(self) -> str:
        return str(self.browser.execute_script("return location.hash"))[1:]

    def emulate(self, **features: str) -> None:
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def requests(self) -> list[str]:
        """The addresses that the page has asked for."""
        events = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        return [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]


def saved(folder: Path, name: str) -> str:
    """What the browser has saved."""
    path = folder / "saved" / name
    for _ in range(600):
        if path.exists() and path.stat().st_size:
            return path.read_bytes().decode()
        time.sleep(0.1)
    raise AssertionError(f"{name} was not saved")
