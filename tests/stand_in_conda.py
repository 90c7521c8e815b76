"""A stand-in for conda, whose channels no test reaches: it makes environments of the packages that are installed here.

An environment has what its file names and what these packages need in turn, and nothing else.
"""

import argparse
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def install(folder: Path) -> Path:
    """Put `conda` into `bin` of a folder, for the search path of a run; gives that folder."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "conda").write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {folder} "$@"\n')
    (programs / "conda").chmod(stat.S_IRWXU)
    (programs / "activate").write_text('export PATH="$1/bin:$PATH"\n')
    return programs


def needed(requirements: list[Requirement]) -> Iterator[str]:
    """The names of installed packages that these need, themselves among them; some more than once."""
    waiting, seen = list(requirements), set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # optional: other platforms, other builds of torch
        yield name
        waiting += [need for need in map(Requirement, found) if applies(need, extras)]


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Whether a package needs another here, with some of its extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def create(file: Path, prefix: Path) -> None:
    """Make an environment from its file.

    Raises:
        PackageNotFoundError: a package that the file names is not installed in its version.
    """
    entries = yaml.safe_load(file.read_text())["dependencies"]
    pins = [Requirement(pin) for pin in next(entry["pip"] for entry in entries if isinstance(entry, dict))]
    for pin in pins:
        if not pin.specifier.contains(distribution(pin.name).version, prereleases=True):
            raise PackageNotFoundError(str(pin))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    packages = next(prefix.glob("lib/python3*/site-packages"))
    for name in set(needed(pins)):
        for path in distribution(name).files or []:
            top = path.parts[0]
            if top not in ("..", "__pycache__") and not (packages / top).is_symlink():
                (packages / top).symlink_to(str(distribution(name).locate_file(top)))


def main() -> None:
    """Answer as conda does to what Snakemake asks."""
    base, *words = sys.argv[1:]
    if words == ["--version"]:
        print("conda 25.9.0")
    elif words[:1] == ["info"]:
        print(json.dumps({"conda_prefix": base, "platform": "linux-64"}))
    elif words[:1] == ["clean"]:
        pass
    elif words[:1] == ["config"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif words[:2] == ["env", "create"]:
        parser = argparse.ArgumentParser()
        parser.add_argument("--file", type=Path, required=True)
        parser.add_argument("--prefix", type=Path, required=True)
        options, _ = parser.parse_known_args(words[2:])
        create(options.file, options.prefix)
    else:
        sys.exit(f"stand-in for conda: {words}")


if __name__ == "__main__":
    main()
