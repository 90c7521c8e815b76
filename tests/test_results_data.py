"""The results of a study as tables, its last lines and its printed scores, on one small study of references."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
import yaml

import pluralism
from pluralism.errors import UserError
from pluralism.reporting.data.columns import OWN_TABLES, STATISTICS, STATISTICS_ROWS, TABLES
from pluralism.reporting.data.results import Results
from pluralism.statistics.table_columns import COLUMNS
from tests.conftest import ROOT, Run, error_line, make_clone, run_module, snakemake
from tests.documentation import blocks

STUDY = """
output: studies/small
datasets: {helpsteer2: {limit: 12}}
adms: {chance: {kind: random_choice}}
experiments: {references: {decoding: sampling, adms: [random, oracle, chance]}}
grid: {datasets: [helpsteer2], experiments: [references]}
"""
OVERLAYS = ["--configfile", "profiles/demo/demo.yaml", "mine.yaml"]
CELL = "results/helpsteer2/references"


@pytest.fixture(scope="module")
def run_and_printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A clone with a finished study in studies/small, and what its run printed."""
    clone = make_clone(tmp_path_factory.mktemp("run"))
    (clone / "mine.yaml").write_text(STUDY)
    return clone, snakemake(clone, *OVERLAYS)


@pytest.fixture(scope="module")
def clone(run_and_printed: tuple[Path, str]) -> Path:
    return run_and_printed[0]


@pytest.fixture(scope="module")
def results(clone: Path) -> Results:
    return pluralism.load_results(clone / "studies/small")


@pytest.fixture
def half(clone: Path, tmp_path: Path) -> Path:
    """The study, moved elsewhere, with one of three ADMs not run yet and no statistics."""
    shutil.copytree(clone / "studies/small", folder := tmp_path / "half")
    shutil.rmtree(folder / CELL / "oracle")
    shutil.rmtree(folder / "results/helpsteer2/statistics")
    (folder / "results/helpsteer2/scores.csv").unlink()
    return folder


LAST_LINES = """\
All results are there.
  scores     pluralism scores studies/small
  report     pluralism report studies/small
  explorer   studies/small/results/explorer/index.html
  own plots  pluralism data --study studies/small
  next       docs/run/reading.md says what to look at first
"""


def test_the_last_lines_of_a_run_say_where_its_results_are_also_where_nothing_was_to_do(
    run_and_printed: tuple[Path, str],
) -> None:
    clone, printed = run_and_printed
    assert printed.endswith(LAST_LINES)
    again = snakemake(clone, *OVERLAYS)
    assert "Nothing to be done" in again
    assert again.endswith(LAST_LINES)
    assert "All results" not in snakemake(clone, "studies/small/results/helpsteer2/scores.csv", *OVERLAYS)
    assert "All results" not in snakemake(clone, "--dry-run", *OVERLAYS)
    assert "All results" not in snakemake(clone, "--quiet", "all", *OVERLAYS)


def test_the_last_lines_name_a_report_that_shows_all(clone: Path, tmp_path: Path) -> None:
    shutil.copytree(clone, moved := tmp_path / "clone")
    made = moved / "studies/small/results"
    (made / "report.html").write_text("")
    lines = snakemake(moved, *OVERLAYS).splitlines()
    assert "  report     studies/small/results/report.html" in lines
    os.utime(made / "report.html", (0, 0))
    (made / "report.zip").write_text("")
    assert "  report     studies/small/results/report.zip" in snakemake(moved, *OVERLAYS).splitlines()
    os.utime(made / "report.zip", (0, 0))
    assert "  report     pluralism report studies/small" in snakemake(moved, *OVERLAYS).splitlines()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_and_types_that_are_documented(name: str, results: Results) -> None:
    assert results.table(name).dtypes.astype(str).to_dict() == TABLES[name].types
    assert len(results.table(name)) == results.rows(name)


def test_a_study_that_was_run_to_its_end_lacks_nothing(results: Results) -> None:
    assert results.missing == ()
    rows = {table.name: len(results.table(table.name)) for table in OWN_TABLES}
    targets = results.targets["target"].nunique()
    # 12 items of 2 responses; random and chance pick in 5 samples, the oracle tells levels of 5 attributes.
    assert rows["items"] == 24
    assert rows["labels"] == 5 * 24
    assert rows["decisions"] == 3 * targets * 12
    assert rows["scores"] == 3 * targets
    assert [*results.decisions["adm"].cat.categories] == ["random", "oracle", "chance"], "in the order of the config"


def test_right_decisions_make_the_accuracy_and_the_oracles_are_all_right(results: Results) -> None:
    keys = ["adm", "target"]
    by_target = results.decisions.groupby(keys, observed=True)
    scores = results.scores.set_index(keys)
    right = 100 * by_target["correct"].mean().astype(float)
    pd.testing.assert_series_equal(right, scores["accuracy"].reindex(right.index), check_names=False)
    aligned = by_target["alignment_score"].mean()
    pd.testing.assert_series_equal(aligned, scores["alignment_score"].reindex(aligned.index), check_names=False)
    assert results.decisions.query("adm == 'oracle'")["correct"].dropna().all()
    assert (results.decisions["correct"].isna().groupby(results.decisions["adm"]).sum() > 0).all(), "tied"


def test_tables_join_by_what_they_name(results: Results) -> None:
    keys = ["dataset", "item", "response", "attribute"]
    levels = results.predictions.query("adm == 'oracle'").merge(results.labels, on=keys)
    assert len(levels) == len(results.labels)
    assert (levels["score"] == levels["level"]).all()
    assert [str(levels[key].dtype) for key in keys] == ["category", "int64", "int64", "category"]


def test_of_a_study_that_is_not_finished_there_is_what_was_run_and_the_rest_is_said(half: Path) -> None:
    found = pluralism.load_results(half)
    without = [f"helpsteer2: 1 of 3 ADMs have no {kind} yet: references/oracle" for kind in ("decisions", "scores")]
    assert set(without) < set(found.missing)
    assert "helpsteer2: no statistics" in found.missing
    assert [*found.scores["adm"].unique()] == ["random", "chance"]
    assert found.decisions["correct"].notna().any()
    assert len(found.statistics["accuracy"]) == 0
    assert found.statistics["accuracy"].dtypes.astype(str).to_dict() == TABLES["accuracy"].types


def test_before_the_first_whole_run_there_are_the_adms_that_have_results(half: Path) -> None:
    (half / "results/config.yaml").unlink()
    found = pluralism.load_results(half / "results")
    assert [*found.scores["adm"].unique()] == ["chance", "random"], "by name"
    assert found.decisions["correct"].isna().all()
    assert "no such file, which a run of the whole study writes; so what is missing is not known" in found.missing[0]
    assert "whether decisions are right is not known" in found.missing[-1]


def test_a_study_on_items_of_its_user_is_read_from_anywhere(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Items and own targets lie in the folder where Snakemake runs, and not below the study's."""
    work = tmp_path / "work"
    shutil.copytree(clone / "studies/small", work / "studies/small")
    config = work / "studies/small/results/config.yaml"
    text = re.sub(r"(?ms)^  helpsteer2:\n.*?(?=^  \S|^\S)", "", config.read_text(), count=0)
    own = "  helpsteer2: {format: items, attributes: attributes.yaml}\n"
    config.write_text(re.sub(r"(?m)^datasets:\n", f"datasets:\n{own}", text, count=1))
    (work / "data/helpsteer2").mkdir(parents=True)
    (work / "studies/small/results/helpsteer2/eval.json").rename(work / "data/helpsteer2/eval.json")
    shutil.rmtree(work / "studies/small/data")
    shutil.copy(ROOT / "scripts/pluralism/datasets/formats/helpsteer2.yaml", work / "attributes.yaml")
    monkeypatch.chdir(tmp_path)
    found = pluralism.load_results("work/studies/small")
    assert found.missing == ()
    assert len(found.items) == 24
    assert found.decisions["correct"].notna().any()


def test_a_run_of_other_code_is_there_like_any_other(clone: Path, tmp_path: Path) -> None:
    shutil.copytree(clone, moved := tmp_path / "clone")
    place, names = (
        f"studies/small/{CELL}/oracle",
        ["--dataset", "helpsteer2", "--experiment", "authors", "--adm", "theirs"],
    )
    imported = run_module(moved, "pluralism", "import", place, *names, *OVERLAYS)
    assert imported.returncode == 0, imported.stderr
    overlay = imported.stdout.splitlines()[-1].split(":")[0]
    made = ["studies/small/results/config.yaml", "studies/small/results/helpsteer2/authors/theirs/scores.csv"]
    snakemake(moved, *made, *OVERLAYS, overlay)
    found = pluralism.load_results(moved / "studies/small")
    assert any("statistics: made without helpsteer2/authors/theirs" in line for line in _misfits(moved))
    picks = found.decisions.pivot(index=["target", "item"], columns="adm", values="response")
    assert (picks["theirs"] == picks["oracle"]).all()
    assert found.predictions.query("adm == 'theirs'")["attribute"].notna().all()


def _misfits(clone: Path) -> list[str]:
    """What `pluralism data` says of the study in a clone."""
    printed = run_module(clone, "pluralism", "data", "scores", "--study", "studies/small").stdout
    return [line for line in printed.splitlines() if line.startswith("note: ")]


def test_a_folder_without_results_and_an_unknown_table_are_one_line(tmp_path: Path, results: Results) -> None:
    with pytest.raises(UserError, match="no results found, expected the folder results in it"):
        pluralism.load_results(tmp_path)
    (tmp_path / "results").mkdir()
    with pytest.raises(UserError, match="no results of an ADM yet"):
        pluralism.load_results(tmp_path)
    with pytest.raises(UserError, match="no table 'score'; there are: items, labels"):
        results.table("score")
    with pytest.raises(KeyError, match="no table 'score'; there are: accuracy"):
        results.statistics["score"]


def test_a_file_that_does_not_fit_its_items_is_told(half: Path) -> None:
    path = half / CELL / "random/decisions.parquet"
    pd.read_parquet(path).assign(response=7).to_parquet(path)
    with pytest.raises(UserError, match=r"decisions\.parquet: response 7 of item 0 is not among the eval items"):
        _ = pluralism.load_results(half).decisions


@pytest.mark.parametrize("name", ["predictions", "decisions"])
def test_a_file_that_is_cut_off_is_one_line_and_nothing_is_printed_or_written(half: Path, name: str) -> None:
    path = half / CELL / f"chance/{name}.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    for arguments in ([], [name], ["--to", half / "plots"]):
        done = run_module(half.parent, "pluralism", "data", "--study", "half", *arguments)
        said = f"error: half/{CELL}/chance/{name}.parquet: not a readable Parquet file, remove it to make it again: "
        assert error_line(done).startswith(said)
        assert done.stdout == ""
    assert not (half / "plots").exists()


def test_importing_the_package_imports_no_library() -> None:
    program = "import sys, pluralism; print({'numpy', 'pandas', 'pydantic', 'torch', 'yaml'} & {*sys.modules})"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT / "scripts", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_command_lists_tables_and_columns_with_types_and_rows(clone: Path, half: Path) -> None:
    def printed(*arguments: object) -> list[list[str]]:
        done = run_module(clone, "pluralism", "data", *arguments)
        assert done.returncode == 0, done.stderr
        return [line.split() for line in done.stdout.splitlines()]

    lines = printed("--study", "studies/small")
    assert {line[0] for line in lines if line} >= set(TABLES)
    assert ["items", "24", "a", "response"] in [line[:4] for line in lines]
    assert ["correct", "boolean", "whether"] in [line[:3] for line in printed("decisions", "--study", "studies/small")]
    assert ["accuracy_low", "float64"] in printed("accuracy", "--study", "studies/small")
    assert ["missing:", "helpsteer2:", "no", "statistics"] in printed("--study", half)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_command_writes_the_tables(form: str, clone: Path, results: Results, tmp_path: Path) -> None:
    where = ["--study", "studies/small", "--to", tmp_path / "plots", "--format", form]
    assert run_module(clone, "pluralism", "data", "scores", *where).returncode == 0
    assert [path.name for path in (tmp_path / "plots").iterdir()] == [f"scores.{form}"]
    assert run_module(clone, "pluralism", "data", *where).returncode == 0
    assert {path.stem for path in (tmp_path / "plots").iterdir()} == {*TABLES}
    read = pd.read_csv if form == "csv" else pd.read_parquet
    decisions = read(tmp_path / f"plots/decisions.{form}")
    assert len(decisions) == len(results.decisions)
    if form == "parquet":
        pd.testing.assert_frame_equal(decisions, results.decisions)


def test_a_command_whose_output_is_closed_ends_without_a_fault(clone: Path) -> None:
    command = ["sh", "-c", 'exec "$0" -m pluralism data --study studies/small >&-', sys.executable]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "scripts")])}
    done = subprocess.run(command, cwd=clone, env=environment, stderr=subprocess.PIPE, check=True)
    assert done.stderr == b""


def test_what_the_command_cannot_do_is_one_line(clone: Path, pluralism: Run) -> None:
    line = error_line(run_module(clone, "pluralism", "data", "score", "--study", "studies/small"))
    assert line.startswith("error: unknown table 'score'; there are: items, labels, targets, predictions, decisions")
    line = error_line(run_module(clone, "pluralism", "data", "studies/small"))
    assert line == "error: 'studies/small' is a folder and no table; a study is named by --study studies/small"
    assert "expected --to FOLDER" in error_line(run_module(clone, "pluralism", "data", "--format", "csv"))
    assert "mine.yaml: not a folder" in error_line(
        run_module(clone, "pluralism", "data", "--study", "studies/small", "--to", "mine.yaml")
    )
    assert error_line(pluralism("data")).startswith("error: .: no results found")


def test_scores_of_several_datasets_come_in_the_order_of_the_config(clone: Path, tmp_path: Path) -> None:
    shutil.copytree(clone / "studies/small", study := tmp_path / "study")
    made = study / "results"
    (made / "mic").mkdir()
    (made / "mic/scores.csv").write_text((made / "helpsteer2/scores.csv").read_text().replace("helpsteer2", "mic"))
    config = yaml.safe_load((made / "config.yaml").read_text())
    config["grid"]["datasets"] = ["mic", "helpsteer2"]
    (made / "config.yaml").write_text(yaml.safe_dump(config))
    printed = run_module(clone, "pluralism", "scores", study).stdout
    assert 0 <= printed.index("mic: accuracy") < printed.index("helpsteer2: accuracy")


def test_scores_of_a_run_are_filtered_sorted_and_say_what_there_is(clone: Path, half: Path) -> None:
    def printed(*arguments: object) -> str:
        done = run_module(clone, "pluralism", "scores", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def adms(text: str) -> list[str]:
        return [line.split()[0] for line in text.splitlines() if line.split()[:1] and line.split()[0] in known]

    known = ["random", "oracle", "chance"]
    study = ("--study", "studies/small")
    assert adms(printed(*study)) == known
    assert adms(printed("studies/small", "--sort", "high"))[0] == "oracle"
    some = printed(*study, "--adm", "chance", "--adm", "oracle", "--target", "high", "--target", "sampled_1")
    assert adms(some) == ["oracle", "chance"]
    assert ["ADM", "high", "k=1", "high"] in [line.split() for line in some.splitlines()]
    single = printed(*study, "--target", "sampled/1attributes_target00")
    assert "sampled/1attributes_target00" in single
    unfinished = printed(half)
    assert adms(unfinished) == ["random", "chance"]
    assert "note: helpsteer2: 1 of 3 ADMs have no scores yet: references/oracle" in unfinished

    for arguments, words in {
        ("--target", "hihg"): "--target: 'hihg' not found in the scores; there are: high, low, sampled_1, sampled_3",
        ("--sort", "custom/x"): "--sort: 'custom/x' is not shown; there are: high, low, sampled_1, sampled_3",
        ("--experiment", "x"): "--experiment: 'x' not found in the scores; there are: references",
    }.items():
        assert words in error_line(run_module(clone, "pluralism", "scores", *study, *arguments))


def test_scores_fit_a_narrow_terminal(clone: Path) -> None:
    environment = os.environ | {"COLUMNS": "30", "PYTHONPATH": str(clone / "scripts")}
    command = [sys.executable, "-m", "pluralism", "scores", "studies/small"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=True)
    table = [line for line in done.stdout.splitlines() if not line.startswith("note")]
    assert max(map(len, table)) <= 30
    assert sum("acc." in line for line in table) > 1, "in several tables"


def test_the_page_has_every_column_with_its_type() -> None:
    """Written by hand but for these rows: after an edit of the columns, this test says what is to stand there."""
    page = (ROOT / "docs/reference/data.md").read_text()
    for table in OWN_TABLES:
        rows = "\n".join(f"| `{entry.name}` | `{entry.type}` | {entry.meaning} |" for entry in table.columns)
        head = f"### `{table.name}`\n\nA row is {table.rows}.\n\n| column | type | what |\n|---|---|---|\n"
        assert head + rows + "\n" in page
    rows = "\n".join(f"| [`{table.name}`](files.md#{table.name}) | {table.rows} |" for table in STATISTICS)
    assert rows in page
    assert set(STATISTICS_ROWS) == set(COLUMNS)


def test_the_example_of_a_plot_runs_and_draws(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = [block.text for block in blocks(ROOT / "docs/run/own-plot.md") if block.language == "python"]
    text = "\n".join(code).replace('load_results(".")', f"load_results({json.dumps(str(clone / 'studies/small'))})")
    with mpl.rc_context({"backend": "agg"}):
        exec(compile(text, "own-plot.md", "exec"), {})
    assert (tmp_path / "agreement.png").stat().st_size > 10_000
    assert (tmp_path / "agreement.pdf").exists()
