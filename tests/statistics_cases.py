"""Small benchmarks and predictions for the tests of statistics and decisions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralism.datasets.items import Item
from pluralism.predictions import Prediction, prediction_table
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.comparisons import AdmResult
from pluralism.statistics.linearised import Clusters
from pluralism.statistics.samples import Samples, samples
from pluralism.statistics.stored import COUNTS
from pluralism.statistics.table_columns import COLUMNS
from pluralism.targets.target import Target

HIGH, LOW = Target("target_high", {"care": 1.0}), Target("target_low", {"care": 0.0})
FIRST, SECOND = "sampled/1attributes_target00", "sampled/1attributes_target01"


def benchmark(
    cares: Sequence[Sequence[float]], targets: Sequence[Target], prompts: Sequence[str] | None = None
) -> Benchmark:
    """Items of one attribute; `cares` holds the level of each response."""
    items = [
        Item(
            prompts[place] if prompts else f"p{place}", ("r",) * len(levels), tuple({"care": level} for level in levels)
        )
        for place, levels in enumerate(cares)
    ]
    return make_benchmark(items, ["care"], targets)


def statistics_table(name: str, rows: Any) -> pd.DataFrame:
    """A table of the statistics from some of its columns: counts that are left out are 0, the rest is empty."""
    given = pd.DataFrame(rows)
    table = given.reindex(columns=COLUMNS[name])
    return table.assign(**{count: 0 for count in COUNTS if count in table and count not in given})


def clusters(made: Benchmark) -> Clusters:
    """Its prompts."""
    return Clusters(made.prompts)


def adm_result(made: Benchmark, picks: Any) -> AdmResult:
    """An ADM with these picks."""
    return AdmResult(made.by_label.outcomes(np.array(picks)))


def prediction(item: int, response: int, score: float, **changes: Any) -> Prediction:
    """A row of predictions, of care and the first sample unless told otherwise."""
    values: dict[str, Any] = {
        "attribute": "care",
        "sample": 0,
        "target": None,
        "reasoning": "",
        "position": response,
        "query": 0,
        "prompt_tokens": 0,
        "output_tokens": 0,
    }
    return Prediction(item=item, response=response, score=score, **(values | changes))


def entries_of(made: Benchmark, scores: Any) -> list[Samples]:
    """Predictions of care: item -> sample -> the score of each response."""
    rows = [
        prediction(item, response, score, sample=sample)
        for item, by_sample in enumerate(scores)
        for sample, by_response in enumerate(by_sample)
        for response, score in enumerate(by_response)
    ]
    return samples(prediction_table(rows), made)
