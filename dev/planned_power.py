"""Whether a study finds the differences that `pluralism plan` says it finds, where its assumptions hold.

A study is drawn as it is assumed: on each prompt, the chances that only one, only the other, or neither of two ADMs is
right and the other wrong come from a Dirichlet distribution. Prints a Markdown table.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from dev.coverage import ITEMS, Bools, accuracy_of, header, line
from pluralism.commands import run
from pluralism.planning.findable import CORRELATION, DISAGREEMENTS
from pluralism.statistics.beforehand import findable_beforehand, spread
from pluralism.statistics.differences import both_ways
from pluralism.statistics.table_columns import SIGNIFICANCE


@dataclass(frozen=True)
class Grid:
    """A comparison of two ADMs.

    Attributes:
        items: a prompt each, none tied.
        targets: of the set.
        disagreement: the share of the decisions on which only one of the two is right.
        comparisons: the size of the family.
    """

    items: int
    targets: int
    disagreement: float
    comparisons: int

    @property
    def planned(self) -> float:
        """The difference that the plan says is found, in [0, 1]."""
        grid = spread(np.ones((self.targets, self.items), dtype=bool), np.arange(self.items))
        return float(findable_beforehand([grid], self.comparisons, [self.disagreement])[0, 0])

    def found(self, draw: np.random.Generator, studies: int) -> float:
        """The share of studies that find it."""
        first, second = self.study(draw, studies, self.planned)
        everything = np.ones(first.shape, dtype=bool)
        sides = both_ways(accuracy_of(first, everything), accuracy_of(second, everything))
        return float(np.mean(sides.p_values() < SIGNIFICANCE / self.comparisons))

    def study(self, draw: np.random.Generator, studies: int, difference: float) -> tuple[Bools, Bools]:
        """Where only the first, and only the second ADM is right, shape (studies, items, targets)."""
        either = max(self.disagreement, difference)
        chances = np.array([(either + difference) / 2, (either - difference) / 2, 1 - either])
        if self.targets > 1:
            drawn = draw.standard_gamma((1 / CORRELATION - 1) * chances, (studies, self.items, 3))
            chances = drawn / drawn.sum(axis=2, keepdims=True)
        level = draw.random((studies, self.items, self.targets))
        one, two = (chances[..., :count].sum(axis=-1)[..., None] for count in (1, 2))
        return level < one, (level >= one) & (level < two)


def table(studies: int) -> Iterator[str]:
    """A row per number of targets, disagreement and comparisons."""
    draw = np.random.default_rng(6)
    yield "**Power in percent (promised 80) at the difference that the plan names (in points, in brackets)**\n"
    yield header(["targets", "disagreement", "comparisons", *(f"n = {items}" for items in ITEMS)])
    for targets, disagreement, comparisons in product((1, 10), DISAGREEMENTS, (1, 15, 55)):
        grids = [Grid(items, targets, disagreement, comparisons) for items in ITEMS]
        cells = [f"{100 * grid.found(draw, studies):.0f} ({100 * grid.planned:.1f})" for grid in grids]
        yield line([str(targets), f"{disagreement:.0%}", str(comparisons), *cells])


def main() -> None:
    """Read the command line, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000, help="simulated per cell")
    for text in table(parser.parse_args().studies):
        print(text, flush=True)


if __name__ == "__main__":
    run(main)
