"""Figures of the statistics: what they draw, on small tables worked by hand, and that all of it fits on the paper."""

import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from pluralism.files import replacing
from pluralism.reporting.figures import (
    accuracy,
    accuracy_by_attributes,
    accuracy_by_tokens,
    calibration,
    decision_flips,
    order_bias,
    paired_differences,
    shots_sweep,
    target_confusion,
)
from pluralism.reporting.figures.figure_names import OF_A_DATASET, OF_AN_EXPERIMENT, SOURCES
from pluralism.reporting.figures.output import save
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from tests.conftest import ROOT, Run, error_line

SETS = ["high", "low", *(f"sampled_{count}" for count in range(1, 7))]
TARGETS = [f"sampled/{count}attributes_target0{index}" for count in (1, 2) for index in range(2)]
ADMS = ["unaligned_baseline", "fewshot_prompt_aligned_spm", "regression", "proposed_spm"]
SHOTS = ["mine_0shots", "mine_3shots", "mine_10shots", "mine_one_per_level"]


def table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=COLUMNS[name])


def interval(name: str, value: float, half_width: float) -> dict[str, object]:
    """A value with its interval, as the columns of a table."""
    return {name: value, f"{name}_low": value - half_width, f"{name}_high": value + half_width}


def accuracies(experiments: list[str], adms: list[str]) -> pd.DataFrame:
    """The ADM at place p has 50 + p percent in every target set, with an interval from 2 below to 3 above."""
    rows: list[dict[str, object]] = [
        {
            "experiment": experiment,
            "adm": adm,
            "target_set": target_set,
            "accuracy": 50 + place,
            "accuracy_low": 48 + place,
            "accuracy_high": 53 + place,
            "random_accuracy": 30,
        }
        for experiment in experiments
        for place, adm in enumerate(adms)
        for target_set in SETS
    ]
    return table("accuracy", rows)


def study_tables(experiments: list[str]) -> dict[str, pd.DataFrame]:
    """All tables that figures are drawn from, of four ADMs and a sweep per experiment."""
    cells = [{"experiment": experiment, "adm": adm} for experiment in experiments for adm in ADMS]
    pairs = [{"adm_a": a, "adm_b": b} for place, a in enumerate(ADMS) for b in ADMS[place + 1 :]]
    difference: dict[str, object] = {"difference": 5, "difference_low": 1, "difference_high": 8, "p_holm": 0.01}
    detectable: dict[str, object] = {"smallest_detectable_difference": 4}
    bins = [{"bin_low": low, "n": 5, "mean_predicted": low, **interval("mean_true", 0.5, 0.25)} for low in (0.2, 0.8)]
    shares = [
        {"n_responses": size, "position": place, "n": 60, **interval("picked", 1 / size, 0.1), "expected": 1 / size}
        for size in range(2, 6)
        for place in range(size)
    ]
    confused = [
        {"steered_to": a, "scored_on": b, "n_scored": 9, **interval("accuracy", 90.0 if a == b else 20.0, 5)}
        for targets in (TARGETS, ["target_high", "target_low"])
        for a in targets
        for b in targets
    ]
    attributes = ["all", "care", "fairness", "liberty", "loyalty", "authority", "sanctity"]
    rows: dict[str, list[dict[str, object]]] = {
        "comparisons": [
            {"experiment": name, "target_set": of_set, **pair, **difference, **detectable}
            for name in experiments
            for of_set in SETS
            for pair in pairs
        ],
        "calibration": [{**cell, "attribute": name, **row} for cell in cells for name in attributes for row in bins],
        "order_bias": [{**cell, **row} for cell in cells for row in shares],
        "flips": [{**cell, "n": 10, **interval("flipped", 0.25, 0.125)} for cell in cells],
        "confusion": [{**cell, **row} for cell in cells for row in confused],
        "cost": [{**cell, "prompt_tokens": 900 * 10**place, "output_tokens": 100} for place, cell in enumerate(cells)],
    }
    tables = {name: table(name, entries) for name, entries in rows.items()}
    return {**tables, "accuracy": accuracies(experiments, [*ADMS, *SHOTS])}


def test_each_adm_is_held_against_the_proposed_one_whichever_way_the_table_has_it() -> None:
    rows: list[dict[str, object]] = [
        {"adm_a": "regression", "adm_b": "proposed_spm", "difference": -4, "difference_low": -7, "difference_high": 2},
        {"adm_a": "regression", "adm_b": "mine", "difference": 9, "difference_low": 8, "difference_high": 10},
        {"adm_a": "proposed_spm", "adm_b": "mine", "difference": 13, "difference_low": 10, "difference_high": 17},
        {"adm_a": "proposed_spm", "adm_b": "oracle", "difference": -30, "difference_low": -31, "difference_high": -29},
    ]
    common = {"target_set": "high", "smallest_detectable_difference": 5}
    p_values = [0.2, 0.01, 0.01, 0.01]
    entries = [{**common, **row, "p_holm": p} for row, p in zip(rows, p_values, strict=True)]
    data = paired_differences.paired_differences(table("comparisons", entries))
    columns = ["adm", "difference", "difference_low", "difference_high"]
    assert data[columns].to_numpy().tolist() == [["regression", -4, -7, 2], ["mine", -13, -17, -10]]
    (panel,) = paired_differences.draw(data).axes
    marks = {
        str(line.get_label()): np.asarray(line.get_xdata(), dtype=float)[[0, 1]]
        for line in panel.lines
        if "Holm" in str(line.get_label())
    }
    assert marks["p < 0.05 (Holm)"][1] == -13
    assert marks["p ≥ 0.05 (Holm)"][0] == -4
    assert np.isnan([marks["p < 0.05 (Holm)"][0], marks["p ≥ 0.05 (Holm)"][1]]).all()


def test_without_the_proposed_adm_the_last_that_is_no_reference_takes_its_place() -> None:
    entries: list[dict[str, object]] = [{"adm_a": "regression", "adm_b": "mine", "target_set": "low", "difference": 1}]
    data = paired_differences.paired_differences(table("comparisons", entries))
    assert data[["adm", "held_against"]].to_numpy().tolist() == [["regression", "mine"]]


def test_calibration_leaves_out_empty_bins_and_references_and_tells_the_share_of_a_bin() -> None:
    common = {"attribute": "care", "mean_predicted": 0.5, **interval("mean_true", 0.25, 0.125)}
    entries: list[dict[str, object]] = [
        {**common, "adm": "regression", "bin_low": 0.1, "n": 1},
        {**common, "adm": "regression", "bin_low": 0.2, "n": 3},
        {**common, "adm": "regression", "bin_low": 0.3, "n": 0, "mean_predicted": np.nan},
        {**common, "adm": "oracle", "bin_low": 0.1, "n": 4},
    ]
    data = calibration.calibration(table("calibration", entries))
    assert data[["adm", "n", "share"]].to_numpy().tolist() == [["regression", 1, 25], ["regression", 3, 75]]
    (panel,) = calibration.draw(data).axes
    intervals, markers = panel.collections
    assert intervals.get_segments()[0].tolist() == [[0.5, 0.125], [0.5, 0.375]]  # type: ignore[attr-defined]
    assert markers.get_offsets().tolist() == [[0.5, 0.25], [0.5, 0.25]]  # type: ignore[union-attr]
    small, large = markers.get_sizes().tolist()  # type: ignore[attr-defined]
    assert small < large


def test_picks_by_position_are_drawn_in_percent_in_groups_of_the_same_number_of_responses() -> None:
    shares = {2: [0.75, 0.25], 3: [0.5, 0.25, 0.25]}
    entries: list[dict[str, object]] = [
        {"experiment": "a", "adm": "regression", "n_responses": size, "position": place, "n": 4, "picked": picked}
        for size, of_size in shares.items()
        for place, picked in enumerate(of_size)
    ]
    data = order_bias.order_bias(table("order_bias", entries))
    assert data[["position", "picked"]].to_numpy().tolist() == [[1, 75], [2, 25], [1, 50], [2, 25], [3, 25]]
    (panel,) = order_bias.draw(data).axes
    assert [np.asarray(line.get_ydata()).tolist() for line in panel.lines] == [[75, 25], [50, 25, 25]]
    # Between the two groups there is a gap of one place.
    assert [np.asarray(line.get_xdata()).tolist() for line in panel.lines] == [[0, 1], [3, 4, 5]]
    assert [text.get_text() for text in panel.get_xticklabels()] == ["1", "2", "1", "2", "3"]


def test_decisions_that_flip_are_drawn_in_percent_by_experiment() -> None:
    entries: list[dict[str, object]] = [
        {"experiment": experiment, "adm": "regression", "n": 8, "flipped": flipped}
        for experiment, flipped in (("a", 0.125), ("b", 0.5))
    ]
    (panel,) = decision_flips.draw(decision_flips.decision_flips(table("flips", entries))).axes
    drawn = {str(line.get_label()): np.asarray(line.get_xdata()).tolist() for line in panel.lines}
    assert drawn == {"a": [12.5], "b": [50]}


def test_a_confusion_matrix_has_the_target_steered_to_down_and_that_scored_on_across() -> None:
    names = ["target_high", "target_low", *TARGETS[:1]]
    entries: list[dict[str, object]] = [
        {"experiment": "a", "adm": "regression", "steered_to": steered, "scored_on": scored, "accuracy": 10 * i + j}
        for i, steered in enumerate(names)
        for j, scored in enumerate(names)
    ]
    confusion = table("confusion", entries)
    panel = target_confusion.draw(target_confusion.target_confusion(confusion, sampled=False)).axes[0]
    assert np.asarray(panel.images[0].get_array()).tolist() == [[0, 1], [10, 11]]
    assert [text.get_text() for text in panel.texts] == ["0", "1", "10", "11"]
    assert [text.get_text() for text in panel.get_yticklabels()] == ["high", "low"]
    assert target_confusion.target_confusion(confusion, sampled=True)["accuracy"].tolist() == [22]


def test_tokens_read_and_written_are_drawn_of_adms_that_asked_a_model() -> None:
    entries: list[dict[str, object]] = [
        {"experiment": "a", "adm": adm, "prompt_tokens": tokens, "output_tokens": tokens / 4}
        for adm, tokens in (("random", 0), ("regression", 800))
    ]
    data = accuracy_by_tokens.accuracy_by_tokens(accuracies(["a"], ["random", "regression"]), table("cost", entries))
    columns = ["adm", "target_set", "tokens", "accuracy", "accuracy_low", "accuracy_high"]
    assert data[columns].to_numpy().tolist() == [
        ["regression", "high", 1000, 51, 49, 54],
        ["regression", "low", 1000, 51, 49, 54],
    ]
    (panel,) = accuracy_by_tokens.draw(data).axes
    points = [found for line in panel.lines if (found := np.column_stack(line.get_data()).tolist())]
    assert points == [[[1000, 51]], [[1000, 51]]]


def test_a_sweep_is_a_line_by_number_of_shots_with_one_per_level_apart() -> None:
    data = shots_sweep.shots_sweep(accuracies(["a"], ["proposed_spm", *SHOTS[::-1]]))
    high = data[data["target_set"] == "high"]
    assert high[["sweep", "shots", "accuracy"]].to_numpy().tolist() == [
        ["mine", "one_per_level", 51],
        ["mine", 10, 52],
        ["mine", 3, 53],
        ["mine", 0, 54],
    ]
    panel = shots_sweep.draw(data).axes[0]
    line, markers, *_ = panel.lines
    assert np.asarray(line.get_ydata()).tolist() == [54, 53, 52]
    assert sorted(np.asarray(markers.get_ydata()).tolist()) == [51, 52, 53, 54]
    assert max(np.asarray(markers.get_xdata()).tolist()) > max(np.asarray(line.get_xdata()).tolist()) + 0.5


DRAWN: dict[str, Callable[[dict[str, pd.DataFrame]], tuple[pd.DataFrame, Callable[[pd.DataFrame], Figure]]]] = {
    "accuracy": lambda t: (accuracy.accuracy_by_adm(t["accuracy"]), accuracy.draw),
    "accuracy_by_attributes": lambda t: (
        accuracy_by_attributes.accuracy_by_attributes(t["accuracy"]),
        accuracy_by_attributes.draw,
    ),
    "paired_differences": lambda t: (paired_differences.paired_differences(t["comparisons"]), paired_differences.draw),
    "calibration": lambda t: (calibration.calibration(t["calibration"]), calibration.draw),
    "confusion_extremes": lambda t: (
        target_confusion.target_confusion(t["confusion"], sampled=False),
        target_confusion.draw,
    ),
    "confusion_sampled": lambda t: (
        target_confusion.target_confusion(t["confusion"], sampled=True),
        target_confusion.draw,
    ),
    "order_bias": lambda t: (order_bias.order_bias(t["order_bias"]), order_bias.draw),
    "decision_flips": lambda t: (decision_flips.decision_flips(t["flips"]), decision_flips.draw),
    "accuracy_by_tokens": lambda t: (
        accuracy_by_tokens.accuracy_by_tokens(t["accuracy"], t["cost"]),
        accuracy_by_tokens.draw,
    ),
    "shots_sweep": lambda t: (shots_sweep.shots_sweep(t["accuracy"]), shots_sweep.draw),
}


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> dict[Text, Bbox]:
    """Where the texts lie that are put on paper from here on, in pixels."""
    drawn: dict[Text, Bbox] = {}
    original = Text.draw

    def draw(self: Text, renderer: RendererBase) -> None:
        if self.get_visible() and self.get_text().strip():
            drawn[self] = self.get_window_extent(renderer)
        original(self, renderer)

    monkeypatch.setattr(Text, "draw", draw)
    return drawn


@pytest.mark.parametrize("experiments", [["one"], ["deterministic_llama", "sampling_mistral", "kaleido"]])
@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_cut_off_or_lies_on_another(
    name: str, experiments: list[str], boxes: dict[Text, Bbox], tmp_path: Path
) -> None:
    tables = study_tables(experiments)
    if name in OF_AN_EXPERIMENT:
        tables = {key: rows[rows["experiment"] == experiments[0]] for key, rows in tables.items()}
    data, draw = DRAWN[name](tables)
    figure = draw(data)
    save(figure, data, [tmp_path / "figure.png"], "toy world: demo numbers say nothing of the paper")
    assert figure.get_figwidth() in (3.3, 7.0)
    page = Bbox.from_extents(0, 0, 300 * figure.get_figwidth(), 300 * figure.get_figheight()).padded(1)
    cut = [
        text.get_text()
        for text, box in boxes.items()
        if not np.array_equal(Bbox.union([page, box]).extents, page.extents)
    ]
    assert cut == []
    pairs = [
        (text.get_text(), other.get_text())
        for (text, box), (other, beside) in combinations(boxes.items(), 2)
        if box.overlaps(beside)
    ]
    assert pairs == []


@pytest.fixture
def statistics(tmp_path: Path) -> Path:
    folder = tmp_path / "statistics"
    for name, rows in study_tables(["a"]).items():
        with replacing(folder / f"{name}.csv") as (draft,):
            rows.to_csv(draft, index=False)
    return folder


def test_drawing_twice_gives_the_same_bytes_without_torch_and_the_csv_is_what_is_drawn(
    statistics: Path, tmp_path: Path
) -> None:
    names = [*OF_A_DATASET, *(f"a/{figure}" for figure in OF_AN_EXPERIMENT)]
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import draw_statistics; draw_statistics.main(); "
        "print(*{'torch', 'transformers', 'snakemake'} & set(sys.modules))"
    )
    for folder in ("one", "two"):
        command = [sys.executable, "-c", program, ROOT / "scripts", "--statistics", statistics]
        command += ["--figures", *names, "--output", tmp_path / folder]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
        assert result.stdout.strip() == ""
    for name in names:
        for suffix in ("png", "pdf", "csv"):
            path = f"{name}.{suffix}"
            assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
        assert b"/FontFile2" in (tmp_path / "one" / f"{name}.pdf").read_bytes()
    drawn = pd.read_csv(tmp_path / "one" / "decision_flips.csv")
    assert drawn.to_numpy().tolist() == [["a", adm, 10, 25, 12.5, 37.5] for adm in ADMS]


def test_a_study_without_what_a_figure_shows_gets_a_page_that_says_so(
    command: Run, statistics: Path, tmp_path: Path
) -> None:
    table("flips", []).to_csv(statistics / "flips.csv", index=False)
    options = ("--statistics", statistics, "--output", tmp_path / "figures", "--figures")
    assert command("draw_statistics", *options, "decision_flips").returncode == 0
    assert (
        tmp_path / "figures/decision_flips.csv"
    ).read_text() == "experiment,adm,n,flipped,flipped_low,flipped_high\n"
    assert (tmp_path / "figures/decision_flips.png").stat().st_size > 0
    result = command("draw_statistics", *options, "a/order_bias")
    assert error_line(result).startswith("error: --figures: a/order_bias: unknown; of all experiments: order_bias,")


def test_each_figure_has_its_sources_and_its_caption() -> None:
    names = OF_AN_EXPERIMENT.keys() | OF_A_DATASET.keys()
    assert SOURCES.keys() == names
    assert all((ROOT / "rules" / "captions" / f"{name}.rst").is_file() for name in names)


def config_of_a_study(adms: dict[str, object], experiments: dict[str, list[str]]) -> Study:
    return Study(
        read_config(
            {
                "datasets": {"mic": {"format": "mic", "raw": "MIC.csv"}},
                "models": {"m": {"id": "m"}},
                "decodings": {"greedy": {}},
                "adms": {"random": {"kind": "random_choice"}, **adms},
                "experiments": {
                    name: {"model": "m", "decoding": "greedy", "adms": names} for name, names in experiments.items()
                },
                "grid": {"datasets": ["mic"], "experiments": list(experiments)},
            }
        )
    )


def test_a_figure_is_planned_only_where_the_grid_has_what_it_compares() -> None:
    sweep = {"kind": "comparative_regression", "few_shot": {"select": "random", "shots": [0, 2]}}
    of_a_dataset = ["order_bias", "decision_flips", "accuracy_by_tokens"]
    confusion = ["a/confusion_extremes", "a/confusion_sampled"]
    pick: dict[str, object] = {"mine": {"kind": "unaligned_baseline"}}
    assert config_of_a_study(pick, {"a": ["mine"]}).statistics_figures("mic") == [*of_a_dataset, *confusion]
    assert config_of_a_study({"mine": sweep}, {"a": ["mine"]}).statistics_figures("mic") == [
        *of_a_dataset,
        "shots_sweep",
        "a/paired_differences",
        "a/calibration",
        *confusion,
    ]
    assert config_of_a_study({}, {"a": ["random"]}).statistics_figures("mic") == []
