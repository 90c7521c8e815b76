"""The texts, labels, attributes and targets of a dataset, and what the page has to know of each of its cells."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from pluralism.datasets.attributes import AttributeSet
from pluralism.reporting.drawing.looks import adm_looks
from pluralism.reporting.explorer.payloads import plain
from pluralism.statistics.benchmark import Benchmark
from pluralism.statistics.intervals import critical, poisson_share
from pluralism.study.grid import Cell
from pluralism.study.names import Names
from pluralism.targets.sets import target_set_words
from pluralism.targets.target import Target

PART = 32
"""Items whose reasonings and messages are in one file."""

Decides = Literal["levels", "choice", "targets"]
"""What an ADM's predictions serve: by its levels, or by one choice, every target; or the stored targets only."""
SCORES = ("n_scored", "n_tied", "accuracy", "alignment_score")


def decides(predictions: pd.DataFrame) -> Decides:
    """What predictions serve; as deciding reads them, whatever the ADM is called."""
    if predictions["target"].notna().any():
        return "targets"
    return "choice" if predictions["attribute"].isna().all() else "levels"


def distance_words(benchmark: Benchmark) -> str:
    """How distances are computed: of levels as they are written, or in steps."""
    return "levels" if benchmark.scale is None else "steps"


def dataset_value(
    name: str, label: str, attributes: AttributeSet, benchmark: Benchmark, items: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """A dataset without its cells; `items` have prompt and responses as they are stored."""
    quantiles = critical(np.arange(len(items) + 1.0))
    labels = benchmark.labels.tolist()
    return {
        "name": name,
        "label": label,
        "attributes": [
            {"name": entry.name, "description": entry.description, "phrases": entry.phrases}
            for entry in attributes.attributes
        ],
        "scale": attributes.levels,
        "steps": attributes.steps,
        "shown": {
            "range": attributes.shown_scale,
            "levels": list(map(attributes.on_shown_scale, attributes.levels)),
        },
        "items": [
            {
                "prompt": item["prompt"],
                "responses": item["responses"],
                "labels": labels[place][: len(item["responses"])],
                "cluster": int(benchmark.prompts[place]),
            }
            for place, item in enumerate(items)
        ],
        "targets": [_target_value(target, attributes) for target in benchmark.targets],
        "critical": quantiles.tolist(),
        "poisson": poisson_share(quantiles).tolist(),
        "items_per_part": PART,
        "scoring": {"distance": distance_words(benchmark)},
    }


def _target_value(target: Target, attributes: AttributeSet) -> dict[str, Any]:
    return {
        "name": target.name,
        "set": target.set,
        "words": target_set_words(target.set),
        "levels": [
            [attributes.names.index(name), level, target.weights[name]] for name, level in target.levels.items()
        ],
    }


def cell_value(
    cell: Cell, names: Names, benchmark: Benchmark, scores: pd.DataFrame, found: Mapping[str, Any]
) -> dict[str, Any]:
    """What the page has to know of a cell before it shows it.

    Args:
        cell: an ADM of an experiment.
        names: of the study.
        benchmark: items and targets of its dataset.
        scores: of its dataset.
        found: what its results say: decides, attributes, samples, reasonings, messages.
    """
    experiment = next((entry for entry in names.experiments if entry.name == cell.experiment), None)
    return {
        "experiment": cell.experiment,
        "experiment_label": names.experiment(cell.experiment),
        "adm": cell.adm,
        "adm_label": names.adm(cell.adm),
        "model": experiment.model if experiment is not None else None,
        "role": cell.maker.role.value,
        "colour": adm_looks(names, [cell.adm])[cell.adm].colour,
        "imported": cell.imported is not None,
        "selection": {"distance": distance_words(benchmark), "ties": "first"},
        "aggregate": cell.aggregate,
        "first_vote_wins": cell.settings.protocol.first_vote_wins,
        "scores": _score_values(cell, benchmark, scores),
        **found,
    }


def _score_values(cell: Cell, benchmark: Benchmark, scores: pd.DataFrame) -> list[dict[str, Any] | None]:
    """The scores of a cell under each target; None where it did not decide."""
    own = scores[(scores["experiment"] == cell.experiment) & (scores["adm"] == cell.adm)]
    by_target = {row["target"]: plain({name: row[name] for name in SCORES}) for row in own.to_dict("records")}
    return [by_target.get(name) for name in benchmark.names]
