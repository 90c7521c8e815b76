"""MIC.csv -> items."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluralism.datasets.formats.mic import ATTRIBUTES, Annotation, labels_of, load_mic, parse_vector, reasonings_of
from pluralism.errors import UserError
from pluralism.protocols import CORRECTED, PUBLISHED
from tests.conftest import Run, error_line

HEADER = ["Q", "A", "rot", "moral-vector", "A_agrees"]
CARE = "[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]"
CARE_AND_SANCTITY = "[1, 0, 0, 0, 0, 1]"


def write_csv(path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    """Write rows as CSV, every cell quoted."""
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header, *rows]]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_label_counts_the_first_three_rows_of_an_answer() -> None:
    def row(agreement: int, vector: tuple[float, ...]) -> Annotation:
        return Annotation("a rule", vector, agreement)

    care, care_and_sanctity = (1.0, 0, 0, 0, 0, 0), (1.0, 0, 0, 0, 0, 1.0)
    labels = labels_of([row(1, care), row(1, care_and_sanctity), row(-1, care)])
    assert labels == {"care": 0.67, "fairness": 0.5, "liberty": 0.5, "loyalty": 0.5, "authority": 0.5, "sanctity": 0.67}


def test_the_fourth_row_of_an_answer_does_not_count(tmp_path: Path) -> None:
    rows = [["Why?", "Yes", "r", CARE, "2"]] * 3 + [["Why?", "Yes", "r", CARE, "0"], ["Why?", "No", "r", CARE, "0"]]
    (item,) = load_mic(write_csv(tmp_path / "MIC.csv", rows))
    assert [labels["care"] for labels in item.labels] == [1.0, 0.33]


def test_questions_ascend_and_answers_come_by_first_appearance(tmp_path: Path) -> None:
    rows = [
        ["b?", "second", "r", CARE, "1"],
        ["a?", "z", "r", CARE, "1"],
        ["b?", "first", "r", CARE, "1"],
        ["a?", "y", "r", CARE, "1"],
        ["b?", "second", "r", CARE, "1"],
    ]
    items = load_mic(write_csv(tmp_path / "MIC.csv", rows))
    assert [(item.prompt, item.responses) for item in items] == [("a?", ("z", "y")), ("b?", ("second", "first"))]


def test_a_question_with_one_answer_or_a_missing_agreement_is_left_out(tmp_path: Path) -> None:
    rows = [
        ["one answer?", "yes", "r", CARE, "1"],
        ["one answer?", "yes", "r", CARE, "2"],
        ["missing?", "yes", "r", CARE, ""],
        ["missing?", "no", "r", CARE, "2"],
        ["kept?", "yes", "r", CARE, "1"],
        ["kept?", "no", "r", CARE, "2"],
    ]
    assert [item.prompt for item in load_mic(write_csv(tmp_path / "MIC.csv", rows))] == ["kept?"]


@pytest.mark.parametrize("two", ["2", "2.0", '"2"', " 2 "])
def test_numbers_may_arrive_as_integers_floats_or_quoted(tmp_path: Path, two: str) -> None:
    rows = [["q", "a", "r", CARE, two], ["q", "b", "r", "['1', '0', 0, 0, 0, 0.0]", "0.0"]]
    (item,) = load_mic(write_csv(tmp_path / "MIC.csv", rows))
    assert [labels["care"] for labels in item.labels] == [0.67, 0.33]


def test_an_answer_that_reads_like_a_missing_value_is_text(tmp_path: Path) -> None:
    rows = [["None", "NA", "r", CARE, "1"], ["None", "null", "r", CARE, "2"]]
    (item,) = load_mic(write_csv(tmp_path / "MIC.csv", rows), CORRECTED)
    assert (item.prompt, item.responses) == ("None", ("NA", "null"))


@pytest.mark.parametrize(
    ("rows", "answers"),
    [
        ([["q", "None", "r", CARE, "1"], ["q", "yes", "r", CARE, "1"]], None),
        ([["q", "none", "r", CARE, "1"], ["q", " NA", "r", CARE, "1"]], ("none", " NA")),
        ([["NA", "a", "r", CARE, "1"], ["NA", "b", "r", CARE, "1"]], None),
        ([["q", a, "r", CARE, "1"] for a in ("a", "n/a", "b")], ("a", "b")),
        ([["q", a, "r", CARE, agrees] for a, agrees in (("a", "1"), ("null", "NaN"), ("b", "1"))], None),
        ([["q", a, "r", CARE, agrees] for a, agrees in (("a", "1"), ("b", "#N/A"))], None),
    ],
)
def test_published_takes_for_missing_what_pandas_does(
    tmp_path: Path, rows: list[list[str]], answers: tuple[str, ...] | None
) -> None:
    kept = [["kept?", answer, "r", CARE, "1"] for answer in "ab"]
    items = load_mic(write_csv(tmp_path / "MIC.csv", rows + kept), PUBLISHED)
    assert [item.responses for item in items if item.prompt != "kept?"] == ([answers] if answers else [])


def test_published_an_answer_without_text_still_needs_its_agreement(tmp_path: Path) -> None:
    rows = [["q", "a", "r", CARE, "1"], ["q", "", "r", CARE, ""], ["q", "b", "r", CARE, "1"]]
    path = write_csv(tmp_path / "MIC.csv", [*rows, *([f"kept {a}?", b, "r", CARE, "1"] for a in "xy" for b in "ab")])
    assert [item.prompt for item in load_mic(path, PUBLISHED)] == ["kept x?", "kept y?"]
    assert [item.prompt for item in load_mic(path, CORRECTED)] == ["kept x?", "kept y?", "q"]


def test_text_with_quotes_commas_and_line_breaks_arrives_whole(tmp_path: Path) -> None:
    question, answer = 'Say "hello",\nor not?', "No, I\nwon't"
    rows = [[question, answer, "r", CARE, "1"], [question, "Yes", "r", CARE, "1"]]
    (item,) = load_mic(write_csv(tmp_path / "MIC.csv", rows))
    assert (item.prompt, item.responses[0]) == (question, answer)


def test_a_reasoning_names_the_rules_that_bear_the_attribute(tmp_path: Path) -> None:
    care = (1.0, 0, 0, 0, 0, 0)
    reasonings = reasonings_of(
        [
            Annotation("Be kind.", care, 1),
            Annotation("Stay out of it.", care, -1),
            Annotation("Wash.", (0, 0, 0, 0, 0, 1.0), 0),
        ]
    )
    assert reasonings["care"] == 'The response agrees with "Be kind." and disagrees with "Stay out of it.".'
    assert reasonings["sanctity"] == "The response is neutral on sanctity."


def test_published_a_reasoning_is_a_sentence_per_rule_as_it_stands_in_the_file(tmp_path: Path) -> None:
    """In the order of the rows, of the first three; a rule that pandas takes for missing reads nan."""
    rows = [
        ["q", "a", " Be  kind.\n", CARE_AND_SANCTITY, "2"],
        ["q", "a", "Stay out of it", CARE, "0"],
        ["q", "a", "NA", CARE, "2"],
        ["q", "a", "The fourth.", CARE, "2"],
        ["q", "b", "Be calm.", CARE, "1"],
    ]
    (item,) = load_mic(write_csv(tmp_path / "MIC.csv", rows), PUBLISHED)
    assert item.reasonings is not None
    agrees, disagrees = (f"The response {verb} with the care rule of thumb:" for verb in ("agrees", "disagrees"))
    assert item.reasonings[0] == {
        "care": f"{agrees}  Be  kind.\n {disagrees} Stay out of it {agrees} nan ",
        "sanctity": "The response agrees with the sanctity rule of thumb:  Be  kind.\n ",
        **{name: f"The response is neutral with respect to {name}." for name in ATTRIBUTES[1:5]},
    }
    assert item.reasonings[1]["care"] == "The response is neutral with respect to care."


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (["q", "b", "r", CARE, "3"], "A_agrees", "3"),
        (["q", "b", "r", CARE, "1.5"], "A_agrees", "1.5"),
        (["q", "b", "r", CARE, "agrees"], "A_agrees", "agrees"),
        (["q", "b", "r", "[1, 0, 0]", "1"], "moral-vector", "[1, 0, 0]"),
        (["q", "b", "r", "care", "1"], "moral-vector", "care"),
        (["q", "b", "r", "", "1"], "moral-vector", ""),
        *(
            (["q", "b", "r", vector, "1"], "moral-vector", vector)
            for vector in (
                *("[5, 0, 0, 0, 0, 0]", "[-1, 0, 0, 0, 0, 0]", "[0.5, 0, 0, 0, 0, 0]", "[nan, 0, 0, 0, 0, 0]"),
                *("[0x1, 0, 0, 0, 0, 0]", "[0o1, 0b1, 0, 0, 0, 0]", "[[1], 0, 0, 0, 0, 0]", "[True, 0, 0, 0, 0, 0]"),
                *("[1, 0, 0, 0, 0, 0, 0]", "{1, 0, 0, 0, 0, 0}", "[1 0 0 0 0 0]", "[1,, 0, 0, 0, 0, 0]", "[care]"),
            )
        ),
    ],
)
def test_a_bad_value_stops_with_row_column_and_value(tmp_path: Path, row: list[str], column: str, value: str) -> None:
    path = write_csv(tmp_path / "MIC.csv", [["q", "a", "r", CARE, "1"], row])
    with pytest.raises(UserError) as fault:
        load_mic(path)
    assert f"row 3: {column} is '{value}'" in str(fault.value)


@pytest.mark.parametrize(
    "cell", [f"[{'9' * 5000}, 0, 0, 0, 0, 0]", "[" * 100_000, "-" * 100_000 + "1", "x" * 1_000_000]
)
def test_a_huge_cell_is_shortened_in_its_message(tmp_path: Path, cell: str) -> None:
    with pytest.raises(UserError, match="row 3: moral-vector is") as fault:
        load_mic(write_csv(tmp_path / "MIC.csv", [["q", "a", "r", CARE, "1"], ["q", "b", "r", cell, "1"]]))
    assert len(str(fault.value)) < 500


def test_an_answer_may_be_long(tmp_path: Path) -> None:
    rows = [["q", "word " * 100_000, "r", CARE, "1"], ["q", "b", "r", CARE, "1"]]
    assert len(load_mic(write_csv(tmp_path / "MIC.csv", rows))[0].responses[0]) == 500_000


HEAD, ROW = ",".join(HEADER), f'q,a,r,"{CARE}",1'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f'{HEAD}\n{ROW}\nq,a, or b,r,"{CARE}",1\n', "row 3 has 6 cells, expected 5 as in the header"),
        (f"{HEAD}\n0,{ROW}\n1,{ROW}\n", "row 2 has 6 cells, expected 5 as in the header"),
        (f"{HEAD}\n{ROW}\nq,b\n", "row 3 has 2 cells, expected 5 as in the header"),
        (f'{HEAD}\n{ROW}\nq,"b,r\n', "after row 2: not CSV: unexpected end of data"),
        (f"{HEAD}\n{ROW.replace('q', chr(0))}\n", "after row 1: not CSV: a character is NUL"),
        (f"{HEAD},Q\n{ROW},q\n", "the column Q is there 2 times, expected once"),
        (HEAD.replace(",", ";") + "\n" + ROW + "\n", "the column Q is missing; found: Q;A;rot;moral-vector;A_agrees"),
        (HEAD + "\n", "no question of 0 is kept, expected some with two distinct answers"),
        (f"{HEAD}\n{ROW}\n{ROW}\n", "no question of 1 is kept, expected some with two distinct answers"),
        (f'{HEAD}\n{ROW}\nq,b,r,"{CARE}",\n', "no question of 1 is kept"),
        ("", "the file is empty, expected a row of column names"),
    ],
)
def test_a_file_of_another_form_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "MIC.csv").write_text(content)
    with pytest.raises(UserError) as fault:
        load_mic(tmp_path / "MIC.csv")
    assert f"MIC.csv: {message}" in str(fault.value)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_named(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "MIC.csv").write_text(f"{HEAD}\n{ROW}\né", encoding=encoding)
    with pytest.raises(UserError, match="not UTF-8 text"):
        load_mic(tmp_path / "MIC.csv")


def test_line_ends_of_all_systems_an_index_column_and_a_mark_at_the_start_are_read(tmp_path: Path) -> None:
    other = ROW.replace(",a,", ",b,")
    for end in ("\n", "\r\n", "\r"):
        (tmp_path / "MIC.csv").write_bytes(f"\ufeff,{HEAD}{end}0,{ROW}{end}1,{other}{end}".encode())
        assert [item.responses for item in load_mic(tmp_path / "MIC.csv")] == [("a", "b")]


def test_a_bad_value_of_a_question_that_is_left_out_does_not_matter(tmp_path: Path) -> None:
    rows = [["single?", "a", "r", CARE, "7"], ["q", "a", "r", CARE, "1"], ["q", "b", "r", CARE, "1"]]
    assert len(load_mic(write_csv(tmp_path / "MIC.csv", rows))) == 1


def test_a_missing_column_is_named_and_nothing_is_written(tmp_path: Path, command: Run) -> None:
    path = write_csv(tmp_path / "MIC.csv", [["q", "a", "r", CARE]], HEADER[:-1])
    result = command("prepare_mic", "--raw", path, "--train", "train.json", "--eval", "eval.json")
    assert "the column A_agrees is missing" in error_line(result)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["MIC.csv"]


def test_a_folder_that_cannot_be_written_is_one_line_and_so_is_one_in_place_of_a_file(
    tmp_path: Path, command: Run
) -> None:
    (tmp_path / "file").touch()
    result = command("sample_targets", "--dataset", "mic", "--num_attributes", 2, "--output", tmp_path / "file")
    assert f"{tmp_path / 'file'}: File exists" in error_line(result)
    result = command("prepare_mic", "--raw", tmp_path, "--train", tmp_path / "a.json", "--eval", tmp_path / "b.json")
    assert f"{tmp_path}: this is a folder, expected a file of CSV" in error_line(result)


@pytest.mark.parametrize(
    ("protocol", "kept"), [("published", True), ("published,rule_of_thumb_sentences=false", False)]
)
def test_the_command_writes_reasonings_of_train_items_and_published_those_of_eval_items_too(
    tmp_path: Path, command: Run, protocol: str, kept: bool
) -> None:
    signs = ["0", "1", "2"]
    vector = str([1.0] * 6)
    rows = [
        [f"q{copy:02d} {level}?", answer, "A rule.", vector, agreement]
        for level, (agrees, disagrees) in enumerate([(1, 0), (2, 0), (3, 0), (0, 1), (0, 2), (0, 3), (0, 0)])
        for copy in range(1 if level == 0 else 3)
        for answer, agreements in (("yes", [signs[2]] * agrees + [signs[0]] * disagrees + [signs[1]]), ("no", ["1"]))
        for agreement in agreements
    ]
    path = write_csv(tmp_path / "MIC.csv", rows)
    files = ("--train", "out/train.json", "--eval", "out/eval.json")
    result = command("prepare_mic", "--raw", path, *files, "--protocol", protocol)
    assert result.returncode == 0, result.stderr
    train, evaluation = (json.loads((tmp_path / "out" / f"{part}.json").read_text()) for part in ("train", "eval"))
    assert set(train[0]) == {"prompt", "responses", "labels", "reasonings"}
    assert set(evaluation[0]) == {"prompt", "responses", "labels"} | ({"reasonings"} if kept else set())
    assert not {item["prompt"] for item in train} & {item["prompt"] for item in evaluation}


NUMBERS = st.sampled_from([0, 1, 0.0, 1.0, "0", "1.0"]) | st.integers() | st.floats()


@given(st.lists(NUMBERS, min_size=5, max_size=7))
def test_a_vector_is_six_numbers_that_are_0_or_1_or_nothing(numbers: list[Any]) -> None:
    fits = len(numbers) == 6 and all(float(number) in (0, 1) for number in numbers)
    expected = tuple(map(float, numbers)) if fits and "-0.0" not in str(numbers) else None
    assert parse_vector(str(numbers)) == expected


def test_a_vector_is_a_literal_and_never_code() -> None:
    assert parse_vector("__import__('os').getcwd()") is None
    assert parse_vector("[float('nan')] * 6") is None
    assert parse_vector("[1e999, 0, 0, 0, 0, 0]") is None
