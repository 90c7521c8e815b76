"""Numbers reported elsewhere, next to ours: what is measured, in which unit it is compared, and each verdict's edge."""

import math
import re
from pathlib import Path

import pytest
from scipy.stats import norm

from pluralism.errors import UserError
from pluralism.statistics.accuracy import measures
from pluralism.statistics.intervals import Estimate
from pluralism.statistics.reproduction import (
    Measured,
    compared,
    measured_numbers,
    read_reference_numbers,
    reproduction_rows,
)
from pluralism.targets.target import Target
from tests.statistics_cases import FIRST, HIGH, SECOND, adm_result, benchmark, clusters

HEADER = "source,dataset,adm,target_set,measure,value,items,samples,temperature,prompts\n"


def file_of(folder: Path, *rows: str) -> Path:
    """Reference numbers in a file."""
    path = folder / "reference_numbers.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def test_measured_are_accuracy_and_alignment_by_set_in_percent_counts_and_the_errors_of_all() -> None:
    targets = [HIGH, Target(FIRST, {"care": 1.0}), Target(SECOND, {"care": 0.5})]
    # Wanted 0.5, the first item ties.
    made = benchmark([[1.0, 0.0], [1.0, 0.5, 0.0], [1.0, 0.0]], targets)
    outcomes = adm_result(made, [[0, 1, 1], [0, 0, 0], [0, 0, 0]]).outcomes
    mse = Estimate(0.1, 0.08, 0.12, 0.01)
    found = measured_numbers(made, measures(made, clusters(made), outcomes), {"mse": mse})
    assert set(found) == {("", "mse")} | {
        (name, measure) for name in ("high", "sampled_1") for measure in ("n_scored", "accuracy", "alignment_score")
    }
    assert found["", "mse"] == mse
    assert [found[name, "n_scored"].value for name in ("high", "sampled_1")] == [3, 4]
    assert math.isnan(found["high", "n_scored"].standard_error)
    # High: one right of three, one halfway. First: all right; second: its one scored item, wrong and farthest.
    assert found["high", "accuracy"].value == pytest.approx(100 / 3)
    assert found["high", "alignment_score"].value == pytest.approx(150 / 3)
    assert found["sampled_1", "accuracy"].value == pytest.approx((100 + 0) / 2)
    assert found["sampled_1", "alignment_score"].value == pytest.approx((100 + 0) / 2)
    high = found["high", "accuracy"]
    assert 0 <= high.low < high.value < high.high <= 100
    assert high.standard_error == pytest.approx((high.high - high.low) / (2 * norm.ppf(0.975)))


def test_a_number_without_a_target_set_is_compared_with_that_of_all_targets(tmp_path: Path) -> None:
    path = file_of(tmp_path, "paper,mic,a,,mse,0.1,336,5,0.7,published", "paper,mic,a,high,accuracy,60,,,,")
    numbers = {("", "mse"): Estimate(0.12, 0.08, 0.16, 0.02), ("low", "accuracy"): Estimate(60, 55, 65, 2.5)}
    mine = {"items": "60", "samples": "1", "temperature": "0", "prompts": "own"}
    mse, accuracy = reproduction_rows(read_reference_numbers(path), "mic", [Measured("e", "a", numbers, mine)], 5)
    assert (mse["target_set"], mse["experiment"], mse["ours"], mse["verdict"]) == ("", "e", 0.12, "undecided")
    assert mse["difference"] == pytest.approx(0.02)
    # A point of the margin is a hundredth of an error: 0.05, of which 0.03 is left, one and a half standard errors.
    assert mse["margin"] == pytest.approx(0.05)
    assert mse["p_equivalence"] == pytest.approx(norm.sf(1.5))
    assert mse["basis"] == "items 336 / 60; samples 5 / 1; temperature 0.7 / 0; prompts published / own"
    # Ours is of another target set.
    assert (accuracy["target_set"], accuracy["experiment"], accuracy["verdict"]) == ("high", "", "not run")


@pytest.mark.parametrize(
    ("measure", "margin"), [("accuracy", 4.0), ("alignment_score", 4.0), ("mse", 0.04), ("mae", 0.04)]
)
def test_a_margin_in_points_is_a_hundredth_of_it_for_an_error(tmp_path: Path, measure: str, margin: float) -> None:
    target_set = "" if margin < 1 else "high"
    path = file_of(tmp_path, f"paper,mic,a,{target_set},{measure},0.5,,,,")
    ours = Measured("e", "a", {(target_set, measure): Estimate(0.5, 0.4, 0.6, 0.05)}, {})
    (row,) = reproduction_rows(read_reference_numbers(path), "mic", [ours], 4)
    assert row["margin"] == pytest.approx(margin)


def test_each_adm_is_compared_with_its_own_number_only(tmp_path: Path) -> None:
    path = file_of(tmp_path, "paper,mic,a,high,accuracy,60,,,,", "paper,mic,b,high,accuracy,70,,,,")
    ours = [Measured("e", adm, {("high", "accuracy"): Estimate(60, 58, 62, 1)}, {}) for adm in ("a", "c")]
    rows = reproduction_rows(read_reference_numbers(path), "mic", ours, 5)
    assert [(row["adm"], row["experiment"], row["verdict"]) for row in rows] == [
        ("a", "e", "equivalent"),
        ("b", "", "not run"),
    ]


def test_a_count_is_equivalent_only_if_it_is_equal() -> None:
    for ours, verdict in ((324.0, "different"), (325.0, "equivalent"), (326.0, "different")):
        found = compared(325, Estimate(ours, *[math.nan] * 3), math.nan)
        assert found == {"difference": ours - 325, "verdict": verdict}


@pytest.mark.parametrize(
    ("reference", "verdict"),
    [(55.9, "different"), (56.0, "undecided"), (64.0, "undecided"), (64.1, "different"), (60.0, "undecided")],
)
def test_a_reference_at_an_end_of_the_interval_is_in_it(reference: float, verdict: str) -> None:
    assert compared(reference, Estimate(60, 56, 64, 2), 1)["verdict"] == verdict


def test_a_number_without_scatter_that_is_off_by_the_margin_is_not_equivalent() -> None:
    sure = Estimate(50, 50, 50, 0)
    assert compared(45, sure, 5) == {"difference": 5, "margin": 5, "p_equivalence": 1, "verdict": "different"}
    assert compared(45.5, sure, 5)["verdict"] == "equivalent"


def test_a_standard_error_below_1_is_an_error_too() -> None:
    found = compared(0.10, Estimate(0.10, 0.0, 0.20, 0.05), 0.05)
    assert (found["p_equivalence"], found["verdict"]) == (pytest.approx(norm.sf(1)), "undecided")


def test_a_number_with_an_error_but_no_interval_is_undecided_where_it_is_not_equivalent() -> None:
    assert compared(90, Estimate(60, math.nan, math.nan, 2), 5)["verdict"] == "undecided"


def test_0_and_the_largest_value_are_read(tmp_path: Path) -> None:
    values = [("high", "accuracy", 0), ("low", "accuracy", 100), ("", "mse", 0), ("", "mae", 12.5)]
    path = file_of(tmp_path, *(f"paper,mic,a,{of},{measure},{value},,,," for of, measure, value in values))
    assert read_reference_numbers(path)["value"].tolist() == [0, 100, 0, 12.5]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["paper,mic,a,high,f1,1,,,,"], "row 2: measure is 'f1', expected one of accuracy, alignment_score, mse, mae"),
        (["paper,mic,a,high,accuracy,-0.1,,,,"], "row 2: accuracy is -0.1, expected a number from 0 to 100"),
        (["paper,mic,a,,mse,1e999,,,,"], "row 2: "),
        (["paper,mic,a,high,accuracy,1,,,,", "paper,mic,a,high,accuracy,1,,,,"], "row 3: this number of the same"),
    ],
)
def test_a_number_that_cannot_be_is_named_by_its_row(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"reference_numbers.csv: {message}")):
        read_reference_numbers(file_of(tmp_path, *rows))
