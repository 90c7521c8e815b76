"""A number that is lost, infinite or out of range stops in one line, wherever it comes from; none is left out."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from pluralism.datasets.items import Item
from pluralism.decisions.deciding import decide
from pluralism.decisions.score_files import read_scores
from pluralism.decisions.selection import level_array
from pluralism.engines.kinds.scripted import ScriptedEngine
from pluralism.engines.models import LanguageModel
from pluralism.errors import UserError
from pluralism.inference.answering import answer_requests
from pluralism.inference.journal import Journal
from pluralism.predictions import (
    COLUMNS,
    Prediction,
    checked_predictions,
    read_predictions,
    write_predictions,
)
from pluralism.reporting.tables.catalogue import PAPER_SOURCES
from pluralism.reporting.tables.statistics import paper_tables
from pluralism.requests import AnyRequest, Generation, RewardRequest
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.reading import CellSource, read_cell
from pluralism.statistics.stored import read_statistics
from pluralism.study.names import Names
from tests.statistics_cases import HIGH, LOW, prediction, statistics_table

NAN, INF = math.nan, math.inf
GOOD = [prediction(0, response, 0.5, sample=sample) for response in (0, 1) for sample in (0, 1)]
PLACE = "row 2: item 0, response 1, care, sample 0"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *(
            ({"score": score}, f"score is {score}, expected a number from 0 to 1")
            for score in (NAN, INF, -INF, 1.7, -1e-9)
        ),
        *(({"score": np.float32(score)}, f"score is {score}, expected a number") for score in (NAN, INF, 2.5)),
        *(({"score": score}, f"score is {score!r}, expected a number") for score in (None, True, "0.5", 1 + 0j)),
        ({"score": np.array([0.5])}, "score is array([0.5]), expected a number"),
        *(({"spread": spread}, f"spread is {spread}, expected") for spread in (NAN, INF, -0.1, 0.51, True)),
    ],
)
def test_what_an_adm_predicts_is_a_number_in_range_and_the_line_says_of_what(
    changes: dict[str, Any], message: str
) -> None:
    rows = [*GOOD[:2], replace(GOOD[2], **changes), GOOD[3]]
    with pytest.raises(UserError) as fault:
        checked_predictions(rows, [2], ["care"])
    assert str(fault.value).startswith(f"{PLACE}: {message}")


def test_the_line_names_the_target_of_a_target_bound_adm() -> None:
    rows = [prediction(0, response, 2.0 * response, attribute=None, target="target_high") for response in (0, 1)]
    with pytest.raises(
        UserError, match=r"row 1: item 0, response 1, target_high, sample 0: score is 2.0, expected 1 for"
    ):
        checked_predictions(rows, [2], ["care"])


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, np.int64, np.int8, int, float])
def test_numbers_of_numpy_are_numbers(kind: Any) -> None:
    rows = [replace(row, score=kind(row.response), spread=kind(0)) for row in GOOD]
    checked_predictions(rows, [2], ["care"])


@pytest.mark.parametrize("score", [NAN, INF, 1.7, None])
def test_a_bad_score_in_a_file_of_predictions_stops_whoever_reads_it(tmp_path: Path, score: float | None) -> None:
    rows = [*GOOD[:2], replace(GOOD[2], score=score), GOOD[3]]  # type: ignore[arg-type]
    path = tmp_path / "predictions.parquet"
    pa.parquet.write_table(pa.table({name: [getattr(row, name) for row in rows] for name in COLUMNS}), path)
    found = "nan" if score is None else score
    with pytest.raises(UserError) as fault:
        read_predictions(path)
    assert str(fault.value) == f"{path}: {PLACE}: score is {found}, expected a number from 0 to 1"


TWO = [replace(row, attribute=name) for name in ("care", "calm") for row in GOOD]
PICKS = [
    prediction(0, response, response, attribute=None, sample=sample) for response in (0, 1) for sample in (0, 1, 2)
]
BOUND = [replace(row, target=name) for name in ("target_high", "target_low") for row in PICKS]
HELD = [Item("p", ("a", "b"), ({"care": 1.0, "calm": 0.5}, {"care": 0.0, "calm": 0.5}))]
TARGETS = [HIGH, LOW]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (GOOD[:-1], "a response of item 0 lacks a score"),
        (TWO[:-2], "a response of item 0 lacks a score"),
        (
            [row for row in TWO if (row.attribute, row.sample) != ("calm", 1)],
            "item 0 has no sample 1 of calm, expected",
        ),
        (
            [row for row in TWO if (row.attribute, row.sample) != ("care", 0)],
            "item 0 has no sample 0 of care, expected",
        ),
        ([row for row in PICKS if row.sample != 1], "item 0 has no sample 1, expected each from 0 to 2"),
        (
            [replace(row, sample=3 * (row.sample > 0)) for row in PICKS if row.sample != 1],
            "item 0 has no sample 1, expected each from 0 to 3",
        ),
        (
            [*PICKS[:3], *(replace(row, score=0) for row in PICKS[3:4]), *PICKS[4:]],
            "a sample of item 0 does not pick one",
        ),
        ([replace(row, sample=2) for row in GOOD[::2]], "sample 2 of 2 rows, expected samples that count from 0"),
        ([*GOOD, *(replace(row, sample=2**31) for row in GOOD[::2])], f"sample {2**31} of 6 rows, expected samples"),
        (
            [row for row in BOUND if (row.target, row.sample) != ("target_low", 1)],
            "item 0 has no sample 1 of target_low, expected each from 0 to 2",
        ),
    ],
)
def test_a_score_that_is_not_there_stops_decisions_and_statistics(
    tmp_path: Path, rows: list[Prediction], message: str
) -> None:
    path, made = tmp_path / "predictions.parquet", make_benchmark(HELD, ["care", "calm"], TARGETS)
    write_predictions(rows, path)
    with pytest.raises(UserError, match=f"^predictions: {re.escape(message)}"):
        decide({}, HELD, read_predictions(path), TARGETS, tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["predictions.parquet"]
    with pytest.raises(UserError, match=f"^{re.escape(f'{path}: {message}')}"):
        read_cell(CellSource(tmp_path), made)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (PICKS, "item 1 has no prediction"),
        (TWO, "item 1 has no prediction of calm"),
        ([*TWO, *(replace(row, item=1) for row in TWO if row.attribute == "calm")], "item 1 has no prediction of care"),
        ([*TWO, *(replace(row, item=1) for row in TWO if row.attribute == "care")], "item 1 has no prediction of calm"),
        ([*BOUND, *(replace(row, item=1) for row in BOUND if row.target == "target_low")], "item 1 has no prediction"),
    ],
)
def test_an_item_without_any_score_is_named(rows: list[Prediction], message: str) -> None:
    with pytest.raises(UserError) as fault:
        checked_predictions(rows, [2, 2], ["care", "calm"])
    assert str(fault.value) == message


def test_items_may_differ_in_their_samples_and_targets_too(tmp_path: Path) -> None:
    items = [HELD[0], HELD[0]]
    more = [replace(row, item=1, sample=sample) for row in PICKS[:1] + PICKS[3:4] for sample in range(6)]
    write_predictions([*PICKS, *more], tmp_path / "predictions.parquet")
    decide({"dataset": "d"}, items, read_predictions(tmp_path / "predictions.parquet"), TARGETS, tmp_path)
    (entry,) = read_cell(CellSource(tmp_path), make_benchmark(items, ["care", "calm"], TARGETS)).samples
    assert (~np.isnan(entry.scores[:, :, 0, 0])).sum(axis=0).tolist() == [3, 6]


def test_no_level_of_nan_is_taken_for_a_response_that_an_item_does_not_have() -> None:
    levels = [[{"care": 1.0}] * 3, [{"care": 0.5}, {"care": NAN}]]
    with pytest.raises(UserError, match="item 1, response 1: care is nan, expected a level"):
        level_array(levels, ["care"])
    assert np.isnan(level_array([levels[0], levels[1][:1]], ["care"])[..., 0]).tolist() == [
        [False] * 3,
        [False, True, True],
    ]


HEADER = "dataset,experiment,adm,target,n_scored,n_tied,accuracy,alignment_score,mse,mae\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("9,1,,80,,", "accuracy is '', expected a number: 9 items are scored"),
        ("9,1,60,,,", "alignment_score is '', expected a number: 9 items are scored"),
        ("0,10,60,,,", "accuracy is 60, expected none: 0 items are scored"),
        ("9,1,60,80,0.1,", "expected both of mse and mae, or none"),
        (",1,60,80,,", "n_scored is nan, expected a whole number from 0 on"),
        ("9.5,1,60,80,,", "n_scored is 9.5, expected a whole number from 0 on"),
        ("9,1,nan,80,,", "accuracy is 'nan', expected a number"),
        ("9,1,1e999,80,,", "accuracy is '1e999', expected a number"),
        ("9,1,170,80,,", "accuracy is 170, expected a number from 0 to 100"),
        ("9,1,60,100.5,,", "alignment_score is 100.5, expected a number from 0 to 100"),
        ("2147483649,1,60,80,,", "n_scored is 2.14748e+09, expected a whole number from 0 on"),
        ("9,1,60,80,-1,0.1", "mse is -1, expected a number from 0 on"),
    ],
)
def test_a_score_that_is_lost_or_impossible_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(f"{HEADER}d,e,a,good,9,1,60,80,0.1,0.2\nd,e,a,t,{row}\n")
    with pytest.raises(UserError, match=re.escape(f"{path}: row 3: {message}")):
        read_scores([path])


def test_scores_of_several_files_are_rows_of_one_table_and_none_is_there_twice_or_without_a_name(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text(f"{HEADER}d,e,{path.stem},t,2147483648,1,60,80,,\nd,e,{path.stem},u,9,1,60,80,,\n")
    assert read_scores(paths).index.tolist() == [0, 1, 2, 3]
    with pytest.raises(UserError, match="scored more than once: d, e, a, t"):
        read_scores([*paths, paths[0]])
    paths[1].write_text(f"{HEADER}d,e,b,t,9,1,60,80,,\nd,,b,u,9,1,60,80,,\n")
    with pytest.raises(UserError, match="row 3: experiment is empty"):
        read_scores(paths)


def test_a_target_that_scores_no_item_has_no_accuracy(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(f"{HEADER}d,e,a,t,0,10,,,,\n")
    assert read_scores([path])["accuracy"].isna().tolist() == [True]


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        ("accuracy", {"accuracy": 170}, "accuracy is 170, expected 0 to 100"),
        ("accuracy", {"accuracy": None}, "accuracy is '', expected a number, as n_scored is above 0"),
        ("accuracy", {"accuracy": INF}, "accuracy is 'inf', expected a number"),
        ("accuracy", {"n_scored": None}, "n_scored is '', expected a whole number from 0 on"),
        ("accuracy", {"n_scored": 2.5}, "n_scored is 2.5, expected a whole number from 0 on"),
        ("accuracy", {"n_scored": -1}, "n_scored is -1, expected a whole number from 0 on"),
        ("accuracy", {"steering_error": 1.5}, "steering_error is 1.5, expected 0 to 1"),
        ("comparisons", {"p_holm": -0.1}, "p_holm is -0.1, expected 0 to 1"),
        ("comparisons", {"difference": None}, "difference is '', expected a number, as n_scored is above 0"),
        ("levels", {"mse": -1}, "mse is -1, expected a number from 0 on"),
        ("levels", {"spearman": 1.1}, "spearman is 1.1, expected -1 to 1"),
        ("flips", {"flipped": 2}, "flipped is 2, expected 0 to 1"),
        ("variance", {"n": -0.5}, "n is -0.5, expected a number from 0 on"),
    ],
)
def test_a_statistic_that_is_lost_or_impossible_is_named(
    tmp_path: Path, table: str, changes: dict[str, float | None], message: str
) -> None:
    good = dict.fromkeys(("accuracy", "alignment_score", "steering_error", "mse", "mae", "flipped", "difference"), 1)
    rows = [{**good, "n": 5, "n_scored": 5}, {**good, "n": 5, "n_scored": 5, **changes}]
    statistics_table(table, rows).to_csv(tmp_path / f"{table}.csv", index=False)
    with pytest.raises(UserError, match=re.escape(f"{table}.csv: row 3: {message}")):
        read_statistics(tmp_path, table)


def test_n_of_a_source_of_variance_is_a_mean_where_items_differ_in_it(tmp_path: Path) -> None:
    statistics_table("variance", [{"n": 1.5, "share": 0.2}]).to_csv(tmp_path / "variance.csv", index=False)
    assert read_statistics(tmp_path, "variance")["n"].tolist() == [1.5]


def test_statistics_at_the_ends_of_their_ranges_and_rows_with_a_note_are_read(tmp_path: Path) -> None:
    rows = [
        {"n": count, "mse": error, "mae": error, "spearman": rank} for count, error, rank in ((1, 0, -1), (2, 0.5, 1))
    ]
    statistics_table("levels", rows).to_csv(tmp_path / "levels.csv", index=False)
    assert read_statistics(tmp_path, "levels")["mse"].tolist() == [0, 0.5]
    statistics_table("levels", [{"n": 1, "mse": None, "mae": 0}]).to_csv(tmp_path / "levels.csv", index=False)
    with pytest.raises(UserError, match="row 2: mse is '', expected a number, as n is above 0"):
        read_statistics(tmp_path, "levels")
    for note in ("no two models", ""):
        row = {"factor": "model", "n_scored": None, "note": note}
        statistics_table("typical_differences", [row]).to_csv(tmp_path / "typical_differences.csv", index=False)
        if note:
            assert read_statistics(tmp_path, "typical_differences")["note"].tolist() == [note]
    with pytest.raises(UserError, match="row 2: n_scored is '', expected a whole number from 0 on"):
        read_statistics(tmp_path, "typical_differences")


class Wrong(ScriptedEngine):
    """Gives the rewards of its texts, as they are written."""

    def generate(self, requests: Sequence[AnyRequest]) -> Iterator[Sequence[Generation]]:
        """All at once."""
        yield [
            replace(self._answer(request), text=f'{{"rewards": [{request.response}]}}')
            for request in requests
            if isinstance(request, RewardRequest)
        ]


@pytest.mark.parametrize("reward", ["NaN", "Infinity", "1e999", "null"])
def test_an_answer_of_an_engine_that_is_no_number_stops_and_the_others_are_kept(tmp_path: Path, reward: str) -> None:
    engine = Wrong(LanguageModel(id="script", engine="scripted"))
    with Journal(tmp_path / "j.jsonl") as journal:
        with pytest.raises(UserError) as fault:
            answer_requests([RewardRequest("p", reward), RewardRequest("p", "0.5")], engine, journal)
        assert str(fault.value).startswith("an answer of the engine does not fit its question: ")
        assert reward in str(fault.value)
        assert [record.generation.text for record in journal.records.values()] == ['{"rewards": [0.5]}']


def test_seconds_that_are_not_there_are_no_0(tmp_path: Path) -> None:
    for name in PAPER_SOURCES:
        rows = [{"experiment": "e", "adm": "a", "target_set": "high"}] if name in ("accuracy", "cost") else []
        statistics_table(name, rows).to_csv(tmp_path / f"{name}.csv", index=False)
    times = tmp_path / "benchmarks" / "e" / "a" / "answers.tsv"
    times.parent.mkdir(parents=True)
    times.write_text("s\th:m:s\n\t0:00:12\n")
    with pytest.raises(UserError, match=r"e/a/answers.tsv: row 2: s is '', expected a number"):
        list(paper_tables(tmp_path, Names(), dataset="d", benchmarks=tmp_path / "benchmarks"))
