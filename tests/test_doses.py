"""Targets at each level of each attribute in a study: what they add, and what they leave as it is."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from dev import synthetic
from pluralism.adms.base import Task
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.decisions.deciding import decide
from pluralism.files import write_json
from pluralism.predictions import read_predictions, write_predictions
from pluralism.reporting.figure import Source
from pluralism.reporting.figures import targets as targets_figure
from pluralism.reporting.tables.statistics import statistics_pages
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.names import Names
from pluralism.study.paths import Paths
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.targets.doses import dose_targets
from pluralism.targets.sampling import sampled_targets
from pluralism.targets.target import Target, extreme_targets
from tests.conftest import ROOT, Run, error_line, run_module, snakemake
from tests.test_config import PAPER, changed
from tests.test_steerability import row_of
from tests.test_workflow import planned

HELPSTEER2 = read_attributes(attribute_file("helpsteer2"))
OTHERS = [*extreme_targets(HELPSTEER2), *sampled_targets(HELPSTEER2, 2, 2)]
DOSES = dose_targets(HELPSTEER2)
ABOUT_DOSES = {"dose_response", "steerability", "dose_slopes"}
ADMS = {"plain": "unaligned_baseline", "bound": "prompt_aligned_spm", "levels": "regression"}
ROLES = {"plain": "unaligned", "bound": "contender", "levels": "contender"}


def test_a_study_has_doses_where_its_config_asks_for_them() -> None:
    without, with_doses = (Study(read_config(changed("targets", "doses", to=to))) for to in (False, True))
    assert Study(read_config(PAPER)).targets("mic") == without.targets("mic")
    added = [path for path in with_doses.targets("mic") if path not in without.targets("mic")]
    assert len(added) == 6 * 7
    assert added[:2] == ["alignment_targets/doses_mic/care_0.json", "alignment_targets/doses_mic/care_0.17.json"]
    assert Paths("studies/mine").dose_target("mic", "x.json") == "studies/mine/alignment_targets/doses_mic/x.json"


def results(folder: Path, targets: list[Target], served: list[Target]) -> list[object]:
    """Write the results of three ADMs, and return what analyses them.

    Args:
        folder: where.
        targets: of the study.
        served: those that the target-bound ADM decided for.
    """
    config, draw = read_config(PAPER), np.random.default_rng(0)
    corpus = synthetic.Corpus.drawn(draw, 2000)
    items = synthetic.make_items(12, HELPSTEER2, 3, (5, 5), corpus=corpus, draw=draw)
    write_json(folder / "eval.json", [item.as_json() for item in items])
    paths = [folder / f"{target.name.split('/')[0]}_d" / target.file_name for target in targets]
    for target, path in zip(targets, paths, strict=True):
        write_json(path, target.levels)
    for place, (name, adm) in enumerate(ADMS.items()):
        mine = served if name == "bound" else targets
        # The same whichever targets follow, as a model's answers are.
        task = Task(items, HELPSTEER2, samples=2, targets=mine)
        table = synthetic.predictions(config.adm(adm), task, corpus, np.random.default_rng(place))
        write_predictions(table, folder / "e" / name / "predictions.parquet")
        table = read_predictions(folder / "e" / name / "predictions.parquet")
        decide({"adm": name}, items, table, targets, folder / "e" / name, some_targets=name == "bound")
    options = ["--dataset", "d", "--eval", folder / "eval.json", "--targets", *paths]
    options += ["--cells", *(folder / "e" / name for name in ADMS), "--roles", *ROLES.values()]
    files = ["--attributes", attribute_file("helpsteer2"), "--references", ROOT / "data" / "reference_numbers.csv"]
    return [*options, *files, "--output", folder / "statistics"]


def analysed(command: Run, folder: Path, targets: list[Target], *more: object, **keys: Any) -> dict[str, pd.DataFrame]:
    result = command("analyse", *results(folder, targets, keys.get("served", targets)), *more)
    assert result.returncode == 0, result.stderr
    return {name: pd.read_csv(folder / "statistics" / f"{name}.csv") for name in COLUMNS}


def test_doses_change_no_statistic_but_their_own_and_what_all_targets_cost(command: Run, tmp_path: Path) -> None:
    before = analysed(command, tmp_path / "before", OTHERS)
    after = analysed(command, tmp_path / "after", [*OTHERS, *DOSES])
    for name in COLUMNS.keys() - ABOUT_DOSES - {"cost"}:
        pd.testing.assert_frame_equal(before[name], after[name])
    assert all(before[name].empty and not after[name].empty for name in ABOUT_DOSES)
    generations = [table.set_index("adm")["generations"] for table in (before["cost"], after["cost"])]
    assert (generations[0][["plain", "levels"]] == generations[1][["plain", "levels"]]).all()
    assert generations[1]["bound"] / generations[0]["bound"] == (4 + 25) / 4
    assert after["steerability"]["attribute"].tolist() == 3 * ["all", *HELPSTEER2.names]
    plain, levels = (row_of(after["steerability"], adm=name, attribute="all") for name in ("plain", "levels"))
    assert [plain[name] for name in ("slope", "range_reached", "rising", "monotonicity")] == [0, 0, 0, 1]
    assert levels["slope_low"] > 0.2
    assert len(after["dose_response"]) == 3 * 6 * 5
    assert len(after["dose_slopes"]) == 3 * 5 * 5


def test_an_imported_run_that_serves_some_doses_has_rows_of_the_attributes_that_it_serves_whole(
    command: Run, tmp_path: Path
) -> None:
    imported = ("--imported", tmp_path / "e" / "bound")
    found = analysed(command, tmp_path, [*OTHERS, *DOSES], *imported, served=[*OTHERS, *DOSES[:9]])
    of_bound = found["dose_slopes"].query("adm == 'bound'")
    assert set(of_bound["steered_attribute"]) == {"helpfulness"}
    assert set(found["accuracy"]["adm"]) == set(ADMS)


def test_doses_alone_are_one_line(command: Run, tmp_path: Path) -> None:
    given = results(tmp_path, [*OTHERS, *DOSES], DOSES)
    line = error_line(command("analyse", *given, "--imported", tmp_path / "e" / "bound"))
    assert "bound/decisions.parquet: decisions under doses or people's targets only, expected other targets too" in line
    result = command("analyse", *results(tmp_path, DOSES, DOSES))
    assert error_line(result) == "error: all targets are doses or people's, expected others too, such as target_high"


def test_the_page_without_doses_says_how_to_have_them(command: Run, tmp_path: Path) -> None:
    analysed(command, tmp_path, OTHERS)
    pages = {page.name: page.text("html") for page in statistics_pages(tmp_path / "statistics", Names(), "toy")}
    assert "which targets: {doses: true} in the config adds" in pages["steerability"]


def test_the_figure_of_targets_leaves_doses_out() -> None:
    data = targets_figure.target_levels(Source(attributes=HELPSTEER2, targets=[*OTHERS, *DOSES]))
    assert set(data["set"]) == {"high", "low", "sampled_2"}


STUDY: dict[str, Any] = {
    "targets": {"number": 1, "attribute_counts": [2]},
    "models": {"fast": {"id": "any", "engine": "scripted"}},
    "experiments": {
        "tiny": {"model": "fast", "decoding": "deterministic", "adms": ["prompt_aligned_spm", "regression"]}
    },
    "grid": {"datasets": ["helpsteer2"], "experiments": ["random", "tiny"]},
}

GOALS = [f"results/helpsteer2/tiny/{adm}/scores.csv" for adm in ("regression", "prompt_aligned_spm")]


def answered(folder: Path, adm: str) -> Counter[str]:
    """The keys of a journal, whose lines begin with a checksum."""
    path = folder / "results" / "journals" / "helpsteer2" / "tiny" / f"{adm}.jsonl"
    return Counter(json.loads(line.partition(" ")[2])["key"] for line in path.read_text().splitlines())


@pytest.fixture
def study(clone: Path) -> Path:
    """A study without doses, whose ADMs have predicted, and an overlay that adds doses."""
    dosed = {**STUDY, "targets": {**STUDY["targets"], "doses": True}}
    for name, values in (("tiny.yaml", STUDY), ("dosed.yaml", dosed)):
        (clone / name).write_text(yaml.safe_dump(values))
    run(clone, "tiny.yaml", *GOALS)
    return clone


def run(folder: Path, overlay: str, *goals: str, dry: bool = False) -> str:
    options = ["--dry-run"] if dry else []
    return snakemake(folder, *options, "--configfile", "profiles/demo/demo.yaml", overlay, "--", *goals)


def test_doses_ask_target_free_adms_nothing_and_target_bound_ones_what_is_new(study: Path) -> None:
    assert planned(run(study, "dosed.yaml", *GOALS, dry=True)) == {
        "make_dose_targets_helpsteer2": 1,
        "sample_targets_helpsteer2": 1,  # whose record says that there are doses
        "predict": 1,
        "decide_helpsteer2": 2,
    }
    plan = run_module(study, "pluralism", "plan", "--configfile", "profiles/demo/demo.yaml", "dosed.yaml").stdout
    in_plan = {words[0]: words[1:4] for words in map(str.split, plan.splitlines()) if words}
    assert in_plan["regression"] == ["750", "750", "0"]
    assert in_plan["prompt_aligned_spm"] == ["2,100", "225", "1,875"]
    free = study / "results/helpsteer2/tiny/regression/predictions.parquet"
    written, before = free.stat().st_mtime_ns, answered(study, "prompt_aligned_spm")
    run(study, "dosed.yaml")
    assert free.stat().st_mtime_ns == written
    after = answered(study, "prompt_aligned_spm")
    assert before <= after
    assert (len(before), len(after)) == (75 * 3, 75 * (3 + 25))
    assert set(after.values()) == {1}
    folder = study / "results/helpsteer2"
    assert pd.read_csv(folder / "scores.csv")["target"].str.startswith("doses/").sum() == 25 * 4
    oracle = row_of(pd.read_csv(folder / "statistics/steerability.csv"), adm="oracle", attribute="all")
    assert (oracle["range_reached"], oracle["miscalibration"]) == (1, 0)
    for table in (study / "results/tables").glob("*.md"):
        assert "doses" not in table.read_text(), table
    for figure in ("dose_response", "dose_slopes"):
        assert (study / f"figures/helpsteer2/tiny/{figure}.png").is_file()
    assert "Nothing to be done" in run(study, "dosed.yaml")


def test_doses_of_attributes_that_no_file_can_be_named_after_run_too(clone: Path) -> None:
    names = ["../$(touch X)", "{dataset} 'and' \"more\"", "100 % 價值"]
    described = {name: {"description": "It is.", "phrases": ["is not", "is"]} for name in names}
    item = {"prompt": "p", "responses": ["a", "b"], "labels": [dict.fromkeys(names, level) for level in (1.0, 0.0)]}
    (clone / "data/own").mkdir()
    (clone / "data/own/attributes.yaml").write_text(
        yaml.safe_dump({"levels": 2, "attributes": described}, sort_keys=False)
    )
    for split in ("train", "eval"):
        (clone / f"data/own/{split}.json").write_text(json.dumps([item, {**item, "prompt": "q"}]))
    overlay = {
        "datasets": {"own": {"format": "items", "attributes": "data/own/attributes.yaml"}},
        "targets": {"number": 1, "attribute_counts": [3], "doses": True},
        "grid": {"datasets": ["own"], "experiments": ["random"]},
    }
    (clone / "own.yaml").write_text(yaml.safe_dump(overlay))
    run(clone, "own.yaml", "results/own/statistics/steerability.csv")
    wanted = json.loads((clone / "alignment_targets/doses_own/attribute2_1.json").read_text())
    assert wanted == {names[1]: 1.0}
    assert (clone / "results/own/random/oracle/doses/attribute3_0/input_output.json").is_file()
    found = pd.read_csv(clone / "results/own/statistics/steerability.csv").query("adm == 'oracle'")
    assert found["attribute"].tolist() == ["all", *names]
    assert found["range_reached"].tolist() == [1] * 4
    assert not (clone / "X").exists()
