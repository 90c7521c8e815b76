"""The configuration: read and checked once, passed on as frozen objects.

`pluralism check --schema` prints the JSON Schema of these classes. A test keeps the copy in
`config.schema.json`, for editors, equal to it.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from pluralism.adms import make_adm
from pluralism.adms.base import Adm
from pluralism.datasets.attributes import MOST_ATTRIBUTES, AttributeSet, read_attributes
from pluralism.datasets.source import FORMATS, Source, Terms
from pluralism.decisions.aggregation import Aggregate
from pluralism.engines.models import Label, LanguageModel, Line
from pluralism.errors import KeyFault, UserError, explain
from pluralism.files import USER_PATH
from pluralism.inference.reasonings import Reasonings, ReasoningSettings
from pluralism.inference.settings import AdmSettings, Decoding, Section, Seed
from pluralism.inference.shards import MOST_SHARDS
from pluralism.prompts.source import AnyPrompts, PromptChoice
from pluralism.protocols import PUBLISHED, ProtocolChoice
from pluralism.study.names import AdmName, ExperimentName, Names
from pluralism.study.paths import folder_path
from pluralism.study.sweeps import Sweep
from pluralism.targets.people.file import PeopleFile
from pluralism.targets.sampling import candidate_count


class Dataset(BaseModel):
    """Where a dataset comes from; it also has the keys of its format."""

    model_config = ConfigDict(frozen=True, extra="allow")

    format: Annotated[str, FORMATS] = Field(
        description="What the raw files are: a data set by its name, such as mic, or a kind of files, such as table; "
        "items: you put data/{dataset}/{train,eval}.json there. Or a format that a package adds."
    )
    attributes: Annotated[str, USER_PATH] | None = Field(
        None, description="A YAML file of attributes, levels and phrases; built in for formats of one data set."
    )
    label: Label | None = Field(None, description="Its words in tables and figures; none: its name.")
    limit: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        None, description="How many eval items are decided, the first ones; none: all. Train items stay whole."
    )
    reasonings: Reasonings = Field(Reasonings(), description="Who writes those of helpsteer2's train items.")
    licence: Label | None = Field(
        None, description="Of its texts, as an SPDX expression such as CC-BY-4.0; none: that of its format, if known."
    )
    source_url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=1000)] | None = Field(
        None, description="Where it is described or handed out; none: the place of its format, if known."
    )
    texts_may_be_shared: bool | None = Field(
        None, strict=True, description="Whether pluralism export --with-texts has them; none: as its format says."
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The keys of our own formats are listed, too."""
        return FORMATS.with_options(schema, handler)

    @model_validator(mode="after")
    def _keys_of_the_format(self) -> Self:
        try:
            source = self.source
            with FORMATS.guarded(self.format, "format"):
                list(source.files)  # another package's may raise anything
        except UserError as error:
            raise KeyFault(str(error)) from None
        if self.attributes is None and source.attribute_file is None:
            raise KeyFault(
                f"attributes: this key is missing; a dataset of the format {self.format} names its attribute file"
            )
        if self.has_written_reasonings and not source.accepts_reasonings:
            others = ", ".join(FORMATS.names_where(lambda kind: kind.accepts_reasonings))
            raise KeyFault(
                f"reasonings.model: the format {self.format} brings its own; a model writes those of: {others}"
            )
        return self

    @property
    def source(self) -> Source:
        """Its raw data."""
        return FORMATS.make(self.format, self.model_extra or {}, "", type(self).model_fields)

    @property
    def terms(self) -> Terms:
        """Its licence, source, and whether its texts may be passed on: its own, or those of its format."""
        of_format = self.source.terms
        return Terms(
            licence=self.licence if self.licence is not None else of_format.licence,
            source_url=self.source_url if self.source_url is not None else of_format.source_url,
            texts_may_be_shared=of_format.texts_may_be_shared
            if self.texts_may_be_shared is None
            else self.texts_may_be_shared,
        )

    @property
    def attribute_file(self) -> Path:
        """The file that describes its attributes: its own, or that of its format."""
        path = Path(self.attributes) if self.attributes is not None else self.source.attribute_file
        assert path is not None, "the config was checked"
        return path

    @property
    def has_written_reasonings(self) -> bool:
        """Whether a model writes the reasonings of its train items."""
        return self.reasonings.model is not None


AttributeCount = Annotated[int, Field(strict=True, ge=1, le=MOST_ATTRIBUTES)]
ChoiceCount = Annotated[int, Field(strict=True, ge=1, le=100_000)]


def _people(value: Any) -> Any:
    """A file, or dataset -> file; a path alone is a file with the usual names of columns."""
    is_file = not isinstance(value, Mapping) or "file" in value
    files = {"": value} if is_file else dict(value)
    read = {}
    for name, entry in files.items():
        try:
            read[name] = PeopleFile.model_validate({"file": entry} if isinstance(entry, str) else entry)
        except ValidationError as error:
            raise KeyFault(explain(error, PeopleFile, name)) from None
    return read[""] if is_file else read


AnyPeople = Annotated[
    PeopleFile | dict[str, PeopleFile],
    BeforeValidator(_people, json_schema_input_type=str | PeopleFile | dict[str, str | PeopleFile]),
]


class Targets(Section):
    """Which targets join high, low and those in alignment_targets/custom/{dataset}/."""

    number: int = Field(10, strict=True, ge=1, le=1000, description="Sampled targets per attribute count.")
    attribute_counts: Annotated[tuple[AttributeCount, ...], Field(min_length=1)] | Literal["all"] = Field(
        "all", description="How many attributes they name; all: 1 up to every attribute of the dataset."
    )
    doses: bool = Field(
        False, strict=True, description="Whether targets of one attribute at each level of its scale join them."
    )
    people: AnyPeople | None = Field(
        None,
        description="Files of people's choices, whose targets join them: dataset: file; or one, of the only dataset.",
    )
    choices: Annotated[tuple[ChoiceCount, ...], Field(min_length=1)] = Field(
        (1, 2, 5, 10, 20), description="From how many of their choices people's targets are inferred."
    )

    @field_validator("attribute_counts", mode="wrap")
    @classmethod
    def _all_or_counts(cls, value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        """One fault in place of one for each form."""
        try:
            return read(value)
        except ValidationError:
            raise ValueError(f"expected all, or a list of counts from 1 to {MOST_ATTRIBUTES}, such as [1, 3]") from None


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
