"""A dataset with a limit: the first eval items only, until a later run without it asks about the others."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pluralism.datasets.items import Item
from pluralism.study.config import Config
from pluralism.study.provenance import Provenance
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from tests.conftest import Run, error_line, run_module, snakemake
from tests.jobs import Job
from tests.test_config import PAPER, changed
from tests.test_workflow import planned

ATTRIBUTES = """
levels: 2
attributes:
  kind: {description: It is kind., phrases: [is rude, is kind]}
  brief: {description: It is short., phrases: [is long, is short]}
"""
WORDS = ("tea", "rain", "bread", "music", "chess", "trees", "boats", "snow")


def item(word: str) -> Item:
    texts = (f"Gladly: {word} is a joy.", f"Go away with {word}.")
    return Item(f"Tell me of {word}.", texts, ({"kind": 1.0, "brief": 0.0}, {"kind": 0.0, "brief": 1.0}))


EVAL = [item(word).as_json() for word in WORDS]
TRAIN = [item(f"{word} and honey").as_json() for word in WORDS[::-1]]
ANNOTATIONS = [[[levels, levels] for levels in entry["labels"]] for entry in EVAL]
ADMS = ("zeroshot_comparative_regression", "proposed_spm", "prompt_aligned_spm")
ASKED = {"zeroshot_comparative_regression": 2 * 2, "proposed_spm": 2 * 2, "prompt_aligned_spm": 2 * 2}
"""Answers about an item: 2 attributes, or the targets high and low, one of which is sampled, too; 2 samples."""


@pytest.fixture
def own(clone: Path) -> Path:
    """The project with a dataset of the user's own, of 8 eval items with annotations."""
    (clone / "data/own").mkdir()
    (clone / "data/own/attributes.yaml").write_text(ATTRIBUTES)
    for name, values in (("train", TRAIN), ("eval", EVAL), ("annotations", ANNOTATIONS)):
        (clone / f"data/own/{name}.json").write_text(json.dumps(values))
    return clone


def overlay(folder: Path, **keys: Any) -> str:
    """An overlay whose dataset has these keys, such as a limit."""
    values = {
        "output": "s",
        "prompts": "own",
        "datasets": {"own": {"format": "items", "attributes": "data/own/attributes.yaml", **keys}},
        "targets": {"number": 1, "attribute_counts": [2]},
        "models": {"script": {"id": "script", "engine": "scripted"}},
        "decodings": {"two": {"samples": 2, "temperature": 0.7}},
        "adms": {"proposed_spm": {"few_shot": {"similarity": "tfidf"}}},
        "experiments": {"asked": {"model": "script", "decoding": "two", "adms": list(ADMS)}},
        "grid": {"datasets": ["own"], "experiments": ["asked"]},
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(values))
    return "mine.yaml"


GOALS = ("s/results/tables/own_scores.md", "s/results/own/statistics/noise_ceiling.csv")


def ran(folder: Path, **keys: Any) -> dict[str, list[str]]:
    """ADM -> the lines of its journal, after a run."""
    given = ("--cores", "2", "--configfile", overlay(folder, **keys), "--", *GOALS)
    snakemake(folder, *given, profile="default")
    journals = folder / "s/results/journals/own/asked"
    return {adm: (journals / f"{adm}.jsonl").read_text().splitlines() for adm in ADMS}


def decided(folder: Path, adm: str) -> list[Any]:
    """The items that an ADM decided."""
    path = folder / f"s/results/own/asked/{adm}/target_high/input_output.json"
    return [entry["input"] for entry in json.loads(path.read_text())]


def plan_of(folder: Path, **keys: Any) -> dict[str, tuple[int, ...]]:
    """ADM -> its generations in all, in the journal, and to make."""
    plan = run_module(folder, "pluralism", "plan", "--configfile", overlay(folder, **keys)).stdout
    rows = {words[0]: words[1:4] for line in plan.splitlines() if (words := line.split())}
    return {adm: tuple(map(int, rows[adm])) for adm in ADMS}


def test_the_first_items_are_decided_and_a_later_full_run_asks_about_the_others_only(own: Path) -> None:
    first = ran(own, limit=3)
    assert {adm: len(lines) for adm, lines in first.items()} == {adm: 3 * count for adm, count in ASKED.items()}
    assert all(decided(own, adm) == EVAL[:3] for adm in ADMS)
    assert json.loads((own / "s/results/own/annotations.json").read_text()) == ANNOTATIONS[:3]
    assert "limit: at most 3 items of own" in (own / GOALS[0]).read_text()
    assert '"limit":3' in (own / "s/results/made_with/own/analyse.jsonl").read_text()
    assert json.loads((own / "data/own/eval.json").read_text()) == EVAL
    assert plan_of(own) == {adm: (8 * count, 3 * count, 5 * count) for adm, count in ASKED.items()}

    whole = ran(own)
    for adm, lines in whole.items():
        assert lines[: len(first[adm])] == first[adm]
        assert len(lines) == 8 * ASKED[adm]
        assert decided(own, adm) == EVAL
    assert "limit" not in (own / GOALS[0]).read_text()
    assert plan_of(own, limit=5) == {adm: (5 * count, 5 * count, 0) for adm, count in ASKED.items()}


def test_the_plan_says_how_many_items_there_are_without_the_limit(own: Path) -> None:
    def plan(**keys: Any) -> str:
        return " ".join(run_module(own, "pluralism", "plan", "--configfile", overlay(own, **keys)).stdout.split())

    assert "own: 3 items (limit; 8 items without) ADM" in plan(limit=3)
    assert "own: 3 items (limit; 8 items without), 3 ADMs in asked (3 comparisons)" in plan(limit=3)
    above = plan(limit=9)
    assert "own: 8 items ADM" in above
    assert "note datasets.own.limit: 9, and there are 8 eval items, so that all of them are taken" in above
    assert "limit" not in plan()


def test_items_made_of_raw_files_stay_whole_beside_the_first(clone: Path) -> None:
    (clone / "few.yaml").write_text("datasets: {helpsteer2: {limit: 12}}")
    config = ("--configfile", "profiles/demo/demo.yaml", "few.yaml", "--")
    jobs = planned(snakemake(clone, "--dry-run", *config))
    assert (jobs["limit_items"], jobs["limit_annotations"]) == (1, 1)
    snakemake(clone, *config, "results/helpsteer2/annotations.json", "results/helpsteer2/random/oracle/scores.csv")
    for name in ("eval", "annotations"):
        whole, first = (json.loads((clone / f"{at}/helpsteer2/{name}.json").read_text()) for at in ("data", "results"))
        assert len(whole) == 75
        assert first == whole[:12]


def test_two_limits_are_told_apart_and_none_leaves_no_trace() -> None:
    def lines(limit: int | None) -> frozenset[str]:
        study = Study(read_config(changed("datasets", "mic", "limit", to=limit)))
        return Provenance(study).statistics("mic").lines

    assert lines(12) != lines(13)
    assert lines(None) == Provenance(Study(read_config(PAPER))).statistics("mic").lines
    assert {json.loads(line)["job"] for line in lines(12) - lines(None)} == {"mic/limit_items", "mic/limit_annotations"}


@pytest.mark.parametrize("limit", [0, -1, 1.5, "12", True, 10**7])
def test_a_limit_is_a_whole_number_from_1(limit: object, tmp_path: Path, pluralism: Run) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(changed("datasets", "mic", "limit", to=limit)))
    assert "config: datasets.mic.limit: " in error_line(pluralism("check", "config.yaml"))


def test_tables_and_figures_name_the_limits_of_their_grid() -> None:
    values = changed("datasets", "mic", "limit", to=1200)
    values["datasets"]["mic"]["label"] = "Morals"
    config: Config = read_config(values)
    assert config.footnote.endswith("; limit: at most 1,200 items of Morals")


def test_items_that_are_not_the_first_of_all_are_one_line(tmp_path: Path) -> None:
    job = Job(tmp_path)
    whole = json.loads((tmp_path / "eval.json").read_text())
    (tmp_path / "whole.json").write_text(json.dumps(whole[1:]))
    assert "eval.json: expected the first items of whole.json" in error_line(job.run("--whole_eval", "whole.json"))
