"""The paper's tables, against values worked by hand."""

from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from pluralism.errors import UserError
from pluralism.files import write_text
from pluralism.reporting.paper_tables import paper_tables
from pluralism.reporting.run_times import inference_seconds
from pluralism.statistics.table_columns import COLUMNS, PAPER_FORMATS, PAPER_SOURCES, PAPER_TABLES
from tests.conftest import Run, error_line

ACCURACY = [
    ("random", "random", "high", 30, 25, 35),
    ("random", "oracle", "high", 100, 100, 100),
    ("llama", "proposed_spm", "high", 70, 65, 75),
    ("llama", "regression", "high", 66, 61, 71),
    ("llama", "unaligned_baseline", "high", 50, 45, 55),
    ("llama", "proposed_spm", "sampled_2", 55.55, 50, 60),
    ("mistral", "proposed_spm", "high", 60, 55, 65),
]


@pytest.fixture
def statistics(tmp_path: Path) -> Path:
    folder = tmp_path / "mic" / "statistics"
    folder.mkdir(parents=True)
    for name in PAPER_SOURCES:
        pd.DataFrame(columns=COLUMNS[name]).to_csv(folder / f"{name}.csv", index=False)
    columns = ["experiment", "adm", "target_set", "accuracy", "accuracy_low", "accuracy_high"]
    accuracy = pd.DataFrame(ACCURACY, columns=columns).assign(random_accuracy=31.25)
    accuracy.reindex(columns=COLUMNS["accuracy"]).to_csv(folder / "accuracy.csv", index=False)
    cost = [("llama", "regression", 1000, 2500000, 60000), ("llama", "proposed_spm", 500, 1500000, 70000)]
    pd.DataFrame(cost, columns=COLUMNS["cost"]).to_csv(folder / "cost.csv", index=False)
    return folder


@pytest.fixture
def tables(statistics: Path, tmp_path: Path) -> Path:
    """The folder of all tables."""
    times = tmp_path / "benchmarks" / "mic" / "llama" / "regression"
    (times / "predict_shard").mkdir(parents=True)
    for name in ("predict_shard/1of2", "predict_shard/2of2"):
        (times / f"{name}.tsv").write_text("s\th:m:s\n12.5\t0:00:12\n")
    seconds = partial(inference_seconds, tmp_path / "benchmarks" / "mic")
    for table in paper_tables(statistics, ["regression", "proposed_spm"], seconds):
        for form in PAPER_FORMATS:
            write_text(tmp_path / "tables" / f"{table.name}.{form}", table.text(form, "a toy"))
    return tmp_path / "tables"


def cells(path: Path) -> list[list[str]]:
    """The rows of a Markdown table, without its headings."""
    lines = [line for line in path.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_best_of_an_experiment_is_bold_and_what_reaches_it_is_marked(tables: Path) -> None:
    assert cells(tables / "mic_high_low.md") == [
        ["random", "Random", "30.0 [25.0, 35.0]"],
        ["", "Oracle", "100.0 [100.0, 100.0]"],
        ["llama", "Unaligned", "50.0 [45.0, 55.0]"],
        ["", "Regression", "66.0† [61.0, 71.0]"],
        ["", "Comparative, few-shot (proposed)", "**70.0** [65.0, 75.0]"],
        ["mistral", "Comparative, few-shot (proposed)", "60.0 [55.0, 65.0]"],
        ["any", "Random, expected", "31.2"],
    ]
    assert "a toy" in (tables / "mic_high_low.md").read_text()


def test_latex_says_the_same_for_booktabs(tables: Path) -> None:
    text = (tables / "mic_high_low.tex").read_text()
    assert r" & Regression & 66.0$^\dagger$ {\scriptsize [61.0, 71.0]} \\" in text
    assert r" & Comparative, few-shot (proposed) & \textbf{70.0} {\scriptsize [65.0, 75.0]} \\" in text
    assert all(f"\\{rule}\n" in text for rule in ("toprule", "midrule", "bottomrule"))
    assert r"95\% interval" in text
    assert r"\label{tab:mic_high_low}" in text
    assert r"sampled\_2" in (tables / "mic_by_attributes.tex").read_text()


def test_every_row_of_a_page_says_what_it_is_about_and_sorts_by_its_numbers(tables: Path) -> None:
    page = (tables / "mic_high_low.html").read_text()
    row = '<tr><td>llama</td><td>Regression</td><td data-value="66.0">66.0† [61.0, 71.0]</td></tr>'
    assert row in page
    assert '<td data-value="70.0"><strong>70.0 [65.0, 75.0]</strong></td>' in page
    assert "a toy" in page
    assert '<td data-value="2500000">2,500,000</td>' in (tables / "mic_cost.html").read_text()


def test_csv_holds_the_numbers(tables: Path) -> None:
    table = pd.read_csv(tables / "mic_high_low.csv")
    (row,) = table[(table["experiment"] == "llama") & (table["adm"] == "regression")].to_dict("records")
    columns = ["high_accuracy", "high_accuracy_low", "high_accuracy_high", "high_mark"]
    assert [row[column] for column in columns] == [66, 61, 71, "tie"]


def test_models_stand_side_by_side_where_an_adm_ran_with_several(tables: Path) -> None:
    assert cells(tables / "mic_models.md") == [
        ["high", "Comparative, few-shot (proposed)", "**70.0** [65.0, 75.0]", "60.0 [55.0, 65.0]"],
        ["sampled_2", "Comparative, few-shot (proposed)", "55.5 [50.0, 60.0]", "-"],
    ]


def test_the_ablation_shows_only_its_steps(tables: Path) -> None:
    adms = {row[1] for row in cells(tables / "mic_ablation.md")}
    assert adms == {"Regression", "Comparative, few-shot (proposed)", "Random, expected"}


def test_cost_has_the_seconds_of_all_shards_where_they_are_known(tables: Path) -> None:
    assert cells(tables / "mic_cost.md") == [
        ["llama", "Regression", "1,000", "2,500,000", "60,000", "25"],
        ["llama", "Comparative, few-shot (proposed)", "500", "1,500,000", "70,000", "-"],
    ]


def test_the_command_writes_all_tables_in_all_forms(command: Run, statistics: Path, tmp_path: Path) -> None:
    result = command("make_paper_tables", "--statistics", statistics, "--output", "tables")
    assert result.returncode == 0, result.stderr
    expected = {f"mic_{table}.{form}" for table in PAPER_TABLES for form in PAPER_FORMATS}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == expected
    assert (tmp_path / "tables" / "mic_ablation.md").read_text().endswith("Nothing was run.\n")


def test_a_missing_or_half_written_table_is_named(command: Run, statistics: Path) -> None:
    (statistics / "cost.csv").write_text("experiment,adm,gen")
    result = command("make_paper_tables", "--statistics", statistics, "--output", "tables")
    assert "mic/statistics/cost.csv: the column generations is missing" in error_line(result)
    (statistics / "cost.csv").write_text(
        "experiment,adm,generations,prompt_tokens,output_tokens\ne,a,1,2,3\ne,b,many,2,3\n"
    )
    with pytest.raises(UserError, match=r"cost.csv: line 3: generations is 'many', expected a number"):
        paper_tables(statistics, [], partial(inference_seconds, None))
    (statistics / "cost.csv").unlink()
    with pytest.raises(UserError, match=r"mic/statistics/cost.csv: no such file"):
        paper_tables(statistics, [], partial(inference_seconds, None))
