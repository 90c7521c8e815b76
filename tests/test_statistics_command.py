"""Numbers reported elsewhere; and the command that computes all statistics of a results folder, whole or damaged."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pluralism.datasets.attributes import attribute_file
from pluralism.datasets.items import Item, read_items
from pluralism.decisions.deciding import decide
from pluralism.errors import UserError
from pluralism.files import write_json
from pluralism.predictions import read_predictions, write_predictions
from pluralism.reporting.tables.statistics import statistics_pages
from pluralism.statistics.benchmark import make_benchmark
from pluralism.statistics.intervals import Estimate
from pluralism.statistics.reading import CellSource, read_cell
from pluralism.statistics.reproduction import Measured, compared, read_reference_numbers, reproduction_rows
from pluralism.statistics.stored import read_statistics
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.names import Names
from pluralism.targets.target import Target
from tests.conftest import ROOT, Run, error_line
from tests.statistics_cases import prediction


def test_numbers_reported_elsewhere_get_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "reference_numbers.csv"
    text = "source,dataset,adm,target_set,measure,value,samples\n"
    text += "run,mic,a,high,accuracy,67,5\nrun,mic,a,high,n_scored,325,5\nrun,mic,b,,mse,0.1,\n"
    path.write_text(text + "run,other,a,high,accuracy,1,5\n")
    accuracies = {"e": Estimate(60, 56, 64, 2), "f": Estimate(66, 62, 70, 2), "g": Estimate(66, 56, 76, 5)}
    measured = [
        Measured(name, "a", {("high", "accuracy"): accuracy}, {"samples": "1"}) for name, accuracy in accuracies.items()
    ]
    measured += [Measured("h", "a", {("high", "n_scored"): Estimate(325, *[math.nan] * 3)}, {})]
    rows = reproduction_rows(read_reference_numbers(path), "mic", measured, 5)
    assert [(row["experiment"], row["measure"], row["verdict"]) for row in rows] == [
        ("e", "accuracy", "different"),
        ("f", "accuracy", "equivalent"),
        ("g", "accuracy", "undecided"),
        ("h", "n_scored", "equivalent"),
        ("", "mse", "not run"),
    ]
    # One point less than the reference is four less than the margin: two standard errors of 2, 0.8 of 5.
    assert [row["p_equivalence"] for row in rows[1:3]] == pytest.approx([0.02275, 0.21186], abs=1e-5)
    assert rows[0]["basis"] == "items ? / ?; samples 5 / 1; temperature ? / ?; prompts ? / ?"
    path.write_text(text.replace("67", "many"))
    with pytest.raises(UserError, match=r"reference_numbers.csv: row 2: value is 'many', expected a number"):
        read_reference_numbers(path)
    path.write_text(text.replace("67", ""))
    with pytest.raises(UserError, match=r"reference_numbers.csv: row 2: value is '', expected a number"):
        read_reference_numbers(path)
    for row, message in (
        ("run,mic,a,low,accuracy,670,", "row 5: accuracy is 670, expected a number from 0 to 100"),
        ("run,mic,a,low,mse,-1,", "row 5: mse is -1, expected a number from 0 on"),
        ("run,mic,a,high,accuracy,68,", "row 5: this number of the same source is there twice"),
    ):
        path.write_text(f"{text}{row}\n")
        with pytest.raises(UserError, match=f"reference_numbers.csv: {message}"):
            read_reference_numbers(path)
    assert len(read_reference_numbers(ROOT / "data" / "reference_numbers.csv")) == 20


def test_a_number_without_scatter_is_what_it_is() -> None:
    sure = Estimate(0.07, 0.07, 0.07, 0.0)
    assert compared(0.072, sure, 0.05)["verdict"] == "equivalent"
    assert compared(0.13, sure, 0.05)["verdict"] == "different"
    # A single prompt shows no scatter, so nothing is decided.
    assert compared(0.07, Estimate(0.07, *[math.nan] * 3), 0.05)["verdict"] == "undecided"


TARGET = Target("target_high", dict.fromkeys(["helpfulness", "verbosity"], 1.0))
NAMES = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"]


@pytest.fixture
def study(tmp_path: Path) -> list[object]:
    """Two ADMs on two items, and the arguments that analyse them."""
    return arguments(tmp_path, {"unaligned_baseline": "unaligned", "proposed_spm": "contender"})


def arguments(tmp_path: Path, roles: dict[str, str]) -> list[object]:
    """Write the results of one experiment, and return what the command analyses them with.

    Args:
        tmp_path: where.
        roles: ADM -> its role; the contenders predict levels, the others pick by vote, all pick the same.
    """
    items = [
        Item(f"p{place}", ("a", "b"), (dict.fromkeys(NAMES, 0.25), dict.fromkeys(NAMES, 0.75))) for place in range(2)
    ]
    write_json(tmp_path / "eval.json", [item.as_json() for item in items])
    write_json(tmp_path / "target_high.json", TARGET.levels)
    for adm, role in roles.items():
        named: list[str | None] = [*NAMES] if role == "contender" else [None]
        folder = tmp_path / "e" / adm
        rows = [
            prediction(item, place, float(place == item), attribute=name)
            for item in range(2)
            for place in range(2)
            for name in named
        ]
        write_predictions(rows, folder / "predictions.parquet")
        decide({"adm": adm}, items, read_predictions(folder / "predictions.parquet"), [TARGET], folder)
    options = ["--dataset", "d", "--eval", "eval.json", "--targets", "target_high.json"]
    options += ["--cells", *(f"e/{adm}" for adm in roles), "--roles", *roles.values()]
    files = ["--attributes", attribute_file("helpsteer2"), "--references", ROOT / "data" / "reference_numbers.csv"]
    return [*options, *files, "--output", "statistics"]


def test_the_command_writes_every_table(command: Run, study: list[object], tmp_path: Path) -> None:
    result = command("analyse", *study)
    assert result.returncode == 0, result.stderr
    written = {path.stem: pd.read_csv(path) for path in (tmp_path / "statistics").iterdir()}
    assert {name: list(table) for name, table in written.items()} == COLUMNS
    assert written["accuracy"]["accuracy"].tolist() == [50, 50]
    assert written["comparisons"][["adm_a", "adm_b", "p_value"]].to_numpy().tolist() == [
        ["unaligned_baseline", "proposed_spm", 1.0]
    ]
    assert written["side_effects"]["movement"].tolist() == [0, 0, 0]
    assert all(len(read_statistics(tmp_path / "statistics", name)) == len(written[name]) for name in COLUMNS)
    again = command("analyse", *study[:-1], "again")
    assert again.returncode == 0, again.stderr
    for name in COLUMNS:
        assert (tmp_path / "again" / f"{name}.csv").read_bytes() == (
            tmp_path / "statistics" / f"{name}.csv"
        ).read_bytes()


def analysed(command: Run, folder: Path, roles: dict[str, str], log: str = "") -> dict[str, pd.DataFrame]:
    """The tables of a study, whose command logs `log`."""
    result = command("analyse", *arguments(folder, roles))
    assert result.returncode == 0, result.stderr
    assert log in result.stderr
    return {path.stem: pd.read_csv(path) for path in (folder / "statistics").iterdir()}


def test_a_ceiling_under_any_name_is_compared_with_nobody(command: Run, tmp_path: Path) -> None:
    tables = analysed(command, tmp_path, {"label_reader": "ceiling", "first": "contender", "oracle": "contender"})
    assert tables["comparisons"][["adm_a", "adm_b"]].to_numpy().tolist() == [["first", "oracle"]]
    assert tables["accuracy"]["adm"].tolist() == ["label_reader", "first", "oracle"]


def test_side_effects_are_counted_from_the_unaligned_adm_under_any_name(command: Run, tmp_path: Path) -> None:
    roles = {"steered": "contender", "plain_model": "unaligned"}
    assert set(analysed(command, tmp_path, roles)["side_effects"]["adm"]) == {"steered"}


def test_of_several_unaligned_adms_side_effects_are_counted_from_the_first(command: Run, tmp_path: Path) -> None:
    roles = {"plain": "unaligned", "swapped": "unaligned", "steered": "contender"}
    tables = analysed(command, tmp_path, roles, "e: side effects are counted from plain, the first of its unaligned")
    assert tables["side_effects"]["adm"].unique().tolist() == ["swapped", "steered"]


def test_without_an_unaligned_adm_there_are_no_side_effects_and_the_log_says_why(command: Run, tmp_path: Path) -> None:
    roles = {"unaligned_baseline": "contender", "steered": "contender"}
    tables = analysed(command, tmp_path, roles, "e: no side effects, since it has no unaligned ADM")
    assert tables["side_effects"].empty


def test_two_wordings_are_told_from_two_adms_by_their_design(command: Run, tmp_path: Path) -> None:
    options = arguments(tmp_path, {"mine": "contender", "worded": "contender", "plain": "unaligned"})
    facts = ["--designs", "mine", "mine", "plain", "--models", "m", "m", "m", "--prompts", "own", "published", "own"]
    result = command("analyse", *options, *facts, "--samples", 1, 1, 1, "--temperatures", 0, 0, 0)
    assert result.returncode == 0, result.stderr
    tables = {
        name: pd.read_csv(tmp_path / "statistics" / f"{name}.csv") for name in ("typical_differences", "variance")
    }
    found = tables["typical_differences"][["factor", "target_set", "levels"]].astype(object).fillna("")
    assert found.to_numpy().tolist() == [
        ["model", "", ""],
        ["decoding", "", ""],
        *(["ADM", name, "mine, plain"] for name in ("all", "high")),
        *(["wording", name, "own, published"] for name in ("all", "high")),
    ]
    notes = tables["variance"].set_index(["adm", "target_set", "source"])["note"].fillna("")
    assert [notes[adm, "high", "wording"] for adm in ("mine", "worded", "plain")] == ["", "", "one wording"]


def test_the_page_of_an_empty_table_says_why(command: Run, tmp_path: Path) -> None:
    analysed(command, tmp_path, {"steered": "contender"})
    tables = statistics_pages(tmp_path / "statistics", Names(), "toy")
    pages = {table.name: table.text("html") for table in tables}
    assert "Side effects, toy: none, for no experiment runs an unaligned ADM" in pages["side_effects"]
    assert "none, for" not in pages["accuracy"]


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def without_the_last_row(path: Path) -> None:
    pd.read_parquet(path).iloc[:-1].to_parquet(path)


def of_another_item(path: Path) -> None:
    table = pd.read_parquet(path)
    table.assign(item=table["item"] + 1).to_parquet(path)


def with_a_row_twice(path: Path) -> None:
    table = pd.read_parquet(path)
    pd.concat([table, table]).to_parquet(path)


def of_texts(path: Path) -> None:
    pd.read_parquet(path).astype({"item": str}).to_parquet(path)


def with_a_missing_value(path: Path) -> None:
    pd.read_parquet(path).astype({"response": float}).to_parquet(path)


@pytest.mark.parametrize(
    ("file", "harm", "message"),
    [
        ("predictions.parquet", Path.unlink, "no such file"),
        ("decisions.parquet", Path.unlink, "no such file"),
        ("predictions.parquet", cut_off, "not a readable Parquet file"),
        ("decisions.parquet", cut_off, "not a readable Parquet file"),
        ("decisions.parquet", without_the_last_row, "no decision on item 1 under the target target_high"),
        ("predictions.parquet", of_another_item, "response 0 of item 2 is not among the eval items"),
        ("decisions.parquet", of_another_item, "response 1 of item 2 is not among the eval items"),
        ("decisions.parquet", with_a_row_twice, "two decisions on item 0 under the target target_high"),
        ("decisions.parquet", of_texts, "the column item holds (large_)?string, expected whole numbers from 0 to"),
        (
            "predictions.parquet",
            with_a_missing_value,
            "the column response holds double, expected whole numbers from 0 to",
        ),
    ],
)
def test_a_missing_or_half_written_piece_is_named(
    study: list[object], tmp_path: Path, file: str, harm: Any, message: str
) -> None:
    items = read_items(tmp_path / "eval.json")
    harm(tmp_path / "e" / "proposed_spm" / file)
    with pytest.raises(UserError, match=f"e/proposed_spm/{file}: {message}"):
        read_cell(CellSource(tmp_path / "e" / "proposed_spm"), make_benchmark(items, NAMES, [TARGET]))


def test_an_incomplete_results_folder_is_one_line_and_leaves_no_table(
    command: Run, study: list[object], tmp_path: Path
) -> None:
    cut_off(tmp_path / "e" / "proposed_spm" / "predictions.parquet")
    assert "e/proposed_spm/predictions.parquet: not a readable Parquet" in error_line(command("analyse", *study))
    assert not (tmp_path / "statistics" / "accuracy.csv").exists()


@pytest.mark.parametrize("margin", ["0", "-1", "101", "nan", "inf"])
def test_a_margin_is_more_than_no_point(command: Run, study: list[object], tmp_path: Path, margin: str) -> None:
    result = command("analyse", *study, "--equivalence_margin", margin)
    assert result.returncode != 0
    assert "--equivalence_margin: expected percentage points, more than 0 and at most 100" in result.stderr
    assert not (tmp_path / "statistics").exists()
