"""Files of a dataset on the Hugging Face hub, at a commit."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pluralism.errors import UserError
from pluralism.files import check_sha256, replacing


@dataclass(frozen=True)
class HubFiles:
    """The files of a release.

    Attributes:
        repository: of the dataset.
        revision: the commit, which fixes what the files hold.
        names: in the repository, and in the folder that they are downloaded to.
        sha256: name -> checksum, where we know it.
    """

    repository: str
    revision: str
    names: tuple[str, ...]
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """Where people read of it."""
        return f"https://huggingface.co/datasets/{self.repository}"

    def paths(self, folder: Path) -> list[Path]:
        """Where the files lie below a folder."""
        return [folder / name for name in self.names]

    def download(self, folder: Path, names: list[str]) -> None:
        """Download some files; none is put in place unless all are there, with the known checksum.

        Raises:
            UserError: no network, or a checksum differs; says where to put the files by hand.
        """
        from huggingface_hub import hf_hub_download

        # Its warnings about each retry would bury our one line.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        with replacing(*(folder / name for name in names)) as drafts:
            for name, draft in zip(names, drafts, strict=True):
                try:
                    cached = hf_hub_download(self.repository, name, repo_type="dataset", revision=self.revision)
                except Exception as error:
                    raise UserError(
                        f"{self.repository} cannot be downloaded ({type(error).__name__}); "
                        f"put {' and '.join(self.names)} into {folder} by hand"
                    ) from None
                shutil.copyfile(cached, draft)
                if name in self.sha256:
                    check_sha256(draft.read_bytes(), self.sha256[name], f"{self.repository}/{name}")
