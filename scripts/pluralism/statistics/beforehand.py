"""How small a difference between two ADMs a study will find, before it runs.

What its data will be like is assumed (`planning.findable`): how often two ADMs disagree, and how alike their
disagreement is under the targets of a prompt. The decisions of a prompt then are a draw from a Dirichlet-multinomial
distribution (Mosimann 1962), whose shares scatter as those of fewer, independent decisions.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pluralism.datasets.split import most_eval_items
from pluralism.decisions.selection import Array, Bools, Indices
from pluralism.errors import UserError
from pluralism.files import located
from pluralism.planning.findable import CORRELATION, DISAGREEMENTS, Counted, Family, Findable, Range, families
from pluralism.planning.inputs import Inputs
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.differences import PRIOR_PROMPTS, Sides
from pluralism.statistics.intervals import effective_size
from pluralism.statistics.linearised import Clusters, ratio
from pluralism.statistics.power import shares, smallest_found
from pluralism.statistics.reproduction import read_reference_numbers
from pluralism.statistics.stored import read_statistics
from pluralism.study.study import Study
from pluralism.targets.sets import HIGH, attribute_count, target_set

ONE = target_set(HIGH)
"""The set of a single target that stands for all such sets."""
REFERENCES = "data/reference_numbers.csv"


@dataclass(frozen=True)
class Spread:
    """How the decisions on a target set spread over prompts.

    Attributes:
        decisions: how many are scored.
        size: how many independent ones scatter as much.
        prompts: how many of equal weight count as much (Kish 1965).
        freedom: degrees of freedom.
    """

    decisions: int
    size: float
    prompts: float
    freedom: float


def spread(scored: Bools, prompts: Indices, correlation: float = CORRELATION) -> Spread:
    """The spread of the mean over targets.

    Of decisions with weights w that sum to 1, and the same correlation between any two on a prompt, the variance is
    that of one decision times (1 - correlation) sum(w^2) + correlation sum((sum of w on a prompt)^2). With n prompts
    and T targets, nothing tied, it is (1 + (T - 1) correlation) / nT (Kish 1965).

    Args:
        scored: which decisions count, shape (targets, items).
        prompts: the number of each item's prompt, from 0, shape (items,).
        correlation: intraclass, within prompts.
    """
    some = scored[scored.any(axis=1)]
    if not len(some):
        return Spread(0, 1.0, 1.0, 0.0)
    weights = some / (len(some) * some.sum(axis=1, keepdims=True))
    of_prompts = Clusters(prompts).sums(weights.sum(axis=0))
    squares, prompt_squares = float((weights**2).sum()), float((of_prompts**2).sum())
    size = 1 / ((1 - correlation) * squares + correlation * prompt_squares)
    return Spread(int(some.sum()), size, 1 / prompt_squares, float((of_prompts > 0).sum() - 1))


def findable_beforehand(
    spreads: Iterable[Spread], comparisons: int, disagreements: Iterable[float] = DISAGREEMENTS
) -> Array:
    """The true difference that is found with power 0.8 after Holm's correction, in [0, 1]; 1 if none smaller is.

    Two ADMs disagree as often as is assumed, or as often as the difference needs.

    Args:
        spreads: of target sets.
        comparisons: the size of the family.
        disagreements: on how many of the decisions only one of two ADMs is right.

    Returns:
        Shape (target sets, disagreements).
    """
    rows = np.array([(one.size, one.prompts, one.freedom) for one in spreads])
    assumed = np.array([*disagreements])
    size, prompts, freedom = np.repeat(rows, len(assumed), axis=0).T
    disagreement = np.tile(assumed, len(rows))

    def of(difference: Array) -> Sides:
        first, second = shares(disagreement, difference)
        first_size, second_size = (
            effective_size(share, share * (1 - share) / size, prompts, PRIOR_PROMPTS) for share in (first, second)
        )
        # Of two shares of a multinomial distribution.
        correlation = -np.sqrt(ratio(first * second, (1 - first) * (1 - second)))
        return Sides(first, second, first_size, second_size, np.nan_to_num(correlation), freedom)

    found = smallest_found(of, freedom, comparisons).reshape(len(rows), len(assumed))
    return np.nan_to_num(found, nan=1.0)


@dataclass(frozen=True)
class _Grid:
    """What of a dataset is known before it runs; `whole`: its items without a limit."""

    items: int
    whole: int
    counted: Counted
    spreads: Mapping[str, Spread]


def findable(study: Study, inputs: Mapping[str, Inputs]) -> Iterator[Findable]:
    """What each family of a study finds: by its own results where there are some, else by assumptions.

    Nothing is said of a dataset whose number of items is not known.

    Args:
        study: a checked config in the working folder.
        inputs: of the datasets whose items are there.
    """
    for dataset in study.datasets:
        grid = _grid_of(study, dataset, inputs[dataset]) if dataset in inputs else _grid_without_items(study, dataset)
        if grid is not None:
            yield from (_findable(study, grid, family) for family in families(study, dataset))


def _findable(study: Study, grid: _Grid, family: Family) -> Findable:
    ran, ranges = _in_results(study, grid, family)
    if not ran:
        found = 100 * findable_beforehand(grid.spreads.values(), family.comparisons)
        ranges = {name: (float(low), float(high)) for name, (low, high) in zip(grid.spreads, found, strict=True)}
    sampled = [ends for name, ends in ranges.items() if name != ONE]
    widest = (min(low for low, _ in sampled), max(high for _, high in sampled)) if sampled else None
    number = study.config.targets.number
    return Findable(family, grid.items, grid.whole, grid.counted, ran, ranges[ONE], widest, number)


def _grid_of(study: Study, dataset: str, inputs: Inputs) -> _Grid:
    attributes = inputs.attributes
    scale = None if study.config.protocol.float_ties else attributes.steps
    chosen = [target for target in inputs.targets if _counts(target.name)]
    benchmark = make_benchmark(inputs.evaluation, attributes.names, chosen, scale)
    spreads = {name: spread(benchmark.scored[members], benchmark.prompts) for name, members in benchmark.sets.items()}
    return _Grid(len(inputs.evaluation), len(inputs.whole), counted="here", spreads=spreads)


def _grid_without_items(study: Study, dataset: str) -> _Grid | None:
    """As many items as others report, else as the split takes at most; None for items that a user provides."""
    config = study.config
    if not config.datasets[dataset].source.makes_items:
        return None
    published = _published_items(dataset)
    whole = published or most_eval_items(config.attributes(dataset))
    items = min(whole, config.datasets[dataset].limit or whole)
    sizes = {ONE: 1} | {f"sampled_{count}": config.targets.number for count in config.attribute_counts(dataset)}
    spreads = {name: spread(np.ones((size, items), dtype=bool), np.arange(items)) for name, size in sizes.items()}
    return _Grid(items, whole, "published" if published else "most", spreads)


def _published_items(dataset: str) -> int:
    """The most items of a dataset that a number reported elsewhere rests on; 0 if none says so."""
    try:
        table = read_reference_numbers(Path(located(REFERENCES)))
    except UserError:  # told when the study compares with it
        return 0
    return max((int(text) for text in table["items"][table["dataset"] == dataset] if text.isdecimal()), default=0)


def _counts(target: str) -> bool:
    """Whether a plan looks at a target: the high and the sampled ones."""
    return target == HIGH or attribute_count(target) is not None


def _in_results(study: Study, grid: _Grid, family: Family) -> tuple[tuple[str, ...], dict[str, Range]]:
    """The experiments that have results of this very grid, and the range over their pairs by target set."""
    try:
        table = read_statistics(Path(study.paths.statistics_folder(family.dataset)), "comparisons")
    except UserError:  # of another version, or none
        return (), {}
    decisions = table["target_set"].map({name: one.decisions for name, one in grid.spreads.items()})
    fits = table["experiment"].isin(family.experiments) & (table["n_comparisons"] == family.comparisons)
    rows = table[fits & (table["n_scored"] == decisions if grid.counted == "here" else decisions.notna())]
    # Where no difference would be found, the largest that there can be would not be.
    ends = rows["smallest_detectable_difference"].fillna(100).groupby(rows["target_set"]).agg(["min", "max"])
    if {*ends.index} != {*grid.spreads}:
        return (), {}
    return tuple(pd.unique(rows["experiment"])), {str(name): (low, high) for name, low, high in ends.itertuples()}
