"""Tables of the scores, against values worked by hand."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pluralism.decisions.score_files import read_scores
from pluralism.errors import UserError
from pluralism.reporting.tables.scores import score_tables
from pluralism.reporting.tables.table import Table
from pluralism.study.names import AdmName, Names
from pluralism.targets.sets import target_sets
from tests.conftest import Run

HEADER = "dataset,experiment,adm,target,n_scored,n_tied,accuracy,alignment_score,mse,mae"
ROWS = """\
mic,llama,proposed_spm,target_low,8,2,50.0,70.0,0.1,0.2
mic,llama,proposed_spm,target_high,9,1,60.0,80.0,0.1,0.2
mic,llama,proposed_spm,sampled/10attributes_target00,4,6,10.0,20.0,0.1,0.2
mic,llama,proposed_spm,sampled/2attributes_target00,10,0,40.0,60.0,0.1,0.2
mic,llama,proposed_spm,sampled/2attributes_target01,5,5,70.0,90.5,0.1,0.2
mic,llama,proposed_spm,sampled/2attributes_target02,0,10,,,0.1,0.2
mic,llama,kaleido,target_high,9,1,33.3333,44.4444,,
mic,llama,regression,custom/mine,7,3,12.5,25.0,,
mic,random,random,target_high,9,1,20.0,30.0,,
mic,llama,proposed_spm,doses/care_0.17,10,0,99.0,99.0,0.1,0.2
"""


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(f"{HEADER}\n{ROWS}")
    return path


NAMES = Names(adms=(AdmName(name="regression", label="Regression"), AdmName(name="proposed_spm", label="Proposed")))


@pytest.fixture
def tables(scores: Path) -> list[Table]:
    return score_tables("mic_scores", read_scores([scores]), NAMES)


def test_a_row_per_adm_and_columns_per_target_set(tables: list[Table]) -> None:
    table = pd.read_csv(StringIO(tables[0].text("csv")))
    rows = [("llama", "regression"), ("llama", "proposed_spm"), ("llama", "kaleido"), ("random", "random")]
    assert list(zip(table["experiment"], table["adm"], strict=True)) == rows
    sets = ["high", "low", "sampled_2", "sampled_10", "custom/mine"]
    assert [name for name in map(str, table) if name.endswith("_accuracy")] == [f"{name}_accuracy" for name in sets]
    (proposed,) = table[table["adm"] == "proposed_spm"].to_dict("records")
    assert [proposed[f"{name}_accuracy"] for name in sets[:4]] == [60, 50, 55, 10]
    # The third target of the set has no scored item: it counts, but not in the means.
    measures = ["n_targets", "alignment_score", "n_scored", "n_tied"]
    assert [proposed[f"sampled_2_{measure}"] for measure in measures] == [3, 75.25, 15, 15]
    assert all(np.isnan(proposed[f"custom/mine_{measure}"]) for measure in measures)


def test_markdown_says_the_same_and_bears_the_note(tables: list[Table]) -> None:
    text = "\n".join(table.text("md", "a toy") for table in tables)
    proposed = [line.replace(" ", "") for line in text.splitlines() if "Proposed" in line]
    assert proposed == [
        "||Proposed|60.0|50.0|55.0|10.0|-|",
        "||Proposed|80.0|70.0|75.2|20.0|-|",
        "||Proposed|9/1|8/2|15/15|4/6|-|",
    ]
    assert text.endswith("\n*a toy*\n")
    assert "high 1, low 1, sampled_2 3, sampled_10 1, custom/mine 1" in text


def test_the_terminal_shows_one_table_per_dataset_within_100_columns(
    pluralism: Run, scores: Path, tmp_path: Path
) -> None:
    longest = "zeroshot_comparative_regression"
    targets = ["target_high", "target_low", *(f"sampled/{k}attributes_target00" for k in range(1, 7))]
    rows = [f"other,sampling_llama_70b,{longest},{target},9,1,100,100,," for target in targets]
    (tmp_path / "other.csv").write_text("\n".join([HEADER, *rows]))
    result = pluralism("scores", scores, "other.csv")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split(":")[0] for line in lines if ": accuracy" in line] == ["mic", "other"]
    shown = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert shown["proposed_spm"] == ["60.0", "50.0", "55.0", "10.0", "80.0", "70.0"]
    assert shown[longest] == ["100.0"] * 10


def test_a_number_of_attributes_without_end_is_a_name() -> None:
    assert target_sets([f"sampled/{'9' * 5000}attributes_target00"]) == [f"sampled/{'9' * 5000}attributes_target00"]


def test_sets_are_ordered_by_number_and_not_by_letter() -> None:
    targets = ["custom/b", "sampled/10attributes_target00", "target_low", "sampled/9attributes_target01", "target_high"]
    assert target_sets(targets) == ["high", "low", "sampled_9", "sampled_10", "custom/b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty, expected a row of column names"),
        (HEADER, "holds no scores"),
        (HEADER.replace(",accuracy", "") + "\n", "the column accuracy is missing"),
        (HEADER + "\n" + ROWS + ROWS, "scored more than once: mic, llama, proposed_spm, target_low"),
        (HEADER + "\n" + ROWS.replace("33.3333", "101"), "row 8: accuracy is 101, expected a number from 0 to 100"),
        (HEADER + "\n" + ROWS.replace("33.3333", "inf"), "row 8: accuracy is 'inf', expected a number"),
        (HEADER + "\n" + ROWS.replace("33.3333", "many"), "row 8: accuracy is 'many', expected a number"),
        *(
            (HEADER + "\n" + ROWS.replace("33.3333", text), f"row 8: accuracy is '{text}', expected a number")
            for text in ("1_0", "nan", "\uff11", "0x1")
        ),
    ],
)
def test_faults_in_the_scores_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "scores.csv").write_text(text)
    with pytest.raises(UserError, match=f"scores.csv: {message}"):
        read_scores([tmp_path / "scores.csv"])
