"""A study as files and jobs: where they lie, and what each job is."""

from pathlib import Path

import pytest

from pluralism.datasets.formats.helpsteer2 import FILES, RATINGS_FILE
from pluralism.study.grid import make_cell
from pluralism.study.paths import Paths
from pluralism.study.raw_data import RawData
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from tests.test_config import PAPER, changed


def test_a_path_is_a_rules_pattern_until_its_parts_are_given() -> None:
    paths = Paths()
    assert paths.predictions() == "results/{dataset}/{experiment}/{adm}/predictions.parquet"
    assert paths.predictions("mic") == "results/mic/{experiment}/{adm}/predictions.parquet"
    assert paths.predictions("mic", "random", "oracle") == "results/mic/random/oracle/predictions.parquet"


def test_all_that_a_study_makes_lies_below_one_folder() -> None:
    paths = Paths("studies/mine")
    assert paths.train("mic") == "studies/mine/data/mic/train.json"
    assert paths.sampled_target("mic", "it.json") == "studies/mine/alignment_targets/sampled_mic/it.json"
    assert paths.figures_folder("mic") == "studies/mine/figures/mic"
    assert paths.input_output(target="target_high") == (
        "studies/mine/results/{dataset}/{experiment}/{adm}/target_high/input_output.json"
    )
    assert paths.journal("mic", "random", "oracle") == "studies/mine/results/journals/mic/random/oracle.jsonl"
    assert paths.log("mic/analyse") == "studies/mine/results/logs/mic/analyse.log"


@pytest.mark.parametrize(
    ("adm", "is_asked_for_levels", "gpus", "shards"),
    [
        ("regression", True, 1, ["1of2", "2of2"]),
        ("prompt_aligned_spm", False, 1, ["1of2", "2of2"]),
        ("oracle", False, 0, []),
    ],
)
def test_a_cell_is_what_its_adm_is(adm: str, is_asked_for_levels: bool, gpus: int, shards: list[str]) -> None:
    config = read_config(changed("experiments", "sampling_llama", "shards", to=2))
    cell = make_cell(config, "mic", "sampling_llama", adm)
    assert (cell.predicts_levels, cell.gpus, cell.shards) == (is_asked_for_levels, gpus, shards)


def test_the_ablation_is_of_those_that_write_scores() -> None:
    config = read_config(PAPER)
    assert [name for name in config.adms if config.adm(name).in_ablation] == [
        "regression",
        "zeroshot_comparative_regression",
        "proposed_spm",
        "swapped_spm",
    ]


def test_a_raw_file_that_the_user_has_brought_is_never_downloaded(tmp_path: Path) -> None:
    raw = RawData(read_config(changed("datasets", "helpsteer2", "raw", to=str(tmp_path))))
    assert raw.downloads()["helpsteer2"] == [str(tmp_path / name) for name in (*FILES, RATINGS_FILE)]
    (tmp_path / FILES[0]).touch()
    assert raw.downloads()["helpsteer2"] == [str(tmp_path / name) for name in (*FILES[1:], RATINGS_FILE)]
    (tmp_path / RATINGS_FILE).parent.mkdir()
    (tmp_path / RATINGS_FILE).touch()
    assert raw.downloads()["helpsteer2"] == [str(tmp_path / name) for name in FILES[1:]]


def test_annotations_are_known_where_their_file_is_there_or_comes_with_a_download(tmp_path: Path) -> None:
    study = Study(read_config(changed("datasets", "helpsteer2", "raw", to=str(tmp_path))))
    raw = RawData(study.config)
    assert study.annotations("helpsteer2") == ["data/helpsteer2/annotations.json"]
    for name in FILES:
        (tmp_path / name).touch()
    # A user who brought the two files, perhaps without a network, has a study without a noise ceiling.
    assert (study.annotations("helpsteer2"), raw.annotated) == ([], ["mic"])
    assert "helpsteer2" not in raw.downloads()
    (tmp_path / RATINGS_FILE).parent.mkdir()
    (tmp_path / RATINGS_FILE).touch()
    assert study.annotations("helpsteer2") == ["data/helpsteer2/annotations.json"]
    assert "helpsteer2" not in raw.downloads()
