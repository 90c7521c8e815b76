"""The configuration: read and checked once, passed on as frozen objects.

`pluralism check --schema` prints the JSON Schema of these classes. A test keeps the copy in
`config.schema.json`, for editors, equal to it.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
)

from pluralism.adms import make_adm
from pluralism.adms.base import Adm
from pluralism.datasets.attributes import AttributeSet, read_attributes
from pluralism.decisions.aggregation import Aggregate
from pluralism.engines.models import Label, LanguageModel, Line
from pluralism.errors import UserError
from pluralism.files import USER_PATH
from pluralism.inference.reasonings import ReasoningSettings
from pluralism.inference.settings import AdmSettings, Decoding, Section, Seed
from pluralism.inference.shards import MOST_SHARDS
from pluralism.prompts.source import AnyPrompts, PromptChoice
from pluralism.protocols import PUBLISHED, ProtocolChoice
from pluralism.study.data_sections import Dataset, Targets
from pluralism.study.names import AdmName, ExperimentName, Names
from pluralism.study.paths import folder_path
from pluralism.study.sweeps import Sweep
from pluralism.targets.people.file import PeopleFile
from pluralism.targets.sampling import candidate_count


class AdmEntry(AdmSettings):
    """An ADM of the study: its kind with the options of this kind, and what acts after inference."""

    label: Label | None = Field(None, description="Its words in tables and figures; none: its name.")
    prompts: PromptChoice | None = Field(None, description="Its own prompts; none: those of the study.")
    aggregate: Aggregate = Field(
        "mean", description="How a response's scores in the samples are combined; acts after inference."
    )
    sweep: Sweep | None = Field(None, description="Set by a list in few_shot.shots, for the ADMs that it makes.")

    def words(self, name: str) -> str:
        """The label of the ADM in tables and figures."""
        if self.label is None or self.sweep is None:
            return self.label or name
        return f"{self.label}, {self.sweep.words}"


class Experiment(Section):
    """A model with its decoding, and the ADMs that it runs, or that other code ran."""

    model: str | None = Field(None, description="A name in models; none where no ADM needs one.")
    decoding: str | None = Field(None, description="A name in decodings; none only where an imported run has another.")
    imported: Annotated[str, USER_PATH] | None = Field(
        None,
        description="The folder of runs of other code, {dataset}/{adm}/{target}/input_output.json, made by import.",
    )
    adms: tuple[str, ...] = Field(min_length=1, description="Names in adms.")
    datasets: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None, description="Names in datasets; none: all of the grid."
    )
    label: Label | None = Field(None, description="Its words in tables and figures; none: its name.")
    shards: int = Field(
        1, strict=True, ge=1, le=MOST_SHARDS, description="Jobs that share the items of each dataset and ADM."
    )

    def words(self, name: str) -> str:
        """The label of the experiment in tables and figures, which mark imported ones."""
        return f"{self.label or name} (imported)" if self.imported is not None else self.label or name


class Statistics(Section):
    """How numbers are compared."""

    equivalence_margin: float = Field(
        5.0,
        strict=True,
        allow_inf_nan=False,
        ge=0.01,
        le=100,
        description="Percentage points: a number less far from one reported elsewhere counts as the same.",
    )


class Grid(Section):
    """What is run."""

    datasets: tuple[str, ...] = Field(min_length=1, description="Names in datasets.")
    experiments: tuple[str, ...] = Field(min_length=1, description="Names in experiments.")


class Config(Section):
    """The whole of config.yaml."""

    protocol: ProtocolChoice = Field(
        "published",
        validate_default=True,
        description="published: follow the published method; corrected: mend its faults; or a base of these, flags.",
    )
    seed: Seed = Field(42, description="Of all random draws but the split's and the targets', which are fixed.")
    note: Line | None = Field(None, max_length=1000, description="A line that figures and the score table carry.")
    prompts: PromptChoice = Field(
        "own",
        validate_default=True,
        description="Whose words ADMs are asked in: own; published, the authors', downloaded, or published: a folder "
        "or checkout that has them; or a folder of templates that take the place of our own.",
    )
    output: Annotated[str, AfterValidator(folder_path)] | None = Field(
        None, description="The folder below which all that the study makes lies; none: the working folder."
    )
    compare_with: str | None = Field(
        None, description="The ADM that others are compared with, a name in adms; none: the last that competes."
    )
    datasets: dict[str, Dataset]
    targets: Targets = Targets()
    statistics: Statistics = Statistics()
    models: dict[str, LanguageModel] = Field({}, description="Those that experiments and writers name.")
    decodings: dict[str, Decoding]
    adms: dict[str, AdmEntry]
    experiments: dict[str, Experiment]
    grid: Grid

    def attributes(self, dataset: str) -> AttributeSet:
        """The attributes of a dataset, from its own file or the built-in one, which is read once."""
        if dataset not in self._known_attributes:
            self._known_attributes[dataset] = read_attributes(self.attribute_path(dataset))
        return self._known_attributes[dataset]

    @cached_property
    def _known_attributes(self) -> dict[str, AttributeSet]:
        return {}

    def attribute_path(self, dataset: str) -> Path:
        """The file that describes a dataset's attributes."""
        return self.datasets[dataset].attribute_file

    def adm(self, name: str) -> Adm:
        """Construct an ADM with its options, and with what the protocol says of those of its examples."""
        entry = self.adms[name]
        adm = make_adm(entry.kind, entry.options, f"adms.{name}")
        if adm.few_shot is None:
            return adm
        try:
            few_shot = adm.few_shot.under(self.protocol, has_turn=adm.own_turn is not None)
        except ValueError as error:
            raise UserError(f"adms.{name}.few_shot.{error}") from None
        return adm.model_copy(update={"few_shot": few_shot})

    def design(self, name: str) -> str:
        """The first ADM that is the same as this one but for its prompts and what tables call it."""
        designs = {adm: entry.model_dump(exclude={"prompts", "label", "sweep"}) for adm, entry in self.adms.items()}
        return next(adm for adm, design in designs.items() if design == designs[name])

    def adm_prompts(self, name: str) -> AnyPrompts:
        """The prompts that an ADM is asked in."""
        return self.adms[name].prompts or self.prompts

    @property
    def footnote(self) -> str:
        """What figures and tables carry: the note, a protocol other than published, whose prompts, and limits."""
        here = [adm for _, experiment, adm in self.cells() if self.experiments[experiment].imported is None]
        asked = {adm: self.adm_prompts(adm).label for adm in here if self.adm(adm).templates}
        others = "".join(f"; {adm}: {label}" for adm, label in asked.items() if label != self.prompts.label)
        protocol = f"protocol: {self.protocol}".replace(",", ", ") if self.protocol != PUBLISHED else None
        chosen = [(self.datasets[name].limit, self.datasets[name].label or name) for name in self.grid.datasets]
        limits = [f"limit: at most {limit:,} items of {label}" for limit, label in chosen if limit is not None]
        return "; ".join(filter(None, (self.note, protocol, f"prompts: {self.prompts.label}{others}", *limits)))

    def attribute_counts(self, dataset: str) -> tuple[int, ...]:
        """How many attributes the sampled targets of a dataset name: of those in the config, what it has targets of."""
        attributes, counts = self.attributes(dataset), self.targets.attribute_counts
        wanted = range(1, len(attributes.names) + 1) if counts == "all" else counts
        return tuple(count for count in wanted if candidate_count(attributes, count))

    def people(self, dataset: str) -> PeopleFile | None:
        """The file of the choices of people in a dataset; None where there is none."""
        people = self.targets.people
        return people.get(dataset) if isinstance(people, dict) else people

    def names(self) -> Names:
        """The labels of the study's parts in tables and figures."""
        experiments = [(name, self.experiments[name]) for name in self.grid.experiments]
        # Those of the grid alone: an ADM has its colour by its place among them.
        run = {adm for _, experiment in experiments for adm in experiment.adms}
        models = {name: model.label or name for name, model in self.models.items()}
        return Names(
            datasets={name: self.datasets[name].label or name for name in self.grid.datasets},
            experiments=tuple(
                ExperimentName(name=name, label=entry.words(name), model=models.get(entry.model or ""))
                for name, entry in experiments
            ),
            adms=tuple(
                AdmName(name=name, label=entry.words(name), role=self.adm(name).role, sweep=entry.sweep)
                for name, entry in self.adms.items()
                if name in run
            ),
            compare_with=self.compare_with,
        )

    def reasoning_settings(self, dataset: str) -> ReasoningSettings:
        """What the reasonings of a dataset depend on, where a model writes them."""
        chosen = self.datasets[dataset].reasonings
        assert chosen.model is not None
        return ReasoningSettings(
            protocol=self.protocol, prompts=self.prompts, length=chosen.length, model=self.models[chosen.model]
        )

    def cells(self) -> list[tuple[str, str, str]]:
        """(dataset, experiment, ADM) for every job of the grid."""
        return [
            (dataset, name, adm)
            for dataset in self.grid.datasets
            for name in self.grid.experiments
            if self.experiments[name].datasets is None or dataset in (self.experiments[name].datasets or ())
            for adm in self.experiments[name].adms
        ]
