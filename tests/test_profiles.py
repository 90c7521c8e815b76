"""The profiles: each can plan the paper's grid, and the cluster's has a place for every rule."""

import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, snakemake
from tests.test_workflow import planned, small_raw_data

# Rules that only name files, or that run where Snakemake runs (`localrules` in rules/study.smk).
NOT_SUBMITTED = {"all", "statistics", "tables", "figures", "save_config", "download_helpsteer2"}
# Rules whose jobs are worth a submission each: models, encoders, and what gathers the work of many jobs.
FAT = {"predict", "predict_shard", "compare_items", "gather_shards", "write_reasonings"}


@pytest.mark.parametrize("profile", ["workstation", "slurm", "server"])
def test_a_profile_can_plan_the_papers_grid(clone: Path, profile: str) -> None:
    """Slurm's groups among them: a group that would wait for itself is told in a plan. The plugin is not needed."""
    small_raw_data(clone)
    path = clone / "profiles" / profile / "profile.yaml"
    path.write_text(re.sub(r"^executor: .*\n", "", path.read_text(), flags=re.MULTILINE))
    assert planned(snakemake(clone, "--dry-run", profile=profile))["predict"] == 61


def test_every_small_rule_is_in_a_group_of_the_cluster(clone: Path) -> None:
    rules = {line for line in snakemake(clone, "--list-rules").splitlines() if re.fullmatch(r"\w+", line)}
    grouped = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text())["groups"].keys()
    small = rules - NOT_SUBMITTED - FAT
    assert small - grouped == set(), "name them in `groups` of profiles/slurm/profile.yaml, or above"
    assert grouped - small == set(), "no rules of the workflow, or not small ones"
