"""What a job takes from the config: only what its answers depend on, so that no other edit runs it again."""

from argparse import ArgumentParser
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError

from pluralism.adms import make_adm
from pluralism.adms.base import ADMS, Adm
from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.stopping import Stop
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError, explain
from pluralism.few_shot.examples import FewShot
from pluralism.files import parse_json
from pluralism.prompts.source import AnyPrompts, PromptChoice
from pluralism.protocols import ProtocolChoice

AnySettings = TypeVar("AnySettings", bound=BaseModel)

Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
"""Of random draws; the range that all libraries take."""
LEAST_TEMPERATURE = 0.01


class Section(BaseModel):
    """A part of the config: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _not_nearly_zero(temperature: float) -> float:
    """Logits that are divided by less grow beyond what half precision holds."""
    if 0 < temperature < LEAST_TEMPERATURE:
        raise ValueError(f"expected 0 or a number from {LEAST_TEMPERATURE}")
    return temperature


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: tuple[object, ...]) -> bool:
    return not value


class Decoding(Section):
    """How answers are drawn."""

    samples: int = Field(1, strict=True, ge=1, le=1000, description="Answers per question.")
    temperature: Annotated[float, AfterValidator(_not_nearly_zero)] = Field(
        0.0, strict=True, allow_inf_nan=False, ge=0, le=10, description=f"0 is greedy; else from {LEAST_TEMPERATURE}."
    )
    # Left out where there is none, so that what was made before there were stops fits.
    stop: Stop | None = Field(
        None,
        exclude_if=_is_none,
        description="When an item has enough samples. decided: no target's pick would be another after all of them, "
        "with 95 %; mostly_decided: 95 % of the targets' picks would not; none: after all of them.",
    )

    @property
    def stops(self) -> bool:
        """Whether some of the samples may never be asked."""
        return self.stop is not None and self.samples > 1


class AdmSettings(BaseModel):
    """What an ADM's predictions depend on: its kind and the options of this kind."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: Annotated[str, ADMS] = Field(description="A module of pluralism.adms, or a kind that a package adds.")
    few_shot: FewShot | None = Field(None, description="How examples are chosen; none: zero-shot.")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The options of our own kinds are listed, too."""
        return ADMS.with_options(schema, handler)

    @property
    def options(self) -> dict[str, Any]:
        """The options of the kind; a kind that shows no examples has no `few_shot`."""
        few_shot = {"few_shot": self.few_shot} if self.few_shot is not None else {}
        return {**(self.model_extra or {}), **few_shot}


class Member(Section):
    """An ADM whose predictions another one reads.

    Attributes:
        name: as this one names it.
        aggregate: how its samples are combined.
    """

    name: str
    aggregate: Aggregate = "mean"


class Asking(Section):
    """What an ADM's questions depend on in the config, whatever the model."""

    seed: Seed
    protocol: ProtocolChoice
    prompts: PromptChoice
    adm: AdmSettings
    decoding: Decoding

    def make_adm(self) -> Adm:
        """Construct the ADM with its options."""
        return make_adm(self.adm.kind, self.adm.options, "adm")


class Settings(Asking):
    """What a job of predictions takes from the config; its other inputs are files.

    Attributes:
        model: that the ADM asks, if any.
        members: the ADMs that it reads; their predictions are files.
        aggregate: how scores are combined, for a decoding that stops; the others ask the same, whatever it is.
    """

    model: LanguageModel | None
    members: tuple[Member, ...] = Field((), exclude_if=_is_empty)
    aggregate: Aggregate | None = Field(None, exclude_if=_is_none)

    @property
    def gpus(self) -> int:
        """GPUs of this machine that the job takes; 0 for an ADM that asks no model, or one on a server."""
        if self.model is None or not self.make_adm().needs_model:
            return 0
        return self.model.local_gpus


def settings_text(settings: BaseModel) -> str:
    """The settings of a job as JSON text for its command; without the label, which only tables and figures show."""
    return settings.model_dump_json(exclude={"model": {"label"}})


def read_settings(kind: type[AnySettings], text: str, place: str = "settings") -> AnySettings:
    """Read the settings of a job, for example a `Settings`, from JSON text; messages begin with `place`.

    Raises:
        UserError: the text is not JSON, a key is unknown, missing or there twice, or a value is not allowed.
    """
    parse_json(text, place)  # pydantic takes the last of equal keys
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"{place}: {explain(error, kind)}") from None


def add_settings(parser: ArgumentParser, kind: type[BaseModel], output: str) -> None:
    """Add `--settings` to a command; `output` is a file whose job shows an example."""
    keys = ", ".join(kind.model_fields)
    example = f"`snakemake --dry-run --printshellcmds {output}` shows that of a job"
    text = f"{keys} as JSON text; {example}"
    parser.add_argument("--settings", type=partial(_given_settings, kind), required=True, help=text)


def _given_settings(kind: type[AnySettings], text: str) -> AnySettings:
    """As `read_settings`, for a job that starts; without its folder of prompts, it would take ours."""
    settings = read_settings(kind, text)
    prompts: AnyPrompts | None = getattr(settings, "prompts", None)
    if prompts is not None:
        try:
            prompts.check()
        except UserError as error:
            raise UserError(f"settings: prompts: {error}") from None
    return settings
