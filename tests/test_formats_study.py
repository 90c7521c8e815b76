"""Five formats run from raw files to figures, in one study without a model; the levels of two are continuous."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pluralism import load_results
from pluralism.planning.configuration import merged_config
from pluralism.study.data_sections import Dataset
from tests.conftest import ROOT, make_clone, snakemake

TOPICS = ("bread", "tea", "rice", "soup", "eggs", "fish", "beans", "pasta")


def phrases(count: int) -> list[str]:
    return [f"has step {step} of {count}" for step in range(count)]


def attribute_text(*names: str, levels: int, **keys: Any) -> str:
    entries = {name: {"description": f"{name} is how {name} it is.", "phrases": phrases(levels)} for name in names}
    return yaml.safe_dump({"levels": levels, **keys, "attributes": entries})


def align_system() -> str:
    """Two choices with continuous values, as input_output files have them."""
    return json.dumps(
        [
            {
                "input": {
                    "state": f"Two guests want {topic}, and there is one plate.",
                    "choices": [
                        {
                            "unstructured": "Serve the first",
                            "kdma_association": {"need": 0.9 - step / 10, "merit": 0.2},
                        },
                        {"unstructured": "Serve the second", "kdma_association": {"need": 0.35, "merit": step / 9}},
                        {"unstructured": "Look around"},
                    ],
                },
                "output": {"choice": 0},
            }
            for step, topic in enumerate(TOPICS)
        ]
    )


def preferences() -> str:
    """Two responses, each rated from 1 to 5 by three annotators, and compared on another attribute."""
    rows = [
        {
            "instruction": f"How is {topic} made?",
            "completions": [
                {"text": f"Slowly, {topic} needs time.", "rated": [{"kind": 1 + step % 3}, {"kind": 2}, {"kind": 3}]},
                {"text": "With care.", "rated": [{"kind": 5}, {"kind": 4 + step % 2}, {"kind": None}]},
            ],
            "preference": [{"clear": "second"}, {"clear": "same" if step % 2 else "first"}, {"clear": "second"}],
        }
        for step, topic in enumerate(TOPICS)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def survey() -> str:
    """Answers of respondents of two towns."""
    rows = ["question,answer,town,weight"]
    for step, topic in enumerate(TOPICS):
        for person in range(6):
            answer = ("Often", "Sometimes", "Never")[(person * (1 + step % 2)) % 3]
            town = "north" if person < 3 + step % 2 else "south"
            rows.append(f"How often do you eat {topic}?,{answer},{town},{1 + person % 2}")
    return "\n".join(rows) + "\n"


def table(path: Path) -> None:
    """A row per response, with a column that says the split."""
    pd.DataFrame(
        {
            "question": [f"What goes with {topic}?" for topic in TOPICS for _ in range(2)],
            "answer": [text for topic in TOPICS for text in (f"Salt goes with {topic}.", "Ask a cook.")],
            "stars": [stars for step in range(len(TOPICS)) for stars in (3 - step % 2, step % 3)],
            "fold": ["train" if step < 2 else "test" for step in range(len(TOPICS)) for _ in range(2)],
        }
    ).to_parquet(path)


def items(first: int, last: int) -> str:
    """As the authors' data/*/eval.json are."""
    return json.dumps(
        [
            {
                "prompt": f"Is {topic} good?",
                "responses": [f"Yes, {topic} is good.", "No."],
                "labels": [{"warm": 1.0 - step % 2 / 2}, {"warm": 0.5 * (step % 3 == 0)}],
            }
            for step, topic in enumerate(TOPICS[first:last])
        ]
    )


DATASETS: dict[str, dict[str, Any]] = {
    "scenes": {
        "format": "align_system",
        "raw": "raw/scenes.json",
        "licence": "CC0-1.0",
        "source_url": "https://example.org/kitchen",
    },
    "rated": {
        "format": "preferences",
        "raw": "raw/rated.jsonl",
        "prompt": "instruction",
        "responses": "completions[].text",
        "ratings": {"kind": "completions[].rated[].kind"},
        "comparisons": {"clear": "preference[].clear"},
        "values": {"first": 1, "same": 3, "second": 5},
        "train_share": 0.25,
    },
    "towns": {
        "format": "survey",
        "raw": "raw/towns.csv",
        "response": "answer",
        "weight": "weight",
        "group": "town",
        "train_share": 0,
    },
    "stars": {
        "format": "table",
        "raw": "raw/stars.parquet",
        "prompt": "question",
        "response": "answer",
        "split": "fold",
    },
    "brought": {"format": "items"},
}
OVERLAY = {
    "datasets": {name: {**keys, "attributes": f"raw/{name}.yaml"} for name, keys in DATASETS.items()},
    "targets": {"number": 1, "attribute_counts": [1]},
    "grid": {"datasets": list(DATASETS), "experiments": ["random"]},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the finished study."""
    folder = make_clone(tmp_path_factory.mktemp("formats"))
    raw = folder / "raw"
    raw.mkdir()
    (raw / "scenes.json").write_text(align_system())
    (raw / "rated.jsonl").write_text(preferences())
    (raw / "towns.csv").write_text(survey())
    table(raw / "stars.parquet")
    (folder / "data/brought").mkdir(parents=True)
    (folder / "data/brought/train.json").write_text(items(0, 2))
    (folder / "data/brought/eval.json").write_text(items(2, 8))
    (raw / "scenes.yaml").write_text(attribute_text("need", "merit", levels=5, labels="continuous"))
    (raw / "rated.yaml").write_text(attribute_text("kind", "clear", levels=5, scale=[1, 5]))
    (raw / "towns.yaml").write_text(attribute_text("north", "south", levels=5, labels="continuous"))
    (raw / "stars.yaml").write_text(attribute_text("stars", levels=4, scale=[0, 3]))
    (raw / "brought.yaml").write_text(attribute_text("warm", levels=3))
    (folder / "overlay.yaml").write_text(yaml.safe_dump(OVERLAY))
    snakemake(folder, "--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--cores", "2", "--", "figures")
    return folder


def read(folder: Path, dataset: str, part: str = "eval") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / f"data/{dataset}/{part}.json").read_text())
    return found


def test_all_five_are_decided_and_drawn(study: Path) -> None:
    scores = load_results(study).scores
    right = scores[scores["adm"] == "oracle"].groupby("dataset", observed=True)["accuracy"].min()
    assert right.to_dict() == dict.fromkeys(DATASETS, 100.0)
    for dataset in DATASETS:
        drawn = {path.stem for path in (study / "figures" / dataset).rglob("*.png")}
        assert {"accuracy", "label_distribution", "targets"} <= drawn, dataset


def test_levels_are_those_of_the_raw_files(study: Path) -> None:
    """Of a choice without values there is no response; a mean is the nearest level; a share is that of the weights."""
    scene = read(study, "scenes")[0]
    assert scene["responses"] == ["Serve the first", "Serve the second"]
    assert scene["labels"][1]["need"] == 0.35
    (rated,) = (
        one for one in read(study, "rated") + read(study, "rated", "train") if one["prompt"] == "How is bread made?"
    )
    assert rated["labels"] == [{"kind": 0.25, "clear": 0.25}, {"kind": 0.75, "clear": 0.75}]
    (bread,) = (one for one in read(study, "towns") if "bread" in one["prompt"])
    assert dict(zip(bread["responses"], bread["labels"], strict=True))["Often"] == {"north": 0.25, "south": 0.4}


def test_a_split_is_that_of_the_column_or_of_the_share(study: Path) -> None:
    sizes = {name: (len(read(study, name, "train")), len(read(study, name))) for name in ("stars", "rated", "towns")}
    assert sizes == {"stars": (2, 6), "rated": (2, 6), "towns": (0, 8)}


def test_disagreement_is_kept_for_the_noise_ceiling(study: Path) -> None:
    given = json.loads((study / "data/rated/annotations.json").read_text())
    # The third annotator rated one attribute of the second response only.
    assert {(len(item[0]), len(item[1])) for item in given} == {(3, 2)}
    with (study / "results/rated/statistics/noise_ceiling.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) > 0


def test_the_licence_and_the_source_are_those_of_the_config_or_of_the_format() -> None:
    config = merged_config(ROOT / "config.yaml", [])
    assert config.datasets["mic"].terms.words == "licence: CC-BY-SA-4.0, from https://github.com/SALT-NLP/mic"
    assert Dataset.model_validate(DATASETS["scenes"] | {"attributes": "x"}).terms.words == (
        "licence: CC0-1.0, from https://example.org/kitchen"
    )
    assert Dataset.model_validate(DATASETS["towns"] | {"attributes": "x"}).terms.words == ""
