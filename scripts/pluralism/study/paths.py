"""Where the files of a study lie: the one place that knows their paths.

A part of a path that is not given stays a wildcard of Snakemake: `predictions()` is the pattern that a rule writes,
`predictions("mic")` that of one dataset, `predictions("mic", "random", "oracle")` a file.
"""

from dataclasses import dataclass
from pathlib import Path

from pluralism.targets.sampling import sampled_name

DATASET, EXPERIMENT, ADM = "{dataset}", "{experiment}", "{adm}"


@dataclass(frozen=True)
class Paths:
    """All that a study makes lies below one folder; what its user brings lies in the working folder.

    Attributes:
        root: the folder, relative to the working folder; empty for the working folder itself.
    """

    root: str = ""

    def train(self, dataset: str = DATASET) -> str:
        """Train items."""
        return self._made(f"data/{dataset}/train.json")

    def eval(self, dataset: str = DATASET) -> str:
        """Eval items."""
        return self._made(f"data/{dataset}/eval.json")

    def train_draft(self, dataset: str = DATASET) -> str:
        """Train items before a model has written their reasonings."""
        return self._made(f"results/{dataset}/train_draft.json")

    def extreme_target(self, end: str, dataset: str = DATASET) -> str:
        """The target that wants the same of every attribute; `end` is high or low."""
        return self._made(f"alignment_targets/{dataset}/target_{end}.json")

    def sampled_target(self, dataset: str, attribute_count: int, index: int) -> str:
        """One of the sampled targets that name `attribute_count` attributes."""
        return self._made(f"alignment_targets/sampled_{dataset}/{sampled_name(attribute_count, index)}.json")

    def custom_targets(self, dataset: str) -> list[str]:
        """The user's own targets, as far as they are there."""
        return sorted(str(path) for path in Path("alignment_targets/custom", dataset).glob("*.json"))

    def similarity(self, dataset: str = DATASET, similarity: str = "{similarity}") -> str:
        """How alike a dataset's items are by a measure."""
        return self._made(f"results/{dataset}/similarity/{similarity}.npy")

    def examples(self, dataset: str = DATASET, selection: str = "{selection}") -> str:
        """The few-shot examples that are chosen in one way."""
        return self._made(f"results/{dataset}/few_shot_examples/{selection}.csv")

    def cell(self, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM) -> str:
        """The folder of a cell's results."""
        return self._made(f"results/{dataset}/{experiment}/{adm}")

    def predictions(self, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM) -> str:
        """What an ADM predicts."""
        return f"{self.cell(dataset, experiment, adm)}/predictions.parquet"

    def shard(
        self, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM, shard: str = "{shard}"
    ) -> str:
        """The mark that a shard of a cell is done."""
        return f"{self.cell(dataset, experiment, adm)}/shards/{shard}.json"

    def decisions(self, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM) -> str:
        """What an ADM picks, under all targets."""
        return f"{self.cell(dataset, experiment, adm)}/decisions.parquet"

    def input_output(self, target: str, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM) -> str:
        """Items and picks under one target."""
        return f"{self.cell(dataset, experiment, adm)}/{target}/input_output.json"

    def cell_scores(self, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM) -> str:
        """The scores of an ADM."""
        return f"{self.cell(dataset, experiment, adm)}/scores.csv"

    def scores(self, dataset: str = DATASET) -> str:
        """The scores of all ADMs."""
        return self._made(f"results/{dataset}/scores.csv")

    def statistics(self, table: str, dataset: str = DATASET) -> str:
        """A table of a dataset's statistics."""
        return self._made(f"results/{dataset}/statistics/{table}.csv")

    def page(self, table: str, dataset: str = DATASET) -> str:
        """A table of a dataset's statistics as a page to read and sort."""
        return self._made(f"results/{dataset}/statistics/{table}.html")

    def table(self, table: str, form: str, dataset: str = DATASET) -> str:
        """A table of the paper, or of the scores, in one of its forms, such as md."""
        return self._made(f"results/tables/{dataset}_{table}.{form}")

    def figure(self, name: str, form: str, dataset: str = DATASET) -> str:
        """A figure in one of its forms; `name` is such as accuracy, or {experiment}/calibration."""
        return self._made(f"figures/{dataset}/{name}.{form}")

    def config(self, ending: str) -> str:
        """The config as it was in force; `ending` is yaml or html."""
        return self._made(f"results/config.{ending}")

    # Journals stand beside the outputs of rules and are none: Snakemake deletes the outputs of a job that fails.

    def journal(self, dataset: str = DATASET, experiment: str = EXPERIMENT, adm: str = ADM) -> str:
        """The journal of a cell; those of its shards lie beside it."""
        return self._made(f"results/journals/{dataset}/{experiment}/{adm}.jsonl")

    def reasonings_journal(self, dataset: str = DATASET) -> str:
        """The journal of the model that writes a dataset's reasonings."""
        return self._made(f"results/journals/{dataset}/reasonings.jsonl")

    def log(self, job: str) -> str:
        """What a job prints; `job` is such as {dataset}/gather_scores."""
        return self._made(f"results/logs/{job}.log")

    def benchmark(self, job: str) -> str:
        """The time and memory that a job took; `job` as for its log."""
        return self._made(f"results/benchmarks/{job}.tsv")

    def _made(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path
