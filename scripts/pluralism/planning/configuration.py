"""The config that a call of Snakemake would use: config.yaml with overlays of the profile or the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pluralism.errors import UserError, shown
from pluralism.files import located, read_yaml
from pluralism.planning.checks import Problem
from pluralism.study.config import Config
from pluralism.study.reading import merged_values, read_config

DEFAULT_PROFILE = "default"
"""The profile that Snakemake uses if none is named and this one exists."""
NO_PROFILE = "none"
PROFILE = "profile.yaml"
LOCAL = ("local", "dryrun", "touch")
"""Executors that come with Snakemake."""


@dataclass(frozen=True)
class Profile:
    """A profile's name, the values of its profile.yaml, its folder, and its problems."""

    name: str
    values: dict[str, Any]
    folder: Path = Path()
    problems: tuple[Problem, ...] = ()

    @property
    def overlays(self) -> list[Path]:
        """The config files that overlay config.yaml; as for Snakemake, a single one may lie next to the profile."""
        named = self.values.get("configfile") or []
        paths = [named] if isinstance(named, str) else named
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise UserError(f"profile {self.name}: configfile: {shown(named)}, expected a path or a list of paths")
        if isinstance(named, str) and (near := self.folder / named).exists():
            return [near]
        return list(map(Path, paths))

    @property
    def runs_here(self) -> bool:
        """Whether jobs run on this machine."""
        return self.values.get("executor", LOCAL[0]) in LOCAL

    @property
    def gpu_model(self) -> str | None:
        """The kind of GPU that the jobs of a model ask a cluster for; the first that the profile names."""
        rules = self.values.get("set-resources")
        resources = [self.values.get("default-resources"), *(rules.values() if isinstance(rules, dict) else ())]
        named = (entry.get("gpu_model") for entry in resources if isinstance(entry, dict))
        return next((str(name) for name in named if name), None)


def read_profile(name: str | None) -> Profile:
    """Read a profile by its folder or its name in profiles/, as `snakemake --workflow-profile` does.

    None is the default profile, where there is one.
    """
    default = located(f"profiles/{DEFAULT_PROFILE}")
    if name == NO_PROFILE or (name is None and not Path(default).is_dir()):
        return Profile(NO_PROFILE, {})
    name = name or DEFAULT_PROFILE
    folder = Path(name if Path(name).is_dir() or "/" in name else located(f"profiles/{name}"))
    if not folder.is_dir():
        known = ", ".join(sorted(path.name for path in Path(default).parent.glob("*") if _file(path).is_file()))
        return Profile(name, {}, problems=(Problem(f"profile {name}", f"{folder}: no such folder; known: {known}"),))
    try:
        values = read_yaml(_file(folder))
    except UserError as error:
        return Profile(name, {}, problems=(Problem(f"profile {name}", str(error)),))
    executor = values.get("executor", LOCAL[0])
    plugin = f"snakemake-executor-plugin-{executor}"
    if executor in LOCAL or find_spec(plugin.replace("-", "_")) is not None:
        return Profile(name, values, folder)
    return Profile(
        name, values, folder, (Problem(f"profile {name}", f"executor {executor}: package {plugin} is not installed"),)
    )


def _file(folder: Path) -> Path:
    """The file of a profile's folder; config.yaml is the name that Snakemake had for it before 9.19."""
    former = folder / "config.yaml"
    return former if former.is_file() and not (folder / PROFILE).is_file() else folder / PROFILE


def merged_config(base: Path, overlays: Sequence[Path]) -> Config:
    """Merge overlays into a config, key by key and in order, and check the result; `base` is `located`.

    Raises:
        UserError: a file is not found or is not YAML, or the result has a fault.
    """
    return read_config(merged_values(Path(located(str(base))), overlays))
