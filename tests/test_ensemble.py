"""Ensembles of ADMs: combined by hand, refused where they cannot be, and run by the workflow."""

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pluralism.adms import make_adm
from pluralism.adms.base import Stored, Task
from pluralism.datasets.attributes import attribute_file, read_attributes
from pluralism.datasets.items import Item
from pluralism.decisions.aggregation import Aggregate
from pluralism.errors import UserError
from pluralism.inference.settings import Member
from pluralism.predictions import Prediction, prediction_table
from pluralism.study.reading import read_config
from tests.conftest import ROOT, error_line, run_module, snakemake
from tests.jobs import Job
from tests.statistics_cases import prediction

MIC = read_attributes(attribute_file("mic"))
ITEMS = [Item(f"p{place}", ("r", "s"), ({"care": 1.0}, {"care": 0.0})) for place in range(2)]


def levels(name: str, *cares: Sequence[float], aggregate: Aggregate = "mean") -> Stored:
    """A member that predicts care; a row per sample: of the two responses of one item, then of those of the other."""
    rows = [
        prediction(place // 2, place % 2, level, sample=sample)
        for sample, row in enumerate(cares)
        for place, level in enumerate(row)
    ]
    return Stored(name, prediction_table(rows), aggregate)


def picks(name: str, *picked: Sequence[int], target: str | None = None) -> Stored:
    """A member that picks a response of both items; a row per sample."""
    rows = [
        prediction(item, response, float(response == of_item), attribute=None, sample=sample, target=target)
        for sample, row in enumerate(picked)
        for item, of_item in enumerate(row)
        for response in range(2)
    ]
    return Stored(name, prediction_table(rows))


def predicted(kind: str, members: Sequence[Stored], **options: Any) -> list[Prediction]:
    adm = make_adm(kind, {"of": [member.name for member in members], **options}, "")
    task = Task(ITEMS, MIC, predictions=members)
    assert adm.queries(task) == [] and not adm.needs_model
    return adm.read(task, [], [])


def scores(rows: Sequence[Prediction]) -> dict[tuple[int, int], float]:
    return {(row.item, row.response): row.score for row in rows}


def picked(rows: Sequence[Prediction]) -> Mapping[str | None, list[int]]:
    """Target -> the response picked of each item."""
    found: dict[str | None, list[int]] = {}
    for row in rows:
        if row.score == 1:
            found.setdefault(row.target, []).append(row.response)
    return found


def test_levels_are_the_mean_of_the_members_levels() -> None:
    # a has two samples, of which its level is the mean; b's is the median of three.
    a = levels("a", (0.2, 1.0, 0.0, 0.3), (0.4, 1.0, 0.0, 0.3))
    b = levels("b", (0.5, 0.0, 0.0, 0.3), (0.5, 0.4, 0.0, 0.3), (0.6, 0.1, 1.0, 0.3), aggregate="median")
    expected = {(0, 0): 0.4, (0, 1): 0.55, (1, 0): 0.0, (1, 1): 0.3}
    assert scores(predicted("ensemble_levels", [a, b])) == pytest.approx(expected)
    weighted = {(0, 0): (0.3 + 3 * 0.5) / 4, (0, 1): (1 + 3 * 0.1) / 4, (1, 0): 0.0, (1, 1): 0.3}
    assert scores(predicted("ensemble_levels", [a, b], weights=[1, 3])) == pytest.approx(weighted)
    (row, *_) = predicted("ensemble_levels", [a, b])
    assert (row.sample, row.target, row.attribute, row.spread) == (0, None, "care", None)


def test_equal_means_are_equal_levels() -> None:
    # In levels, .1 + .2 is more than .3 + .0.
    rows = scores(predicted("ensemble_levels", [levels("a", (0.1, 0.3, 0, 0)), levels("b", (0.2, 0.0, 0, 0))]))
    assert rows[0, 0] == rows[0, 1] == 0.15


def test_equal_sums_of_weights_tie() -> None:
    # As floats, .1 + .2 is more than .3, and .2 * .87 + .2 * .08 is more than .2 * .12 + .2 * .83.
    members = [picks("a", (0, 0)), picks("b", (1, 1)), picks("c", (1, 1))]
    assert picked(predicted("ensemble_choice", members, weights=[0.3, 0.1, 0.2])) == {None: [0, 0]}
    rows = predicted(
        "ensemble_levels", [levels("a", (0.87, 0.12, 0, 1)), levels("b", (0.08, 0.83, 0, 1))], weights=[0.2, 0.2]
    )
    assert list(scores(rows).values()) == [0.475, 0.475, 0.0, 1.0]


def test_a_vote_is_of_the_members_own_majorities() -> None:
    a, b = picks("a", (0, 1), (0, 1), (1, 0)), picks("b", (1, 1))
    assert picked(predicted("ensemble_choice", [a, b, picks("c", (1, 0))])) == {None: [1, 1]}
    # Equally many votes: as the member that is named first.
    assert picked(predicted("ensemble_choice", [a, b])) == {None: [0, 1]}
    assert picked(predicted("ensemble_choice", [b, a])) == {None: [1, 1]}
    assert picked(predicted("ensemble_choice", [a, b], weights=[1, 1.5])) == {None: [1, 1]}


def test_members_may_be_for_a_target_each_or_for_all() -> None:
    high, low = picks("bound", (0, 0), target="target_high"), picks("bound", (1, 1), target="target_low")
    bound = Stored("bound", pd.concat([high.table, low.table], ignore_index=True))
    members = [bound, picks("free", (0, 1)), picks("other", (1, 1))]
    assert picked(predicted("ensemble_choice", members)) == {"target_high": [0, 1], "target_low": [1, 1]}
    with pytest.raises(UserError, match="bound and less: only one of them predicts for the target target_low"):
        predicted("ensemble_choice", [bound, Stored("less", high.table)])


def test_members_that_do_not_fit_are_told() -> None:
    fair = levels("b", (0, 0, 0, 0))
    loyal = Stored("a", fair.table.assign(attribute="loyalty"))
    with pytest.raises(UserError, match="a predicts loyalty; b predicts care; expected the same attributes"):
        predicted("ensemble_levels", [loyal, fair])
    with pytest.raises(UserError, match="b predicts levels, expected picks"):
        predicted("ensemble_choice", [picks("a", (0, 0)), fair])
    for options, message in (
        ({"of": ["a"]}, "of: expected at least 2 entries, found"),
        ({"of": ["a", "a"]}, "a member is listed twice"),
        ({"of": ["a", "b/c/d"]}, "found 'b/c/d', expected the name of an ADM, or experiment/adm"),
        ({"of": ["a", "b"], "weights": [1]}, "weights: 1 of 2 members"),
        ({"of": ["a", "b"], "weights": [1, 0]}, "weights"),
        ({"of": ["a", "b"], "few_shot": {}}, "shows no examples"),
    ):
        with pytest.raises(UserError, match=message):
            make_adm("ensemble_levels", options, "adms.mine")


PAPER: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())


KALEIDO, NO_SUCH = "kaleido/kaleido_spm", ", which the grid does not run on mic"


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (["sampling_llama/proposed", KALEIDO], f"it reads sampling_llama/proposed{NO_SUCH}"),
        (["proposed_spm", KALEIDO], f"it reads panels/proposed_spm{NO_SUCH}"),
        ([KALEIDO, "sampling_llama/unaligned_baseline"], "its member sampling_llama/unaligned_baseline predicts picks"),
        (["panels/other", "other"], "it reads panels/other twice, expected once"),
        (["panel", KALEIDO], "it reads itself: panels/panel <- panels/panel"),
        (["other", KALEIDO], "it reads itself: panels/panel <- panels/other <- panels/panel"),
    ],
)
def test_a_config_names_members_that_are_there(of: list[str], message: str) -> None:
    values = copy.deepcopy(PAPER)
    values["adms"] |= {
        "panel": {"kind": "ensemble_levels", "of": of},
        "other": {"kind": "ensemble_levels", "of": ["panel", "kaleido/kaleido_spm"]},
    }
    values["experiments"]["panels"] = {"decoding": "deterministic", "adms": ["panel", "other"]}
    values["grid"]["experiments"].append("panels")
    with pytest.raises(UserError) as caught:
        read_config(values)
    assert f"adms.panel: {message}" in str(caught.value)


def ensemble(folder: Path) -> Job:
    """The job of an ensemble of two others, whose predictions are made."""
    for number, kind in enumerate(("regression", "comparative_regression")):
        job = Job(folder, {"kind": kind}, seed=number)
        job.made("--journal", f"{kind}.jsonl", "--output", f"{kind}.parquet")
    return Job(folder, {"kind": "ensemble_levels", "of": ["regression", "comparative_regression"]})


def test_the_command_combines_files_and_refuses_those_of_other_items(tmp_path: Path) -> None:
    job = ensemble(tmp_path)
    members = tuple(Member(name=name) for name in ("regression", "comparative_regression"))
    settings = job.settings.model_copy(update={"members": members, "model": None}).model_dump_json()
    files = [f"{member.name}.parquet" for member in members]
    assert job.made("--settings", settings, "--predictions", *files) == 0
    keys = ["item", "response", "attribute"]
    one, other, mean = (
        pd.read_parquet(tmp_path / name).groupby(keys)["score"].mean() for name in (*files, "predictions.parquet")
    )
    pd.testing.assert_series_equal(mean, (one + other) / 2)
    assert job.decide().returncode == 0
    assert "--predictions: 1 files, expected one for each of 2 ADMs" in error_line(
        job.run("--settings", settings, "--predictions", files[0])
    )
    items = json.loads((tmp_path / "eval.json").read_text())
    (tmp_path / "eval.json").write_text(json.dumps(items[:5]))
    assert "regression.parquet: response 0 of item 5 is not among the eval items" in error_line(
        job.run("--settings", settings, "--predictions", *files)
    )


OVERLAY = """
output: out
targets: {number: 1, attribute_counts: [2]}
models: {script: {id: script, engine: scripted}}
adms:
  panel: {kind: ensemble_levels, of: [scripted/regression, scripted/zeroshot_comparative_regression], weights: [2, 1]}
  panel_of_panels: {kind: ensemble_levels, of: [panel, random/oracle]}
  vote: {kind: ensemble_choice, of: [scripted/unaligned_baseline, scripted/prompt_aligned_spm]}
experiments:
  scripted:
    model: script
    decoding: sampling
    adms: [unaligned_baseline, prompt_aligned_spm, regression, zeroshot_comparative_regression]
  panels: {decoding: deterministic, adms: [panel, panel_of_panels, vote]}
grid: {datasets: [helpsteer2], experiments: [random, scripted, panels]}
"""


def test_the_workflow_makes_members_first_and_asks_for_no_ensemble(clone: Path) -> None:
    (clone / "overlay.yaml").write_text(OVERLAY)
    overlays = ["--configfile", "profiles/demo/demo.yaml", "overlay.yaml"]
    made = [f"out/results/helpsteer2/panels/{adm}/scores.csv" for adm in ("panel_of_panels", "vote")]
    text = snakemake(clone, *overlays, "--", *made, "out/results/config.yaml")
    assert "panels: panel_of_panels predicts" in text
    scored = pd.concat([pd.read_csv(clone / path) for path in made])
    assert set(scored["adm"]) == {"panel_of_panels", "vote"} and scored["accuracy"].notna().all()
    record = clone / "out/results/made_with/helpsteer2/panels/panel_of_panels/predict.jsonl"
    jobs = {json.loads(line)["job"] for line in record.read_text().splitlines()}
    assert {f"helpsteer2/{cell}/predict" for cell in ("panels/panel", "scripted/regression", "random/oracle")} <= jobs
    plan = run_module(clone, "pluralism", "plan", "--workflow-profile", "profiles/demo", *overlays)
    assert " scripted (script)" in plan.stdout and "\n panels (" not in plan.stdout
