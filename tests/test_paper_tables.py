"""The paper's tables, against values worked by hand."""

from html import escape
from pathlib import Path

import pandas as pd
import pytest
from docutils.core import publish_parts

from pluralism.decisions.roles import Role
from pluralism.errors import UserError
from pluralism.files import write_text
from pluralism.reporting.tables.catalogue import PAGES, PAPER_FORMS, PAPER_TABLES, SCORE_FORMS
from pluralism.reporting.tables.skill import skill_table
from pluralism.reporting.tables.statistics import paper_tables
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.names import AdmName, ExperimentName, Names
from tests.conftest import Run, error_line
from tests.statistics_cases import statistics_table

NAMES = Names(
    datasets={"mic": "Moral Integrity Corpus"},
    experiments=(ExperimentName(name="llama", label="Llama 3B"),),
    adms=(
        AdmName(name="random", label="Random", role=Role.CHANCE),
        AdmName(name="unaligned_baseline", label="Unaligned", role=Role.UNALIGNED),
        AdmName(name="regression", label="Regression"),
        AdmName(name="proposed_spm", label="Comparative, few-shot (proposed)"),
        AdmName(name="oracle", label="Oracle", role=Role.CEILING),
    ),
)
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
    for name in COLUMNS:
        pd.DataFrame(columns=COLUMNS[name]).to_csv(folder / f"{name}.csv", index=False)
    columns = ["experiment", "adm", "target_set", "accuracy", "accuracy_low", "accuracy_high"]
    accuracy = pd.DataFrame(ACCURACY, columns=columns).assign(random_accuracy=31.25)
    statistics_table("accuracy", accuracy).to_csv(folder / "accuracy.csv", index=False)
    tested = [
        ("llama", "high", "regression", "proposed_spm", 0.4),
        ("llama", "high", "proposed_spm", "unaligned_baseline", 0.001),
    ]
    compared = pd.DataFrame(tested, columns=["experiment", "target_set", "adm_a", "adm_b", "p_holm"])
    statistics_table("comparisons", compared).to_csv(folder / "comparisons.csv", index=False)
    between = pd.DataFrame([("proposed_spm", "high", "llama", "mistral", 0.2)])
    between.columns = ["adm", "target_set", "experiment_a", "experiment_b", "p_holm"]
    statistics_table("between_experiments", between).to_csv(folder / "between_experiments.csv", index=False)
    cost = [("llama", "regression", 1000, 2500000, 60000), ("llama", "proposed_spm", 500, 1500000, 70000)]
    pd.DataFrame(cost, columns=COLUMNS["cost"]).to_csv(folder / "cost.csv", index=False)
    return folder


@pytest.fixture
def tables(statistics: Path, tmp_path: Path) -> Path:
    """The folder of all tables."""
    times = tmp_path / "benchmarks" / "mic" / "llama" / "regression"
    times.mkdir(parents=True)
    (times / "answers.tsv").write_text("s\n25.000\n")
    ablation, benchmarks = ["regression", "proposed_spm"], tmp_path / "benchmarks" / "mic"
    for table in paper_tables(statistics, NAMES, dataset="mic", ablation=ablation, benchmarks=benchmarks):
        for form in PAPER_FORMS:
            write_text(tmp_path / "tables" / f"{table.name}.{form}", table.text(form, "a toy"))
    return tmp_path / "tables"


def cells(path: Path) -> list[list[str]]:
    """The rows of a Markdown table, without its headings."""
    lines = [line for line in path.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_best_of_an_experiment_is_bold_and_what_no_test_tells_from_it_is_marked(tables: Path) -> None:
    assert cells(tables / "mic_high_low.md") == [
        ["random", "Random", "30.0 [25.0, 35.0]"],
        ["", "Oracle", "100.0 [100.0, 100.0]"],
        ["Llama 3B", "Unaligned", "50.0 [45.0, 55.0]"],
        ["", "Regression", "66.0† [61.0, 71.0]"],
        ["", "Comparative, few-shot (proposed)", "**70.0** [65.0, 75.0]"],
        ["mistral", "Comparative, few-shot (proposed)", "60.0 [55.0, 65.0]"],
        ["any", "Random, expected", "31.2"],
    ]
    text = (tables / "mic_high_low.md").read_text()
    assert text.startswith("Accuracy at high and low, Moral Integrity Corpus. ")
    assert "Random and Oracle do not compete." in text
    assert "a toy" in text


@pytest.mark.parametrize(("role", "best"), [(Role.CEILING, "llama_spm"), (Role.CONTENDER, "perfect")])
def test_an_oracle_of_any_name_is_not_marked_best_by_its_role(role: Role, best: str, statistics: Path) -> None:
    columns = ["experiment", "adm", "target_set", "accuracy", "accuracy_low", "accuracy_high"]
    rows = [
        ("llama", name, "high", value, value, value)
        for name, value in (("llama_spm", 70), ("other", 60), ("perfect", 100))
    ]
    statistics_table("accuracy", pd.DataFrame(rows, columns=columns)).to_csv(statistics / "accuracy.csv", index=False)
    names = Names(adms=(AdmName(name="perfect", label="perfect", role=role),))
    _, high_low, *_ = paper_tables(statistics, names, dataset="mic")
    bold = [line.split("|")[2].strip() for line in high_low.text("md").splitlines() if "**" in line]
    assert bold == [best]


def test_a_reference_that_ran_with_several_models_is_not_marked_either(statistics: Path) -> None:
    columns = ["experiment", "adm", "target_set", "accuracy", "accuracy_low", "accuracy_high"]
    rows = [(experiment, "coin", "high", value, value, value) for experiment, value in (("llama", 30), ("mistral", 40))]
    statistics_table("accuracy", pd.DataFrame(rows, columns=columns)).to_csv(statistics / "accuracy.csv", index=False)
    names = Names(adms=(AdmName(name="coin", label="coin", role=Role.CHANCE),))
    _, _, _, _, models, *_ = paper_tables(statistics, names, dataset="mic")
    assert "**" not in models.text("md")


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
    row = '<tr><td>Llama 3B</td><td>Regression</td><td data-value="66.0">66.0† [61.0, 71.0]</td></tr>'
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
        ["high", "Comparative, few-shot (proposed)", "**70.0** [65.0, 75.0]", "60.0† [55.0, 65.0]"],
        ["sampled_2", "Comparative, few-shot (proposed)", "55.5 [50.0, 60.0]", "-"],
    ]


def test_the_ablation_shows_only_its_steps(tables: Path) -> None:
    adms = {row[1] for row in cells(tables / "mic_ablation.md")}
    assert adms == {"Regression", "Comparative, few-shot (proposed)", "Random, expected"}


def test_cost_has_the_seconds_of_all_shards_where_they_are_known(tables: Path) -> None:
    assert cells(tables / "mic_cost.md") == [
        ["Llama 3B", "Regression", "1,000", "2,500,000", "60,000", "25"],
        ["Llama 3B", "Comparative, few-shot (proposed)", "500", "1,500,000", "70,000", "-"],
    ]


def test_latex_and_markdown_print_a_label_as_it_is(statistics: Path) -> None:
    names = Names(adms=(AdmName(name="regression", label="a|b_c ~ \\d <i> *x* $y$ _z_"),))
    _, high_low, *_ = paper_tables(statistics, names, dataset="mic")
    tex = r"a\textbar{}b\_c \textasciitilde{} \textbackslash{}d \textless{}i\textgreater{} *x* \$y\$ \_z\_"
    assert tex in high_low.text("tex")
    assert r"a\|b_c ~ \d \<i> \*x\* \$y\$ \_z\_" in high_low.text("md")


SCORES = """\
dataset,experiment,adm,target,n_scored,n_tied,accuracy,alignment_score,mse,mae
mic,llama,regression,target_high,9,1,60.0,80.0,,
"""


SKILL = [
    ("random", "oracle", "high", 1, 0.9, 1, None, None),
    ("llama", "proposed_spm", "high", 0.5, 0.4, 0.6, None, None),
    ("llama", "proposed_spm", "sampled_1", 0.25, 0.2, 0.3, 0, 0.5),
    ("llama", "proposed_spm", "sampled_2", 0.25, 0.2, 0.3, 0, 0.5),
    ("llama", "proposed_spm", "sampled", 0.25, 0.2, 0.3, 0.125, 0.375),
    ("llama", "regression", "high", None, None, None, None, None),
]


def skill_statistics() -> pd.DataFrame:
    columns = ["experiment", "adm", "target_set", "skill", "skill_low", "skill_high"]
    columns += ["skill_like_these_low", "skill_like_these_high"]
    return pd.DataFrame(SKILL, columns=columns)


def test_skill_is_shown_at_high_and_of_all_sampled_targets_for_targets_like_these() -> None:
    table = skill_table("mic_skill", "Skill", skill_statistics(), NAMES)
    assert table.header == ["experiment", "ADM", "high target", "all sampled targets"]
    assert [[getattr(cell, "text", cell) for cell in row] for row in table.rows] == [
        ["Llama 3B", "Regression", "-", "-"],
        ["", "Comparative, few-shot (proposed)", "0.50 [0.40, 0.60]", "0.25 [0.12, 0.38]"],
    ]


@pytest.mark.parametrize(
    "label", ['a "b", c', "|x| `y` *z*_ ", ".. include:: /etc/passwd", "a\\nb\\\\", "\N{SNOWMAN} \\"]
)
def test_restructured_text_shows_labels_as_they_are_written(label: str) -> None:
    names = Names(adms=(AdmName(name="proposed_spm", label=label),))
    text = skill_table("mic_skill", label, skill_statistics(), names).text("rst", note=label)
    page = docutils_html(text)
    assert page.count(escape(" ".join(label.split()), quote=True)) == 3
    assert "problematic" not in page


def docutils_html(text: str) -> str:
    return str(publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["html_body"])


def test_restructured_text_without_rows_says_so() -> None:
    page = docutils_html(skill_table("mic_skill", "Skill", skill_statistics()[:1], NAMES).text("rst"))
    assert "Skill. Only references were run." in page


@pytest.fixture
def options(statistics: Path, tmp_path: Path) -> tuple[object, ...]:
    """Those of the command, on statistics and scores."""
    (tmp_path / "scores.csv").write_text(SCORES)
    return ("--dataset", "mic", "--scores", "scores.csv", "--statistics", statistics, "--output", "tables")


def test_the_command_writes_all_tables_in_all_forms(
    command: Run, options: tuple[object, ...], statistics: Path, tmp_path: Path
) -> None:
    result = command("make_tables", *options)
    assert result.returncode == 0, result.stderr
    expected = {f"mic_{table}.{form}" for table in PAPER_TABLES for form in PAPER_FORMS}
    expected |= {f"mic_scores.{form}" for form in SCORE_FORMS} | {"mic_skill.rst"}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == expected
    assert {path.stem for path in statistics.glob("*.html")} == set(PAGES)
    assert (tmp_path / "tables" / "mic_ablation.md").read_text().endswith("The study has nothing for this table.\n")


def test_a_missing_or_half_written_table_is_named_and_nothing_is_written(
    command: Run, options: tuple[object, ...], statistics: Path, tmp_path: Path
) -> None:
    (statistics / "cost.csv").write_text("experiment,adm,gen")
    result = command("make_tables", *options)
    assert "mic/statistics/cost.csv: the column generations is missing" in error_line(result)
    assert not (tmp_path / "tables").exists()
    (statistics / "cost.csv").write_text(
        "experiment,adm,generations,prompt_tokens,output_tokens\ne,a,1,2,3\ne,b,many,2,3\n"
    )
    with pytest.raises(UserError, match=r"cost.csv: row 3: generations is 'many', expected a number"):
        list(paper_tables(statistics, NAMES, dataset="mic"))
    (statistics / "cost.csv").unlink()
    with pytest.raises(UserError, match=r"mic/statistics/cost.csv: no such file"):
        list(paper_tables(statistics, NAMES, dataset="mic"))
