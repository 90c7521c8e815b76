"""The sections of the config about data: which datasets a study has, and which targets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
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

from pluralism.datasets.attributes import MOST_ATTRIBUTES
from pluralism.datasets.source import FORMATS, Source, Terms
from pluralism.engines.models import Label
from pluralism.errors import KeyFault, UserError, explain
from pluralism.files import USER_PATH
from pluralism.inference.reasonings import Reasonings
from pluralism.inference.settings import Section
from pluralism.targets.people.file import PeopleFile


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
