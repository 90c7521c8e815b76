"""The documentation: it builds, its commands run, and what it mentions exists."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pluralism.planning.configuration import merged_config
from tests.conftest import ROOT, Run, make_clone
from tests.documentation import PAGES, Block, blocks, name_of

DEMO = ROOT / "profiles/demo/demo.yaml"
OTHERS = {"apt-get", "conda", "curl", "docker", "export", "git", "llama-server", "pip", "source", "tail", "vllm"}
"""Commands that are not ours."""
OTHER_MODULES = {"sglang.launch_server", "venv"}

all_blocks = [block for page in PAGES for block in blocks(page)]


def of_language(*languages: str) -> list[Block]:
    return [block for block in all_blocks if block.language in languages]


def is_run(block: Block) -> bool:
    return block.language == "bash" and block.reason is None


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = ["mkdocs", "build", "--strict", "--quiet", "-f", str(ROOT / ".mkdocs.yml"), "--site-dir", str(tmp_path)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="(https?:[^"]*)"', page.read_text())
        assert loaded == [], page


@pytest.mark.parametrize(("raw", "is_shown"), [("data/demo/mic/MIC.csv", True), ("data/raw/mic/MIC.csv", False)])
def test_the_site_shows_the_explorer_of_the_demo_and_of_no_other_study(
    raw: str, is_shown: bool, tmp_path: Path
) -> None:
    clone = make_clone(tmp_path)
    (clone / "results/explorer/data").mkdir(parents=True)
    (clone / "results/explorer/index.html").write_text("<p>The explorer.</p>")
    (clone / "results/explorer/data/study.js").write_text("explorerData();")
    (clone / "results/config.yaml").write_text(yaml.safe_dump({"datasets": {"mic": {"raw": raw}}}))
    command = ["mkdocs", "build", "--strict", "--quiet", "-f", ".mkdocs.yml", "--site-dir", "site"]
    built = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (clone / "site/explorer/data/study.js").is_file() is is_shown
    assert ('href="../explorer/index.html"' in (clone / "site/run/explorer.html").read_text()) is is_shown


def test_the_readmes_links_lead_to_files() -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / "README.md").read_text()):
        assert link.startswith("https://") or (ROOT / link).is_file(), link


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_run, blocks(page)))], ids=name_of)
def test_the_commands_of_a_page_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    for block in blocks(page):
        if block.title is not None and " " not in block.title:
            path = clone / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif is_run(block):
            result = subprocess.run(
                # The command that `pip install` makes, from this folder's code.
                ["bash", "-euo", "pipefail", "-c", 'pluralism() { python -m pluralism "$@"; }\n' + block.text],
                cwd=clone,
                env=os.environ | {"PYTHONPATH": str(clone / "scripts")},
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, f"{block.place}: {result.stdout}{result.stderr}"
    assert_columns_are_described(clone)


def assert_columns_are_described(folder: Path) -> None:
    """Every column of every CSV file of the results stands on the page of files; tables of the paper have prefixes."""
    page = (ROOT / "docs/reference/files.md").read_text()
    for path in [*folder.glob("results/**/*.csv"), *folder.glob("figures/**/*.csv")]:
        if path.parent.name != "tables":
            missing = [column for column in pd.read_csv(path, nrows=0).columns if f"`{column}`" not in page]
            assert missing == [], path.relative_to(folder)


@pytest.mark.parametrize(
    "block", [block for block in of_language("bash") if block.reason], ids=lambda block: block.place
)
def test_commands_that_cannot_run_here_exist_with_their_options(block: Block) -> None:
    for command in commands(block.text):
        check_command(command)


def test_commands_in_the_text_exist_with_their_options() -> None:
    for page in PAGES:
        for text in re.findall(r"(?<!`)`((?:python|make|snakemake|pluralism) [^`]+)`(?!`)", page.read_text()):
            for command in commands(text.replace("\n", " ")):
                check_command(command)


def test_paths_in_the_text_exist() -> None:
    for page in PAGES:
        for path in re.findall(r"`((?:scripts|profiles|rules|docs|dev|envs|tests)/[\w./-]*)`", page.read_text()):
            assert (ROOT / path).exists(), f"{name_of(page)}: {path}"


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a script, each as words, without the variables set before them."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            yield words[:end]
            words = words[end + 1 :]


def check_command(words: list[str]) -> None:
    """Fail unless a command exists, with the options and the profile that it is given."""
    program, options = words[0], {word.split("=")[0] for word in words if word.startswith("--")}
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        assert {word for word in words[1:] if "=" not in word} <= set(targets), words
    elif program == "snakemake":
        assert options <= known_options("snakemake"), words
    elif program == "pluralism":
        assert options <= known_options(sys.executable, "-m", "pluralism", words[1]), words
    elif program.endswith("python") and words[1].startswith("scripts/"):
        assert options <= known_options(sys.executable, words[1]), words
    elif program == "python":
        assert words[1] == "-m" and (words[2] in OTHER_MODULES or is_ours(words[2])), words
    else:
        assert Path(program).name in OTHERS, words
    for option, value in pairwise(words):
        if option == "--workflow-profile":
            folders = (ROOT / value, ROOT / "profiles" / value)  # a path, or the name of one of ours
            assert any((folder / "profile.yaml").is_file() for folder in folders), words


def is_ours(module: str) -> bool:
    """Whether a module is one of dev/."""
    return module.startswith("dev.") and (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()


@cache
def known_options(*command: str) -> set[str]:
    """The options in the help of a command; fails if it has none."""
    shown = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {"--help", *re.findall(r"--[a-z][\w-]*", shown)}


@pytest.mark.parametrize(
    "message",
    [
        "the dataset is too small to split",
        "gives values that are not finite in",
        "gives logits that are not finite",
        "is a pointer of Git LFS and not the file itself",
        "is cut off, or is no file of",
        "is empty",
        "holds code",
        "its chat template fails",
        "does not suit answers in JSON",
        "another job writes to this journal",
        "the last line is torn and is cut off",
        "is damaged and is skipped",
        "is not of this version and is skipped",
        "another run in this folder makes these files",
        "takes all words after it",
        "no experiment of the grid runs on",
        "not a readable Parquet file, ",
        "remove it to make it again",
        "cannot be written: ",
        "no such file",
        "unknown key",
        "unknown name",
        "this key is missing",
        "no connection",
        "vLLM is not found",
        "vLLM does not start",
        "vLLM died",
    ],
)
def test_a_message_is_quoted_as_the_code_has_it(message: str) -> None:
    assert message in (ROOT / "docs/run/troubleshooting.md").read_text()
    assert any(message in path.read_text() for path in (ROOT / "scripts").rglob("*.py"))


def test_every_overlay_fits_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        found = list(blocks(page))
        for block in found:
            if block.title is not None and block.title.startswith("data/"):
                Path(block.title).parent.mkdir(parents=True, exist_ok=True)
                Path(block.title).write_text(block.text)
        # A page that adds a kind runs what it says with it.
        if any(block.language == "python" for block in found):
            continue
        for block in found:
            if block.language == "yaml" and "levels" not in yaml.safe_load(block.text):
                Path("overlay.yaml").write_text(block.text)
                merged_config(ROOT / "config.yaml", [DEMO, Path("overlay.yaml")])


def test_blocks_of_data_can_be_read() -> None:
    for block in of_language("json"):
        json.loads(block.text)
    for block in of_language("toml"):
        tomllib.loads(block.text)
    assert {block.language for block in all_blocks} <= {"bash", "csv", "json", "python", "rst", "text", "toml", "yaml"}


def test_the_item_that_is_followed_is_that_of_the_demo(command: Run, tmp_path: Path) -> None:
    shown = next(block for block in of_language("json") if block.title == "item 0 of eval.json")
    command("prepare_mic", "--raw", ROOT / "data/demo/mic/MIC.csv", "--train", "train.json", "--eval", "eval.json")
    item = json.loads((tmp_path / "eval.json").read_text())[0]
    assert json.loads(shown.text) == {key: item[key] for key in ("prompt", "responses", "labels")}
