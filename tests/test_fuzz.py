"""Whatever is wrong with a file that is read, there is a result or one clear line.

Each reader gets a file that it takes, and that file mutated with a seed: bytes changed, parts cut out or repeated, and
values replaced by nasty ones. What a reader accepts, the steps after it must take, too.
"""

import gzip
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet
import pytest

from pluralism.adms.base import Task
from pluralism.adms.comparative_regression import ComparativeRegression
from pluralism.adms.oracle import Oracle
from pluralism.datasets.annotations import read_annotations
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.formats.helpsteer2 import ATTRIBUTES as RATED
from pluralism.datasets.formats.helpsteer2 import load_helpsteer2, read_ratings
from pluralism.datasets.formats.mic import load_mic
from pluralism.datasets.items import item_from_json, read_items
from pluralism.datasets.prepare import split_parts
from pluralism.decisions.deciding import decide
from pluralism.decisions.outputs import read_outputs, score_outputs
from pluralism.decisions.score_files import KEYS, MEASURES, read_scores
from pluralism.errors import LONGEST_MESSAGE, UserError
from pluralism.few_shot.examples import COLUMNS, FewShot, read_examples
from pluralism.few_shot.selection import choose_examples
from pluralism.few_shot.similarity.matrix import Comparison, read_comparison, similarity_matrix
from pluralism.few_shot.similarity.settings import Similarity
from pluralism.inference.imported import imported_predictions, match_items, read_entries
from pluralism.inference.journal import Record, decode_record, encode_record
from pluralism.inference.settings import Settings, read_settings
from pluralism.predictions import checked_predictions, prediction_table, read_predictions, write_predictions
from pluralism.protocols import CORRECTED, PROTOCOLS, PUBLISHED
from pluralism.reporting.figure import Source
from pluralism.reporting.figures.label_distribution import label_distribution
from pluralism.reporting.tables.accuracy import by_experiment, by_model
from pluralism.reporting.tables.scores import score_tables
from pluralism.reporting.tables.statistics import plain_table
from pluralism.requests import Generation
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.noise_ceiling import noise_ceiling_rows
from pluralism.statistics.reading import read_picks
from pluralism.statistics.reproduction import read_reference_numbers, reproduction_rows
from pluralism.statistics.samples import samples
from pluralism.statistics.stored import read_statistics
from pluralism.statistics.table_columns import COLUMNS as STATISTICS
from pluralism.study.names import Names
from pluralism.tables import read_csv
from pluralism.targets.target import Target, read_target
from tests.jobs import ATTRIBUTE_FILE, ATTRIBUTES, item
from tests.mutations import (
    bytes_changed,
    csv_bytes,
    csv_changed,
    journal_changed,
    json_bytes,
    json_changed,
    json_lines_changed,
    matrix_bytes,
    matrix_changed,
    parquet_bytes,
    parquet_changed,
    yaml_changed,
)
from tests.statistics_cases import prediction

MUTATIONS = 60
"""Of the bytes of each file, and as many of its values."""

NAMES = ATTRIBUTES.names
ITEMS = [item(number) for number in range(3)]
TARGET = dict.fromkeys(NAMES, 1.0)


@dataclass(frozen=True)
class Reader:
    """A reader, and a file that it takes.

    Attributes:
        file: the file's name.
        content: the file.
        read: reads it, and does what comes next with what it has read.
        change: changes a value in it.
    """

    file: str
    content: bytes
    read: Callable[[Path], object]
    change: Callable[[random.Random, bytes], bytes]


def use_items(path: Path) -> None:
    items = read_items(path, ATTRIBUTES)
    similarity = similarity_matrix(Similarity("tfidf"), items, items)
    for protocol in (PUBLISHED, CORRECTED):
        few_shot, comparison = FewShot(similarity="tfidf"), Comparison.of_items(similarity)
        choose_examples(few_shot, items, items, ATTRIBUTES, comparison, protocol=protocol)
    label_distribution(Source(attributes=ATTRIBUTES, items={"train": items}))
    rows = Oracle().read(Task(items, ATTRIBUTES), [], [])
    checked_predictions(rows, [len(one.responses) for one in items], NAMES)
    write_predictions(rows, path.with_suffix(".parquet"))
    (path.parent / "target_high.json").write_text(json.dumps(TARGET))
    target = read_target(path.parent / "target_high.json")
    decide({"adm": "a"}, items, read_predictions(path.with_suffix(".parquet")), [target], path.parent)
    (scored, _) = score_outputs(read_outputs(path.parent / "target_high" / "input_output.json", NAMES), target)
    assert scored.n_scored + scored.n_tied == len(items)


def kept_items(folder: Path) -> Any:
    path = folder / "kept.json"
    path.write_bytes(json_bytes(ITEMS))
    return read_items(path, ATTRIBUTES)


def use_annotations(path: Path) -> None:
    items = kept_items(path.parent)
    made = make_benchmark(items, NAMES, [Target("target_high", TARGET)], ATTRIBUTES.levels)
    for row in noise_ceiling_rows(made, read_annotations(path, items, ATTRIBUTES), ATTRIBUTES.levels, 0):
        ceiling = float(str(row["ceiling"]))
        assert np.isnan(ceiling) or 0 <= ceiling <= 100


def use_ratings(path: Path) -> None:
    found = read_ratings(path, {("p", "x"), ("q", "y")})
    assert all(0 <= level <= 1 for given in found.values() for levels in given for level in levels.values())


def use_target(path: Path) -> None:
    target = read_target(path, ATTRIBUTES)
    made = make_benchmark(kept_items(path.parent), NAMES, [target], ATTRIBUTES.levels)
    assert np.isfinite(made.by_label.distances).all()


def use_outputs(path: Path) -> None:
    (path.parent / "target.json").write_text(json.dumps(TARGET))
    target = read_target(path.parent / "target.json")
    score, error = score_outputs(read_outputs(path, NAMES), target)
    assert np.isnan(score.accuracy) or 0 <= score.accuracy <= 100
    assert np.isnan(error.mse) or 0 <= error.mse <= 1


def use_imported(path: Path) -> None:
    items = [item_from_json(one, "item") for one in ITEMS]
    rows = imported_predictions({None: match_items(read_entries(path), items)}, NAMES)
    checked_predictions(rows, [len(item.responses) for item in items], NAMES)


def use_settings(path: Path) -> None:
    read_settings(Settings, os.fsdecode(path.read_bytes()))


def use_times(path: Path) -> None:
    assert read_csv(path, ["s"], ["s"], separator="\t")["s"].sum() < 1e400


def use_mic(path: Path) -> None:
    split_parts(load_mic(path), read_attributes(attribute_file("mic")), PROTOCOLS["published"])


def use_helpsteer2(path: Path) -> None:
    (path.parent / "validation.jsonl.gz").write_bytes(HELPSTEER2)
    split_parts(load_helpsteer2(path.parent, ATTRIBUTES, PROTOCOLS["corrected"]), ATTRIBUTES, PROTOCOLS["corrected"])


def use_attributes(path: Path) -> None:
    attributes = read_attributes(path)
    for name in attributes.names:
        assert attributes.phrase(name, 0.4) in attributes.sentence(name, 0.4)


def use_scores(path: Path) -> None:
    for table in score_tables("toy", read_scores([path]), Names()):
        assert table.text("csv") and table.text("md")


def use_examples(path: Path) -> None:
    items = kept_items(path.parent)
    shots = read_examples(path, items, items, ATTRIBUTES, PUBLISHED)
    ComparativeRegression(few_shot=FewShot()).queries(Task(items, ATTRIBUTES, train=items, shots=shots))


def use_similarities(path: Path) -> None:
    items = kept_items(path.parent)
    read_comparison(path, items, items, NAMES)


def use_predictions(path: Path) -> None:
    items, predictions = kept_items(path.parent), read_predictions(path)
    (path.parent / "target_high.json").write_text(json.dumps(TARGET))
    target = read_target(path.parent / "target_high.json")
    made = make_benchmark(items, NAMES, [target])
    for entry in samples(predictions, made):
        assert entry.levels().shape[:2] == (3, 2)
    decide({"adm": "a"}, items, predictions, [target], path.parent)
    error = float(read_csv(path.parent / "scores.csv", ["mse"], ["mse"])["mse"][0])
    assert np.isnan(error) or 0 <= error <= 1


def use_decisions(path: Path) -> None:
    items = kept_items(path.parent)
    (path.parent / "target_high.json").write_text(json.dumps(TARGET))
    read_picks(path, make_benchmark(items, NAMES, [read_target(path.parent / "target_high.json")]))


def use_references(path: Path) -> None:
    reproduction_rows(read_reference_numbers(path), "mic", [], 5)


def use_statistics(table: str, path: Path) -> None:
    found = read_statistics(path.parent, table)
    assert plain_table(table, "caption", found, Names()).text("html")
    if table == "accuracy":
        for form in (by_experiment, by_model):
            tables = {
                name: pandas.DataFrame(columns=STATISTICS[name]) for name in ("comparisons", "between_experiments")
            }
            made = form(table, "caption", {**tables, "accuracy": found}, list(found["target_set"].unique()), Names())
            assert made.text("md") and made.text("tex") and made.text("csv").strip()


def use_journal(path: Path) -> None:
    for line in path.read_bytes().splitlines(keepends=True):
        if (record := decode_record(line)) is None:
            raise UserError("the line is skipped")
        assert decode_record(encode_record(record)) == record


def helpsteer2_row(prompt: str, response: str, rating: int) -> dict[str, Any]:
    return {"prompt": prompt, "response": response, **dict.fromkeys(NAMES, rating)}


HELPSTEER2 = gzip.compress(
    b"\n".join(json_bytes(helpsteer2_row(f"{place // 2}", f"r{place}", place % 5)) for place in range(20))
)
PREDICTIONS = [
    prediction(one, response, 0.25 * sample, attribute=name, sample=sample)
    for one in range(3)
    for response in range(2)
    for name in NAMES
    for sample in range(2)
]
MIC_ROW = {"Q": "Why?", "A": "So.", "rot": "Be kind.", "moral-vector": str([1.0] * 6), "A_agrees": 2}
SETTINGS = {
    **{"seed": 0, "protocol": "published", "prompts": None, "adm": {"kind": "regression", "reasoning": "none"}},
    **{"decoding": {"samples": 2, "temperature": 0.7}, "model": {"id": "script", "engine": "scripted"}},
}
GENERATION: dict[str, Any] = {entry.name: "a" if entry.type is str else 1 for entry in fields(Generation)}
SCORES = [dict.fromkeys(KEYS, "a") | dict.fromkeys(MEASURES, 1) | {"target": name} for name in ("target_high", "b")]
TABLES = ("accuracy", "reproduction")
REFERENCES = ["source", "dataset", "adm", "target_set", "measure", "value"]


def mic_rows() -> Iterator[dict[str, Any]]:
    """Questions with an answer at each level, and one that is neutral."""
    for level in range(7):
        yield MIC_ROW | {"Q": f"{level}", "A": "neutral", "A_agrees": 1}
        for place in range(3):
            agrees = 1 if place >= abs(level - 3) else 2 if level > 3 else 0
            yield MIC_ROW | {"Q": f"{level}", "A": "a", "A_agrees": agrees}


def readers() -> Iterator[Reader]:
    yield Reader("items.json", json_bytes(ITEMS), use_items, json_changed)
    yield Reader("target.json", json_bytes({**TARGET, NAMES[0]: {"level": 1, "weight": 2}}), use_target, json_changed)
    output = {"selected_response_index": 1, "choice_info": {"predictions": [TARGET, TARGET]}}
    outputs = [{"input": one, "output": output} for one in ITEMS]
    yield Reader("input_output.json", json_bytes(outputs), use_outputs, json_changed)
    votes = {"selected_response_index": 1, "choice_info": {"selected_response_index_sample_counts": [[1, 2], [0, 2]]}}
    imported = [{"input": one, "output": votes} for one in ITEMS]
    yield Reader("votes.json", json_bytes(imported), use_imported, json_changed)
    choices = [
        {
            "input": {"state": one["prompt"], "choices": [{"unstructured": text} for text in one["responses"]]},
            "choice_info": {"predicted_kdma_values": {text: {NAMES[0]: [0.5, 1]} for text in one["responses"]}},
            "output": {"choice": 0, "action": {"justification": "so"}},
        }
        for one in ITEMS
    ]
    yield Reader("align_system.json", json_bytes(choices), use_imported, json_changed)
    yield Reader("settings.json", json_bytes(SETTINGS), use_settings, json_changed)
    yield Reader("train.jsonl.gz", HELPSTEER2, use_helpsteer2, json_lines_changed)
    ratings = [{"prompt": prompt, "response": text, **dict.fromkeys(RATED, (4, 2))} for prompt, text in ("px", "qy")]
    lines = gzip.compress("".join(f"{json.dumps(row)}\n" for row in ratings).encode())
    yield Reader("disagreements.jsonl.gz", lines, use_ratings, json_lines_changed)
    annotated = [[[TARGET, dict.fromkeys(NAMES, 0.5)] for _ in one["responses"]] for one in ITEMS]
    yield Reader("annotations.json", json_bytes(annotated), use_annotations, json_changed)
    yield Reader("attributes.yaml", Path(ATTRIBUTE_FILE).read_bytes(), use_attributes, yaml_changed)
    yield Reader("MIC.csv", csv_bytes(list(MIC_ROW), *mic_rows()), use_mic, csv_changed)
    yield Reader("scores.csv", csv_bytes(KEYS + MEASURES, *SCORES), use_scores, csv_changed)
    shots = [
        {"item": place, "attribute": NAMES[0], "order": "", "train_item": (place + 1) % 3, "rank": 0}
        for place in range(3)
    ]
    yield Reader("examples.csv", csv_bytes(COLUMNS, *shots), use_examples, csv_changed)
    reference = {"dataset": "mic", "measure": "accuracy", "value": 50.5}
    other = {**reference, "measure": "mse", "value": 0.5}
    yield Reader("references.csv", csv_bytes(REFERENCES, reference, other), use_references, csv_changed)
    for table in TABLES:
        rows = [{"experiment": name} for name in "ab"]
        yield Reader(f"{table}.csv", csv_bytes(STATISTICS[table], *rows), partial(use_statistics, table), csv_changed)
    times = csv_bytes(["s", "h:m:s"], {"s": 1.5}, separator="\t")
    yield Reader("predict.tsv", times, use_times, partial(csv_changed, separator="\t"))
    table = pa.Table.from_pandas(prediction_table(PREDICTIONS))
    yield Reader("predictions.parquet", parquet_bytes(table), use_predictions, parquet_changed)
    decisions = pa.table({"target": ["target_high"] * 3, "item": [0, 1, 2], "response": [0, 1, 1]})
    yield Reader("decisions.parquet", parquet_bytes(decisions), use_decisions, parquet_changed)
    yield Reader("similarity.npy", matrix_bytes(np.full((3, 3), 0.5)), use_similarities, matrix_changed)
    record = encode_record(Record(Generation(**GENERATION), {"question": "a"}))
    yield Reader("journal.jsonl", record, use_journal, journal_changed)


def outcome(reader: Reader, content: bytes, folder: Path) -> str | None:
    """The message about a file, None if it is accepted; anything but a result or a message fails."""
    path = folder / reader.file
    path.write_bytes(content)
    try:
        reader.read(path)
    except UserError as error:
        text = str(error)
        assert len(text) <= LONGEST_MESSAGE + 100
        assert text.isprintable()
        return text
    return None


@pytest.mark.parametrize("reader", list(readers()), ids=lambda reader: str(reader.file))
def test_a_damaged_file_is_a_result_or_one_line(reader: Reader, tmp_path: Path) -> None:
    assert outcome(reader, reader.content, tmp_path) is None
    draw = random.Random(reader.file)
    refused = 0
    for number in range(MUTATIONS):
        for change in (bytes_changed, reader.change):
            content = change(draw, reader.content)
            try:
                refused += outcome(reader, content, tmp_path) is not None
            except Exception as error:
                error.add_note(f"{reader.file}, mutation {number} by {change}: {content[:3000]!r}")
                raise
    assert refused > MUTATIONS / 10
