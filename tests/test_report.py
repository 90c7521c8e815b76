"""The report of a small study, opened in a browser without a network, as its reader does."""

import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from pluralism.reporting.report.words import listed
from tests.conftest import ROOT, Run, error_line, make_clone, run_module, snakemake

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1500,950"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
AXE = ROOT / "dev" / "explorer" / "node_modules" / "axe-core" / "axe.min.js"
SMALL = """
note: "toy world"
targets: {number: 1, attribute_counts: [2]}
grid: {datasets: [helpsteer2], experiments: [random]}
"""
LABELS = {
    "dataset": "<i>toys</i> {{ 1 + 1 }}",
    "experiment": "</style><script>document.title = 'run'</script>",
    "better": "<b>better</b> \"quoted\" 'and' {braces}",
    "worse": "من اليمين إلى اليسار",
}
COMPARED = f"""
note: "*not* |bold| </script>"
output: studies/compared
datasets: {{helpsteer2: {{label: {json.dumps(LABELS["dataset"])}}}}}
adms:
  better: {{kind: imported_choice, label: {json.dumps(LABELS["better"])}}}
  worse: {{kind: imported_choice, label: {json.dumps(LABELS["worse"])}}}
experiments:
  theirs: {{imported: data/imported/theirs, adms: [better, worse], label: {json.dumps(LABELS["experiment"])}}}
grid: {{experiments: [random, theirs]}}
"""
FLIPPED = 5
"""The first items, on which the better ADM is wrong, too."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs a browser: apt-get install chromium chromium-driver"
)

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm ci in dev/explorer, as make lint does")


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
    assert result.stdout.startswith("results/report.html: the report of the study in results/config.yaml, ")
    assert result.stdout.endswith(" MB\n")
    return study / "results" / "report.html"


@pytest.fixture(scope="module")
def compared(study: Path) -> Path:
    """The report of a study below it, in which an ADM is right where another is wrong."""
    for path in sorted((study / "results/helpsteer2/random/oracle").rglob("input_output.json")):
        target = path.parent.relative_to(study / "results/helpsteer2/random/oracle")
        right = json.loads(path.read_text())
        for adm, flipped in (("better", FLIPPED), ("worse", len(right))):
            copy = study / "data/imported/theirs/helpsteer2" / adm / target / path.name
            copy.parent.mkdir(parents=True)
            copy.write_text(json.dumps([a_pick(entry, other=place < flipped) for place, entry in enumerate(right)]))
    (study / "compared.yaml").write_text(COMPARED)
    snakemake(study, "--configfile", "profiles/demo/demo.yaml", "small.yaml", "compared.yaml")
    result = run_module(study, "pluralism", "report", "studies/compared")
    assert result.returncode == 0, result.stderr
    return study / "studies/compared/results/report.html"


def a_pick(entry: dict[str, Any], *, other: bool) -> dict[str, Any]:
    """The pick of an item with two responses, or the other one, as a run of other code writes it."""
    pick = entry["output"]["selected_response_index"]
    return {"input": entry["input"], "output": {"selected_response_index": 1 - pick if other else pick}}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser without a page."""
    options = webdriver.ChromeOptions()
    for flag in [*FLAGS, f"--user-data-dir={tmp_path}"]:
        options.add_argument(flag)
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(300)
    yield driver
    driver.quit()


def all_of(browser: webdriver.Chrome, selector: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, selector)


def one(browser: webdriver.Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def texts(browser: webdriver.Chrome, selector: str) -> list[str]:
    """What is in elements, whether in sight or not, blanks as one."""
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
    return [" ".join(text.split()) for text in browser.execute_script(script, selector)]


def errors(browser: webdriver.Chrome) -> list[str]:
    """What the console holds of errors."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def unfold(browser: webdriver.Chrome, title: str) -> WebElement:
    """Open the part of a title, and give it."""
    summary = browser.find_element(By.XPATH, f"//summary[contains(., '{title}')]")
    summary.click()
    return summary.find_element(By.XPATH, "..")


@needs_chromium
def test_the_report_opens_with_the_answer(browser: webdriver.Chrome, compared: Path) -> None:
    browser.get(compared.as_uri())
    better, worse = LABELS["better"], LABELS["worse"]
    (sentence,) = texts(browser, ".sentence")
    assert sentence == (
        f"2 automatic decision makers (ADMs) picked responses to 75 items of {LABELS['dataset']} "
        "under 3 alignment targets."
    )
    rows = texts(browser, ".skill tbody th[scope=row]")
    assert rows == [better, worse]
    assert len(all_of(browser, ".skill svg .interval")) >= 4
    words = texts(browser, ".answer li")
    assert words[0].startswith(f"{LABELS['dataset']}: highest skill (")
    assert f": {better}, " in words[0]
    assert words[0].endswith("; 3 of 3 comparisons of two ADMs differ after correction (who beats whom)")
    assert f"{better} beats {worse} under every set of targets." in words
    assert "No comparison is left without a difference." in words
    run = " ".join(texts(browser, "dl"))
    assert all(part in run for part in ("75 items", "high, low, 1 sampled", "published", "run by other code", "42"))
    missing = texts(browser, "section[aria-labelledby=missing] li")
    assert any("no ADM predicts levels" in line for line in missing)
    assert any("experiments of the config not run" in line for line in missing)
    assert f"What is missing ({len(missing)})" in texts(browser, "nav a")
    assert [heading.text for heading in all_of(browser, "h2")][:3] == [
        "What was found",
        "What was run",
        "What is missing",
    ]


def test_names_with_commas_can_be_told_apart_in_a_list() -> None:
    assert listed(["Random", "Oracle"]) == "Random and Oracle"
    assert listed(["Regression", "Comparative, zero-shot"]) == "Regression; and Comparative, zero-shot"
    assert listed(["1,200 items of A", "75 of B", "2 of C"]) == "1,200 items of A, 75 of B and 2 of C"


@needs_chromium
def test_labels_are_shown_as_text_whatever_they_hold(browser: webdriver.Chrome, compared: Path) -> None:
    browser.get(compared.as_uri())
    (whole,) = texts(browser, "body")
    assert all(label in whole for label in [*LABELS.values(), "*not* |bold| </script>"])
    assert browser.title == "Steerable pluralism: compared"
    assert len(all_of(browser, "script")) == 1
    assert all_of(browser, "main b, main i") == []
    assert errors(browser) == []


@needs_chromium
def test_a_number_links_to_the_items_behind_it(browser: webdriver.Chrome, compared: Path) -> None:
    browser.get(compared.as_uri())
    scores = pd.read_csv(compared.parent / "helpsteer2/scores.csv")
    rows = scores[(scores["adm"] == "better") & (scores["target"] == "target_high")]
    ((scored, accuracy),) = rows[["n_scored", "accuracy"]].to_numpy()
    wrong = round(scored * (1 - accuracy / 100))
    assert 0 < wrong <= FLIPPED
    link = browser.find_element(By.XPATH, "//li[contains(., 'High target')]/a")
    assert link.text == f"{wrong} items"
    assert link.get_attribute("href") == (
        f"{(compared.parent / 'explorer/index.html').as_uri()}"
        "#dataset=helpsteer2&target=target_high&show=every-adm-wrong"
    )
    of_adm = unfold(browser, "Wrong items of each ADM").find_elements(By.CSS_SELECTOR, "tbody tr")
    cells = {row[1]: row[2] for row in ([cell.text for cell in adm.find_elements(By.TAG_NAME, "td")] for adm in of_adm)}
    assert cells["Oracle"] == "0"
    assert cells[LABELS["better"]] == str(wrong)
    assert cells[LABELS["worse"]] == f"{scored:.0f}"
    of_better = browser.find_element(By.XPATH, f"//td/a[text()='{wrong}']").get_attribute("href")
    of_skill = browser.find_elements(By.XPATH, f"//table[@class='skill']//a[text()='{wrong} wrong']")
    assert of_better in [one.get_attribute("href") for one in of_skill]
    link.click()
    WebDriverWait(browser, 60).until(lambda _: len(all_of(browser, ".row .number")) == wrong)
    browser.get("about:blank")
    browser.get(str(of_better))
    WebDriverWait(browser, 60).until(lambda _: len(all_of(browser, ".row .number")) == wrong)
    assert [heading.text for heading in all_of(browser, ".head h2")] == [LABELS["better"]]


@needs_chromium
def test_the_report_of_references_says_so_and_opens_offline(browser: webdriver.Chrome, report: Path) -> None:
    browser.get(report.as_uri())
    (sentence,) = texts(browser, ".sentence")
    assert sentence.startswith("Only references were run: Random and Oracle decided 75 items of helpsteer2 under 3")
    assert "Nothing was run" not in report.read_text()
    assert "licence: CC-BY-4.0, from https://huggingface.co/datasets/nvidia/HelpSteer2" in report.read_text()
    assert "Oracle is right on 100.0% (high target)" in " ".join(texts(browser, ".answer li"))
    assert texts(browser, ".note") == ["toy world; prompts: own"]
    titles = ["Accuracy and the noise ceiling", "Accuracy at high and low", "Accuracy by number of attributes"]
    assert sorted(texts(browser, "article h4")) == sorted([*titles, "Labels of the items", "Targets"])
    for image in all_of(browser, "figure img"):
        assert int(str(image.get_property("naturalWidth"))) > 100
        assert image.get_attribute("alt")
    assert "a plot per target" in " ".join(texts(browser, "figcaption"))
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(name.startswith("data:") for name in loaded), loaded
    assert errors(browser) == []


@needs_chromium
def test_a_table_of_the_report_sorts_by_a_click_and_filters(browser: webdriver.Chrome, report: Path) -> None:
    browser.get(report.as_uri())
    table = unfold(browser, "Accuracy at high and low")
    heading = table.find_element(By.XPATH, ".//th[button[text()='high']]")
    rows = {row.text for row in table_rows(table)}
    for order in ("ascending", "descending"):
        heading.find_element(By.TAG_NAME, "button").click()
        assert heading.get_attribute("aria-sort") == order
        values = [float(row.find_elements(By.TAG_NAME, "td")[2].text.split()[0]) for row in table_rows(table)]
        assert values == sorted(values, reverse=order == "descending")
        assert values[0] != values[-1]
    assert {row.text for row in table_rows(table)} == rows
    table.find_element(By.TAG_NAME, "input").send_keys("RANDOM oracle")
    assert ["Oracle" in row.text for row in table_rows(table)] == [True]
    assert table.find_element(By.TAG_NAME, "output").text == f"1 of {len(rows)} rows"
    assert errors(browser) == []


def table_rows(table: WebElement) -> list[WebElement]:
    """The rows in sight."""
    return [row for row in table.find_elements(By.CSS_SELECTOR, "tbody tr") if row.is_displayed()]


@needs_chromium
def test_the_report_shows_the_config_and_the_run_times(browser: webdriver.Chrome, report: Path) -> None:
    browser.get(f"{report.as_uri()}#config")
    assert "note: toy world" in one(browser, "#config pre").text
    assert one(browser, "#config pre").is_displayed()
    assert "helpsteer2/analyse" in unfold(browser, "Run times").text
    browser.get("about:blank")
    browser.get(f"{report.as_uri()}#%E0%A4%A")
    assert errors(browser) == [], "a link that is no text is no error"


@needs_chromium
@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1500, 390], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: webdriver.Chrome, compared: Path, scheme: str, width: int) -> None:
    browser.get(compared.as_uri())
    emulate(browser, width, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert found_by_axe(browser) == []


def emulate(browser: webdriver.Chrome, width: int, scheme: str) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def found_by_axe(browser: webdriver.Chrome) -> Sequence[Any]:
    browser.execute_script(AXE.read_text())
    script = (
        "axe.run({preload: false}).then((r) => arguments[0](r.violations.map((one) => [one.id, one.nodes[0].html])))"
    )
    found: Sequence[Any] = browser.execute_async_script(script)
    return found


@needs_chromium
def test_the_report_fits_a_phone_the_dark_and_paper(browser: webdriver.Chrome, compared: Path) -> None:
    browser.get(compared.as_uri())
    emulate(browser, 390, "dark")
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390
    assert one(browser, "body").value_of_css_property("background-color") == "rgba(22, 24, 27, 1)"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    assert one(browser, "body").value_of_css_property("background-color") == "rgba(255, 255, 255, 1)"
    assert not one(browser, "nav").is_displayed()
    assert one(browser, ".skill").is_displayed()


@needs_chromium
def test_a_zip_file_opens_with_its_figures_and_the_explorer(
    browser: webdriver.Chrome, compared: Path, tmp_path: Path
) -> None:
    study = compared.parents[3]
    written = tmp_path / "sent.zip"
    result = run_module(study, "pluralism", "report", "studies/compared", "--zip", "--output", tmp_path / "sent.html")
    assert result.stdout.startswith(f"{written}: the report"), result.stderr
    with zipfile.ZipFile(written) as packed:
        packed.extractall(tmp_path)
    browser.get((tmp_path / "report" / "report.html").as_uri())
    assert all(int(str(image.get_property("naturalWidth"))) > 100 for image in all_of(browser, "article img"))
    browser.find_element(By.XPATH, "//li[contains(., 'High target')]/a").click()
    assert browser.current_url.startswith((tmp_path / "report/explorer/index.html").as_uri())


def test_snakemakes_own_report_can_be_written_too(study: Path) -> None:
    snakemake(
        study,
        *("--replace-workflow-config", "--configfile", "results/config.yaml", "--report", "theirs.html"),
        profile="none",
    )
    assert "figures/helpsteer2/targets.png" in (study / "theirs.html").read_text()


def test_a_report_without_results_is_one_line(pluralism: Run) -> None:
    line = error_line(pluralism("report", "--output", "report.html"))
    assert line == "error: results/config.yaml: no such file; name a study's folder, and run it to its end first"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.pdf", "report.pdf: expected a name that ends in .html or .zip"),
        ("nowhere/report.html", "nowhere: no such folder"),
    ],
)
def test_a_place_where_no_report_can_be_written_is_one_line(study: Path, name: str, message: str) -> None:
    assert error_line(run_module(study, "pluralism", "report", "--output", name)) == f"error: {message}"


def test_a_report_is_of_a_study_in_any_folder_and_a_zip_file_where_it_is_large(study: Path) -> None:
    moved = study / "studies" / "moved"
    for part in ("results", "figures", "data/helpsteer2", "alignment_targets"):
        shutil.copytree(study / part, moved / part)
    result = run_module(study, "pluralism", "report", "studies/moved")
    assert result.returncode == 0, result.stderr
    assert "<title>Steerable pluralism: moved</title>" in (moved / "results" / "report.html").read_text()
    for path in moved.glob("figures/helpsteer2/accuracy.[ps][nv]g"):
        path.write_bytes(path.read_bytes() + b"\n" * 16_000_000)
    result = run_module(study, "pluralism", "report", "studies/moved")
    assert result.stdout.startswith("studies/moved/results/report.zip: the report of the study"), result.stderr
    with zipfile.ZipFile(moved / "results" / "report.zip") as packed:
        assert {"report/report.html", "report/figures/helpsteer2/targets.png"} <= {
            name.replace(".svg", ".png") for name in packed.namelist()
        }
    assert not (moved / "results" / "report.html").exists(), "the page before it, with other numbers"


def test_a_report_links_to_no_explorer_of_other_settings_and_does_without_one(study: Path, tmp_path: Path) -> None:
    for part in ("results", "figures", "data/helpsteer2", "alignment_targets"):
        shutil.copytree(study / part, tmp_path / part)
    (tmp_path / "results/made_with/helpsteer2/make_explorer.jsonl").unlink()
    line = error_line(run_module(study, "pluralism", "report", tmp_path))
    assert f"{tmp_path}/results/explorer/data/helpsteer2" in line
    shutil.rmtree(tmp_path / "results/explorer")
    result = run_module(study, "pluralism", "report", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "it was not found beside this report" in (tmp_path / "results" / "report.html").read_text()


def test_the_folder_of_the_results_means_their_study(study: Path) -> None:
    for command, printed in (
        ("report", "results/report.html: the report of"),
        ("browse", "results/explorer/index.html"),
    ):
        result = run_module(study, "pluralism", command, "results")
        assert result.stdout.startswith(printed), result.stderr


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("results/helpsteer2/random/oracle/decisions.parquet", b"PAR1", "not a readable Parquet file, remove it"),
        ("results/config.yaml", b"kind: old", "kind: unknown key 'kind'; allowed: protocol, "),
        ("figures/helpsteer2/accuracy.csv", b"\xff\xfe", "not CSV, remove it to make it again"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_leaves_the_report(
    study: Path, report: Path, path: str, content: bytes, says: str
) -> None:
    kept, before = (study / path).read_bytes(), report.read_bytes()
    (study / path).write_bytes(content)
    line = error_line(run_module(study, "pluralism", "report"))
    (study / path).write_bytes(kept)
    assert line.startswith(f"error: {path}: ")
    assert says in line
    assert report.read_bytes() == before


def test_a_report_of_results_that_lack_a_piece_names_it(study: Path, tmp_path: Path) -> None:
    piece, kept = study / "figures" / "helpsteer2" / "targets.png", tmp_path / "targets.png"
    shutil.move(piece, kept)
    line = error_line(run_module(study, "pluralism", "report", "--output", tmp_path / "report.html"))
    shutil.move(kept, piece)
    assert line == "error: no report, run the study to its end first: figures/helpsteer2/targets.png: no such file"
    assert not (tmp_path / "report.html").exists()
