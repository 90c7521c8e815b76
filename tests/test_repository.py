"""What stands in two files of the repository is the same in both."""

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

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
    waiting, seen = required("dev"), set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # optional: other platforms, other builds of torch
        assert Version(found.version).public == locked[name].public, name
        needed = [Requirement(text) for text in found.requires or []]
        waiting += [need for need in needed if applies(need, extras)]
    assert len(seen) > 100


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def test_version_and_licence_are_the_same_for_those_who_install_cite_and_read_what_changed() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["version"], citation["license"]) == (project()["version"], project()["license"])
    assert f"\n## {project()['version']} - " in (ROOT / "CHANGELOG.md").read_text()


def test_make_has_every_target_that_contributors_read_of() -> None:
    targets = set(re.findall(r"`make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text()))
    for target in sorted(targets):
        call = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert call.returncode == 0, call.stderr
