"""Results in forms that others read, of one small study, checked by the tools that read them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest
import yaml
from huggingface_hub import DatasetCard

import pluralism
from pluralism.datasets.items import Item, read_items
from pluralism.errors import UserError
from pluralism.reporting.data.columns import TABLES
from pluralism.reporting.export.checkout import commit_of, workflow_folder
from pluralism.reporting.export.exporting import EXPORTS, Exporter, export
from pluralism.reporting.export.material import Material
from pluralism.study.data_sections import Dataset
from tests.conftest import Run, error_line, make_clone, run_module, snakemake

STUDY = """
output: studies/small
note: "mine | <script>x</script> [l](javascript:x)"
datasets: {mic: {limit: 5}, helpsteer2: {limit: 5, licence: "CC-BY-4.0 OR <b>mine</b> | yours"}}
models: {toy: {engine: scripted, id: some/model, revision: v1}}
adms: {regression: {kind: regression}}
experiments:
  references: {decoding: sampling, adms: [random]}
  scripted: {model: toy, decoding: deterministic, adms: [regression]}
targets: {number: 1, attribute_counts: [2]}
grid: {datasets: [mic, helpsteer2], experiments: [references, scripted]}
"""
GOALS = [
    "studies/small/results/config.yaml",
    *(
        f"studies/small/results/{name}/{part}"
        for name in ("mic", "helpsteer2")
        for part in ("scores.csv", "statistics")
    ),
]
LICENCE = "CC-BY-4.0 OR <b>mine</b> | yours"
FORMS = ("every-eval-ever", "huggingface", "ro-crate")
VALIDATOR = Path(os.environ.get("PLURALISM_EVERY_EVAL_EVER", Path(sys.prefix, "every-eval-ever")))
"""A folder of its own: by its metadata the package needs Python 3.12 and another huggingface-hub than we do."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with a study in studies/small, without figures and explorer."""
    folder = make_clone(tmp_path_factory.mktemp("export"))
    (folder / "small.yaml").write_text(STUDY)
    goals = [goal if Path(goal).suffix else f"{goal}/accuracy.csv" for goal in GOALS]
    snakemake(folder, *goals, "--configfile", "profiles/demo/demo.yaml", "small.yaml")
    return folder


@pytest.fixture(scope="module")
def exports(clone: Path) -> dict[str, Path]:
    """Each form, without texts."""
    return {form: exported(clone, form, f"out/{form}") for form in FORMS}


@pytest.fixture(scope="module")
def with_texts(clone: Path) -> dict[str, Path]:
    """Each form, with the texts that may be passed on."""
    return {form: exported(clone, form, f"texts/{form}", "--with-texts") for form in FORMS}


def exported(clone: Path, form: str, output: str, *more: str) -> Path:
    """Export the study by the command; gives the folder."""
    result = run_module(clone, "pluralism", "export", "studies/small", "--to", form, "--output", output, *more)
    assert result.returncode == 0, result.stderr
    assert f"{output}: " in result.stdout
    return clone / output


def items(clone: Path, dataset: str) -> list[Item]:
    """The eval items of the study."""
    return read_items(clone / f"studies/small/results/{dataset}/eval.json")


def logs(folder: Path) -> list[dict[str, Any]]:
    """Logs of Every Eval Ever."""
    return [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]


def lines(folder: Path, log: dict[str, Any]) -> list[dict[str, Any]]:
    """The decisions of a log."""
    found = log["detailed_evaluation_results"]
    content = (folder / found["file_path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == found["checksum"]
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize("kind", ["exports", "with_texts"])
def test_every_eval_ever_takes_logs_and_decisions(kind: str, request: pytest.FixtureRequest) -> None:
    if not VALIDATOR.is_dir():
        pytest.skip(f"there is no {VALIDATOR}: make .venv/every-eval-ever")
    folder: Path = request.getfixturevalue(kind)["every-eval-ever"]
    paths = [str(VALIDATOR), os.environ.get("PYTHONPATH", "")]
    result = subprocess.run(
        [sys.executable, "-m", "every_eval_ever", "validate", "--format", "json", "data/*/*/*/*.json*"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    reports = json.loads(result.stdout)
    assert [(one["file"], one["errors"], one["warnings"]) for one in reports if one["errors"] or one["warnings"]] == []
    assert (result.returncode, len(reports)) == (0, 8), "a log and its decisions, of two ADMs on two datasets"


def test_numbers_of_every_eval_ever_are_those_of_the_tables(clone: Path, exports: dict[str, Path]) -> None:
    folder = exports["every-eval-ever"]
    (log,) = [
        one for one in logs(folder) if one["evaluation_id"].startswith("pluralism.helpsteer2.scripted.regression")
    ]
    accuracy = pd.read_csv(clone / "studies/small/results/helpsteer2/statistics/accuracy.csv")
    row = accuracy[(accuracy["adm"] == "regression") & (accuracy["target_set"] == "high")].iloc[0]
    (result,) = [one for one in log["evaluation_results"] if one["evaluation_result_id"] == "high/accuracy"]
    details = result["score_details"]
    assert details["score"] == row["accuracy"]
    interval = details["uncertainty"]["confidence_interval"]
    assert (interval["lower"], interval["upper"]) == (row["accuracy_low"], row["accuracy_high"])
    assert interval["confidence_level"] == 0.95
    assert details["uncertainty"]["num_samples"] == row["n_scored"]
    assert (result["metric_config"]["metric_unit"], result["metric_config"]["lower_is_better"]) == ("percent", False)
    of = [one["metric_config"] for one in log["evaluation_results"] if "steering_error" in one["evaluation_result_id"]]
    assert [(one["metric_unit"], one["max_score"], one["lower_is_better"]) for one in of[:1]] == [
        ("proportion", 1, True)
    ]
    assert result["source_data"]["hf_repo"] == "nvidia/HelpSteer2"
    assert result["source_data"]["additional_details"]["licence"] == LICENCE
    assert result["generation_config"]["generation_args"] == {"temperature": 0.0}
    assert (log["model_info"]["id"], log["model_info"]["additional_details"]["revision"]) == ("some/model", "v1")
    decided = [line for line in lines(folder, log) if line["evaluation_result_id"] == "high/accuracy"]
    assert len(decided) == row["n_scored"], "tied items have no line"
    assert 100 * sum(line["evaluation"]["score"] for line in decided) / len(decided) == pytest.approx(row["accuracy"])


def test_who_ran_it_is_an_option(clone: Path) -> None:
    options = '{"organization": "My university", "relationship": "other"}'
    folder = exported(clone, "every-eval-ever", "out/named", "--options", options)
    source = logs(folder)[0]["source_metadata"]
    assert source["source_organization_name"] == "My university"
    assert source["evaluator_relationship"] == "other"


@pytest.mark.parametrize("form", FORMS)
def test_texts_are_left_out_unless_they_may_be_passed_on_and_are_asked_for(
    clone: Path, exports: dict[str, Path], with_texts: dict[str, Path], form: str
) -> None:
    for dataset, shared in (("mic", False), ("helpsteer2", True)):
        texts = [text for item in items(clone, dataset) for text in (item.prompt, *item.responses)]
        assert not any(text in everything(exports[form]) for text in texts)
        assert any(text in everything(with_texts[form]) for text in texts) == shared


def everything(folder: Path) -> str:
    """All that is in a folder's files, tables as texts."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            found.append(pd.read_parquet(path).to_csv(index=False))
        elif path.suffix in (".json", ".jsonl"):
            found += [json.dumps(json.loads(line), ensure_ascii=False) for line in json_lines(path)]
        elif path.is_file():
            found.append(path.read_text(errors="replace"))
    return "\n".join(found)


def json_lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]


def test_a_hub_dataset_has_a_card_that_names_files_features_and_licences(
    clone: Path, exports: dict[str, Path], with_texts: dict[str, Path]
) -> None:
    folder = exports["huggingface"]
    data = DatasetCard.load(folder / "README.md").data.to_dict()
    assert data["license"] == ["cc-by-sa-4.0", "other"]
    features = {info["config_name"]: info["features"] for info in data["dataset_info"]}
    tables = {one["config_name"]: pd.read_parquet(folder / one["data_files"][0]["path"]) for one in data["configs"]}
    assert {*tables} >= {"items", "labels", "targets", "predictions", "decisions", "scores", "accuracy"}
    assert {path.stem for path in (folder / "data").iterdir()} == {*tables}
    for name, table in tables.items():
        assert [feature["name"] for feature in features[name]] == list(table.columns)
    results = pluralism.load_results(clone / "studies/small")
    assert len(tables["decisions"]) == results.rows("decisions")
    assert tables["decisions"]["correct"].mean() == pytest.approx(results.decisions["correct"].mean())
    assert tables["items"]["prompt"].isna().all()
    assert tables["predictions"]["reasoning"].isna().all()
    shared = pd.read_parquet(with_texts["huggingface"] / "data/items.parquet")
    here = shared[shared["dataset"] == "helpsteer2"]
    assert here["text"].map(digest).tolist() == here["text_sha256"].tolist()
    assert shared["text_sha256"].tolist() == tables["items"]["text_sha256"].tolist()
    text = (folder / "README.md").read_text()
    assert "| mic | CC-BY-SA-4.0 | https://github.com/SALT-NLP/mic | left out" in text
    assert [column.name for column in TABLES["scores"].columns if f"| `{column.name}` |" not in text] == []


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_crate_opens_again_and_tells_config_code_inputs_and_results(clone: Path, exports: dict[str, Path]) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate", reason="rocrate is not installed: pip install -e '.[export]'")
    crate = rocrate.ROCrate(exports["ro-crate"])
    profiles = {entity.id for entity in crate.root_dataset["conformsTo"]}
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in profiles
    assert crate.mainEntity.id == "workflow/Snakefile"
    assert crate.mainEntity["programmingLanguage"].id.endswith("#snakemake")
    run = crate.dereference("#run")
    assert run["instrument"] is crate.mainEntity
    read, made = ({entity.id: entity for entity in run[key]} for key in ("object", "result"))
    raw = clone / "data/demo/mic/MIC.csv"
    assert read["#mic/MIC.csv"]["sha256"] == hashlib.sha256(raw.read_bytes()).hexdigest()
    assert "results/config.yaml" in read
    assert read["https://huggingface.co/some/model"]["version"] == "v1"
    assert {"results/mic/scores.csv", "results/mic/statistics/accuracy.csv"} <= {*made}
    for name, entity in made.items():
        assert digest_of(exports["ro-crate"] / name) == entity["sha256"]
    assert not any("predictions.parquet" in name or name.startswith("data/") for name in made)
    assert yaml.safe_load((exports["ro-crate"] / "results/config.yaml").read_text())["seed"] == 42
    attributes = clone / "scripts/pluralism/datasets/formats/mic.yaml"
    assert read["#mic/mic.yaml"]["sha256"] == digest_of(attributes)
    assert crate.mainEntity["license"].id == "https://spdx.org/licenses/Apache-2.0"
    last = max(path.stat().st_mtime for path in (clone / "studies/small/results").rglob("*.csv"))
    assert datetime.fromisoformat(run["endTime"]).timestamp() >= int(last)


def test_words_of_a_study_are_no_markup_in_a_card_or_on_the_page_of_a_crate(exports: dict[str, Path]) -> None:
    card = (exports["huggingface"] / "README.md").read_text()
    assert r"mine \| \<script>x\</script> \[l](javascript:x)." in card
    (row,) = [line for line in card.splitlines() if line.startswith("| helpsteer2 |")]
    assert r"| CC-BY-4.0 OR \<b>mine\</b> \| yours |" in row
    page = (exports["ro-crate"] / "ro-crate-preview.html").read_text()
    assert "<b>" not in page
    assert "CC-BY-4.0 OR &lt;b&gt;mine&lt;/b&gt; | yours" in page
    digests = {digest_of(path) for path in exports["ro-crate"].rglob("*.csv")}
    assert all(digest in page for digest in digests), "it shows every file with its checksum"
    graph = json.loads((exports["ro-crate"] / "ro-crate-metadata.json").read_text())["@graph"]
    assert [one["@id"] for one in graph if set(one["@id"]) & set(' <>"|{}')] == []


def test_a_crate_has_what_the_config_names_and_nothing_of_older_ones(clone: Path, tmp_path: Path) -> None:
    shutil.copytree(clone / "studies/small", study := tmp_path / "study")
    for old in ("mic/older/random", "older/scripted/regression"):
        shutil.copytree(study / "results/mic/scripted/regression", study / "results" / old)
    folder = tmp_path / "crate"
    assert run_module(tmp_path, "pluralism", "export", "study", "--to", "ro-crate", "--output", "crate").returncode == 0
    assert [path for path in folder.rglob("*") if "older" in path.name] == []


def git(folder: Path, *words: str) -> str:
    author = {f"GIT_{who}_{what}": "someone" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | author).stdout.strip()


def test_the_commit_is_that_of_the_workflow_and_says_what_differs(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "Snakefile").write_text("")
    git(tmp_path, "add", "Snakefile")
    git(tmp_path, "commit", "--quiet", "-m", "all")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert commit_of(tmp_path) == commit
    (tmp_path / "Snakefile").write_text("# mine")
    assert commit_of(tmp_path) == f"{commit} with changes"
    # In the repository of a study, another workflow has no commit, or the one by which a module was unpacked.
    (inside := tmp_path / "checkout").mkdir()
    assert commit_of(inside) == ""
    (unpacked := tmp_path / ".snakemake/pluralism" / ("0" * 40)).mkdir(parents=True)
    assert commit_of(unpacked) == "0" * 40


def test_without_a_snakefile_beside_the_package_the_workflow_is_what_the_run_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pluralism.reporting.export.checkout.CHECKOUT", tmp_path / "site-packages")
    with pytest.raises(UserError, match="site-packages: no Snakefile, which is the workflow"):
        workflow_folder(tmp_path)
    (unpacked := tmp_path / ".snakemake/pluralism" / ("0" * 40)).mkdir(parents=True)
    (unpacked / "Snakefile").write_text("")
    assert workflow_folder(tmp_path) == unpacked


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_export_by_the_name_of_an_archive_is_one(clone: Path, exports: dict[str, Path]) -> None:
    archive = exported(clone, "huggingface", "out/hub.zip")
    names = {path.relative_to(exports["huggingface"]).as_posix() for path in exports["huggingface"].rglob("*.*")}
    with zipfile.ZipFile(archive) as found:
        assert {*found.namelist()} == names
        assert found.testzip() is None
    assert not [path for path in archive.parent.iterdir() if path.name.startswith(".")]
    words = ("export", "studies/small", "--to", "huggingface", "--output", "out/a b.zip")
    assert "unpacked as 'out/a b', give it to others" in run_module(clone, "pluralism", *words).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "studies/small --to word --output new",
            "unknown export 'word'; allowed: every-eval-ever, huggingface, ro-crate",
        ),
        ("studies/small --to huggingface --output full", "full: this folder holds files, expected a new name"),
        (
            "studies/small --to huggingface --output full/file.zip",
            "full/file.zip: this file exists, expected a new name",
        ),
        (
            "studies/small --to huggingface --output studies/small/results/new",
            "studies/small/results/new: lies in a folder of results, expected a place beside alignment_targets, data",
        ),
        ("nowhere --to huggingface --output new", "nowhere: no results found"),
        ("studies/small --to huggingface --output new --options {}x", "--options: not JSON"),
        (
            'studies/small --to ro-crate --output new --options {"a":1}',
            "unknown key 'a'; allowed: title, author, licence",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_line_and_writes_nothing(
    clone: Path, arguments: str, message: str, tmp_path: Path
) -> None:
    (clone / "full").mkdir(exist_ok=True)
    (clone / "full/file.zip").write_text("mine")
    assert message in error_line(run_module(clone, "pluralism", "export", *arguments.split()))
    assert not (clone / "new").exists()
    assert (clone / "full/file.zip").read_text() == "mine"


def test_of_a_study_that_is_not_finished_there_is_what_there_is(clone: Path, tmp_path: Path, pluralism: Run) -> None:
    shutil.copytree(clone / "studies/small", half := tmp_path / "half")
    shutil.rmtree(half / "results/mic/scripted")
    shutil.rmtree(half / "results/helpsteer2/statistics")
    result = pluralism("export", "half", "--to", "huggingface", "--output", "hub")
    assert result.returncode == 0, result.stderr
    assert "missing: mic: 1 of 2 ADMs have no decisions yet: scripted/regression" in result.stdout
    assert "mic: 1 of 2 ADMs have no decisions yet" in (tmp_path / "hub/README.md").read_text()
    (half / "results/config.yaml").unlink()
    line = error_line(pluralism("export", "half", "--to", "huggingface", "--output", "again"))
    assert "results/config.yaml: no such file, which a run of the whole study writes" in line
    assert not (tmp_path / "again").exists()


class Broken(Exporter):
    packages: ClassVar[tuple[str, ...]] = ()

    def write(self, material: Material, folder: Path) -> None:
        (folder / "half").write_text("half")
        raise UserError("the disk is full")


class Lacking(Broken):
    packages: ClassVar[tuple[str, ...]] = ("no_such_package",)


@pytest.mark.parametrize("name", ["folder", "archive.zip"])
def test_an_export_is_written_whole_or_not_at_all(clone: Path, tmp_path: Path, name: str) -> None:
    material = Material(pluralism.load_results(clone / "studies/small"))
    with pytest.raises(UserError, match="the disk is full"):
        export(Broken(), material, tmp_path / name)
    with pytest.raises(UserError, match="the package no_such_package is not installed: run pip install 'pluralism"):
        export(Lacking(), material, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_form_says_what_it_writes() -> None:
    assert EXPORTS.own_names() == sorted(FORMS)
    assert all(EXPORTS.get(name).summary for name in FORMS)


@pytest.mark.parametrize(
    ("more", "licence", "shared"),
    [
        ({}, "CC-BY-SA-4.0", False),
        ({"licence": "CC0-1.0", "texts_may_be_shared": True}, "CC0-1.0", True),
    ],
)
def test_a_dataset_has_the_terms_of_its_format_or_its_own(more: dict[str, Any], licence: str, shared: bool) -> None:
    terms = Dataset.model_validate({"format": "mic", "raw": "MIC.csv", **more}).terms
    assert (terms.licence, terms.texts_may_be_shared) == (licence, shared)
    assert terms.source_url == "https://github.com/SALT-NLP/mic"
