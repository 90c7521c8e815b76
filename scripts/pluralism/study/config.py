"""The configuration: read once, checked once, passed on as frozen objects.

These classes are the schema. `scripts/check_config.py --schema` prints it as JSON Schema, and a test keeps the copy in
`config.schema.json`, which editors use, equal to it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pluralism.adms import make_adm
from pluralism.adms.base import Adm
from pluralism.datasets.attributes import AttributeSet, attribute_file, read_attributes
from pluralism.decisions.aggregation import Aggregate
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot
from pluralism.inference.reasonings import Reasonings, ReasoningSettings, check_words
from pluralism.protocols import PROTOCOLS, Protocol, ProtocolName
from pluralism.study.checks import contradictions, unknown_names
from pluralism.study.sweeps import expand_sweeps

AnySettings = TypeVar("AnySettings", bound=BaseModel)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dataset(_Section):
    """Where a dataset comes from."""

    format: Literal["mic", "helpsteer2", "items"] = Field(
        description="mic and helpsteer2: the raw files' format; items: you put data/{dataset}/{train,eval}.json there."
    )
    raw: str | None = Field(None, description="MIC.csv, or the folder of HelpSteer2's two files; none for items.")
    attributes: str | None = Field(
        None, description="A YAML file of attributes, levels and phrases; built in for mic and helpsteer2."
    )
    reasonings: Reasonings = Field(Reasonings(), description="Who writes those of helpsteer2's train items.")

    @model_validator(mode="after")
    def _keys_of_the_format(self) -> Self:
        if (self.raw is None) != (self.format == "items"):
            raise ValueError("raw: the formats mic and helpsteer2 need it, the format items does not take it")
        if self.attributes is None and self.format == "items":
            raise ValueError("attributes: this key is missing; a dataset of the format items names its attribute file")
        if self.reasonings.model is not None and self.format != "helpsteer2":
            raise ValueError("reasonings: a model writes those of the format helpsteer2 only; others bring their own")
        return self


class Targets(_Section):
    """Which sampled targets join high, low and those in alignment_targets/custom/{dataset}/."""

    number: int = Field(10, ge=1, description="Sampled targets per attribute count.")
    attribute_counts: tuple[int, ...] | Literal["all"] = Field(
        "all", description="How many attributes they name; all: 1 up to every attribute of the dataset."
    )


class Decoding(_Section):
    """How answers are drawn."""

    samples: int = Field(1, ge=1, description="Answers per question.")
    temperature: float = Field(0.0, ge=0, description="0 is greedy.")


class AdmEntry(BaseModel):
    """An ADM of the grid: its kind, and that kind's own options beside it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str = Field(description="A module of pluralism.adms.")
    few_shot: FewShot | None = Field(None, description="How examples are chosen; none: zero-shot.")
    aggregate: Aggregate = Field(
        "mean", description="How a response's scores in the samples are taken together; acts after inference."
    )

    @property
    def options(self) -> dict[str, Any]:
        """What the kind is given; a kind that shows no examples need not know of them."""
        few_shot = {"few_shot": self.few_shot} if self.few_shot is not None else {}
        return {**(self.model_extra or {}), **few_shot}


class Experiment(_Section):
    """A model with its decoding, and the ADMs that it runs."""

    model: str | None = Field(None, description="A name in models; none where no ADM needs one.")
    decoding: str = Field(description="A name in decodings.")
    adms: tuple[str, ...] = Field(min_length=1, description="Names in adms.")
    datasets: tuple[str, ...] | None = Field(None, description="Names in datasets; none: all of the grid.")
    shards: int = Field(1, ge=1, description="Jobs that share the items of each dataset and ADM.")


class Grid(_Section):
    """What is run."""

    datasets: tuple[str, ...] = Field(min_length=1, description="Names in datasets.")
    experiments: tuple[str, ...] = Field(min_length=1, description="Names in experiments.")


class Settings(_Section):
    """What a job of predictions takes from the config, beside the files that are its inputs."""

    seed: int
    protocol: ProtocolName
    prompts: str | None
    adm: AdmEntry
    decoding: Decoding
    model: LanguageModel | None

    @property
    def rules(self) -> Protocol:
        """The protocol's flags."""
        return PROTOCOLS[self.protocol]

    @property
    def gpus(self) -> int:
        """GPUs of this machine that the job takes; none for an ADM that asks no model, or one that is served."""
        if self.model is None or self.model.engine == "server" or not self.make_adm().needs_model:
            return 0
        return self.model.gpus

    def make_adm(self) -> Adm:
        """Construct the ADM with its options."""
        return make_adm(self.adm.kind, self.adm.options, "adm")


class Config(_Section):
    """The whole of config.yaml."""

    protocol: ProtocolName = Field("published", description="Follow the published method, or mend its faults.")
    seed: int = Field(42, description="Of all random draws but the split's and the targets', which are fixed.")
    note: str | None = Field(None, description="A line that figures and the score table carry.")
    prompts: str | None = Field(None, description="A folder of templates that take the place of ours.")
    datasets: dict[str, Dataset]
    targets: Targets = Targets()
    models: dict[str, LanguageModel] = {}
    decodings: dict[str, Decoding]
    adms: dict[str, AdmEntry]
    experiments: dict[str, Experiment]
    grid: Grid

    def attributes(self, dataset: str) -> AttributeSet:
        """The attributes of a dataset, from its own file or the built-in one."""
        return read_attributes(self.attribute_path(dataset))

    def attribute_path(self, dataset: str) -> Path:
        """The file that describes a dataset's attributes."""
        own = self.datasets[dataset].attributes
        return Path(own) if own is not None else attribute_file(self.datasets[dataset].format)

    def adm(self, name: str) -> Adm:
        """Construct an ADM with its options."""
        entry = self.adms[name]
        return make_adm(entry.kind, entry.options, f"adms.{name}")

    def attribute_counts(self, dataset: str) -> tuple[int, ...]:
        """How many attributes the sampled targets of a dataset name."""
        most = len(self.attributes(dataset).names)
        if self.targets.attribute_counts == "all":
            return tuple(range(1, most + 1))
        return tuple(count for count in self.targets.attribute_counts if count <= most)

    def settings(self, experiment: str, adm: str) -> Settings:
        """What the predictions of an ADM in an experiment depend on."""
        chosen = self.experiments[experiment]
        return Settings(
            seed=self.seed,
            protocol=self.protocol,
            prompts=self.prompts,
            adm=self.adms[adm],
            decoding=self.decodings[chosen.decoding],
            model=self.models[chosen.model] if chosen.model is not None else None,
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


def read_config(values: Mapping[str, Any]) -> Config:
    """Check a parsed config.yaml, all names that it mentions included.

    Raises:
        UserError: all faults, one line each joined by "; ", each with its key and what is allowed there.
    """
    try:
        config = Config.model_validate(expand_sweeps(values))
    except ValidationError as error:
        raise UserError("config: " + "; ".join(_explain(fault) for fault in error.errors())) from None
    if faults := list(unknown_names(config)):
        raise UserError("config: " + "; ".join(faults))
    for dataset in config.grid.datasets:
        attributes = config.attributes(dataset)
        if config.datasets[dataset].reasonings.model is not None:
            check_words(attributes, config.attribute_path(dataset))
    for name in config.adms:
        config.adm(name)
    if faults := list(contradictions(config)):
        raise UserError("config: " + "; ".join(faults))
    return config


def read_settings(kind: type[AnySettings], text: str) -> AnySettings:
    """Read the settings of a job from JSON text.

    Args:
        kind: what the job takes, such as `Settings`.
        text: the JSON text.

    Raises:
        UserError: a key is unknown or missing, or a value is not allowed.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise UserError("settings: " + "; ".join(_explain(fault) for fault in error.errors())) from None


def _explain(fault: Any) -> str:
    *parents, last = fault["loc"] or ("",)
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{place}: unknown key '{last}'; allowed: {', '.join(_allowed_keys(parents))}"
    if fault["type"] in ("missing", "missing_argument"):
        return f"{place}: this key is missing"
    return f"{place}: {fault['msg']}, found {fault['input']!r}"


def _allowed_keys(parents: Iterable[Any]) -> list[str]:
    schema = Config.model_json_schema()
    here = schema
    for part in parents:
        here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
        here = next(iter(here.get("anyOf", [])), here)  # what may also be null
        while "$ref" in here:
            here = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))


def load_config(path: Path) -> Config:
    """Read and check a YAML config file.

    Raises:
        UserError: the file is missing, is not YAML, or has a fault.
    """
    return read_config(read_yaml(path))


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of keys and values, such as a config that is not checked yet.

    Raises:
        UserError: the file is missing, is not YAML, or is of another form.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {error}") from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected keys and values")
    return values
