"""The cells of the grid: an ADM of an experiment on a dataset, whose predictions are one job."""

from dataclasses import dataclass

from pluralism.adms.base import Adm
from pluralism.decisions.aggregation import Aggregate
from pluralism.inference.settings import Settings
from pluralism.inference.shards import Shard
from pluralism.study.config import Config


@dataclass(frozen=True)
class Cell:
    """A job of predictions: what it is called, and what it is.

    Attributes:
        dataset: its name.
        experiment: its name.
        adm: its name.
        settings: what the predictions depend on.
        maker: the ADM, made with its options.
        aggregate: how the samples of a score are taken together, once they are predicted.
        shard_count: among how many jobs the experiment deals out the work of an ADM that asks a model.
    """

    dataset: str
    experiment: str
    adm: str
    settings: Settings
    maker: Adm
    aggregate: Aggregate = "mean"
    shard_count: int = 1

    @property
    def names(self) -> tuple[str, str, str]:
        """Dataset, experiment and ADM, as `Paths` takes them."""
        return self.dataset, self.experiment, self.adm

    @property
    def needs_model(self) -> bool:
        """Whether the ADM asks a model."""
        return self.maker.needs_model

    @property
    def predicts_levels(self) -> bool:
        """Whether a model is asked for levels, and not for a pick."""
        return self.maker.needs_model and self.maker.predicts_levels

    @property
    def gpus(self) -> int:
        """How many GPUs of this machine the job takes."""
        return self.settings.gpus

    @property
    def shards(self) -> list[str]:
        """The parts of the job, such as 1of2 and 2of2; none where one job does it all."""
        if self.shard_count == 1 or not self.needs_model:
            return []
        return [str(Shard(number, self.shard_count)) for number in range(1, self.shard_count + 1)]


def make_cell(config: Config, dataset: str, experiment: str, adm: str) -> Cell:
    """A cell of a checked config, whether or not its grid names the experiment."""
    entry, chosen = config.adms[adm], config.experiments[experiment]
    settings = Settings(
        seed=config.seed,
        protocol=config.protocol,
        prompts=config.prompts,
        adm=entry,
        decoding=config.decodings[chosen.decoding],
        model=config.models[chosen.model] if chosen.model is not None else None,
    )
    return Cell(dataset, experiment, adm, settings, config.adm(adm), entry.aggregate, chosen.shards)


def cells(config: Config, dataset: str) -> list[Cell]:
    """The cells of the grid on a dataset, an experiment's next to each other."""
    return [make_cell(config, *names) for names in config.cells() if names[0] == dataset]
