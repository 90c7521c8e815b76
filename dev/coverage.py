"""Whether intervals, tests and power hold what they promise: thousands of simulated studies with a known truth.

A study is drawn as `right` and `scored`, shape (studies, items, targets). The chance to be right is that of the item,
drawn from a beta distribution, so that any two decisions on an item have a given correlation. Prints Markdown tables.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from pluralism.commands import run
from pluralism.statistics.differences import Sides, both_ways
from pluralism.statistics.intervals import NOT_NEGATIVE, SHARE, Bounds, estimate_drawn, estimates
from pluralism.statistics.linearised import Linearised, ratios
from pluralism.statistics.power import detectable_differences
from pluralism.statistics.table_columns import SIGNIFICANCE

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ends = tuple[Array, Array]
Interval = Callable[[Linearised], Ends]

ITEMS = (20, 40, 84, 336)
ACCURACIES = (0.7, 0.9, 0.97, 0.99, 1.0)
CORRELATION = 0.5
"""Of two decisions on an item, and so no matter with one target."""
FEW_LARGE = 0.03 * 0.8 + 0.97 / 61
"""The mean of errors that are large in 3 of 100."""
RESAMPLES = 400
TRIES = 6


def item_chances(draw: np.random.Generator, shape: tuple[int, int], accuracy: float, correlation: float) -> Array:
    """The chance to be right on each item: a mean of `accuracy`, and `correlation` between two decisions on an item."""
    if correlation == 0 or accuracy == 1:
        return np.full((*shape, 1), accuracy)
    total = 1 / correlation - 1
    return draw.beta(accuracy * total, (1 - accuracy) * total, (*shape, 1))


def decisions(draw: np.random.Generator, chances: Array, targets: int) -> Bools:
    """Right or wrong on each item under each target."""
    return draw.random((*chances.shape[:2], targets)) < chances


def accuracy_of(right: Bools, scored: Bools) -> Linearised:
    """The accuracy of each study, the mean over its targets, as a statistic per study."""
    studies, items, targets = right.shape
    parts = [np.moveaxis(part, 2, 1).reshape(studies * targets, items) for part in (right & scored, scored)]
    by_target = ratios(*parts)
    known = ~np.isnan(by_target.values).reshape(studies, targets)
    share = known / known.sum(axis=1, keepdims=True)
    values, influence, weights = (
        (np.nan_to_num(part).reshape(studies, targets, -1) * share[..., None]).sum(axis=1)
        for part in (by_target.values, by_target.influence, by_target.weights)
    )
    return Linearised(values[:, 0], influence, weights)


def ours(accuracy: Linearised) -> Ends:
    """The interval of the tables."""
    found = estimates(accuracy)
    return found.low, found.high


def percentile_bootstrap(accuracy: Linearised) -> Ends:
    """Percentiles of resampled prompts, as here before version 0.7."""
    items = accuracy.influence.shape[1]
    counts = np.random.default_rng(0).multinomial(items, np.full(items, 1 / items), size=RESAMPLES)
    drawn = accuracy.values + counts @ accuracy.influence.T
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return low, high


def normal_of_items(accuracy: Linearised) -> Ends:
    """Mean and 1.96 standard errors of the items, as lm-evaluation-harness and inspect_ai (`stderr`) have it."""
    items = accuracy.influence.shape[1]
    half = norm.ppf(0.975) * np.sqrt(accuracy.variance * items / (items - 1))
    return accuracy.values - half, accuracy.values + half


def normal_of_decisions(right: Bools) -> Ends:
    """The same of all decisions as if they were independent: what either gives where targets are rows of their own."""
    count = right.shape[1] * right.shape[2]
    mean = right.mean(axis=(1, 2))
    half = norm.ppf(0.975) * np.sqrt(mean * (1 - mean) / (count - 1))
    return mean - half, mean + half


def covered(ends: Ends, truth: float) -> float:
    """Percent of the intervals that hold the truth."""
    low, high = ends
    return 100 * float(np.mean((low <= truth + 1e-12) & (high >= truth - 1e-12)))


def coverage_table(studies: int, targets: int, unscored: float) -> Iterator[str]:
    """Coverage by accuracy and items: ours, and what other programs give for the same studies."""
    draw = np.random.default_rng([1, targets, round(10 * unscored)])
    yield f"**{targets} target(s), {unscored:.0%} of the items unscored: {' / '.join([*METHODS, EACH_DECISION])}**\n"
    yield header(["accuracy", *(f"n = {items}" for items in ITEMS)])
    for truth in ACCURACIES:
        cells = []
        for items in ITEMS:
            right = decisions(draw, item_chances(draw, (studies, items), truth, CORRELATION), targets)
            accuracy = accuracy_of(right, draw.random(right.shape) >= unscored)
            ends = [*(method(accuracy) for method in METHODS.values()), normal_of_decisions(right)]
            cells.append(" / ".join(f"{covered(found, truth):.0f}" for found in ends))
        yield line([f"{truth:g}", *cells])
    yield ""


METHODS: dict[str, Interval] = {
    "ours": ours,
    "percentile bootstrap by item": percentile_bootstrap,
    "normal by item": normal_of_items,
}
EACH_DECISION = "normal of all decisions"


def whole_items_table(studies: int) -> Iterator[str]:
    """Coverage where half of the items are right or wrong as a whole, the others under each target by itself."""
    draw = np.random.default_rng(6)
    yield "**Half of the items are right or wrong under all targets alike: ours**\n"
    yield header(["targets", "accuracy", *(f"n = {items}" for items in ITEMS)])
    for targets, truth in product((10, 60), ACCURACIES[:-1]):
        cells = []
        for items in ITEMS:
            whole, single = (decisions(draw, np.full((studies, items, 1), truth), count) for count in (1, targets))
            right = np.where(draw.random((studies, items, 1)) < 1 / 2, whole, single)
            cells.append(f"{covered(ours(accuracy_of(right, np.ones(right.shape, dtype=bool))), truth):.0f}")
        yield line([str(targets), f"{truth:g}", *cells])
    yield ""


def drawn_targets_table(studies: int) -> Iterator[str]:
    """Coverage of both intervals where targets are drawn anew: a probit model with effects of items and of targets."""
    draw = np.random.default_rng(2)
    yield "**Targets drawn anew in each study: intervals for these targets / for targets like these**\n"
    yield header(["targets", "effect of the target (SD)", "accuracy", *(f"n = {items}" for items in ITEMS[:-1])])
    for targets in (3, 10, 60):
        for effect in (0.0, 0.3, 0.7):
            for truth in (0.7, 0.9, 0.97):
                cells = []
                for items in ITEMS[:-1]:
                    held = [0, 0]
                    for _ in range(studies):
                        accuracy = drawn_study(draw, items, targets, truth, effect)
                        for place, found in enumerate((estimates(accuracy.mean())[0], estimate_drawn(accuracy))):
                            held[place] += found.low <= truth <= found.high
                    cells.append(" / ".join(f"{100 * count / studies:.0f}" for count in held))
                yield line([str(targets), f"{effect:g}", f"{truth:g}", *cells])
    yield ""


def drawn_study(draw: np.random.Generator, items: int, targets: int, truth: float, effect: float) -> Linearised:
    """A study whose targets are drawn, too; a statistic per target."""
    threshold = norm.ppf(truth) * np.sqrt(2 + effect**2)
    shape = (targets, items)
    latent = (
        draw.standard_normal((1, items)) + effect * draw.standard_normal((targets, 1)) + draw.standard_normal(shape)
    )
    return ratios(latent < threshold, np.ones(shape))


def families(draw: np.random.Generator, studies: int, items: int, targets: int, kind: str) -> list[Bools]:
    """Four equally good ADMs. skewed: one is wrong on few items altogether, the others here and there; alike: none."""
    accuracy = {"skewed, 0.93": 0.93, "skewed, 0.9": 0.9, "skewed, 0.8": 0.8, "alike, 0.7": 0.7}[kind]
    first, others = (0.5, 0.5) if kind.startswith("alike") else (0.95, 0.02)
    return [
        decisions(draw, item_chances(draw, (studies, items), accuracy, correlation), targets)
        for correlation in (first, others, others, others)
    ]


def errors_table(studies: int) -> Iterator[str]:
    """How often one of six comparisons of equally good ADMs is found different after Holm's correction."""
    draw = np.random.default_rng(3)
    yield "**Family-wise error in percent (nominal 5), four equally good ADMs, ten targets: ours / sign flips**\n"
    yield header(["differences", *(f"n = {items}" for items in ITEMS)])
    for kind in ("skewed, 0.93", "skewed, 0.9", "skewed, 0.8", "alike, 0.7"):
        cells = []
        for items in ITEMS:
            adms = families(draw, studies, items, 10, kind)
            pairs = list(combinations(adms, 2))
            rates = [
                100 * np.mean([multipletests(p_values, method="holm")[0].any() for p_values in test(pairs).T])
                for test in (p_values_of, sign_flips_of)
            ]
            cells.append(" / ".join(f"{rate:.1f}" for rate in rates))
        yield line([kind, *cells])
    yield ""


def skewed_means_table(studies: int) -> Iterator[str]:
    """Coverage of means over items of squared errors: of ones from 0 to 1, and of ones without an upper end."""
    draw = np.random.default_rng(7)

    def few(shape: tuple[int, ...], share: float) -> Array:
        return np.where(draw.random(shape) < share, 0.8, draw.beta(1, 60, shape))

    kinds: dict[str, tuple[Callable[[int], Array], float, Bounds]] = {
        "each item its own, 0 to 1": (lambda items: draw.beta(0.15, 3, (studies, items)), 0.15 / 3.15, SHARE),
        "large in 3 of 100 levels": (lambda items: few((studies, items, 10), 0.03).mean(axis=2), FEW_LARGE, SHARE),
        "large in 3 of 100 items": (lambda items: few((studies, items), 0.03), FEW_LARGE, SHARE),
        "without an end, exponential": (lambda items: draw.exponential(1, (studies, items)), 1, NOT_NEGATIVE),
        "without an end, log-normal (SD 1.5)": (
            lambda items: draw.lognormal(0, 1.5, (studies, items)),
            np.exp(1.5**2 / 2),
            NOT_NEGATIVE,
        ),
    }
    yield "**Means of skewed errors, as `mse`: ours**\n"
    yield header(["errors", *(f"n = {items}" for items in ITEMS)])
    for kind, (drawn, truth, bounds) in kinds.items():
        cells = []
        for items in ITEMS:
            errors = drawn(items)
            found = estimates(ratios(errors, np.ones(errors.shape)), bounds)
            cells.append(f"{covered((found.low, found.high), truth):.0f}")
        yield line([kind, *cells])
    yield ""


def p_values_of(pairs: Sequence[tuple[Bools, Bools]]) -> Array:
    """The p-values of the tables, shape (pairs, studies)."""
    return np.array([paired(a, b).p_values() for a, b in pairs])


def paired(a: Bools, b: Bools) -> Sides:
    """The two sides of the difference in each study, all items scored."""
    everything = np.ones(a.shape, dtype=bool)
    return both_ways(accuracy_of(a & ~b, everything), accuracy_of(b & ~a, everything))


def sign_flips_of(pairs: Sequence[tuple[Bools, Bools]]) -> Array:
    """The p-values of the test by flipped signs of prompts, as here before version 0.7."""
    items = pairs[0][0].shape[1]
    signs = np.random.default_rng(4).choice([-1.0, 1.0], size=(999, items))
    found = []
    for a, b in pairs:
        differences = a.mean(axis=2) - b.mean(axis=2)
        flipped, observed = np.abs(differences @ signs.T), np.abs(differences.sum(axis=1))[:, None]
        found.append((1 + (flipped >= observed - 1e-12).sum(axis=1)) / (1 + len(signs)))
    return np.array(found)


def power_table(studies: int) -> Iterator[str]:
    """How often a true difference of the size that is called detectable is found; it should be 80."""
    draw = np.random.default_rng(5)
    yield "**Power in percent (promised 80) at the detectable difference (in points, in brackets)**\n"
    yield header(["targets", "accuracy of the worse", "comparisons", *(f"n = {items}" for items in ITEMS)])
    for targets, accuracy, comparisons in product((1, 10), (0.5, 0.7, 0.85), (1, 10, 55)):
        cells = [power(draw, studies, items, targets, (accuracy, comparisons)) for items in ITEMS]
        yield line([str(targets), f"{accuracy:g}", str(comparisons), *cells])
    yield ""


def power(draw: np.random.Generator, studies: int, items: int, targets: int, case: tuple[float, int]) -> str:
    """The power at the difference that studies with this very difference call detectable, on average.

    `case`: the accuracy of the worse ADM, and the number of comparisons.
    """
    accuracy, comparisons = case

    def study(number: int, difference: float) -> Sides:
        chances = [item_chances(draw, (number, items), mean, CORRELATION) for mean in (accuracy + difference, accuracy)]
        return paired(*(decisions(draw, chance, targets) for chance in chances))

    difference = 0.1
    for _ in range(TRIES):
        difference = float(np.nanmean(detectable_differences(study(200, difference), comparisons)))
        if accuracy + difference >= 1:
            return "out of reach"
    found = study(studies, difference).p_values() < SIGNIFICANCE / comparisons
    return f"{100 * found.mean():.0f} ({100 * difference:.1f})"


def header(cells: Sequence[str]) -> str:
    """The head of a Markdown table."""
    return "\n".join([line(cells), line(["---"] * len(cells))])


def line(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Read the command line, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000, help="simulated per cell")
    arguments = parser.parse_args()
    tables = [coverage_table(arguments.studies, targets, unscored) for targets in (1, 10, 60) for unscored in (0, 0.4)]
    few = max(1, arguments.studies // 4)
    tables += [whole_items_table(few), skewed_means_table(arguments.studies)]
    for table in (*tables, drawn_targets_table(few), errors_table(few * 2), power_table(arguments.studies)):
        for text in table:
            print(text, flush=True)


if __name__ == "__main__":
    run(main)
