"""The raw data of a study, of any format, as its rules need it."""

from dataclasses import dataclass
from pathlib import Path

from pluralism.datasets.source import FORMATS
from pluralism.errors import UserError
from pluralism.study.config import Config
from pluralism.study.study import one_of


@dataclass(frozen=True)
class RawData:
    """The raw data of a checked config's datasets, seen as files."""

    config: Config

    def pattern(self, *, written: bool) -> str:
        """A regular expression of the datasets whose items are made of raw files.

        Args:
            written: match those whose reasonings a model writes, or the others.
        """
        entries = self.config.datasets.items()
        return one_of(
            name for name, entry in entries if entry.source.makes_items and entry.has_written_reasonings == written
        )

    @property
    def annotated(self) -> list[str]:
        """The datasets whose raw files say what each annotator gave."""
        entries = self.config.datasets.items()
        return [name for name, entry in entries if entry.source.makes_items and entry.source.has_annotations]

    def files(self, dataset: str) -> list[str]:
        """The raw files of a dataset.

        Raises:
            UserError: one is not found, and cannot be downloaded. Without this error, Snakemake would use items that
                were made of other raw files, for example the demo's.
        """
        source = self.config.datasets[dataset].source
        if source.missing and not source.can_download:
            raise UserError(f"datasets.{dataset}: {source.missing_text(source.missing[0])}")
        return list(map(str, source.files))

    def annotation_files(self, dataset: str) -> list[str]:
        """The raw files of what each annotator gave."""
        return list(map(str, self.config.datasets[dataset].source.annotation_files))

    def downloads(self) -> dict[str, list[str]]:
        """Dataset of the grid -> those of its raw files that are missing and can be downloaded; the same files once.

        Where just those of annotations are missing, there is no download, and no noise ceiling.

        Files that a user has brought must not be the output of a rule, which would replace them.
        """
        found: dict[str, list[str]] = {}
        for dataset in self.config.grid.datasets:
            source = self.config.datasets[dataset].source
            files = list(map(str, [*source.missing, *source.missing_annotations]))
            if source.can_download and source.missing and files not in found.values():
                found[dataset] = files
        return found

    def options(self, dataset: str) -> list[str]:
        """The options of `prepare_items.py` and `download_raw.py` that say where the raw files are."""
        entry = self.config.datasets[dataset]
        return ["--format", entry.format, "--options", entry.source.model_dump_json()]

    def code(self, dataset: str) -> Path:
        """The file that defines the format of a dataset."""
        return FORMATS.file(self.config.datasets[dataset].format)
