"""Which decisions are right, as the scores count them."""

from pathlib import Path

import numpy as np
import pandas as pd

from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.reading import refuse_unknown


def judged(decisions: pd.DataFrame, benchmark: Benchmark, path: Path) -> pd.DataFrame:
    """Decisions with `correct` and `alignment_score`, both missing where an item is tied.

    So they are for a target that the benchmark does not have, as after an edit of the config.

    Args:
        decisions: with the columns target, item and response.
        benchmark: the items and targets that are there.
        path: of the decisions, for messages.

    Raises:
        UserError: an item or a response is not among those of the benchmark.
    """
    place = pd.Index(benchmark.names).get_indexer(pd.Index(decisions["target"]))
    item, response = (decisions[name].to_numpy(dtype=np.intp) for name in ("item", "response"))
    refuse_unknown(path, item, response, benchmark)
    by_label = benchmark.by_label
    distance, farthest = by_label.distances[place, item, response], by_label.farthest[place, item]
    counts = by_label.scored[place, item] & (place >= 0)
    return decisions.assign(
        correct=pd.Series(by_label.right[place, item, response], decisions.index, dtype="boolean").mask(~counts),
        alignment_score=100 * (1 - distance / np.where(counts, farthest, np.nan)),
    )
