"""The cells of the grid: an ADM of an experiment on a dataset, whose predictions are one job."""

from dataclasses import dataclass
from pathlib import Path

from pluralism.adms.base import ADMS, Adm
from pluralism.decisions.aggregation import Aggregate
from pluralism.decisions.stopping import Stop
from pluralism.engines.models import ENGINES, LanguageModel
from pluralism.few_shot.examples import FewShot
from pluralism.inference.settings import Decoding, Member, Settings
from pluralism.inference.shards import Shard
from pluralism.study.config import Config


@dataclass(frozen=True)
class Cell:
    """A job of predictions.

    Attributes:
        dataset: its name.
        experiment: its name.
        adm: its name.
        settings: what the predictions depend on.
        maker: the ADM with its options.
        aggregate: how the samples of a score are combined, after inference.
        shard_count: the number of jobs that share the work of an ADM that asks a model.
        imported: the folder of its run by another code; None where it runs here.
        decoded: whether its decoding is known, as it is for all that runs here.
        design: the first ADM of the study that is the same but for its prompts and label.
        model_name: that of its experiment's model; empty where it has none.
    """

    dataset: str
    experiment: str
    adm: str
    settings: Settings
    maker: Adm
    aggregate: Aggregate = "mean"
    shard_count: int = 1
    imported: Path | None = None
    decoded: bool = True
    design: str = ""
    model_name: str = ""

    @property
    def names(self) -> tuple[str, str, str]:
        """Dataset, experiment and ADM, as `Paths` takes them."""
        return self.dataset, self.experiment, self.adm

    @property
    def needs_model(self) -> bool:
        """Whether the ADM asks a model here."""
        return self.maker.needs_model and self.imported is None

    @property
    def few_shot(self) -> FewShot | None:
        """How the examples are chosen that its ADM shows here, if any."""
        return self.maker.few_shot if self.imported is None else None

    @property
    def sees_targets(self) -> bool:
        """Whether the predictions serve a target each, and not all."""
        return self.maker.sees_targets(self.settings.protocol)

    @property
    def members(self) -> list[tuple[str, str]]:
        """(experiment, ADM) of those whose predictions its ADM reads here."""
        return read_from(self.maker, self.experiment) if self.imported is None else []

    @property
    def reads_targets(self) -> bool:
        """Whether its job reads the targets: it sees them, or it stops asking when the picks for them are decided."""
        return self.sees_targets or (self.stop is not None and self.maker.predicts_levels)

    @property
    def stop(self) -> Stop | None:
        """When an item has enough samples, of an ADM that asks a model here; None where all are asked."""
        return self.settings.decoding.stop if self.needs_model and self.settings.decoding.stops else None

    @property
    def model(self) -> LanguageModel | None:
        """The model that the ADM asks; None for an ADM that asks none."""
        return self.settings.model if self.needs_model else None

    @property
    def asked(self) -> str:
        """The name of the model that the ADM asks, for a table; a dash for an ADM that asks none here."""
        return self.model_name if self.needs_model else "-"

    @property
    def prompts(self) -> str:
        """Whose prompts its ADM is asked in, for a table; a dash for an ADM that is not asked in words."""
        if self.imported is not None:
            return "imported"
        return self.settings.prompts.label if self.maker.templates else "-"

    @property
    def downloads(self) -> list[Path]:
        """The files of its prompts that are downloaded before it runs."""
        return self.settings.prompts.downloads if self.needs_model and self.maker.templates else []

    @property
    def predicts_levels(self) -> bool:
        """Whether levels are predicted by models, here or elsewhere, and not a pick."""
        return self.maker.predicts_levels and (self.needs_model or self.imported is not None or bool(self.members))

    @property
    def gpus(self) -> int:
        """The number of GPUs of this machine that the job takes."""
        return self.settings.gpus if self.needs_model else 0

    @property
    def shards(self) -> list[str]:
        """The parts of the job, for example 1of2 and 2of2; empty where one job does it all."""
        if self.shard_count == 1 or not self.needs_model:
            return []
        return [str(Shard(number, self.shard_count)) for number in range(1, self.shard_count + 1)]

    @property
    def code(self) -> list[Path]:
        """The files that define the kinds of its ADM and of the engine that this asks."""
        engine = [ENGINES.file(self.model.engine)] if self.model is not None else []
        return [ADMS.file(self.settings.adm.kind), *engine]


def read_from(maker: Adm, experiment: str) -> list[tuple[str, str]]:
    """(experiment, ADM) of those whose predictions an ADM of an experiment reads."""
    named = [name.rpartition("/") for name in maker.reads]
    return [(other or experiment, adm) for other, _, adm in named]


def make_cell(config: Config, dataset: str, experiment: str, adm: str) -> Cell:
    """A cell of a checked config, whether or not its grid names the experiment."""
    entry, chosen = config.adms[adm], config.experiments[experiment]
    decoding = config.decodings[chosen.decoding] if chosen.decoding is not None else Decoding()
    maker = config.adm(adm)
    members = zip(maker.reads, read_from(maker, experiment), strict=True)
    settings = Settings(
        seed=config.seed,
        protocol=config.protocol,
        prompts=config.adm_prompts(adm),
        adm=entry,
        decoding=decoding,
        model=config.models[chosen.model] if chosen.model is not None else None,
        members=tuple(Member(name=name, aggregate=config.adms[member].aggregate) for name, (_, member) in members),
        aggregate=entry.aggregate if decoding.stops else None,
    )
    return Cell(
        dataset=dataset,
        experiment=experiment,
        adm=adm,
        settings=settings,
        maker=maker,
        aggregate=entry.aggregate,
        shard_count=chosen.shards,
        imported=Path(chosen.imported, dataset, adm) if chosen.imported is not None else None,
        decoded=chosen.decoding is not None,
        design=config.design(adm),
        model_name=chosen.model or "",
    )
