"""A release on the Hugging Face hub, which is downloaded where its files are missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

from pydantic import model_validator

from pluralism.datasets.file_source import ALL, FileSource
from pluralism.datasets.hub import HubFiles
from pluralism.errors import KeyFault


class ReleaseSource(FileSource):
    """The files of one release: `raw` is the folder that holds them."""

    can_download: ClassVar[bool] = True
    release: ClassVar[HubFiles]

    @model_validator(mode="after")
    def _one_folder(self) -> Self:
        if len(self.raw.get(ALL, ())) != 1:
            raise KeyFault("raw: expected one folder, which the files of the release lie in or are downloaded to")
        return self

    @property
    def folder(self) -> Path:
        """Of the files."""
        return self.raw[ALL][0]

    def files_by_part(self) -> Iterator[tuple[str, Path]]:
        """Those of the release, which the workflow splits."""
        yield from ((ALL, path) for path in self.release.paths(self.folder))

    def download(self) -> None:
        """Download the files that are missing; see `HubFiles.download`."""
        self.release.download(self.folder, [path.relative_to(self.folder).as_posix() for path in self.missing])
