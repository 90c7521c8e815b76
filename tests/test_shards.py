"""Shards: several jobs share an ADM's work, and the results are those of one."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.errors import UserError
from pluralism.inference.journal import read_journals
from pluralism.inference.shards import Shard, sibling_journals
from tests.conftest import error_line, snakemake
from tests.jobs import Job


def run_shards(job: Job, count: int) -> int:
    """Run all shards; gives the number of generations made."""
    return sum(
        job.made("--shard", f"{number}of{count}", "--output", f"{number}.json") for number in range(1, count + 1)
    )


@pytest.mark.parametrize(
    "adm",
    [
        {"kind": "regression"},
        {"kind": "prompt_aligned"},
        {"kind": "multi_objective_reward_model"},  # asks about train items too
    ],
)
def test_the_predictions_are_those_of_one_job_row_for_row(tmp_path: Path, adm: dict[str, Any]) -> None:
    whole, parts = Job(tmp_path / "whole", adm), Job(tmp_path / "parts", adm)
    made = whole.made()
    assert run_shards(parts, 2) == made
    assert parts.made("--gather") == 0
    pd.testing.assert_frame_equal(parts.predictions(), whole.predictions())


def test_no_two_shards_answer_the_same_request(tmp_path: Path) -> None:
    job = Job(tmp_path)
    run_shards(job, 3)
    journals = sibling_journals(tmp_path / "journal.jsonl")
    assert [path.name for path in journals] == [f"journal.shard{number}of3.jsonl" for number in range(1, 4)]
    sizes = [len(read_journals([path])) for path in journals]
    assert (
        sum(sizes) == len(read_journals(journals)) == 11 * 2 * 5 * 2
    )  # distinct items, responses, attributes, samples
    assert min(sizes) > 0


def test_another_number_of_shards_in_mid_run_loses_nothing(tmp_path: Path) -> None:
    job = Job(tmp_path)
    first = job.made("--shard", "1of2", "--output", "1.json")
    assert first > 0
    assert job.made() == 220 - first
    assert job.made("--shard", "3of3", "--output", "3.json") == 0


def test_a_missing_shard_is_told(tmp_path: Path) -> None:
    job = Job(tmp_path)
    job.made("--shard", "1of2", "--output", "1.json")
    assert "100 of 220 answers are not found in the journals" in error_line(job.run("--gather"))
    assert not (tmp_path / "predictions.parquet").exists()


def test_a_shard_that_is_none_is_told(tmp_path: Path) -> None:
    assert "--shard: '3of2', expected NofM, for example 2of4" in error_line(Job(tmp_path).run("--shard", "3of2"))
    for text in ("0of2", "2", "1/2", "1of9999999999", "\uff11of2"):
        with pytest.raises(UserError, match="expected NofM, for example 2of4"):
            Shard.parse(text)


OVERLAY = """
targets: {number: 1, attribute_counts: [2]}
models: {script: {id: script, engine: scripted}}
experiments:
  scripted: {model: script, decoding: sampling, shards: SHARDS, adms: [unaligned_baseline]}
grid: {datasets: [helpsteer2], experiments: [scripted]}
"""


def test_the_workflow_deals_an_experiment_out_and_takes_it_together(clone: Path) -> None:
    goal = "results/helpsteer2/scripted/unaligned_baseline/predictions.parquet"

    def run(shards: int) -> tuple[str, pd.DataFrame]:
        (clone / "overlay.yaml").write_text(OVERLAY.replace("SHARDS", str(shards)))
        text = snakemake(clone, "--configfile", "profiles/demo/demo.yaml", "overlay.yaml", "--", goal)
        return text, pd.read_parquet(clone / goal)

    whole_text, whole = run(shards=1)
    assert "shard" not in whole_text
    shutil.rmtree(clone / "results/journals")
    text, shared = run(shards=2)
    assert text.count("Finished jobid") == 3
    assert text.count("(Rule: predict_shard)") == 2
    pd.testing.assert_frame_equal(shared, whole)
