"""Formats of a user's own files: raw files -> items, as the config's keys say."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.formats.global_opinions import RELEASE
from pluralism.datasets.items import Item
from pluralism.datasets.prepare import split_source
from pluralism.datasets.source import FORMATS, Source
from pluralism.errors import UserError
from pluralism.protocols import PROTOCOLS
from tests.conftest import Run, error_line

PUBLISHED = PROTOCOLS["published"]
Attributes = Callable[..., Path]


@pytest.fixture
def attributes(tmp_path: Path) -> Attributes:
    """Writes an attribute file."""

    def write(*names: str, levels: int = 5, **keys: Any) -> Path:
        entries = {name: {"description": "It is.", "phrases": [f"has {n}" for n in range(levels)]} for name in names}
        path = tmp_path / "attributes.yaml"
        path.write_text(yaml.safe_dump({"levels": levels, **keys, "attributes": entries}))
        return path

    return write


def source(name: str, **options: Any) -> Source:
    return FORMATS.make(name, options, "datasets.mine")


def load(name: str, path: Path, **options: Any) -> list[Item]:
    return source(name, **options).load(read_attributes(path), PUBLISHED)


def fault(name: str, path: Path, **options: Any) -> str:
    with pytest.raises(UserError) as error:
        load(name, path, **options)
    return str(error.value)


def levels_of(items: list[Item], name: str) -> list[list[float]]:
    return [[labels[name] for labels in item.labels] for item in items]


TWO_PER_PROMPT = "prompt,response,stars\nTea?,Pour.,5\nTea?,Ask.,1\nRice?,Boil.,3\nRice?,Buy.,2\n"


def csv_file(folder: Path, text: str, name: str = "raw.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# A table


def test_rows_of_a_prompt_are_the_responses_of_an_item(tmp_path: Path, attributes: Attributes) -> None:
    raw = csv_file(tmp_path, TWO_PER_PROMPT)
    items = load("table", attributes("stars", scale=[1, 5]), raw=raw, response="response")
    assert [item.prompt for item in items] == ["Tea?", "Rice?"]
    assert items[0].responses == ("Pour.", "Ask.")
    assert levels_of(items, "stars") == [[1.0, 0.0], [0.5, 0.25]]
    assert items[0].reasonings is not None
    assert items[0].reasonings[1]["stars"] == "The response has 0."


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "jsonl", "jsonl.gz", "json"])
def test_a_row_per_item_is_read_from_any_kind_of_file(tmp_path: Path, attributes: Attributes, ending: str) -> None:
    rows = pd.DataFrame(
        {"q": ["Tea?", "Rice?"], "a": ["Pour.", "Boil."], "b": ["Ask.", "Buy."], "a_stars": [5, 3], "b_stars": [1, 2]}
    )
    raw = tmp_path / f"raw.{ending}"
    records = rows.to_dict("records")
    match ending:
        case "csv" | "tsv":
            rows.to_csv(raw, index=False, sep="\t" if ending == "tsv" else ",")
        case "parquet":
            rows.to_parquet(raw)
        case "json":
            raw.write_text(json.dumps(records))
        case _:
            text = "".join(json.dumps(row) + "\n" for row in records)
            raw.write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())
    path = attributes("stars", scale=[1, 5])
    items = load("table", path, raw=raw, prompt="q", responses=["a", "b"], ratings={"stars": ["a_stars", "b_stars"]})
    assert levels_of(items, "stars") == [[1.0, 0.0], [0.5, 0.25]]


def test_a_column_that_is_there_twice_is_one_line_in_any_kind_of_file(tmp_path: Path, attributes: Attributes) -> None:
    columns = {"prompt": ["Tea?"] * 2, "response": ["Pour.", "Ask."], "stars": [1, 2], "more": [4, 5]}
    twice = pd.DataFrame(columns).set_axis(["prompt", "response", "stars", "stars"], axis="columns")
    twice.to_csv(tmp_path / "raw.csv", index=False)
    pq.write_table(
        pa.Table.from_arrays([pa.array(of) for of in columns.values()], names=[*twice]), tmp_path / "raw.parquet"
    )
    for ending in ("csv", "parquet"):
        message = fault("table", attributes("stars", scale=[1, 5]), raw=tmp_path / f"raw.{ending}", response="response")
        assert f"raw.{ending}: the column stars is there 2 times, expected once" in message


def test_several_files_are_one_dataset_and_an_item_may_be_in_two(tmp_path: Path, attributes: Attributes) -> None:
    raw = [csv_file(tmp_path, TWO_PER_PROMPT, "a.csv"), csv_file(tmp_path, TWO_PER_PROMPT, "b.csv")]
    assert len(load("table", attributes("stars", scale=[1, 5]), raw=raw, response="response")) == 4


def test_equal_texts_are_two_responses_and_an_empty_cell_is_none(tmp_path: Path, attributes: Attributes) -> None:
    raw = csv_file(tmp_path, "prompt,a,b,c,x,y,z\nTea?,Pour.,Pour.,,1,0,\n")
    (item,) = load(
        "table", attributes("good", levels=2), raw=raw, responses=["a", "b", "c"], ratings={"good": ["x", "y", "z"]}
    )
    assert (item.responses, levels_of([item], "good")) == (("Pour.", "Pour."), [[1.0, 0.0]])


def test_a_label_is_the_mean_of_annotators_at_the_nearest_level(tmp_path: Path, attributes: Attributes) -> None:
    """One who rated one of two attributes counts for that one, and is no annotation."""
    text = "prompt,response,rater,kind,clear\n"
    text += "Tea?,Pour.,ann,5,1\nTea?,Ask.,ann,1,2\nTea?,Pour.,bob,4,\nTea?,Ask.,bob,1,3\nTea?,Pour.,eve,4,3\n"
    options = {"raw": csv_file(tmp_path, text), "response": "response", "annotator": "rater"}
    path = attributes("kind", "clear", scale=[1, 5])
    items = load("table", path, **options)
    assert (levels_of(items, "kind"), levels_of(items, "clear")) == ([[0.75, 0.0]], [[0.25, 0.5]])
    one = source("table", **options)
    assert one.has_annotations
    (given,) = one.annotations_of(items, read_attributes(path), PUBLISHED)
    assert given == [
        [{"kind": 1.0, "clear": 0.0}, {"kind": 0.75, "clear": 0.5}],
        [{"kind": 0.0, "clear": 0.25}, {"kind": 0.0, "clear": 0.5}],
    ]
    exact = load("table", attributes("kind", "clear", scale=[1, 5], labels="continuous"), **options)
    assert levels_of(exact, "kind")[0][0] == pytest.approx(10 / 12)


def test_reasons_are_the_reasonings_of_train_items(tmp_path: Path, attributes: Attributes) -> None:
    raw = csv_file(tmp_path, "prompt,response,good,why\nTea?,Pour.,1,It helps.\nTea?,Ask.,0,\n")
    (item,) = load("table", attributes("good", levels=2), raw=raw, response="response", reasons={"good": "why"})
    assert item.reasonings == ({"good": "It helps."}, {"good": "The response has 0."})


def test_words_stand_for_numbers(tmp_path: Path, attributes: Attributes) -> None:
    raw = csv_file(tmp_path, "prompt;response;good\nTea?;Pour.;yes\nTea?;Ask.;no\n")
    options = {"raw": raw, "response": "response", "values": {"yes": 1, "no": 0}, "separator": ";"}
    assert levels_of(load("table", attributes("good", levels=2), **options), "good") == [[1.0, 0.0]]


def test_what_is_the_same_in_all_kinds_of_files_is_the_same_word_annotator_and_group(
    tmp_path: Path, attributes: Attributes
) -> None:
    """Parquet has 2.0 where a CSV file has 2, JSON has true, and a spreadsheet leaves blanks."""
    rows = [("Pour.", 2.0, "ann"), ("Ask.", True, "ann"), ("Pour.", "2", " ann "), ("Ask.", 1, 7.0), ("Pour.", 1, 7)]
    raw = json_lines(
        tmp_path, *({"prompt": "Tea?", "response": text, "n": n, "by": by} for text, n, by in rows if by != " ann ")
    )
    options = {"raw": raw, "response": "response", "ratings": {"good": "n"}, "annotator": "by"}
    values = {"values": {2: 1, "true": 0, 1: 0.5}}
    (item,) = load("table", attributes("good", levels=3), **options, **values)
    # 1 and 0.5 of the first, 0 and 0.5 of the second; of two levels, the one nearer to the middle.
    assert item.labels == ({"good": 0.5}, {"good": 0.5})
    more = json_lines(tmp_path, *({"prompt": "Tea?", "response": text, "n": n, "by": by} for text, n, by in rows))
    assert "'ann' rates the response 'Pour.' for the second time" in fault(
        "table", attributes("good", levels=3), **{**options, "raw": more}, **values
    )
    coded = json_lines(
        tmp_path, *({"question": "Tea?", "option": option, "age": age} for option, age in ((1, 3.0), (2, 3), (99, 3)))
    )
    coded_options = {"raw": coded, "response": "option", "groups": {"old": {"age": 3}}, "leave_out": [99]}
    (item,) = load("survey", attributes("old", labels="continuous"), **coded_options)
    assert (item.responses, item.labels) == (("1", "2"), ({"old": 0.5}, {"old": 0.5}))
    assert "expected text; put it in quotes, found False" in fault(
        "survey", attributes("old"), **{**coded_options, "leave_out": [False]}
    )


def test_a_prompt_of_both_parts_is_told(
    tmp_path: Path, attributes: Attributes, caplog: pytest.LogCaptureFixture
) -> None:
    train, evaluation = csv_file(tmp_path, TWO_PER_PROMPT, "a.csv"), csv_file(tmp_path, TWO_PER_PROMPT, "b.csv")
    one = source("table", raw={"train": train, "eval": evaluation}, response="response")
    one.parts(read_attributes(attributes("stars", scale=[1, 5])), PUBLISHED)
    assert f"{train}: 2 prompts are of train and of eval" in caplog.text


def test_a_response_without_a_rating_is_left_out_with_its_item_where_one_is_left(
    tmp_path: Path, attributes: Attributes, caplog: pytest.LogCaptureFixture
) -> None:
    raw = csv_file(tmp_path, TWO_PER_PROMPT + "Soup?,Stir.,N/A\nSoup?,Wait.,2\n")
    items = load("table", attributes("stars", scale=[1, 5]), raw=raw, response="response")
    assert [item.prompt for item in items] == ["Tea?", "Rice?"]
    assert f"{raw}: responses that are left out, by the attribute without a rating: stars 1" in caplog.text
    assert f"{raw}: 1 items are left out" in caplog.text


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            TWO_PER_PROMPT,
            {"response": "answer"},
            "raw.csv: the column answer is missing; found: prompt, response, stars",
        ),
        (
            TWO_PER_PROMPT.replace(",5", ",7"),
            {},
            "raw.csv: row 2: stars is '7', expected a number from 1 to 5, the `scale` of the attribute file",
        ),
        (
            TWO_PER_PROMPT.replace(",5", ",3.5"),
            {},
            "with `labels: continuous` in the attribute file, a number from 1 to 5",
        ),
        (TWO_PER_PROMPT.replace(",5", ",good"), {}, "raw.csv: row 2: stars is 'good', expected a number"),
        (TWO_PER_PROMPT.replace(",5", ",good"), {"values": {"bad": 1}}, "expected a number, or one of bad"),
        (TWO_PER_PROMPT, {"split": "stars"}, "raw.csv: row 2: stars is '5', expected one of train, eval"),
        (TWO_PER_PROMPT, {"item": "response", "prompt": "stars"}, "none of 4 items has two responses"),
        (
            TWO_PER_PROMPT,
            {"item": "prompt", "prompt": "stars"},
            "row 3: the prompt is '1', another row of the item has '5'",
        ),
        (
            TWO_PER_PROMPT + "Tea?,Pour.,2\n",
            {"annotator": "prompt"},
            "row 6: 'Tea?' rates the response 'Pour.' for the second time",
        ),
        ("prompt,response,stars\n", {}, "none of 0 items has two responses with a label of each attribute"),
    ],
)
def test_a_fault_in_a_table_is_one_line(
    tmp_path: Path, attributes: Attributes, text: str, options: dict[str, Any], message: str
) -> None:
    options = {"response": "response", **options}
    assert message in fault("table", attributes("stars", scale=[1, 5]), raw=csv_file(tmp_path, text), **options)


def test_a_table_in_another_encoding_or_of_another_kind_is_one_line(tmp_path: Path, attributes: Attributes) -> None:
    path = attributes("stars")
    (tmp_path / "raw.csv").write_bytes("prompt,response,stars\nThé?,Pour.,1\n".encode("latin-1"))
    assert "not UTF-8 text" in fault("table", path, raw=tmp_path / "raw.csv", response="response")
    (tmp_path / "raw.parquet").write_bytes(b"PAR1 and no more")
    assert "not a readable Parquet file, expected a whole one" in fault(
        "table", path, raw=tmp_path / "raw.parquet", response="response"
    )
    assert "expected one of .csv, .tsv" in fault("table", path, raw=tmp_path / "raw.xlsx", response="response")
    (tmp_path / "raw.jsonl").write_text('{"prompt": "Tea?", "answer": "Pour."}\n')
    assert "raw.jsonl: the column response is missing; found: prompt, answer" in fault(
        "table", path, raw=tmp_path / "raw.jsonl", response="response"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "responses: expected either this key, of a row per item, or response"),
        ({"responses": ["a", "b"]}, "ratings: this key is missing"),
        ({"responses": ["a", "b"], "ratings": {"x": "c"}}, "ratings.x: 1 columns, expected 2, as of responses"),
        ({"responses": "a[]", "ratings": {"x": "c"}}, "ratings.x: 'c' leads to no list, expected one as 'a[]' does"),
        ({"response": "a[b"}, None),
        ({"response": "a[].[]"}, "response: invalid column"),
        ({"response": "a", "raw": {"train": "x.csv"}}, "raw: expected a file, a list of files, or {train: files"),
        ({"response": "a", "split": "s", "train_share": 0.5}, "train_share: the split is given by split already"),
        ({"response": "a", "raw": {"trian": "x.csv"}}, "raw: expected a file, a list of files, or {train: files"),
        ({"response": "a", "raw": []}, "raw: expected a file"),
        ({"response": "a", "train_share": 1}, "train_share: "),
        ({"response": "a", "colour": 1}, "colour: unknown key 'colour'; allowed: raw, train_share, "),
        ({"response": "a", "values": {"x": float("nan")}}, "values.x: "),
    ],
)
def test_a_key_that_does_not_fit_is_named(options: dict[str, Any], message: str | None) -> None:
    if message is None:
        source("table", **{"raw": "raw.csv", **options})
        return
    with pytest.raises(UserError, match=re.escape(f"datasets.mine.{message}")):
        source("table", **{"raw": "raw.csv", **options})


# The split


def parts(path: Path, **options: Any) -> tuple[list[str], list[str]]:
    train, evaluation = split_source(source("table", response="response", **options), read_attributes(path), PUBLISHED)
    return [item.prompt for item in train], [item.prompt for item in evaluation]


def test_the_split_is_of_files_of_a_column_or_drawn(tmp_path: Path, attributes: Attributes) -> None:
    path = attributes("stars", scale=[1, 5])
    train, evaluation = csv_file(tmp_path, TWO_PER_PROMPT, "a.csv"), tmp_path / "b.csv"
    evaluation.write_text(TWO_PER_PROMPT.replace("Tea", "Milk").replace("Rice", "Egg"))
    assert parts(path, raw={"train": train, "eval": evaluation}) == (["Tea?", "Rice?"], ["Milk?", "Egg?"])
    column = (
        "prompt,response,stars,fold\nTea?,Pour.,5,Train\nTea?,Ask.,1,Train\nRice?,Boil.,3,test\nRice?,Buy.,2,test\n"
    )
    assert parts(path, raw=csv_file(tmp_path, column), split="fold") == (["Tea?"], ["Rice?"])
    assert parts(path, raw=train, train_share=0) == ([], ["Tea?", "Rice?"])
    assert list(map(len, parts(path, raw=[train, evaluation], train_share=0.9))) == [3, 1]
    with pytest.raises(UserError, match="none of 2 items is of eval"):
        parts(path, raw=csv_file(tmp_path, column.replace("test", "train")), split="fold")


# Preferences


def json_lines(folder: Path, *rows: Any) -> Path:
    return csv_file(folder, "".join(json.dumps(row) + "\n" for row in rows), "raw.jsonl")


def test_a_comparison_gives_the_second_response_its_level_and_the_first_the_rest(
    tmp_path: Path, attributes: Attributes
) -> None:
    raw = json_lines(
        tmp_path,
        {"prompt": [{"role": "user", "content": "Tea?"}], "a": "Pour.", "b": "Ask.", "by": [{"n": -3}, {"n": -1}]},
        {"prompt": [{"role": "user", "content": "Rice?"}] * 2, "a": "Boil.", "b": "Buy.", "by": [{"n": 1}]},
    )
    options = {"raw": raw, "responses": ["a", "b"], "comparisons": {"liked": "by[].n"}}
    path = attributes("liked", levels=7, scale=[-3, 3])
    items = load("preferences", path, **options)
    assert levels_of(items, "liked") == [[0.83, 0.17], [0.33, 0.67]]
    assert [item.prompt for item in items] == ["Tea?", "User: Rice?\n\nUser: Rice?"]
    given = source("preferences", **options).annotations_of(items, read_attributes(path), PUBLISHED)
    assert given[0] == [[{"liked": 1.0}, {"liked": 0.67}], [{"liked": 0.0}, {"liked": 0.33}]]


def test_the_same_response_beside_another_has_the_annotations_of_its_own_item(
    tmp_path: Path, attributes: Attributes
) -> None:
    raw = json_lines(
        tmp_path,
        {"prompt": "Tea?", "a": "Pour.", "b": "Ask.", "by": [-1, -1]},
        {"prompt": "Tea?", "a": "Pour.", "b": "Boil, pour, wait.", "by": [1, 0]},
    )
    options = {"raw": raw, "responses": ["a", "b"], "comparisons": {"liked": "by[]"}}
    attribute_set = read_attributes(attributes("liked", levels=3, scale=[-1, 1]))
    one = source("preferences", **options)
    items = one.load(attribute_set, PUBLISHED)
    assert one.annotations_of(items, attribute_set, PUBLISHED)[0] == [[{"liked": 1.0}] * 2, [{"liked": 0.0}] * 2]


def test_ranks_are_levels_from_the_best_to_the_worst(tmp_path: Path, attributes: Attributes) -> None:
    raw = json_lines(tmp_path, {"prompt": "Tea?", "texts": ["Pour.", "Ask.", "Wait."], "ranks": [1, 3, 2]})
    options = {"raw": raw, "responses": "texts[]", "ranks": {"good": "ranks[]"}}
    assert levels_of(load("preferences", attributes("good", levels=3), **options), "good") == [[1.0, 0.0, 0.5]]
    # Ties share a rank, or its mean, as statistics packages give it.
    tied = {**options, "raw": csv_file(tmp_path, raw.read_text().replace("[1, 3, 2]", "[1.5, 1.5, 3]"), "t.jsonl")}
    assert levels_of(load("preferences", attributes("good"), **tied), "good") == [[0.75, 0.75, 0.0]]
    assert "of rank 1.5 of 3: good is 4, expected one of 1, 3, 5" in fault(
        "preferences", attributes("good", levels=3, scale=[1, 5]), **tied
    )
    assert "expected a rank from 1 to 3" in fault(
        "preferences",
        attributes("good"),
        **{**options, "raw": csv_file(tmp_path, raw.read_text().replace("3", "4"), "x.jsonl")},
    )


def test_four_responses_in_a_list_are_rated_as_in_ultrafeedback(tmp_path: Path) -> None:
    names = ("instruction_following", "honesty", "truthfulness", "helpfulness")
    rows = [
        {
            "instruction": "Tea?",
            "completions": [
                {"response": text, "annotations": {name: {"Rating": rating, "Rationale": "So."} for name in names}}
                for text, rating in (("Pour.", "5"), ("Ask.", "N/A"), ("Boil.", "1"))
            ],
        }
    ]
    release = source("ultrafeedback", raw=tmp_path)
    for path in release.files:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    items = release.load(read_attributes(attribute_file("ultrafeedback")), PUBLISHED)
    assert [item.responses for item in items] == [("Pour.", "Boil.")] * 6
    assert items[0].labels[0] == dict.fromkeys(names, 1.0)
    assert items[0].reasonings is not None
    assert items[0].reasonings[0]["honesty"] == "So."
    assert items[0].reasonings[0]["helpfulness"] == "The response is of the greatest use."


def test_annotators_compare_as_in_helpsteer3_and_multipref(tmp_path: Path) -> None:
    three = source("helpsteer3", raw=tmp_path)
    row = {
        "context": [{"role": "user", "content": "Tea?"}],
        "response1": "Pour.",
        "response2": "Ask.",
        "overall_preference": -2,
        "individual_preference": [{"score": -2, "reasoning": "So."}, {"score": -3, "reasoning": "Well."}],
    }
    for path in three.files:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(row).encode()))
    (first, _) = three.load(read_attributes(attribute_file("helpsteer3")), PUBLISHED)
    assert first.labels == ({"preferred": 0.83}, {"preferred": 0.17})
    assert three.has_annotations
    several = source("multipref", raw=tmp_path)
    words = {"helpful_pref": "A-is-clearly-better", "truthful_pref": "Tie", "harmless_pref": "B-is-slightly-better"}
    (path,) = several.files
    path.parent.mkdir()
    pd.DataFrame(
        {
            "text": ["Tea?"],
            "completion_a": ["Pour."],
            "completion_b": ["Ask."],
            "normal_worker_annotations": [[words, words]],
            "expert_worker_annotations": [[words, {**words, "helpful_pref": "A-is-slightly-better"}]],
        }
    ).to_parquet(path)
    (item,) = several.load(read_attributes(attribute_file("multipref")), PUBLISHED)
    assert item.labels[0] == {"helpful": 1.0, "truthful": 0.5, "harmless": 0.25}


# Surveys


def test_a_question_with_the_shares_of_groups(tmp_path: Path, attributes: Attributes) -> None:
    raw = json_lines(
        tmp_path,
        {"question": "Tea?", "options": ["Yes", "None", "Refused"], "by": {"x": [60, 30, 10], "y": [0, 100, 0]}},
        {"question": "Rice?", "options": ["Yes", "No"], "by": {"x": [50, 50]}},
    )
    options = {"raw": raw, "responses": "options[]", "leave_out": ["Refused"]}
    path = attributes("north", "south", scale=[0, 100], labels="continuous")
    (item,) = load("survey", path, **options, shares={"north": "by.x[]", "south": "by.y[]"})
    assert item.responses == ("Yes", "None")
    assert item.labels == ({"north": 0.6, "south": 0.0}, {"north": 0.3, "south": 1.0})


def test_a_share_per_row_and_answers_that_are_counted(tmp_path: Path, attributes: Attributes) -> None:
    rows = "question,option,town,share\nTea?,Yes,north,0.25\nTea?,No,north,0.75\nTea?,Yes,south,1\nTea?,No,south,0\n"
    path = attributes("north", "south", labels="continuous")
    options = {"response": "option", "group": "town"}
    (item,) = load("survey", path, raw=csv_file(tmp_path, rows), share="share", **options)
    assert item.labels == ({"north": 0.25, "south": 1.0}, {"north": 0.75, "south": 0.0})
    # A group that answered, and of which an option has no row, did not choose it.
    rare = rows.replace("Tea?,No,south,0\n", "")
    (same,) = load("survey", path, raw=csv_file(tmp_path, rare), share="share", **options)
    assert same == item
    unknown = rows.replace("Tea?,No,south,0\n", "Tea?,No,south,\n")
    assert "without a rating, by attribute: south 1" in fault(
        "survey", path, raw=csv_file(tmp_path, unknown), share="share", **options
    )
    assert "share is '1e400', expected a number from 0 to 1e+12" in fault(
        "survey", path, raw=csv_file(tmp_path, rows.replace("0.75", "1e400")), weight="share", **options
    )
    assert "town: no row is of 'west', which the attribute file has; there are: 'north', 'south'" in fault(
        "survey", attributes("west", labels="continuous"), raw=csv_file(tmp_path, rows), share="share", **options
    )
    path = attributes("north", "south", labels="continuous")
    answers = "question,option,town,age\nTea?,Yes,n,old\nTea?,No,n,old\nTea?,No,n,young\nTea?,Yes,s,young\n"
    groups = {"north": {"town": "n"}, "south": {"age": "young"}}
    (item,) = load("survey", path, raw=csv_file(tmp_path, answers), response="option", groups=groups)
    assert levels_of([item], "north") == [[pytest.approx(1 / 3), pytest.approx(2 / 3)]]
    assert levels_of([item], "south") == [[0.5, 0.5]]
    assert "labels: continuous" in fault(
        "survey", attributes("north", "south"), raw=tmp_path / "raw.csv", response="option", groups=groups
    )


def test_objects_that_python_wrote_are_read_as_in_global_opinions(tmp_path: Path) -> None:
    release = source("global_opinions", raw=tmp_path)
    shares = {name: [0.25, 0.75] for name in ("United States", "Germany", "Japan", "Mexico")}
    (path,) = release.files
    path.parent.mkdir()
    selections = f"defaultdict(<class 'list'>, {shares})"
    pd.DataFrame(
        {"question": ["Tea?", None], "selections": [selections] * 2, "options": ["['Yes', 'None']"] * 2}
    ).to_csv(path)
    (item,) = release.load(read_attributes(attribute_file("global_opinions")), PUBLISHED)
    assert item.responses == ("Yes", "None")
    assert item.labels[1]["Japan"] == 0.75


# align-system


def test_scenarios_with_labels_have_a_scale_and_partial_attributes(tmp_path: Path, attributes: Attributes) -> None:
    pair = [
        {"scenario": "Two guests.", "state": None, "probe": "Who first?", "choices": ["One", "Two"]},
        [{"merit": 10.0}, {"merit": 0.0}],
    ]
    other = [{"scenario": "A cook.", "probe": "Why?", "choices": ["One", "Two"]}, [{"need": 5.0}, {"need": 0.0}]]
    raw = csv_file(tmp_path, json.dumps([pair, other]), "raw.json")
    (item,) = load("align_system", attributes("merit", levels=2, scale=[0, 10]), raw=raw)
    assert (item.prompt, item.labels) == ("Two guests.\nWho first?", ({"merit": 1.0}, {"merit": 0.0}))
    message = "raw.json: care, which the attribute file has, has no value; there are: merit, need"
    assert message in fault("align_system", attributes("care"), raw=raw)
    short = csv_file(tmp_path, json.dumps([[pair[0], [{"merit": 1}]]]), "short.json")
    assert "short.json: entry 0: 2 choices but 1 labels" in fault("align_system", attributes("merit"), raw=short)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {},
            "expected a list of input and label, a list of pairs of a scenario and its labels",
        ),
        ([3], "entry 0: expected a list of input and label"),
        ([{"input": {"state": "A kitchen."}}], "entry 0: input.choices: expected a list"),
        ([[{"scenario": "A kitchen.", "choices": ["One", 2]}, [{}, {}]]], "entry 0: choice 1: expected a text"),
        (
            [[{"scenario": "A kitchen.", "choices": ["One"]}, [5]]],
            "entry 0: choice 0: kdma_association: expected an object",
        ),
        ([[{"scenario": "A kitchen.", "choices": ["One"]}, [{"need": 7}]]], "need is 7, expected a number from 0 to 1"),
        ({"scenes": [{"probe_config": 5}]}, "scene 0: probe_config: expected a list"),
        ({"scenes": [{"action_mapping": []}]}, "scene 0: expected a text"),
    ],
)
def test_a_fault_in_a_scenario_is_one_line(tmp_path: Path, attributes: Attributes, content: Any, message: str) -> None:
    raw = csv_file(tmp_path, json.dumps(content), "raw.json")
    assert message in fault("align_system", attributes("need", labels="continuous"), raw=raw)


def test_a_scene_tells_what_the_evaluation_server_tells(tmp_path: Path, attributes: Attributes) -> None:
    choices = [
        {"unstructured": name, "kdma_association": {"need": value}} for name, value in (("One", 0.2), ("Two", 1))
    ]
    scenario = {
        "id": "kitchen",
        "state": {"unstructured": "A kitchen."},
        "scenes": [
            {"id": 1, "probe_config": [{"description": "Whom do you serve?"}], "action_mapping": choices},
            {
                "id": 2,
                "state": {"unstructured": "Another plate. Who?", "threat_state": {"unstructured": "It burns."}},
                "probe_config": [{"description": "Who?"}],
                "action_mapping": [*choices, {"unstructured": "Wait"}],
            },
        ],
    }
    raw = csv_file(tmp_path, yaml.safe_dump(scenario), "raw.yaml")
    items = load("align_system", attributes("need", labels="continuous"), raw=raw)
    assert [item.prompt for item in items] == ["A kitchen.\nWhom do you serve?", "It burns.\nAnother plate. Who?"]
    assert levels_of(items, "need") == [[0.2, 1.0]] * 2


# Commands


def test_items_and_annotations_are_made_by_hand_too(tmp_path: Path, attributes: Attributes, command: Run) -> None:
    text = "prompt,response,rater,good\nTea?,Pour.,ann,1\nTea?,Pour.,bob,1\nTea?,Ask.,ann,0\nTea?,Ask.,bob,1\n"
    options = {"raw": str(csv_file(tmp_path, text)), "response": "response", "annotator": "rater", "train_share": 0}
    given = ("--format", "table", "--options", json.dumps(options), "--attributes", attributes("good", levels=2))
    assert command("prepare_items", *given, "--train", "train.json", "--eval", "eval.json").returncode == 0
    assert command("prepare_annotations", *given, "--eval", "eval.json", "--output", "given.json").returncode == 0
    assert json.loads((tmp_path / "given.json").read_text())[0][1] == [{"good": 0.0}, {"good": 1.0}]


def test_a_release_comes_from_the_hubs_cache_or_says_where_it_belongs(
    tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own library finds the commit in its cache, without a network."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    given = ("--format", "global_opinions", "--options", json.dumps({"raw": str(tmp_path / "raw")}))
    line = error_line(command("download_raw", *given))
    assert "Anthropic/llm_global_opinions cannot be downloaded" in line
    assert "put data/global_opinions.csv into" in line
    kept = tmp_path / "cache/datasets--Anthropic--llm_global_opinions/snapshots" / RELEASE.revision
    (kept / "data").mkdir(parents=True)
    (kept / "data/global_opinions.csv").write_text("question,selections,options\n")
    assert command("download_raw", *given).returncode == 0
    assert (tmp_path / "raw/data/global_opinions.csv").read_text() == "question,selections,options\n"
