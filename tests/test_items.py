"""Item files: what is wrong with one is named with the item, by every command that reads it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluralism.datasets.attributes import Attribute, AttributeSet, level_grid
from pluralism.datasets.items import read_items
from pluralism.errors import UserError
from pluralism.few_shot.selection import Answers, one_per_level
from pluralism.protocols import CORRECTED
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.study.user_files import check_files
from tests.conftest import Run, error_line
from tests.jobs import ATTRIBUTE_FILE, ATTRIBUTES

KINDNESS = AttributeSet((Attribute("kind", "", ("no", "so-so", "yes")),), (0.0, 0.5, 1.0))


def item(*levels: Any, **changes: Any) -> dict[str, Any]:
    responses = [f"answer {place}" for place in range(len(levels))]
    return {"prompt": "p", "responses": responses, "labels": [{"kind": level} for level in levels], **changes}


def write(path: Path, *items: Any) -> Path:
    path.write_text(json.dumps(items))
    return path


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        ("text", "item 1: expected an object with prompt, responses and labels"),
        (item(0, prompt=["p"]), "item 1: prompt is not a text"),
        (item(0, 1, responses=["a", 5]), "item 1: responses is not a list of texts"),
        (item(), "item 1: 0 responses, expected 2 to 26"),
        (item(0), "item 1: 1 responses, expected 2 to 26"),
        (item(*[0] * 27), "item 1: 27 responses, expected 2 to 26"),
        (item(0, 1, responses=["a", "b", "c"]), "item 1: 3 responses but 2 labels"),
        (item(0, 0.3), "item 1: label 1: kind is 0.3, expected one of 0, 0.5, 1"),
        (item(0, 0.506), "item 1: label 1: kind is 0.506, expected one of 0, 0.5, 1"),
        (item(0, float("nan")), "item 1: label 1: kind is nan, expected a number from 0 to 1"),
        (item(0, True), "item 1: label 1: kind is True, expected a number from 0 to 1"),
        (item(0, "1"), "item 1: label 1: kind is '1', expected a number from 0 to 1"),
        (item(0, 10**299), "item 1: label 1: kind is a number of 994 bits, expected"),
        (item(0, 10**400), "a whole number of 401 digits"),
        (item(0, 1, labels=[{"kind": 0}, {}]), "item 1: label 1 lacks kind, which the first label has"),
        (item(0, 1, labels=[{"kind": 0}, {"kind": 1, "calm": 1}]), "item 1: label 1 has 'calm', which the first label"),
        (item(0, 1, labels=[{"kind": 0, "calm": 1}] * 2), "item 1: label 0 has 'calm', which the first label does not"),
        (item(0, 1, labels=[{}, {}]), "item 1: label 0 lacks kind"),
        (item(0, 1, prompt="\ud800"), r"entry 1: prompt: '\ud800' has half of a surrogate pair"),
        (item(0, 1, reasonings=[{"kind": 5}, {}]), "item 1: reasoning 0: kind is 5, expected a text"),
        (item(0, 1, reasonings=[None, {}]), "item 1: reasonings is not a list of objects, one per response"),
        (item(0, 1, reasonings=[{}]), "item 1: 2 responses but 1 reasonings"),
    ],
)
def test_a_faulty_item_is_one_line_that_names_it(tmp_path: Path, faulty: Any, message: str) -> None:
    path = write(tmp_path / "items.json", item(0, 1), faulty)
    with pytest.raises(UserError) as fault:
        read_items(path, KINDNESS)
    assert message in str(fault.value)
    assert str(fault.value).startswith(str(path))


def test_26_responses_equal_texts_no_text_and_some_reasonings_are_fine(tmp_path: Path) -> None:
    odd = item(0, 1, prompt="", responses=["", ""], reasonings=[{"kind": "Because."}, {}])
    assert len(read_items(write(tmp_path / "items.json", item(*[0, 0.5] * 13), odd), KINDNESS)) == 2


def test_a_level_may_have_more_decimals_than_the_scale_and_is_still_that_level(tmp_path: Path) -> None:
    thirds = AttributeSet((Attribute("kind", "", ("a", "b", "c", "d")),), (0.0, 0.33, 0.67, 1.0))
    items = read_items(write(tmp_path / "items.json", item(0, 1 / 3), item(1, 2 / 3)), thirds)
    assert one_per_level([0, 1], Answers.of(items, "kind", thirds, CORRECTED)) == [(0.0, 0), (0.67, 1)]


@given(st.integers(2, 101), st.data())
def test_every_step_of_a_scale_is_its_level_with_any_decimals_and_half_a_step_is_none(
    count: int, data: st.DataObject
) -> None:
    scale = AttributeSet((), level_grid(count))
    step = data.draw(st.integers(0, count - 2))
    place = scale.place(round(step / (count - 1), data.draw(st.integers(2, 17))))
    assert place == step
    assert scale.is_level(step / (count - 1))
    assert count > 40 or not scale.is_level((step + 0.5) / (count - 1))


def test_no_items_are_one_line_and_only_train_items_may_be_left_out(tmp_path: Path, command: Run) -> None:
    none, some = write(tmp_path / "none.json"), write(tmp_path / "some.json", item(0, 1))
    assert read_items(none, KINDNESS, may_be_empty=True) == []
    for train, evaluation in ((none, some), (some, none)):
        options = ("--train", train, "--eval", evaluation, "--similarity", "tfidf", "--output", "matrix.npy")
        assert "none.json: holds no items, expected at least one" in error_line(command("compare_items", *options))


def test_own_items_are_checked_when_the_study_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = Study(
        read_config(
            {
                "datasets": {"mine": {"format": "items", "attributes": ATTRIBUTE_FILE}},
                "targets": {"attribute_counts": [1]},
                "decodings": {"greedy": {"samples": 1, "temperature": 0}},
                "adms": {"oracle": {"kind": "oracle"}},
                "experiments": {"e": {"decoding": "greedy", "adms": ["oracle"]}},
                "grid": {"datasets": ["mine"], "experiments": ["e"]},
            }
        )
    )
    check_files(study)  # they may come later
    Path("data/mine").mkdir(parents=True)
    write(Path("data/mine/train.json"))
    write(Path("data/mine/eval.json"), item(0, 1))
    with pytest.raises(UserError, match=r"^data/mine/eval.json: item 0: label 0 lacks helpfulness"):
        check_files(study)
    labels = dict.fromkeys(ATTRIBUTES.names, 0.5)
    write(Path("data/mine/eval.json"), item(0, 1, labels=[labels, labels]))
    write(Path("data/mine/annotations.json"), None)
    check_files(study)
    write(Path("data/mine/annotations.json"), None, None)
    with pytest.raises(UserError, match=r"^data/mine/annotations.json: 2 entries, expected a list of 1"):
        check_files(study)
