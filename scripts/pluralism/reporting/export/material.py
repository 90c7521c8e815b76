"""What an exporter writes from: the results of a study, its config, and which texts may be in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from pluralism.datasets.source import Terms
from pluralism.errors import UserError
from pluralism.reporting.data.results import Results
from pluralism.study.config import Config


@dataclass(frozen=True)
class Material:
    """A study to export.

    Attributes:
        results: its tables.
        with_texts: whether the user wants the texts that may be passed on.
    """

    results: Results
    with_texts: bool = False

    @cached_property
    def config(self) -> Config:
        """That of the run.

        Raises:
            UserError: it is not known, and so neither are models and licences.
        """
        if self.results.folder.config is None:
            raise UserError(self.results.folder.why_no_config)
        return self.results.folder.config

    @property
    def datasets(self) -> list[str]:
        """Those with results."""
        return self.results.folder.datasets

    def terms(self, dataset: str) -> Terms:
        """On which terms the texts of a dataset are had."""
        return self.config.datasets[dataset].terms

    def has_texts(self, dataset: str) -> bool:
        """Whether prompts, responses and reasonings of a dataset are exported."""
        return self.with_texts and self.terms(dataset).texts_may_be_shared

    @property
    def licences(self) -> dict[str, str]:
        """Dataset -> its licence in words."""
        return {dataset: self.terms(dataset).licence or "licence not known" for dataset in self.datasets}

    @property
    def licences_of_all(self) -> dict[str, str]:
        """Licence, "" where it is not known -> the datasets that have it, in words."""
        found: dict[str, list[str]] = {}
        for dataset in self.datasets:
            found.setdefault(self.terms(dataset).licence, []).append(dataset)
        return {licence: f"of the texts and labels of {', '.join(names)}" for licence, names in found.items()}

    def said(self) -> Iterator[str]:
        """A line per dataset: whether its texts are in the export, and its licence and source."""
        for dataset, licence in self.licences.items():
            terms = self.terms(dataset)
            place = f", {terms.source_url}" if terms.source_url else ""
            yield f"{dataset}: {self._texts(dataset)} ({licence}{place})"

    def _texts(self, dataset: str) -> str:
        if self.has_texts(dataset):
            return "with its texts"
        if self.terms(dataset).texts_may_be_shared:
            return "without its texts, which --with-texts adds"
        return "without its texts, which are not to be passed on"


def text_digest(text: str) -> str:
    """SHA-256 of a text, by which who has it finds it again."""
    return sha256(text.encode()).hexdigest()
