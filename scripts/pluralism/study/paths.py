"""The layout of a study's files: the one place that knows their paths."""

import os
import re
from functools import cache, partial
from pathlib import Path

from pluralism.files import PATH_FORM, is_path, on_any_disk

FOLDER_FORM = f"{PATH_FORM}, at most 1000 in all, without ~ at its start, colons and blanks around a name"

CUSTOM_TARGETS = "alignment_targets/custom"
"""A folder per dataset with the user's own targets."""

RESULTS = "results"
"""The folder of a study's results, below its own."""

FILE_NAME = r".+\.(csv|html|jsonl?|log|md|npy|parquet|pdf|png|tex|tsv|ya?ml|shard.*)"
"""Of the files that a study makes, and of the journals of shards."""


def study_folder(folder: Path) -> Path:
    """The folder of a study, of which a user may also name the one with its results."""
    return folder.parent if folder.name == RESULTS and not (folder / RESULTS).is_dir() else folder


def folder_path(text: str) -> str:
    """The shortest form of a folder's path; empty for the working folder.

    Raises:
        ValueError: the path is empty, or Snakemake, a shell or a command would take it for something else.
    """
    is_trimmed = all(part == part.strip() for part in text.split("/"))
    if not is_path(text) or len(text.encode()) > 1000 or text[0] == "~" or ":" in text or not is_trimmed:
        raise ValueError(f"expected {FOLDER_FORM}")
    path = os.path.normpath(text)
    return "" if path == os.curdir else path


class FilePath:
    """The path of one kind of file."""

    def __init__(self, root: str, pattern: str) -> None:
        """A pattern below a folder; an empty `root` is the working folder."""
        self._pattern = str(Path(root, pattern))
        self.parts = Path(pattern).parts
        self._wildcards = re.findall(r"{(\w+)}", pattern)

    def __call__(self, *values: str, **named: str) -> str:
        """Fill in the wildcards, in their order or by name; one without a value stays a wildcard of Snakemake.

        So `predictions()` is a rule's output, `predictions("mic")` that of one dataset, and
        `predictions("mic", "random", "oracle")` a file.
        """
        given = dict(zip(self._wildcards[: len(values)], values, strict=True)) | named
        if unknown := given.keys() - {*self._wildcards}:
            raise TypeError(f"{self._pattern}: unknown wildcards {', '.join(unknown)}")
        return self._pattern.format(**{name: given.get(name, f"{{{name}}}") for name in self._wildcards})


class Paths:
    """All that a study makes is below one folder; what its user brings is in the working folder."""

    def __init__(self, root: str = "") -> None:
        """The layout below a folder, relative to the working folder or absolute; empty for the working folder."""
        made = partial(FilePath, root)
        self.config = made("results/config.{ending}")
        self.report = made("results/report.html")
        self.train = made("data/{dataset}/train.json")
        self.eval = made("data/{dataset}/eval.json")
        # What each annotator gave to the eval items, where it is known.
        self.annotations = made("data/{dataset}/annotations.json")
        # The first eval items, and what each annotator gave to these, of a dataset with a limit.
        self.limited_eval = made("results/{dataset}/eval.json")
        self.limited_annotations = made("results/{dataset}/annotations.json")
        # Train items before a model has written their reasonings.
        self.train_draft = made("results/{dataset}/train_draft.json")
        # `end`: high or low.
        self.extreme_target = made("alignment_targets/{dataset}/target_{end}.json")
        self.sampled_target = made("alignment_targets/sampled_{dataset}/{file}")
        self.dose_target = made("alignment_targets/doses_{dataset}/{file}")
        self.people_target = made("alignment_targets/people_{dataset}/{file}")
        # What people chose, and what is inferred of each.
        self.people_folder = made("results/{dataset}/people")
        self.people_choices = made("results/{dataset}/people/choices.csv")
        self.people_targets = made("results/{dataset}/people/targets.csv")
        self.similarity = made("results/{dataset}/similarity/{similarity}.npy")
        self.examples = made("results/{dataset}/few_shot_examples/{selection}.csv")

        cell = "results/{dataset}/{experiment}/{adm}"
        self.cell = made(cell)
        self.predictions = made(f"{cell}/predictions.parquet")
        # Says that a shard is done; its answers are in its journal.
        self.shard = made(f"{cell}/shards/{{shard}}.json")
        self.decisions = made(f"{cell}/decisions.parquet")
        self.cell_scores = made(f"{cell}/scores.csv")
        self.input_output = made(f"{cell}/{{target}}/input_output.json")

        self.scores = made("results/{dataset}/scores.csv")
        self.statistics_folder = made("results/{dataset}/statistics")
        self.statistics = made("results/{dataset}/statistics/{table}.csv")
        # A table of statistics as a page to read and sort.
        self.page = made("results/{dataset}/statistics/{table}.html")
        # A table of the paper or of the scores; `form`: for example md.
        self.tables_folder = made("results/tables")
        self.table = made("results/tables/{dataset}_{table}.{form}")
        # `name`: accuracy, {experiment}/calibration and the like.
        self.figures_folder = made("figures/{dataset}")
        self.figure = made("figures/{dataset}/{name}.{form}")

        # The page that opens, and the data of each dataset, a folder.
        self.explorer_folder = made("results/explorer")
        self.explorer = made("results/explorer/index.html")
        self.explorer_study = made("results/explorer/data/study.js")
        self.explorer_data = made("results/explorer/data/{dataset}")

        # Journals are not outputs of rules: Snakemake deletes the outputs of a job that fails.
        self.journal = made("results/journals/{dataset}/{experiment}/{adm}.jsonl")
        self.reasonings_journal = made("results/journals/{dataset}/reasonings.jsonl")
        # `job`: {dataset}/gather_scores and the like. A benchmark has the time and memory that the job took.
        self.made_with = made("results/made_with/{job}.jsonl")
        self.log = made("results/logs/{job}.log")
        self.benchmarks_folder = made("results/benchmarks/{dataset}")
        self.benchmark = made("results/benchmarks/{job}.tsv")

    @staticmethod
    def custom_targets(dataset: str) -> list[str]:
        """The user's own targets that exist."""
        return sorted(str(path) for path in Path(CUSTOM_TARGETS, dataset).glob("*.json"))


def is_reserved(wildcard: str, name: str) -> bool:
    """Whether files of a dataset, experiment or ADM (`wildcard`) of this name could meet others of the study."""
    return any(re.fullmatch(pattern, on_any_disk(name)) for pattern in _reserved_patterns(wildcard))


@cache
def _reserved_patterns(wildcard: str) -> list[str]:
    """Regular expressions of what lies next to the folders of a wildcard."""
    layouts = [kind.parts for kind in vars(Paths()).values()] + [Path(CUSTOM_TARGETS).parts]
    part = f"{{{wildcard}}}"
    parents = {layout[: layout.index(part)] for layout in layouts if part in layout}
    near = {
        layout[len(parent)] for layout in layouts for parent in parents if layout[: len(parent)] == parent != layout
    }
    return [*(re.sub("{.*?}", ".+", entry) for entry in near - {part}), FILE_NAME]
