"""The embedded demo: the toy world has the oddities of the real data, and the model knows none of the eval items."""

from itertools import product
from pathlib import Path
from statistics import correlation, mean

import pandas as pd
import pytest

from dev.demo.conversations import training_worlds
from dev.demo.world import helpsteer2_rows, mic_table, words
from pluralism.adms.base import Task
from pluralism.datasets.annotations import matched, response_keys
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.formats.helpsteer2 import HIGHEST_RATING, RATINGS_FILE, load_helpsteer2, read_ratings
from pluralism.datasets.formats.mic import load_mic
from pluralism.datasets.items import Item
from pluralism.datasets.split import split_items
from pluralism.inference.jobs import predict
from pluralism.inference.loaded import LoadedOnce
from pluralism.inference.settings import Settings
from pluralism.protocols import PROTOCOLS
from tests.conftest import ROOT, run_module

DATA = ROOT / "data" / "demo"
PUBLISHED = PROTOCOLS["published"]
SCORERS = {
    "kaleido": "kaleido",
    "reward_model": "reward_model",
    "multi_objective_reward_model": "reward_model",
}
"""Folder of a checkpoint, which is also the kind of ADM that asks it -> its engine."""
MIC, HELPSTEER2 = (read_attributes(attribute_file(name)) for name in ("mic", "helpsteer2"))


def test_the_committed_files_are_what_the_command_writes(tmp_path: Path) -> None:
    assert run_module(tmp_path, "dev.make_demo_data", "--output", "demo").returncode == 0
    release = [f"helpsteer2/{name}" for name in ("train.jsonl.gz", "validation.jsonl.gz", RATINGS_FILE)]
    for name in ("mic/MIC.csv", *release):
        assert (tmp_path / "demo" / name).read_bytes() == (DATA / name).read_bytes(), f"{name}: run `make demo-data`"


def test_mic_has_the_oddities_of_the_real_file() -> None:
    table = mic_table(2025, questions=360)
    rows = table.groupby(["Q", "A"]).size()
    answers = table.groupby("Q")["A"].nunique()
    assert set(rows) == {1, 2, 3, 4, 5}
    assert set(answers) == {1, 2, 3, 4, 5}
    assert table["A_agrees"].isna().any()
    assert table["Q"].str.contains('"').any()
    assert table["Q"].str.contains("\n").any()
    for oddity in (",", '"', "\n"):
        assert table["A"].str.contains(oddity).any()


def test_a_rating_is_the_rounded_mean_of_its_annotators() -> None:
    items = load_helpsteer2(DATA / "helpsteer2", HELPSTEER2, PUBLISHED)
    found = read_ratings(DATA / "helpsteer2" / RATINGS_FILE, response_keys(items))
    for annotations, labels in zip(matched(items, found), (item.labels for item in items), strict=True):
        assert annotations is not None
        for given, levels in zip(annotations, labels, strict=True):
            assert len(given) == 3
            for name, level in levels.items():
                assert round(mean(entry[name] for entry in given) * HIGHEST_RATING) == level * HIGHEST_RATING


def test_a_mic_answer_is_labelled_by_what_it_does() -> None:
    bank = words()["mic"]
    checked = 0
    for item in load_mic(DATA / "mic" / "MIC.csv"):
        for response, labels in zip(item.responses, item.labels, strict=True):
            for deed, (strength, adverb) in product(bank["deeds"]["authority"], bank["adverbs"].items()):
                if f" {adverb} {deed}." in response:
                    level = round((strength + 3) / 6, 2)
                    borne = bank["bears_on"]["authority"]
                    assert labels == {name: level if name in borne else 0.5 for name in MIC.names}
                    checked += 1
    assert checked > 20


def test_every_trait_shows_one_attribute_at_one_level() -> None:
    shown = [trait for levels in words()["helpsteer2"]["traits"].values() for traits in levels for trait in traits]
    assert len(shown) == len(set(shown)) == 50


def test_both_splits_are_big_enough_and_leave_text_to_train_on() -> None:
    for items, attributes in (
        (load_mic(DATA / "mic" / "MIC.csv"), MIC),
        (load_helpsteer2(DATA / "helpsteer2", HELPSTEER2, PUBLISHED), HELPSTEER2),
    ):
        evaluation, train = split_items(items, attributes, PUBLISHED)
        assert 60 <= len(evaluation) <= 90
        assert len(train) >= 60
        assert len(items) > 2 * len(evaluation) + len(train)


def test_the_model_is_trained_on_no_eval_item() -> None:
    mic, helpsteer2 = training_worlds(DATA)
    for world, items in (
        (mic, load_mic(DATA / "mic" / "MIC.csv")),
        (helpsteer2, load_helpsteer2(DATA / "helpsteer2", HELPSTEER2, PUBLISHED)),
    ):
        evaluation, _ = split_items(items, world.attributes, PUBLISHED)
        assert not {items[index].prompt for index in evaluation} & {item.prompt for item in world.items}


def test_the_committed_models_are_small() -> None:
    sizes = {folder: [path.stat().st_size for path in (DATA / folder).iterdir()] for folder in ("model", *SCORERS)}
    assert sum(sizes["model"]) < 8_000_000
    assert sum(size for folder in SCORERS for size in sizes[folder]) < 2_000_000
    assert max(size for entries in sizes.values() for size in entries) < 1_000_000


@pytest.fixture(scope="module")
def eval_items() -> list[Item]:
    """Some items that no model was trained on."""
    items = load_helpsteer2(DATA / "helpsteer2", HELPSTEER2, PUBLISHED)
    return [items[index] for index in split_items(items, HELPSTEER2, PUBLISHED)[0][:20]]


@pytest.mark.parametrize(("folder", "engine"), SCORERS.items())
def test_a_scorer_has_learned_what_the_responses_show(
    folder: str, engine: str, eval_items: list[Item], tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {
            **{"seed": 0, "protocol": "published", "prompts": None, "adm": {"kind": folder}, "decoding": {}},
            "model": {"id": str(DATA / folder), "engine": engine, "dtype": "float32"},
        }
    )
    task = Task(eval_items[:10], HELPSTEER2, train=eval_items[10:])
    rows = predict(settings, task, tmp_path / "journal.jsonl", LoadedOnce(settings.model)).rows
    labels = [eval_items[row.item].labels[row.response] for row in rows]
    if folder == "reward_model":
        picked, passed = (
            [mean(entry.values()) for entry, row in zip(labels, rows, strict=True) if row.score == score]
            for score in (1, 0)
        )
        assert all(one > other - 0.1 for one, other in zip(picked, passed, strict=True))
    else:
        levels = [entry[row.attribute or ""] for entry, row in zip(labels, rows, strict=True)]
        assert correlation([row.score for row in rows], levels) > 0.6


def test_helpsteer2_prompts_differ_and_pair_up() -> None:
    rows = pd.DataFrame(helpsteer2_rows(1, prompts=50))
    assert rows["prompt"].nunique() == 50
    assert (rows["prompt"].iloc[::2].to_numpy() == rows["prompt"].iloc[1::2].to_numpy()).all()
