"""What the noise ceiling's numbers are worth: simulated annotators, whose true levels are known.

Prints a row per world: what a predictor that knows the true levels reaches on labels of other annotators, beside the
estimate, its bounds, and how often the 95% interval holds the truth. The table is in docs/reference/numbers.md.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pluralism.commands import run
from pluralism.datasets.attributes import level_grid
from pluralism.datasets.items import Item
from pluralism.decisions.scoring import score_picks
from pluralism.decisions.selection import Array, Scale, nearest_responses
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.noise_ceiling import noise_ceiling_rows, to_levels
from pluralism.statistics.table_columns import TableRow
from pluralism.targets.target import Target

KNOWN = 300
"""Annotators that make a true level."""

Annotators = Callable[[int], Array]
"""So many annotators of each response: shape (items, responses, annotators, attributes)."""


@dataclass(frozen=True)
class World:
    """Items, their responses, and annotators of them.

    Attributes:
        name: in the table.
        make: makes the annotators of some items, from a generator and the shape (items, responses, attributes).
        scale: all levels that a label can have.
        count: annotators behind each label.
        responses: of an item.
        attributes: that the targets name.
        items: in a study.
    """

    name: str
    make: Callable[[np.random.Generator, tuple[int, int, int]], Annotators]
    scale: Scale
    count: int
    responses: int = 2
    attributes: int = 5
    items: int = 300


def ratings(signal: float, noise: float) -> Callable[[np.random.Generator, tuple[int, int, int]], Annotators]:
    """Ratings from 0 to 4, as HelpSteer2's: a true level and a rating's error are normal, of these deviations."""

    def make(random: np.random.Generator, shape: tuple[int, int, int]) -> Annotators:
        true = np.clip(random.normal(0.6, signal, shape), 0, 1)[:, :, None]
        size = (shape[0], shape[1], -1, shape[2])

        def draw(count: int) -> Array:
            errors = random.normal(0, noise, (*size[:2], count, size[3]))
            return to_levels(np.clip(true + errors, 0, 1), level_grid(5))

        return draw

    return make


def rules(signal: float) -> Callable[[np.random.Generator, tuple[int, int, int]], Annotators]:
    """Rules of thumb, as MIC's: each bears on few attributes, and an answer agrees with it, or not, or is neutral."""

    def make(random: np.random.Generator, shape: tuple[int, int, int]) -> Annotators:
        items, responses, attributes = shape
        bears = random.beta(1, 3, (items, 1, 1, attributes))
        leaning = random.normal(0, signal, (items, responses, 1, 1))

        def draw(count: int) -> Array:
            agreement = np.rint(np.clip(leaning + random.normal(0, 1, (items, responses, count, 1)), -1, 1))
            drawn: Array = ((random.random((items, responses, count, attributes)) < bears) * agreement + 1) / 2
            return drawn

        return draw

    return make


WORLDS = (
    World("3 ratings, little noise", ratings(0.2, 0.1), level_grid(5), 3),
    World("3 ratings", ratings(0.2, 0.25), level_grid(5), 3),
    World("3 ratings, one attribute", ratings(0.2, 0.25), level_grid(5), 3, attributes=1),
    World("3 ratings, 84 items", ratings(0.2, 0.25), level_grid(5), 3, items=84),
    World("2 ratings", ratings(0.2, 0.25), level_grid(5), 2),
    World("5 ratings", ratings(0.2, 0.25), level_grid(5), 5),
    World("3 ratings, responses alike", ratings(0, 0.25), level_grid(5), 3),
    World("3 rules", rules(2), level_grid(7), 3, attributes=6),
    World("3 rules, one attribute", rules(2), level_grid(7), 3, attributes=1),
    World("3 rules, four responses", rules(2), level_grid(7), 3, responses=4, attributes=6),
    World("3 rules, responses alike", rules(0), level_grid(7), 3, attributes=6),
    World("3 rules, four responses alike", rules(0), level_grid(7), 3, responses=4, attributes=6),
)


def study(world: World, random: np.random.Generator, labels: int = 10) -> tuple[float, TableRow]:
    """What the true levels reach at the target high on so many other labels, and the row of one study."""
    names = [f"attribute {place}" for place in range(world.attributes)]
    target = Target("target_high", dict.fromkeys(names, 1.0))
    draw = world.make(random, (world.items, world.responses, world.attributes))

    def label() -> Array:
        return to_levels(draw(world.count).mean(axis=2), world.scale)

    picks = nearest_responses(draw(KNOWN).mean(axis=2), names, target, world.scale)
    reached = [score_picks(label(), names, picks, target, world.scale).accuracy for _ in range(labels)]
    given = draw(world.count)

    def named(rows: Array) -> Sequence[dict[str, float]]:
        return [dict(zip(names, map(float, row), strict=True)) for row in rows]

    made = to_levels(given.mean(axis=2), world.scale)
    items = [Item(f"p{place}", ("r",) * world.responses, tuple(named(rows))) for place, rows in enumerate(made)]
    benchmark = make_benchmark(items, names, [target], world.scale)
    annotations = [[named(rows) for rows in of_item] for of_item in given]
    return float(np.mean(reached)), noise_ceiling_rows(benchmark, annotations, world.scale, 0)[0]


def main() -> None:
    """Read the command line, simulate, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=100, help="of each world")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| annotators | truth | estimate | lower bound | upper bound | interval holds the truth |")
    print("|---|---|---|---|---|---|")
    for world in WORLDS:
        random = np.random.default_rng(arguments.seed)
        found = [study(world, random) for _ in range(arguments.studies)]
        # The truth of the world, not of one sample of its items.
        truth = float(np.mean([reached for reached, _ in found]))
        columns = ("ceiling", "lower_bound", "upper_bound")
        means = " | ".join(f"{np.mean([float(str(row[name])) for _, row in found]):.1f}" for name in columns)
        ends = [(float(str(row["ceiling_low"])), float(str(row["ceiling_high"]))) for _, row in found]
        held = 100 * np.mean([low <= truth <= high for low, high in ends])
        print(f"| {world.name} | {truth:.1f} | {means} | {held:.0f} % |", flush=True)


if __name__ == "__main__":
    run(main)
