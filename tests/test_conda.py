"""`snakemake --sdm conda`: the commands of every rule find all they import in the environment that the rule names."""

import os
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import snakemake
from tests.stand_in_conda import install

STUDY = """
targets: {number: 1, attribute_counts: [1], doses: true}
datasets:
  helpsteer2: {limit: 8, reasonings: {model: demo}}
experiments:
  shards: {model: demo, decoding: deterministic, adms: [fewshot_prompt_aligned_spm], shards: 2}
  scorer: {model: kaleido_demo, decoding: deterministic, adms: [kaleido_spm]}
grid: {datasets: [helpsteer2], experiments: [random, shards, scorer]}
"""
NOT_RUN = {"prepare_items", "import_predictions", "statistics", "tables", "figures"}
"""What `draft_items` is but for its outputs, what reads a run of other code, and rules without a command."""


def test_every_rule_runs_with_what_its_environment_has(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / "small.yaml").write_text(STUDY)
    monkeypatch.setenv("PATH", str(install(clone.parent / "conda")), prepend=os.pathsep)
    overlays = ["--configfile", "profiles/demo/demo.yaml", "small.yaml"]
    text = snakemake(clone, "--sdm", "conda", *overlays)
    rules = {line for line in snakemake(clone, "--list-rules", *overlays).splitlines() if re.fullmatch(r"\w+", line)}
    assert rules - set(re.findall(r"\(Rule: (\w+)\)", text)) == NOT_RUN
    assert set(pd.read_csv(clone / "results/helpsteer2/scores.csv")["adm"]) == {
        "random", "oracle", "fewshot_prompt_aligned_spm", "kaleido_spm",
    }  # fmt: skip
