"""Downloading HelpSteer2 from its hub, at a pinned revision, with its checksums."""

import hashlib
import logging
import shutil
from pathlib import Path

from pluralism.datasets.helpsteer2 import FILES
from pluralism.errors import UserError
from pluralism.files import replacing

REPOSITORY = "nvidia/HelpSteer2"
REVISION = "990b2711a36180dd19d9c94b8627844866f8982a"
SHA256 = {
    "train.jsonl.gz": "c0d7e91d738d42e8a08070db26c4c09a9c7631308e1f0fd380ff43d130c9f713",
    "validation.jsonl.gz": "610eeb5289494d613c4c0f70aade2df8df0b499f3a24e76d232f74e6909d010a",
}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download_helpsteer2(folder: Path) -> None:
    """Download both files into `folder`; neither is put in place unless both carry the known checksum.

    Raises:
        UserError: no network, or a checksum differs; says where to put the files by hand.
    """
    from huggingface_hub import hf_hub_download

    # Its warnings about each retry would bury our one line.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    targets = [folder / name for name in FILES]
    with replacing(*targets) as drafts:
        for name, draft in zip(FILES, drafts, strict=True):
            try:
                cached = hf_hub_download(REPOSITORY, name, repo_type="dataset", revision=REVISION)
            except Exception as error:
                raise UserError(
                    f"{REPOSITORY} cannot be downloaded ({type(error).__name__}); "
                    f"put {' and '.join(FILES)} into {folder} by hand"
                ) from None
            shutil.copyfile(cached, draft)
            if (found := file_sha256(draft)) != SHA256[name]:
                raise UserError(f"{REPOSITORY}/{name}: SHA-256 is {found}, expected {SHA256[name]}")
