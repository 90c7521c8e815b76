"""HelpSteer2's two files -> items."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pluralism.datasets.annotations import matched, response_keys
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.formats.helpsteer2 import RATINGS_FILE, load_helpsteer2, read_ratings
from pluralism.errors import UserError
from pluralism.protocols import PROTOCOLS
from tests.conftest import ROOT, Run, error_line

ATTRIBUTES = read_attributes(attribute_file("helpsteer2"))
DEMO = ROOT / "data" / "demo" / "helpsteer2"
RATINGS = {"helpfulness": 4, "correctness": 3, "coherence": 2, "complexity": 1, "verbosity": 0}


def row(prompt: str, response: str, **ratings: Any) -> dict[str, Any]:
    return {"prompt": prompt, "response": response, **RATINGS, **ratings}


def write_release(folder: Path, train: list[Any], validation: list[Any]) -> Path:
    for name, rows in (("train", train), ("validation", validation)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt") as stream:
            stream.writelines(json.dumps(entry) + "\n" for entry in rows)
    return folder


def pairs(*prompts: str) -> list[dict[str, Any]]:
    return [row(prompt, f"{prompt} {side}") for prompt in prompts for side in ("left", "right")]


def test_published_leaves_out_the_last_pair_of_each_file(tmp_path: Path) -> None:
    folder = write_release(tmp_path, pairs("a", "b", "c"), pairs("d", "e"))
    items = load_helpsteer2(folder, ATTRIBUTES, PROTOCOLS["published"])
    assert [item.prompt for item in items] == ["a", "b", "d"]
    assert items[0].responses == ("a left", "a right")


def test_corrected_keeps_every_pair(tmp_path: Path) -> None:
    folder = write_release(tmp_path, pairs("a", "b", "c"), pairs("d", "e"))
    items = load_helpsteer2(folder, ATTRIBUTES, PROTOCOLS["corrected"])
    assert [item.prompt for item in items] == ["a", "b", "c", "d", "e"]


def test_a_label_is_a_quarter_of_the_rating_and_its_reasoning_a_phrase(tmp_path: Path) -> None:
    folder = write_release(tmp_path, pairs("a", "b"), pairs("c"))
    item = load_helpsteer2(folder, ATTRIBUTES, PROTOCOLS["published"])[0]
    expected = {"helpfulness": 1.0, "correctness": 0.75, "coherence": 0.5, "complexity": 0.25, "verbosity": 0.0}
    assert item.labels == (expected, expected)
    assert item.reasonings is not None
    assert item.reasonings[0]["verbosity"] == "The response is as short as can be."


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ([row("a", "x"), row("b", "y")], "line 1 has no partner: line 2"),
        ([*pairs("a"), row("b", "x")], "line 3 has no partner"),
        ([row("a", "x"), row("a", "y", coherence=5)], "line 2: coherence is 5"),
        ([row("a", "x", verbosity="3"), row("a", "y")], "line 1: verbosity is '3'"),
        ([row("a", "x"), {"prompt": "a"}], "line 2: response is None"),
        (["text"], "line 1: expected an object"),
        ([row("\ud800", "x")], r"line 1: prompt: '\ud800' has half of a surrogate pair"),
        ([row("a", "x", coherence=10**400)], "line 1: a whole number of 401 digits"),
        ([row("a", "x", coherence=[])], "line 1: coherence is []"),
        ([row("a", "x", coherence=True)], "line 1: coherence is True"),
    ],
)
def test_a_bad_row_stops_with_file_and_line(tmp_path: Path, train: list[Any], message: str) -> None:
    folder = write_release(tmp_path, train, pairs("c"))
    with pytest.raises(UserError) as fault:
        load_helpsteer2(folder, ATTRIBUTES, PROTOCOLS["published"])
    assert f"train.jsonl.gz: {message}" in str(fault.value)


@pytest.mark.parametrize("place", [1, 3, 12, 20, -6, -1])
def test_a_flipped_byte_is_one_line(tmp_path: Path, place: int) -> None:
    flipped = bytearray(gzip.compress("\n".join(map(json.dumps, pairs("a", "b"))).encode()))
    flipped[place] ^= 0xFF
    (tmp_path / "train.jsonl.gz").write_bytes(flipped)
    with pytest.raises(UserError, match=r"train.jsonl.gz: "):
        load_helpsteer2(tmp_path, ATTRIBUTES, PROTOCOLS["published"])


def test_items_have_the_attributes_that_are_described() -> None:
    """A study of some attributes names an attribute file of its own; what annotators gave keeps to them, too."""
    some = replace(ATTRIBUTES, attributes=ATTRIBUTES.attributes[-1:])
    items = load_helpsteer2(DEMO, some, PROTOCOLS["published"])
    assert {tuple(labels) for item in items for labels in item.labels} == {("verbosity",)}
    found = matched(items, read_ratings(DEMO / RATINGS_FILE, response_keys(items)))
    given = [levels for responses in found if responses for annotations in responses for levels in annotations]
    assert given
    assert {tuple(levels) for levels in given} == {("verbosity",)}


def test_attributes_of_another_dataset_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the attribute file has care, expected some of helpfulness"):
        load_helpsteer2(tmp_path, read_attributes(attribute_file("mic")), PROTOCOLS["published"])


def test_a_missing_or_broken_file_is_one_line(tmp_path: Path, command: Run) -> None:
    arguments = ("--raw", tmp_path, "--train", "train.json", "--eval", "eval.json")
    assert "train.jsonl.gz: no such file" in error_line(command("prepare_helpsteer2", *arguments))
    (tmp_path / "train.jsonl.gz").write_text("not gzip")
    assert "train.jsonl.gz: not a readable gzip file" in error_line(command("prepare_helpsteer2", *arguments))
