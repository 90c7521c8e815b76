"""The items behind a number: how many are decided wrongly, and where the explorer shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from pluralism.datasets.items import read_items
from pluralism.decisions.roles import Role
from pluralism.decisions.selection import Bools
from pluralism.reporting.report.words import counted
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.reading import read_picks
from pluralism.statistics.samples import NONE
from pluralism.study.grid import Cell
from pluralism.study.study import Study
from pluralism.targets.sets import EXTREMES, target_set, target_set_words
from pluralism.targets.target import read_target, target_name


@dataclass(frozen=True)
class Behind:
    """Items that one number counts.

    Attributes:
        count: of them; None where it is not known, as an imported run need not have decided for a target.
        link: what the explorer's address has behind "#", to show just these.
    """

    count: int | None
    link: str


@dataclass(frozen=True)
class WrongItems:
    """The items that are decided wrongly under a target.

    Attributes:
        target_set: of the target, which is the only one in it.
        scored: the items that count: others have responses that tie.
        by_all: those where all ADMs are wrong, unaligned ones and references aside; None where there are no others.
        by_cell: experiment and ADM, and those where it is wrong, of each cell.
    """

    target_set: str
    scored: int
    by_all: Behind | None
    by_cell: dict[tuple[str, str], Behind]

    @property
    def target(self) -> str:
        """The target in words."""
        return target_set_words(self.target_set)

    @property
    def hard(self) -> str:
        """Those of `by_all`, in words."""
        count = self.by_all.count if self.by_all is not None else None
        return counted(count, "item") if count else "no item"


def wrong_items(study: Study, dataset: str) -> list[WrongItems]:
    """The wrong items of a dataset under the high and the low target, as the scores count them."""
    config = study.config
    attributes = config.attributes(dataset)
    targets = [
        read_target(Path(path), attributes) for path in study.targets(dataset) if target_name(Path(path)) in EXTREMES
    ]
    items = read_items(Path(study.eval(dataset)), attributes)
    scale = None if config.protocol.float_ties else attributes.steps
    benchmark = make_benchmark(items, attributes.names, targets, scale)
    cells = study.cells(dataset)
    wrong = [_wrong(study, cell, benchmark) for cell in cells]
    found = []
    for place, target in enumerate(benchmark.names):
        here = [of[place] for of in wrong]
        rivals = [of for cell, of in zip(cells, here, strict=True) if config.adm(cell.adm).role == Role.CONTENDER]
        known = [of for of in rivals if of is not None]
        view = {"dataset": dataset, "target": target}
        found.append(
            WrongItems(
                target_set=target_set(target),
                scored=int(benchmark.scored[place].sum()),
                by_all=_behind(np.logical_and.reduce(known), view, show="every-adm-wrong") if known else None,
                by_cell={
                    (cell.experiment, cell.adm): _behind(of, view, **_only(cell), show="wrong")
                    for cell, of in zip(cells, here, strict=True)
                },
            )
        )
    return found


def _wrong(study: Study, cell: Cell, benchmark: Benchmark) -> Sequence[Bools | None]:
    """Per target, which items a cell decides wrongly; None for a target that it did not decide for."""
    path = Path(study.paths.decisions(*cell.names))
    picks = read_picks(path, benchmark, needed="none" if cell.imported is not None else "all")
    decided = (picks != NONE).all(axis=1)
    right = np.take_along_axis(benchmark.by_label.right, np.where(decided[:, None], picks, 0)[:, :, None], axis=2)
    wrong = benchmark.scored & ~right[:, :, 0]
    return [of if known else None for of, known in zip(wrong, decided, strict=True)]


def _only(cell: Cell) -> dict[str, str]:
    """The part of a link that shows one cell."""
    column = f"{cell.experiment}/{cell.adm}"
    return {"columns": column, "in": column}


def _behind(marks: Bools | None, view: dict[str, str], **more: str) -> Behind:
    link = urlencode({**view, **more}, safe="/,:")
    return Behind(None if marks is None else int(marks.sum()), link)
