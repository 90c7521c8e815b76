"""Files of other code: finding them, reading them, and which target each was made for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.files import read_json, read_yaml
from pluralism.inference.imported import FILE_NAME, Entry, entries_of
from pluralism.planning.foreign import inspect_logs, lm_eval
from pluralism.planning.foreign.samples import converted
from pluralism.targets.target import Target, target_name


@dataclass(frozen=True)
class Run:
    """A file of another code.

    Attributes:
        path: of the file.
        made_for: the name of the target that it was made for; None where nothing tells.
        entries: what it holds.
        content: of the file that becomes part of the study.
    """

    path: Path
    made_for: str | None
    entries: Sequence[Entry]
    content: bytes

    @property
    def predicts_levels(self) -> bool:
        """Whether it holds levels, and not only picks."""
        return any(entry.levels for entry in self.entries)


def find_files(place: Path) -> list[Path]:
    """The runs in a folder, or the file itself; a `UserError` if there is none."""
    if not place.is_dir():
        return [place]
    patterns = (FILE_NAME, f"*{inspect_logs.ENDING}", lm_eval.PATTERN)
    if found := sorted(path for pattern in patterns for path in place.rglob(pattern)):
        return found
    raise UserError(f"{place}: holds no {' and no '.join(patterns)}")


def read_run(path: Path, targets: Sequence[Target], items: Sequence[Item] = ()) -> Run:
    """Read a file, and find its target by the config that hydra keeps next to it, by the log itself or by its folder.

    Args:
        path: of a run, a log of Inspect, or samples of lm-eval.
        targets: of the dataset.
        items: its eval items, for samples that name them by number.

    Raises:
        UserError: the file has a fault, or that config.
    """
    config = path.parent / ".hydra" / "config.yaml"
    value = read_yaml(config).get("alignment_target") if config.is_file() else None
    told, entries, content = _read(path, items)
    return Run(path, _by_config(value or told, targets) or _by_folder(path.parent, targets), entries, content)


def _read(path: Path, items: Sequence[Item]) -> tuple[str | None, list[Entry], bytes]:
    """The target that a file names, if any, its entries, and these as a file of ours."""
    told = None
    if path.suffix == inspect_logs.ENDING:
        told, samples = inspect_logs.read_log(path)
    elif path.suffix == lm_eval.ENDING:
        samples = lm_eval.read_samples(path)
    elif inspect_logs.is_log(value := read_json(path)):
        told, samples = inspect_logs.samples_of(value, value["samples"], path)
    else:
        return None, entries_of(value, path), path.read_bytes()
    found = converted(samples, items)
    if not found.values:
        raise UserError(f"{path}: none of its {len(samples)} samples picks a response")
    entries = entries_of(found.values, path, found.places)
    return told, entries, json.dumps(found.values, indent=1).encode()


def _by_config(value: Any, targets: Sequence[Target]) -> str | None:
    """The authors name a target by its file, align-system by the levels that it wants."""
    if isinstance(value, str):
        return target_name(Path(f"{value}.json"))
    wanted = value.get("kdma_values") if isinstance(value, Mapping) else None
    if not isinstance(wanted, list) or not all(isinstance(entry, Mapping) for entry in wanted):
        return None
    levels = {str(entry.get("kdma")).replace(" ", "_").casefold(): entry.get("value") for entry in wanted}
    return next((target.name for target in targets if _lower(target) == levels), None)


def _lower(target: Target) -> dict[str, float]:
    return {name.casefold(): level for name, level in target.levels.items()}


def _by_folder(folder: Path, targets: Sequence[Target]) -> str | None:
    parts = folder.absolute().parts
    return next(
        (target.name for target in targets if parts[-len(names := tuple(target.name.split("/"))) :] == names),
        None,
    )
