"""What stands in two files of the repository is the same in both."""

import json
import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.stand_in_conda import needed

ROOT = Path(__file__).parents[1]


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def required(*extras: str) -> list[Requirement]:
    optional = project()["optional-dependencies"]
    lists = [project()["dependencies"], *(optional[extra] for extra in extras)]
    return [Requirement(pin) for pins in lists for pin in pins]


def lock() -> dict[str, Version]:
    """The locked version of each package, by its canonical name."""
    lines = (ROOT / "envs" / "requirements.lock").read_text().splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    # A version of our own machine's build, such as 2.13.0+cpu, or a place to load from would fit no other machine.
    assert [pin for pin in pins if pin.url or not re.fullmatch(r"==[\w.]+", str(pin.specifier))] == []
    return {canonicalize_name(pin.name): Version(str(pin.specifier)[2:]) for pin in pins}


def test_the_lock_has_every_version_that_pyproject_chooses() -> None:
    locked = lock()
    for pin in required(*project()["optional-dependencies"]):
        assert locked[canonicalize_name(pin.name)] in pin.specifier, f"{pin}: run `make lock`"


def test_all_that_is_installed_for_us_has_its_locked_version() -> None:
    locked = lock()
    installed = set(needed(required("dev")))
    for name in sorted(installed):
        assert Version(version(name)).public == locked[name].public, name
    assert len(installed) > 100


def test_version_and_licence_are_the_same_for_those_who_install_cite_and_read_what_changed() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["version"], citation["license"]) == (project()["version"], project()["license"])
    assert f"\n## {project()['version']} - " in (ROOT / "CHANGELOG.md").read_text()


def test_what_indexes_read_of_us_is_what_the_citation_says() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    zenodo, codemeta = (json.loads((ROOT / name).read_text()) for name in (".zenodo.json", "codemeta.json"))
    names = [author["name"] for author in citation["authors"]]
    paper = citation["references"][0]
    assert [zenodo[key] for key in ("title", "version", "license")] == [
        citation[key] for key in ("title", "version", "license")
    ]
    assert [codemeta[key] for key in ("name", "version", "license")] == [
        citation["title"], citation["version"], f"https://spdx.org/licenses/{citation['license']}",
    ]  # fmt: skip
    assert zenodo["description"] == codemeta["description"] == project()["description"]
    assert [entry["name"] for entry in zenodo["creators"]] == [entry["name"] for entry in codemeta["author"]] == names
    assert [entry["identifier"] for entry in zenodo["related_identifiers"]] == [paper["doi"]]
    (published,) = codemeta["referencePublication"]
    assert (published["name"], published["identifier"]) == (paper["title"], f"https://doi.org/{paper['doi']}")
    assert zenodo["keywords"] == codemeta["keywords"] == citation["keywords"] == project()["keywords"]
    pins = {pin.name: str(pin.specifier) for pin in required()}
    assert codemeta["softwareRequirements"] == f"Snakemake {pins['snakemake'].removeprefix('==')}"
    assert f"{codemeta['runtimePlatform']}".removeprefix("Python ") == project()["requires-python"].removeprefix(">=")


def test_badges_are_true() -> None:
    badges = re.findall(r"shields\.io/badge/(.+?)-\w+\)", (ROOT / "README.md").read_text())
    shown = dict(unquote(badge).replace("--", "\0").split("-") for badge in badges)
    shown = {name: value.replace("\0", "-").replace("_", " ") for name, value in shown.items()}
    pins = {pin.name: str(pin.specifier) for pin in required()}
    assert shown == {
        "Snakemake": pins["snakemake"].removeprefix("=="),
        "Python": project()["requires-python"].replace(">=", "≥ "),
        "licence": project()["license"],
        "paper": yaml.safe_load((ROOT / "CITATION.cff").read_text())["references"][0]["doi"],
    }


def test_snakemakes_catalogue_finds_what_it_looks_for() -> None:
    """Of github:snakemake/snakemake-workflow-catalog, scripts/generate-catalog.py says what that is."""
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["software-stack-deployment"]["conda"]
    assert (ROOT / "Snakefile").is_file()
    assert {path.suffix for path in (ROOT / "rules").iterdir() if path.is_file()} == {".smk"}
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / "config" / "README.md").read_text())
    assert [link for link in links if not (ROOT / "config" / link).is_file()] == []


def test_an_image_holds_what_git_knows_and_nothing_that_a_checkout_was_used_for() -> None:
    lists = [(ROOT / name).read_text().splitlines() for name in (".gitignore", ".dockerignore")]
    git, docker = ({line.strip("/") for line in lines if line and line[0] not in "#!"} for lines in lists)
    anywhere = {"__pycache__", "*.egg-info", ".venv", ".venv-server", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    assert {line.removesuffix("/*") for line in git - anywhere} <= docker
    assert "COPY . /opt/pluralism\n" in (ROOT / "envs" / "Dockerfile").read_text()


def test_make_has_every_target_that_contributors_read_of() -> None:
    targets = set(re.findall(r"`make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text()))
    for target in sorted(targets):
        call = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert call.returncode == 0, call.stderr
