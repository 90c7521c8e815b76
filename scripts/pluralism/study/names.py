"""What tables and figures call the parts of a study, in which order, and what each ADM is to it.

Passed on as JSON text, like a job's settings, so that an edit to a label draws again and computes nothing.
"""

from collections.abc import Iterable

from pydantic import Field

from pluralism.inference.settings import Section
from pluralism.roles import Role


class AdmName(Section):
    """An ADM of the study: its words, and what it is."""

    name: str
    label: str
    role: Role = Role.CONTENDER


class ExperimentName(Section):
    """An experiment of the study, and the words for its model; none where no model is asked."""

    name: str
    label: str
    model: str | None = None


class Names(Section):
    """The words for a study. A name that is not in it goes by itself and comes after the others."""

    datasets: dict[str, str] = Field(default_factory=dict)
    experiments: tuple[ExperimentName, ...] = ()
    adms: tuple[AdmName, ...] = ()
    compare_with: str | None = None

    def adm(self, name: str) -> AdmName:
        """The entry of an ADM."""
        return next((adm for adm in self.adms if adm.name == name), AdmName(name=name, label=name))

    def experiment(self, name: str) -> ExperimentName:
        """The entry of an experiment."""
        found = (experiment for experiment in self.experiments if experiment.name == name)
        return next(found, ExperimentName(name=name, label=name))

    def dataset(self, name: str) -> str:
        """The words for a dataset."""
        return self.datasets.get(name, name)

    def is_reference(self, adm: str) -> bool:
        """Whether an ADM only says how to read the others' scores."""
        return self.adm(adm).role.is_reference

    def in_order(self, adms: Iterable[str]) -> list[str]:
        """The different ADMs of `adms` in the order of the config; others after them, as they came."""
        ranks = {adm.name: rank for rank, adm in enumerate(self.adms)}
        return sorted(dict.fromkeys(adms), key=lambda name: ranks.get(name, len(ranks)))

    def compared_with(self, adms: Iterable[str]) -> str:
        """The ADM of `adms` that the others are compared with: the config's, or else the last that competes.

        Raises:
            ValueError: none of them competes.
        """
        competing = [name for name in self.in_order(adms) if not self.is_reference(name)]
        if not competing:
            raise ValueError("no ADM competes")
        return self.compare_with if self.compare_with in competing else competing[-1]
