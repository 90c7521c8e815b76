"""Exporters, and writing an export whole or not at all."""

import shutil
import zipfile
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from pluralism.errors import UserError
from pluralism.files import replacing, replacing_folder
from pluralism.registry import ClassRegistry
from pluralism.reporting.export.material import Material

ARCHIVE = ".zip"
MADE = ("alignment_targets", "data", "figures", "results")
"""Folders of a study, which the next export may read."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, the first that such a file can have, so that equal exports are equal files."""


class Exporter(BaseModel, ABC):
    """A form that others read; the fields of a subclass are its options, which `--options` gives.

    A new form is a module in `pluralism.reporting.export.kinds` that registers its class (`EXPORTS`), or a class of a
    package of your own. Import what only it needs inside `write`.

    Class variables:
        summary: what it writes, in a line.
        packages: what it imports that not every installation has.
        next_step: what to do with the folder, with {place} for it; "" for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: ClassVar[str] = ""
    packages: ClassVar[tuple[str, ...]] = ()
    next_step: ClassVar[str] = ""

    @abstractmethod
    def write(self, material: Material, folder: Path) -> None:
        """Write everything into a folder, which is empty.

        Raises:
            UserError: there is nothing to export, or a file of the study is faulty.
        """

    def check(self) -> None:
        """Raise a `UserError` unless its packages are installed."""
        if missing := [name for name in self.packages if find_spec(name) is None]:
            raise UserError(
                f"the package {', '.join(missing)} is not installed: run pip install 'pluralism[export]', "
                "in a checkout .venv/bin/pip install -e '.[export]'"
            )


EXPORTS = ClassRegistry[Exporter](
    "export", Exporter, package="pluralism.reporting.export.kinds", group="pluralism.exports", key="to"
)
"""The forms of an export: register yours with `@EXPORTS.register("its-name")`."""


def export(exporter: Exporter, material: Material, output: Path) -> list[Path]:
    """Write an export into a folder, or into an archive where the name ends in .zip; all of it or nothing.

    Returns:
        The files, relative to the folder.

    Raises:
        UserError: there is something of this name already, it lies among the results, and see `Exporter.write`.
    """
    exporter.check()
    made = [(material.results.folder.root / name).resolve() for name in MADE]
    if any(output.resolve().is_relative_to(folder) for folder in made):
        raise UserError(f"{output}: lies in a folder of results, expected a place beside {', '.join(MADE)}")
    if output.is_dir() and output.suffix != ARCHIVE and not any(output.iterdir()):
        pass
    elif output.exists():
        what = "this folder holds files" if output.is_dir() else "this file exists"
        raise UserError(f"{output}: {what}, expected a new name")
    if output.suffix != ARCHIVE:
        with replacing_folder(output) as draft:
            exporter.write(material, draft)
            return _files(draft)
    with replacing(output) as (draft,):
        folder = draft.with_suffix(".folder")
        try:
            folder.mkdir()
            exporter.write(material, folder)
            _pack(folder, draft)
            return _files(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.as_posix(), EARLIEST)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            with (folder / path).open("rb") as source, packed.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)
