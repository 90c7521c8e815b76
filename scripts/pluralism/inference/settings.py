"""What a job takes from the config: as little as its answers depend on, so that no other edit runs it again."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError

from pluralism.adms import make_adm
from pluralism.adms.base import ADMS, Adm
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot
from pluralism.protocols import PROTOCOLS, Protocol, ProtocolName
from pluralism.validation import explain

AnySettings = TypeVar("AnySettings", bound=BaseModel)


class Section(BaseModel):
    """A part of the config: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decoding(Section):
    """How answers are drawn."""

    samples: int = Field(1, ge=1, description="Answers per question.")
    temperature: float = Field(0.0, ge=0, description="0 is greedy.")


class AdmSettings(BaseModel):
    """What an ADM's predictions depend on: its kind, and that kind's own options beside it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: Annotated[str, ADMS] = Field(description="A module of pluralism.adms, or a kind that a package adds.")
    few_shot: FewShot | None = Field(None, description="How examples are chosen; none: zero-shot.")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        """The options of our own kinds are listed, too."""
        return ADMS.with_options(schema, handler)

    @property
    def options(self) -> dict[str, Any]:
        """What the kind is given; a kind that shows no examples need not know of them."""
        few_shot = {"few_shot": self.few_shot} if self.few_shot is not None else {}
        return {**(self.model_extra or {}), **few_shot}


class Settings(Section):
    """What a job of predictions takes from the config, beside the files that are its inputs."""

    seed: int
    protocol: ProtocolName
    prompts: str | None
    adm: AdmSettings
    decoding: Decoding
    model: LanguageModel | None

    @property
    def rules(self) -> Protocol:
        """The protocol's flags."""
        return PROTOCOLS[self.protocol]

    @property
    def gpus(self) -> int:
        """GPUs of this machine that the job takes; none for an ADM that asks no model, or one that is served."""
        if self.model is None or not self.make_adm().needs_model:
            return 0
        return self.model.local_gpus

    def make_adm(self) -> Adm:
        """Construct the ADM with its options."""
        return make_adm(self.adm.kind, self.adm.options, "adm")


def settings_text(settings: BaseModel) -> str:
    """The settings of a job as JSON text for the command that does it; without what only tables and figures show."""
    return settings.model_dump_json(exclude={"model": {"label"}})


def read_settings(kind: type[AnySettings], text: str, place: str = "settings") -> AnySettings:
    """Read the settings of a job from JSON text.

    Args:
        kind: what the job takes, such as `Settings`.
        text: the JSON text.
        place: where it stands, for messages.

    Raises:
        UserError: a key is unknown or missing, or a value is not allowed.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise UserError(
            f"{place}: " + "; ".join(explain(fault, kind.model_json_schema()) for fault in error.errors())
        ) from None
