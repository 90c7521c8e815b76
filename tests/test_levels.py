"""Named levels, other scales and continuous labels: what an attribute file says, and a study of each to its figures."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pluralism.adms.scores import scores_of_phrases
from pluralism.datasets.attributes import Attribute, AttributeSet, level_grid, read_attributes
from pluralism.datasets.items import Item, check_labels
from pluralism.datasets.prepare import split_parts
from pluralism.decisions.selection import distances
from pluralism.errors import UserError
from pluralism.few_shot.examples import FewShot
from pluralism.few_shot.selection import choose_examples
from pluralism.few_shot.similarity.matrix import Comparison
from pluralism.prompts.rendering import Templates
from pluralism.protocols import PROTOCOLS
from pluralism.statistics.noise_ceiling import to_levels
from pluralism.targets.doses import dose_targets
from pluralism.targets.sampling import sampled_targets
from pluralism.targets.target import Target, read_target
from tests.conftest import Run, make_clone, run_script, snakemake

PUBLISHED, CORRECTED = PROTOCOLS["published"], PROTOCOLS["corrected"]
FOUR = ("dislikes it", "is cool", "likes it", "loves it")


def written(folder: Path, text: str) -> Path:
    """An attribute file of one attribute with the phrases of `FOUR`."""
    path = folder / "attributes.yaml"
    path.write_text(f"{text}\nattributes: {{warm: {{description: Warm., phrases: [{', '.join(FOUR)}]}}}}\n")
    return path


def attributes(*levels: float, scale: tuple[float, float] = (0.0, 1.0), continuous: bool = False) -> AttributeSet:
    """One attribute."""
    return AttributeSet((Attribute("warm", "", FOUR[: len(levels)]),), levels, scale, continuous)


def item(*labels: float, prompt: str = "p") -> Item:
    """An item with a response per label."""
    return Item(prompt, tuple(f"{prompt} {label}" for label in labels), tuple({"warm": label} for label in labels))


# The attribute file


def test_levels_that_are_listed_stand_on_the_scale(tmp_path: Path) -> None:
    found = read_attributes(written(tmp_path, "levels: [1, 2, 4, 7]\nscale: [1, 7]"))
    assert found.levels == (0.0, 0.17, 0.5, 1.0)
    assert [found.from_scale(value) for value in (1, 2, 4, 7)] == [0.0, 0.17, 0.5, 1.0]
    assert [found.to_scale(level) for level in found.levels] == [1, 2, 4, 7]
    assert (found.phrase("warm", 0.17), found.phrase("warm", 0.4)) == ("is cool", "likes it")
    check_labels([item(0.0, 0.17)], found, "here")
    with pytest.raises(UserError, match=r"here: item 0: label 1: warm is 0\.33, expected one of 0, 0\.17, 0\.5, 1"):
        check_labels([item(0.0, 0.33)], found, "here")


def test_a_continuous_label_may_be_any_number_of_the_scale(tmp_path: Path) -> None:
    found = read_attributes(written(tmp_path, "levels: 4\nscale: [-1, 1]\nlabels: continuous"))
    assert (found.from_scale(-0.5), found.to_scale(0.25)) == (0.25, -0.5)
    check_labels([item(found.from_scale(0.123), 1.0)], found, "here")
    with pytest.raises(UserError, match=r"warm is 1\.2, expected a number from 0 to 1"):
        check_labels([item(1.2, 1.0)], found, "here")


def test_an_attribute_may_have_a_scale_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "attributes.yaml"
    entry = "{description: d, phrases: [low, high]"
    path.write_text(f"levels: 2\nscale: [1, 5]\nattributes: {{a: {entry}}}, b: {entry}, scale: [0, 100]}}}}\n")
    found = read_attributes(path)
    assert [found.from_scale(5, "a"), found.from_scale(100, "b"), found.from_scale(5)] == [1, 1, 1]
    assert (found.to_scale(0.0, "a"), found.to_scale(1.0, "b")) == (1, 100)
    assert (found.shown_scale, found.shown(1.0)) == ((0.0, 1.0), "1")


def test_what_the_published_datasets_have_is_shown_as_it_is_stored() -> None:
    published = attributes(*level_grid(7))
    assert [published.shown(level) for level in published.levels] == ["0", "0.17", "0.33", "0.5", "0.67", "0.83", "1"]
    assert (published.shown_range, published.steps) == ("0 to 1", published.levels)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("levels: [1, 2]", "levels: 2 is out of the scale, 0 to 1"),
        ("levels: [1, 4, 2, 7]\nscale: [1, 7]", "levels is [1, 4, 2, 7], expected them in ascending order"),
        ("levels: [1, 1, 2, 7]\nscale: [1, 7]", "levels: 1 is less than a hundredth of the scale from another level"),
        ("levels: [1]\nscale: [1, 7]", "levels is [1], expected a list of 2 to 101 numbers"),
        ("levels: [1, two]\nscale: [1, 7]", "levels is [1, 'two'], expected a list of 2 to 101 numbers"),
        ("levels: [1, .nan, 3, 4]\nscale: [1, 7]", "expected a list of 2 to 101 numbers"),
        ("levels: many", "levels is 'many', expected a count from 2 to 101, or a list of levels"),
        ("levels: 4\nscale: [7, 1]", "scale is [7, 1], expected the lowest and the highest value, as [1, 7]"),
        ("levels: 4\nscale: 7", "scale is 7, expected the lowest and the highest value, as [1, 7]"),
        ("levels: 4\nlabels: free", "labels is 'free', expected levels or continuous"),
        ("levels: 4\nlabel: continuous", "expected the keys levels and attributes and, optionally, scale and labels"),
    ],
)
def test_a_fault_of_an_attribute_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as fault:
        read_attributes(path)
    assert str(fault.value).startswith(str(path))
    assert message in str(fault.value)


def test_no_attribute_has_the_name_that_stands_for_all_of_them_in_tables(tmp_path: Path) -> None:
    path = tmp_path / "attributes.yaml"
    path.write_text("levels: 2\nattributes:\n  all: {description: It is., phrases: [is not, is]}\n")
    with pytest.raises(UserError, match="invalid name 'all', which stands for all attributes in tables"):
        read_attributes(path)


ENDS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
SCALES = st.tuples(ENDS, ENDS).filter(lambda ends: ends[1] - ends[0] > 0.01)


@settings(deadline=None)
@given(SCALES, st.floats(0, 1))
@example((1.0, 7.0), 0.1)
def test_a_continuous_value_goes_to_its_level_and_back(scale: tuple[float, float], share: float) -> None:
    found = attributes(0.0, 1.0, scale=scale, continuous=True)
    value = min(scale[1], scale[0] + share * (scale[1] - scale[0]))
    level = found.from_scale(value)
    assert 0 <= level <= 1
    assert found.to_scale(level) == pytest.approx(value, rel=1e-9, abs=1e-9 * max(map(abs, scale)))
    assert [found.from_scale(end) for end in scale] == [0, 1]


@settings(deadline=None)
@given(st.integers(-20, 20), st.integers(1, 100), st.sets(st.integers(0, 100), min_size=2, max_size=20))
def test_levels_that_are_named_come_back_by_their_names(lowest: int, steps: int, chosen: set[int]) -> None:
    named = sorted({lowest + step % (steps + 1) for step in chosen})
    assume(len(named) > 1)
    levels = tuple(round((value - lowest) / steps, 2) for value in named)
    found = AttributeSet((), levels, (float(lowest), float(lowest + steps)))
    assert tuple(map(found.from_scale, named)) == levels
    # A hundredth is as near as a level is kept, and coarser steps that round alike are taken for the ones meant.
    assert [found.to_scale(level) for level in levels] == pytest.approx(named, abs=steps / 100)
    assert set(levels) <= set(found.steps)


@settings(deadline=None)
@given(st.sets(st.integers(0, 100), min_size=2, max_size=12), st.floats(0, 1))
def test_the_place_of_a_label_is_that_of_the_nearest_level(chosen: set[int], label: float) -> None:
    found = AttributeSet((), tuple(level / 100 for level in sorted(chosen)))
    errors = [abs(level - label) for level in found.levels]
    assert errors[found.place(label)] == min(errors)
    assert found.place(label) == errors.index(min(errors))
    assert list(map(found.place, found.levels)) == list(range(len(found.levels)))


# What relies on levels


@pytest.mark.parametrize("continuous", [False, True])
def test_equal_distances_tie_exactly_on_any_scale(continuous: bool) -> None:
    found = attributes(0.0, 0.17, 0.5, 1.0, scale=(1.0, 7.0), continuous=continuous)
    labels = np.array([[found.from_scale(2)], [found.from_scale(4)]])
    wanted = Target("t", {"warm": 1 / 3 if continuous else 0.33})  # 3, between the two
    one, other = distances(labels, ["warm"], wanted, found.steps)
    assert one == other == pytest.approx(1 / 6)
    one, other = distances(labels, ["warm"], wanted)
    assert one != other


def test_examples_per_level_of_continuous_labels_are_one_per_bin() -> None:
    found = attributes(0.0, 0.5, 1.0, continuous=True)
    train = [
        item(0.05, 0.1, prompt="a"),
        item(0.3, 0.45, prompt="b"),
        item(0.8, 0.9, prompt="c"),
        item(0.7, prompt="d"),
    ]
    comparison = Comparison.of_items(np.array([[0.1, 0.2, 0.3, 0.9]]))
    for protocol in (PUBLISHED, CORRECTED):
        table = choose_examples(FewShot(similarity="tfidf"), [item(0.5)], train, found, comparison, protocol=protocol)
        # 0.7 is nearer to 0.5 than to 1, so the most similar item stands for the middle.
        assert list(zip(table["level"], table["train_item"], strict=True)) == [(0, 0), (0.5, 3), (1, 2)]


def test_the_label_of_continuous_annotations_is_their_mean() -> None:
    means = np.array([0.1, 0.44])
    assert to_levels(means, None).tolist() == [0.1, 0.44]


def test_a_prompt_says_the_score_of_each_phrase() -> None:
    uneven = attributes(0.0, 0.17, 0.5, 1.0)
    values = {"attribute": uneven["warm"], "scores": scores_of_phrases(uneven), "reasoning": False}
    for template in ("comparative_system", "regression_system"):
        text = Templates().render(template, **values)
        assert "where 0 means a response that dislikes it, 50 means one that likes it, and 100 means" in text
    two = {**values, "attribute": attributes(0.0, 1.0)["warm"], "scores": (0, 100)}
    assert "where 0 means a response that dislikes it, and 100 means one that is cool." in Templates().render(
        "regression_system", **two
    )


def test_doses_and_sampled_targets_want_the_levels_of_the_grid() -> None:
    found = attributes(0.0, 0.17, 0.5, 1.0, scale=(1.0, 7.0))
    assert [target.name for target in dose_targets(found)] == [
        f"doses/warm_{level}" for level in ("0", "0.17", "0.5", "1")
    ]
    assert {target.levels["warm"] for target in sampled_targets(found, 1, 3)} == {0.0, 0.17, 1.0}


def test_a_target_may_give_values_on_the_scale(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"warm": {"value": 2, "weight": 3}}')
    named = attributes(0.0, 0.17, 0.5, 1.0, scale=(1.0, 7.0))
    assert read_target(path, named) == Target("mine", {"warm": 0.17}, {"warm": 3.0})
    assert read_target(path, replace(named, continuous=True)).levels == {"warm": 1 / 6}
    with pytest.raises(UserError, match="warm has a value on a scale, which only the dataset's attribute file tells"):
        read_target(path)
    for text in ('{"warm": {"value": 9}}', '{"warm": 9}', '{"warm": {"level": 9}}'):
        path.write_text(text)
        with pytest.raises(UserError, match="warm is 9, expected a level from 0 to 1, or a value from 1 to 7"):
            read_target(path, named)
    path.write_text('{"warm": 0.17}')
    assert read_target(path) == read_target(path, named)


def test_a_target_with_values_is_scored_by_hand(command: Run, tmp_path: Path) -> None:
    path, target = written(tmp_path, "levels: [1, 2, 4, 7]\nscale: [1, 7]"), tmp_path / "mine.json"
    target.write_text('{"warm": {"value": 4}}')
    outputs = [{"input": item(0.17, 0.5).as_json(), "output": {"selected_response_index": 1}}]
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    options = ("--target", target, "--input_outputs", "outputs.json", "--json")
    for option in ("--attributes", "--exact_ties"):
        assert json.loads(command("score", *options, option, path).stdout)["accuracy"] == 100
    assert "which only the dataset's attribute file tells" in command("score", *options).stderr


# A study of each, from raw values to figures

KINDS: dict[str, tuple[str, Callable[[random.Random], float], tuple[str, ...]]] = {
    "free": ("levels: 3\nlabels: continuous", lambda draw: round(draw.uniform(1, 7), 2), ("low", "middling", "high")),
    "named": ("levels: [1, 2, 4, 7]", lambda draw: draw.choice((1, 2, 4, 4, 7)), FOUR),
}
DRAWN = ("label_distribution", "targets", "asked/calibration", "asked/dose_response", "asked/mine/predicted_levels")


def made_study(folder: Path) -> Path:
    """A clone with two datasets of ratings from 1 to 7, split by the workflow's own rule, and a config."""
    clone = make_clone(folder)
    for name, (head, rate, phrases) in KINDS.items():
        path, draw = clone / "data" / name / "attributes.yaml", random.Random(name)
        path.parent.mkdir()
        entry = f"{{description: d, phrases: {json.dumps(phrases)}}}"
        path.write_text(f"scale: [1, 7]\n{head}\nattributes: {{warm: {entry}, brief: {entry}}}\n")
        found = read_attributes(path)
        items = [
            Item(
                f"What of {place}?",
                (f"One {place}.", f"Another {place}."),
                tuple({key: found.from_scale(rate(draw), key) for key in found.names} for _ in range(2)),
            )
            for place in range(30)
        ]
        for part, kept in zip(("train", "eval"), split_parts(items, found, CORRECTED, alike=False), strict=True):
            (path.parent / f"{part}.json").write_text(json.dumps([entry.as_json() for entry in kept]))
        own = clone / "alignment_targets" / "custom" / name / "mine.json"
        own.parent.mkdir(parents=True)
        own.write_text('{"warm": {"value": 6, "weight": 2}, "brief": 0.5}')
    config = {
        "protocol": "corrected",
        "datasets": {name: {"format": "items", "attributes": f"data/{name}/attributes.yaml"} for name in KINDS},
        "models": {"script": {"id": "script", "engine": "scripted"}},
        "adms": {"mine": {"kind": "comparative_regression", "few_shot": {"similarity": "tfidf"}}},
        "experiments": {"asked": {"model": "script", "decoding": "deterministic", "adms": ["mine", "oracle"]}},
        "targets": {"number": 1, "attribute_counts": [1], "doses": True},
        "grid": {"datasets": list(KINDS), "experiments": ["asked"]},
    }
    (clone / "study.yaml").write_text(yaml.safe_dump(config))
    return clone


def test_a_study_on_another_scale_goes_from_raw_values_to_figures(tmp_path: Path) -> None:
    clone = made_study(tmp_path)
    wanted = [f"results/{name}/{file}" for name in KINDS for file in ("scores.csv", "statistics/accuracy.csv")]
    snakemake(clone, "--configfile", "profiles/demo/demo.yaml", "study.yaml", "--", *wanted)
    for name in KINDS:
        found, results = read_attributes(clone / "data" / name / "attributes.yaml"), clone / "results" / name
        scores = pd.read_csv(results / "scores.csv")
        oracle, mine = (scores[scores["adm"] == adm] for adm in ("oracle", "mine"))
        assert (set(oracle["accuracy"]), set(oracle["mae"]), "custom/mine" in set(mine["target"])) == ({100}, {0}, True)
        assert mine["mae"].between(0.05, 0.6).all()
        doses = pd.read_csv(results / "statistics" / "dose_response.csv")
        assert sorted(set(doses["wanted"])) == list(found.levels)
        (examples,) = results.glob("few_shot_examples/*.csv")
        assert set(pd.read_csv(examples)["level"]) == set(found.levels)
        words = drawn(clone, name)
        assert "1 to 7" in words["label_distribution"]
        assert all({"1", "4", "7"} <= set(words[figure].split("\n")) for figure in DRAWN if figure != "targets")
        assert "Outer ring: level 7. No spoke: not named." in words["targets"]


def drawn(clone: Path, name: str) -> dict[str, str]:
    """The texts in figures of a dataset, a line each."""
    results, data = Path("results") / name, Path("data") / name
    targets = sorted((clone / "alignment_targets").rglob(f"*{name}/*.json"))
    files = ["--attributes", data / "attributes.yaml", "--train", data / "train.json", "--eval", data / "eval.json"]
    files += ["--statistics", results / "statistics", "--targets", *targets]
    files += ["--predictions", results / "asked" / "mine" / "predictions.parquet", "--output", "drawn"]
    result = run_script(clone, "draw", *DRAWN, *files)
    assert result.returncode == 0, result.stderr
    return {figure: texts_of(clone / "drawn" / f"{figure}.svg") for figure in DRAWN}


def texts_of(path: Path) -> str:
    """The texts of an SVG, a line each."""
    return "\n".join(
        "".join(text.itertext()).strip() for text in ElementTree.parse(path).iter() if text.tag.endswith("text")
    )
