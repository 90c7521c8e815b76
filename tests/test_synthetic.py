"""The made-up study of `make scale`: it is written for the whole grid, and the workflow takes it as it is."""

from pathlib import Path

import pandas as pd

from pluralism.planning.configuration import merged_config
from pluralism.study.config import Config
from tests.conftest import ROOT, run_module


def test_a_made_up_study_is_one_that_the_config_takes(tmp_path: Path) -> None:
    config = ROOT / "config.yaml"
    written = run_module(tmp_path, "dev.make_synthetic_study", "--config", config, "--items", 4, "--output", "study")
    assert written.returncode == 0, written.stderr
    study: Config = merged_config(config, [tmp_path / "study" / "overlay.yaml"])
    for dataset, experiment, adm in study.cells():
        folder = tmp_path / "study" / "results" / dataset / experiment / adm
        assert pd.read_parquet(folder / "predictions.parquet")["item"].max() == 3
