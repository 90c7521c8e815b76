"""A small study with all kinds of ADMs, decided and scored, of which an explorer is made."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dev import synthetic
from pluralism.datasets.items import Item
from pluralism.decisions.deciding import decide
from pluralism.files import write_json
from pluralism.inference.jobs import task_of
from pluralism.planning.inputs import Inputs, read_shots
from pluralism.predictions import Prediction, prediction_table, read_predictions, write_predictions
from pluralism.reporting.explorer.building import DatasetResults
from pluralism.reporting.explorer.folder import page_files, write_dataset, write_page
from pluralism.reporting.explorer.payloads import read_script
from pluralism.study.grid import Cell
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from tests.conftest import ROOT

DATASET = "würde"
ITEMS = 12
HOSTILE = (
    "</script><script>alert(1)</script> <!-- <b>&amp;",
    "line\u2028and\u2029paragraph, null \0, bell \a, escape \x1b",
    "من اليمين إلى اليسار 👩‍👩‍👧‍👦 é",
    "a\\b \"quoted\" 'and' `this` ${here}",
    "long " * 20_000,
)
WEIGHTED = {
    "care": {"level": 0.9, "weight": 3.0},
    "sanctity": {"level": 0.21, "weight": 0.1},
    "liberty": {"level": 0.5, "weight": 7.0},
}
"""A target of the user's own."""
ADMS: dict[str, dict[str, Any]] = {
    "random": {"kind": "random_choice"},
    "oracle": {"kind": "oracle"},
    "unaligned": {"kind": "unaligned_baseline"},
    "aligned": {"kind": "prompt_aligned", "few_shot": {"select": "random", "shots": 2}},
    "regression": {"kind": "regression"},
    "comparative": {"kind": "comparative_regression", "aggregate": "median", "swap": True},
    "few_shot": {"kind": "comparative_regression", "few_shot": {"select": "random", "shots": 3}},
    "elsewhere": {"kind": "imported_levels"},
}
HERE = ("unaligned", "aligned", "regression", "comparative", "few_shot")


def values(protocol: str) -> dict[str, Any]:
    """The config of the study under a protocol."""
    return {
        "protocol": protocol,
        "prompts": "own",
        "note": "made up",
        "datasets": {
            DATASET: {"format": "items", "attributes": str(ROOT / "scripts/pluralism/datasets/formats/mic.yaml")}
        },
        "targets": {"number": 2, "attribute_counts": [1, 3], "doses": True},
        "models": {"some": {"id": "some/model", "label": "Some model"}},
        "decodings": {"greedy": {"samples": 1}, "drawn": {"samples": 3, "temperature": 0.7}},
        "adms": ADMS,
        "experiments": {
            "references": {"decoding": "greedy", "adms": ["random", "oracle"]},
            "greedy": {"model": "some", "decoding": "greedy", "adms": list(HERE)},
            "drawn": {"model": "some", "decoding": "drawn", "adms": list(HERE)},
            "other": {"imported": "elsewhere", "adms": ["elsewhere"]},
        },
        "grid": {"datasets": [DATASET], "experiments": ["references", "greedy", "drawn", "other"]},
    }


def make_study(folder: Path, protocol: str) -> Study:
    """Write all that comes before the explorer below a folder, which has to be the working folder."""
    study = Study(read_config(values(protocol)))
    attributes, draw = study.config.attributes(DATASET), np.random.default_rng(7)
    corpus = synthetic.Corpus.drawn(draw, 5000)
    train, evaluation = (
        synthetic.make_items(count, attributes, 5, (8, 8), corpus=corpus, draw=draw) for count in (2 * ITEMS, ITEMS)
    )
    for path, items in ((study.train(DATASET), train), (study.eval(DATASET), with_hostile_texts(evaluation))):
        write_json(Path(path), [item.as_json() for item in items])
    write_json(Path("alignment_targets/custom", DATASET, "mine.json"), WEIGHTED)
    synthetic.make_targets(study, DATASET, folder)
    inputs = DatasetResults(study, DATASET).inputs
    for cell in study.cells(DATASET):
        table = _predictions(study, cell, inputs, corpus, draw)
        write_predictions(table, Path(study.paths.predictions(*cell.names)))
        _decide(study, cell, inputs)
    tables = [pd.read_csv(study.paths.cell_scores(*cell.names)) for cell in study.cells(DATASET)]
    pd.concat(tables).to_csv(study.paths.scores(DATASET), index=False)
    return study


def with_hostile_texts(items: Sequence[Item]) -> list[Item]:
    """The items, of which the first have texts that try to be more than text, and two have one prompt."""
    hostile = [
        replace(item, prompt=text, responses=(text, *item.responses[1:]))
        for item, text in zip(items, HOSTILE, strict=False)
    ]
    *others, last = items[len(hostile) :]
    return [*hostile, *others, replace(last, prompt=others[0].prompt)]


def _predictions(
    study: Study, cell: Cell, inputs: Inputs, corpus: synthetic.Corpus, draw: np.random.Generator
) -> pd.DataFrame:
    if cell.imported is not None:
        return _imported(inputs, corpus, draw)
    task = task_of(
        cell.settings,
        attributes=inputs.attributes,
        train=inputs.train,
        evaluation=inputs.evaluation,
        shots=read_shots(study, cell, inputs)[0],
        targets=inputs.targets if cell.sees_targets else (),
    )
    table = synthetic.predictions(cell.maker, task, corpus, draw)
    if cell.adm == "few_shot":  # levels that no model writes, and some beyond the scale where the protocol has them
        widest = 1.0 if cell.settings.protocol.bounds_scores else 1.4
        table["score"] = draw.random(len(table)) * widest
    return table


def _imported(inputs: Inputs, corpus: synthetic.Corpus, draw: np.random.Generator) -> pd.DataFrame:
    """Levels of two attributes, each response with two samples, of which the order shown is not known."""
    places = [(item, place) for item, entry in enumerate(inputs.evaluation) for place in range(len(entry.responses))]
    rows = [
        Prediction(item, response, attribute, sample, None, round(draw.random(), 2), corpus.words[item], 0, item, 0, 0)
        for item, response in places
        for attribute in ("care", "loyalty")
        for sample in range(2)
    ]
    return prediction_table(rows)


def _decide(study: Study, cell: Cell, inputs: Inputs) -> None:
    protocol, path = study.config.protocol, Path(study.paths.predictions(*cell.names))
    decide(
        dict(zip(("dataset", "experiment", "adm"), cell.names, strict=True)),
        inputs.evaluation,
        read_predictions(path, bounded=protocol.bounds_scores),
        inputs.targets,
        path.parent,
        scale=None if protocol.float_ties else inputs.attributes.levels,
        aggregate=cell.aggregate,
        first_vote_wins=protocol.first_vote_wins,
        some_targets=cell.imported is not None,
    )


def make_explorer(study: Study) -> Path:
    """Write the explorer of a study; gives its folder."""
    folder = Path(study.paths.explorer_folder())
    for dataset in study.datasets:
        write_dataset(DatasetResults(study, dataset), Path(study.paths.explorer_data(dataset)))
    write_page(study, folder, page_files())
    return folder


def read_value(folder: Path, name: str) -> Any:
    """The value that the explorer in a folder has under a name."""
    found, value = read_script(folder / "data" / f"{name}.js")
    assert found == name
    return value
