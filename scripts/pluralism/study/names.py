"""The labels of a study's parts in tables and figures, their order, and the role of each ADM.

Passed on as JSON text, like a job's settings, so that an edit to a label only draws again.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from pluralism.decisions.roles import Role
from pluralism.inference.settings import Section
from pluralism.study.sweeps import Sweep


class AdmName(Section):
    """An ADM of the study: its label, its role, and the sweep that made it, if any."""

    name: str
    label: str
    role: Role = Role.CONTENDER
    sweep: Sweep | None = None


class ExperimentName(Section):
    """An experiment of the study, and the label of its model; None where no model is asked."""

    name: str
    label: str
    model: str | None = None


class Names(Section):
    """The labels of a study. The label of any other name is the name itself, and it comes after the others."""

    datasets: dict[str, str] = Field(default_factory=dict)
    experiments: tuple[ExperimentName, ...] = ()
    adms: tuple[AdmName, ...] = ()
    compare_with: str | None = None

    def adm(self, name: str) -> str:
        """The label of an ADM."""
        return next((adm.label for adm in self.adms if adm.name == name), name)

    def experiment(self, name: str) -> str:
        """The label of an experiment."""
        return next((experiment.label for experiment in self.experiments if experiment.name == name), name)

    def experiment_and_model(self, name: str) -> str:
        """The label of an experiment with, in brackets, that of its model, if it asks one."""
        model = next((experiment.model for experiment in self.experiments if experiment.name == name), None)
        return f"{self.experiment(name)} ({model})" if model else self.experiment(name)

    def dataset(self, name: str) -> str:
        """The label of a dataset."""
        return self.datasets.get(name, name)

    def is_reference(self, adm: str) -> bool:
        """Whether an ADM only helps to read the scores of the others."""
        return any(entry.name == adm and entry.role.is_reference for entry in self.adms)

    def in_order(self, adms: Iterable[str]) -> list[str]:
        """The distinct ADMs of `adms` in the order of the config; unknown ones after them, in the order given."""
        return _in_order(adms, self.adms)

    def experiments_in_order(self, experiments: Iterable[str]) -> list[str]:
        """The distinct ones of `experiments` in the order of the config, as `in_order` has ADMs."""
        return _in_order(experiments, self.experiments)

    def compared_with(self, adms: Iterable[str]) -> str:
        """The ADM of `adms` that the others are compared with: the config's, or else the last that competes.

        Raises:
            ValueError: none of them competes.
        """
        competing = [name for name in self.in_order(adms) if not self.is_reference(name)]
        if not competing:
            raise ValueError("no ADM competes")
        return self.compare_with if self.compare_with in competing else competing[-1]


def _in_order(names: Iterable[str], of_config: Sequence[AdmName | ExperimentName]) -> list[str]:
    """The distinct ones of `names` in the order of the config; unknown ones after them, in the order given."""
    ranks = {entry.name: rank for rank, entry in enumerate(of_config)}
    return sorted(dict.fromkeys(names), key=lambda name: ranks.get(name, len(ranks)))
