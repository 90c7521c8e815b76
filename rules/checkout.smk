# The folder of this checkout. Where a Snakefile elsewhere takes this one from a git repository as a module, Snakemake reads
# the files in rules/ one by one, but rules call commands: then the whole commit is unpacked, once.
import shutil
import tarfile
import tempfile
from pathlib import Path

from snakemake.sourcecache import LocalGitFile, LocalSourceFile


def checkout_folder(rules_folder):
    """The folder of the Snakefile, from that of this file, as Snakemake knows it."""
    if isinstance(rules_folder, LocalSourceFile):
        return Path(rules_folder).parent
    # Snakemake has it, but most runs do not need it.
    from git import Repo

    is_local = isinstance(rules_folder, LocalGitFile)
    repository = Repo(rules_folder.repo_path) if is_local else rules_folder.hosted_repo.repo
    commit = repository.commit(rules_folder.ref)
    folder = Path(".snakemake", "pluralism", commit.hexsha).absolute()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = tempfile.mkdtemp(dir=folder.parent)
        with tempfile.TemporaryFile() as stream:
            repository.archive(stream, commit)
            stream.seek(0)
            with tarfile.open(fileobj=stream) as archive:
                archive.extractall(draft, filter="data")
        try:
            Path(draft).rename(folder)
        except OSError:  # another Snakemake was first
            shutil.rmtree(draft)
    return folder


CHECKOUT = checkout_folder(workflow.current_basedir)
