"""What each annotator gave: from the raw files of HelpSteer2 and MIC to the file beside the eval items."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pluralism.datasets.annotations import as_json, matched, read_annotations
from pluralism.datasets.attributes import Attribute, AttributeSet, level_grid
from pluralism.datasets.formats.helpsteer2 import ATTRIBUTES, RATINGS_FILE, read_ratings
from pluralism.datasets.formats.mic import Mic
from pluralism.datasets.items import Item
from pluralism.errors import UserError
from pluralism.files import write_json
from pluralism.protocols import PUBLISHED
from tests.conftest import Run, error_line
from tests.test_helpsteer2 import pairs, write_release
from tests.test_mic import CARE, write_csv

CARING = AttributeSet((Attribute("care", "", ("", "", "")),), level_grid(3))
ITEMS = [
    Item("p", ("x", "y"), ({"care": 1.0}, {"care": 0.0})),
    Item("q", ("x", "z"), ({"care": 1.0}, {"care": 0.0})),
]


def ratings_row(response: str = "x", prompt: str = "p", **ratings: Any) -> dict[str, Any]:
    return {"prompt": prompt, "response": response, **{name: [4, 2] for name in ATTRIBUTES}, **ratings}


def write_ratings(folder: Path, rows: list[Any]) -> Path:
    path = folder / RATINGS_FILE
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt") as stream:
        stream.writelines(json.dumps(entry) + "\n" for entry in rows)
    return path


def test_the_ratings_of_an_annotator_are_at_the_same_place_of_each_list_and_a_quarter_each(tmp_path: Path) -> None:
    rows = [ratings_row(coherence=[0, 3]), ratings_row("unwanted")]
    found = read_ratings(write_ratings(tmp_path, rows), {("p", "x"), ("p", "y")})
    first, second = ({**dict.fromkeys(ATTRIBUTES, level), "coherence": other} for level, other in ((1, 0), (0.5, 0.75)))
    assert found == {("p", "x"): [first, second]}


def test_two_rows_of_a_response_add_up_unless_they_are_equal(tmp_path: Path) -> None:
    rows = [ratings_row(), ratings_row(), ratings_row(verbosity=[1, 1])]
    found = read_ratings(write_ratings(tmp_path, rows), {("p", "x")})
    assert [levels["verbosity"] for levels in found["p", "x"]] == [1, 0.5, 0.25, 0.25]


def test_a_row_whose_lists_differ_in_length_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [ratings_row(verbosity=[1]), ratings_row("y")]
    assert list(read_ratings(write_ratings(tmp_path, rows), {("p", "x"), ("p", "y")})) == [("p", "y")]
    assert "1 rows with unequally many ratings" in caplog.text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ratings_row(coherence=[4, 5]), "line 1: coherence is 5, expected a whole number from 0 to 4"),
        (ratings_row(coherence=[4, None]), "line 1: coherence is None"),
        (ratings_row(coherence=[True, 1]), "line 1: coherence is True"),
        (ratings_row(coherence=3), "line 1: coherence is 3, expected a list of ratings"),
        ({"prompt": "p", "response": "x"}, "line 1: helpfulness is None, expected a list of ratings"),
        ({"prompt": "p", "response": 1}, "line 1: response is 1, expected a text"),
        ([], "line 1: expected an object"),
    ],
)
def test_a_bad_row_of_ratings_stops_with_file_and_line(tmp_path: Path, row: Any, message: str) -> None:
    with pytest.raises(UserError) as fault:
        read_ratings(write_ratings(tmp_path, [row]), set())
    assert f"disagreements.jsonl.gz: {message}" in str(fault.value)


def test_the_annotations_of_mic_are_the_rows_that_a_label_is_made_of(tmp_path: Path) -> None:
    # Three rows that agree, are neutral and disagree make the label 0.5; the fourth does not count.
    rows = [["q", "a", "r", CARE, agrees] for agrees in ("2", "1", "0", "2")] + [["q", "b", "r", CARE, "2"]]
    source = Mic(raw=write_csv(tmp_path / "MIC.csv", rows))
    found = source.annotations({("q", "a"), ("other", "b")}, PUBLISHED)
    assert [levels["care"] for levels in found["q", "a"]] == [1, 0.5, 0]
    assert [levels["fairness"] for levels in found["q", "a"]] == [0.5] * 3
    assert list(found) == [("q", "a")]


def test_an_item_with_a_response_without_annotations_has_none() -> None:
    given = [{"care": 1.0}, {"care": 0.5}]
    found = matched(ITEMS, {("p", "x"): given, ("p", "y"): given, ("q", "x"): given})
    assert found == [[given, given], None]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    annotations = [[[{"care": 1.0}, {"care": 0.5}], [{"care": 0.0}]], None]
    write_json(tmp_path / "a.json", as_json(annotations))
    assert read_annotations(tmp_path / "a.json", ITEMS, CARING) == annotations


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "no list, expected a list of 2, one per item"),
        ([None], "1 entries, expected a list of 2"),
        ([None, [[{"care": 1}]]], "item 1: expected null or a list of 2, one per response"),
        ([[[{"care": 1}], []], None], "item 0: response 1: expected a list of 1 to 1000 annotations"),
        ([[[{"care": 1}] * 1001, [{"care": 1}]], None], "item 0: response 0: expected a list of 1 to 1000 annotations"),
        ([[[{"care": 2}], [{"care": 1}]], None], "item 0: response 0: annotation 0: care is 2, expected a number from"),
        ([[[{"care": 1}], [{}]], None], "item 0: response 1: annotation 0: expected a level of each of care"),
        ([[[{"care": 1, "x": 1}], [{"care": 1}]], None], "item 0: response 0: annotation 0: expected a level of each"),
        ([[[1], [{"care": 1}]], None], "item 0: response 0: annotation 0: expected an object"),
    ],
)
def test_bad_annotations_are_one_line(tmp_path: Path, value: Any, message: str) -> None:
    write_json(tmp_path / "annotations.json", value)
    with pytest.raises(UserError) as fault:
        read_annotations(tmp_path / "annotations.json", ITEMS, CARING)
    assert f"annotations.json: {message}" in str(fault.value)


def test_the_command_writes_an_entry_per_eval_item(tmp_path: Path, command: Run) -> None:
    folder = write_release(tmp_path, pairs("a", "b"), pairs("c"))
    items = [
        Item(name, (f"{name} left", f"{name} right"), ({"verbosity": 0.0}, {"verbosity": 1.0})) for name in ("b", "a")
    ]
    write_json(tmp_path / "eval.json", [item.as_json() for item in items])
    write_ratings(folder, [ratings_row(f"a {side}", "a") for side in ("left", "right")])
    arguments = ["--format", "helpsteer2", "--options", json.dumps({"raw": str(folder)}), "--eval", "eval.json"]
    result = command("prepare_annotations", *arguments, "--output", "annotations.json")
    assert "annotations of 1 of 2 items" in result.stderr
    missing, known = json.loads((tmp_path / "annotations.json").read_text())
    assert missing is None
    assert [[levels["verbosity"] for levels in given] for given in known] == [[1, 0.5]] * 2
    (folder / RATINGS_FILE).unlink()
    assert "no such file" in error_line(command("prepare_annotations", *arguments, "--output", "annotations.json"))
