"""Figures: what they draw (the CSV beside them and the marks on the page), and that they come out the same twice."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from pluralism.attributes import Attribute, AttributeSet, attribute_file
from pluralism.errors import UserError
from pluralism.figures import accuracy, accuracy_by_attributes, label_distribution, predicted_levels, targets
from pluralism.items import Item, Levels
from pluralism.targets import WeightedTarget
from tests.conftest import ROOT, Run, error_line

KINDNESS = AttributeSet((Attribute("kind", "", ("", "", "")), Attribute("calm", "", ("", "", ""))), (0.0, 0.5, 1.0))
ITEMS = [
    Item("p", ("a", "b"), ({"kind": 1.0, "calm": 0.0}, {"kind": 0.5, "calm": 0.0})),
    Item("q", ("c", "d"), ({"kind": 1.0, "calm": 0.0}, {"kind": 1.0, "calm": 0.5})),
]


def scores(experiments: dict[str, list[str]]) -> pd.DataFrame:
    """Scores of ADMs at high, low and three sampled targets: 10 and 20; 30, 40 and 60."""
    accuracies = {
        "target_high": 10.0,
        "target_low": 20.0,
        "sampled/1attributes_target00": 30.0,
        "sampled/2attributes_target00": 40.0,
        "sampled/2attributes_target01": 60.0,
    }
    rows = [
        ("mic", experiment, adm, target, 9, 1, value, 50.0, np.nan, np.nan)
        for experiment, adms in experiments.items()
        for adm in adms
        for target, value in accuracies.items()
    ]
    names = [
        "dataset",
        "experiment",
        "adm",
        "target",
        "n_scored",
        "n_tied",
        "accuracy",
        "alignment_score",
        "mse",
        "mae",
    ]
    return pd.DataFrame(rows, columns=names)


def test_the_label_distribution_counts_responses() -> None:
    data = label_distribution.label_distribution({"train": ITEMS[:1], "eval": ITEMS}, KINDNESS)
    counts = {
        (str(split), str(attribute)): part[["responses", "share"]].to_numpy().tolist()
        for (split, attribute), part in data.groupby(["split", "attribute"])
    }
    assert counts["train", "kind"] == [[0, 0], [1, 50], [1, 50]]
    assert counts["eval", "kind"] == [[0, 0], [1, 25], [3, 75]]
    assert counts["eval", "calm"] == [[3, 75], [1, 25], [0, 0]]
    bars = label_distribution.draw(data).axes[0].patches
    assert [bar.get_height() for bar in bars if isinstance(bar, Rectangle)] == [0, 50, 50, 0, 25, 75]


def test_references_are_drawn_in_the_panels_of_the_others() -> None:
    table = scores({"random": ["random", "oracle"], "b": ["proposed_spm"], "a": ["regression", "random"]})
    data = accuracy.accuracy_by_adm(table)
    drawn = {panel: set(part["adm"]) for panel, part in data.groupby("panel", sort=False)}
    assert drawn == {"b": {"proposed_spm", "random", "oracle"}, "a": {"regression", "random", "oracle"}}
    # The panel's own random, not the other experiment's.
    own = data[(data["panel"] == "a") & (data["adm"] == "random")]
    assert own["experiment"].unique().tolist() == ["a"]
    titles = [axes.get_title(loc="left") for axes in accuracy.draw(data).axes]
    assert sorted(titles) == ["a", "b"]


def test_experiments_of_references_alone_keep_their_panel() -> None:
    data = accuracy.accuracy_by_adm(scores({"random": ["random", "oracle"]}))
    assert data["panel"].unique().tolist() == ["random"]


def test_adms_keep_the_order_of_the_paper_and_the_oracle_comes_last() -> None:
    table = scores({"a": ["oracle", "mine", "proposed_spm", "random"]})
    (panel,) = accuracy.draw(accuracy.accuracy_by_adm(table)).axes
    labels = [label.get_text() for label in panel.get_yticklabels()]
    assert labels == ["Random", "Comparative, few-shot (proposed)", "mine", "Oracle"]


def test_accuracy_by_attributes_is_mean_and_standard_deviation_over_sampled_targets() -> None:
    data = accuracy_by_attributes.accuracy_by_attributes(scores({"a": ["regression"]}))
    assert data["attributes"].tolist() == [1, 2]
    assert data["targets"].tolist() == [1, 2]
    assert data["mean"].tolist() == [30, 50]
    assert data["standard_deviation"].tolist()[1] == pytest.approx(np.sqrt(200))
    (panel,) = accuracy_by_attributes.draw(data).axes
    assert np.asarray(panel.lines[0].get_ydata()).tolist() == [30, 50]


def test_an_attribute_that_a_target_does_not_name_is_not_drawn() -> None:
    wanted = {"target_high": {"kind": 1.0, "calm": 1.0}, "sampled/1attributes_target00": {"calm": 0.0}}
    data = targets.target_levels(wanted, ["kind", "calm"])
    assert data["set"].tolist() == ["high", "high", "sampled_1"]
    assert data.iloc[-1].tolist() == ["sampled_1", "sampled/1attributes_target00", "calm", 0.0, 1.0]
    (page,) = targets.draw(data, ["kind", "calm"]).axes
    markers = [line.get_marker() for line in page.lines if line.get_marker() != "None"]
    # Two attributes of the high target, two in the key, and of the sampled target only the one at level 0.
    assert markers == ["o", "s", "o", "s", "s"]


def test_a_weight_stands_beside_its_attribute() -> None:
    weighted = WeightedTarget({"kind": 1.0, "calm": 0.5}, {"kind": 2.5, "calm": 1.0})

    def texts(wanted: dict[str, Levels]) -> list[str]:
        (page,) = targets.draw(targets.target_levels(wanted, ["kind", "calm"]), ["kind", "calm"]).axes
        return [text.get_text() for text in page.texts if "\N{MULTIPLICATION SIGN}" in text.get_text()]

    assert targets.target_levels({"custom/mine": weighted}, ["kind", "calm"])["weight"].tolist() == [2.5, 1.0]
    assert [text[-4:] for text in texts({"custom/mine": weighted})] == ["wice", "\N{MULTIPLICATION SIGN}2.5"]
    assert texts({"custom/mine": weighted.levels}) == []


def prediction_table(scores_by_response: dict[tuple[int, int], list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"item": item, "response": response, "attribute": "kind", "sample": sample, "score": score}
            for (item, response), values in scores_by_response.items()
            for sample, score in enumerate(values)
        ]
    )


def test_predicted_levels_are_summarised_by_true_level() -> None:
    table = prediction_table({(0, 0): [0.8, 1.0], (0, 1): [0.4, 0.4], (1, 0): [0.5, 0.7], (1, 1): [0.3, 0.3]})
    data = predicted_levels.predicted_levels(ITEMS, table, KINDNESS)
    assert data["true_level"].tolist() == [0.5, 1.0]
    assert data["responses"].tolist() == [1, 3]
    # The means over samples at true level 1 are 0.9, 0.6 and 0.3.
    summary = data[["mean", "quartile_1", "median", "quartile_3"]].to_numpy().tolist()
    assert summary == [pytest.approx([0.4] * 4), pytest.approx([0.6, 0.45, 0.6, 0.75])]
    (panel,) = predicted_levels.draw(data).axes
    medians = next(line for line in panel.lines if line.get_label() == "median")
    assert np.asarray(medians.get_ydata()).tolist() == pytest.approx([0.4, 0.6])


def test_predicted_levels_are_taken_together_as_the_adm_says() -> None:
    samples = {(item, response): [0.2, 0.3, 1.0] for item in (0, 1) for response in (0, 1)}
    data = predicted_levels.predicted_levels(ITEMS, prediction_table(samples), KINDNESS, "median")
    assert data["mean"].tolist() == pytest.approx([0.3, 0.3])
    (panel,) = predicted_levels.draw(data, "trimmed_mean").axes
    assert panel.get_ylabel().endswith("trimmed mean over samples")


def test_predictions_that_cannot_be_drawn_are_named() -> None:
    picks = prediction_table({(0, 0): [1.0]}).assign(attribute=None)
    with pytest.raises(UserError, match="this ADM picks a response outright"):
        predicted_levels.predicted_levels(ITEMS, picks, KINDNESS)
    with pytest.raises(UserError, match="response 1 of item 7 is not among the eval items"):
        predicted_levels.predicted_levels(ITEMS, prediction_table({(7, 1): [1.0]}), KINDNESS)


def test_the_same_input_gives_the_same_bytes_and_the_csv_holds_what_is_drawn(command: Run, tmp_path: Path) -> None:
    scores({"random": ["random"], "a": ["regression"]}).to_csv(tmp_path / "scores.csv", index=False)
    formats = ("pdf", "png", "csv")
    # In another order, too: a file does not depend on those written before it.
    for name, suffixes in (("one", formats), ("two", formats[::-1])):
        files = [f"{name}.{suffix}" for suffix in suffixes]
        result = command("draw_accuracy", "--scores", "scores.csv", "--note", "a toy", "--output", *files)
        assert result.returncode == 0, result.stderr
    for suffix in formats:
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()
    drawn = pd.read_csv(tmp_path / "one.csv")
    assert drawn[["panel", "adm", "target", "accuracy"]].to_numpy().tolist() == [
        ["a", "regression", "target_high", 10],
        ["a", "regression", "target_low", 20],
        ["a", "random", "target_high", 10],
        ["a", "random", "target_low", 20],
    ]
    assert b"/FontFile2" in (tmp_path / "one.pdf").read_bytes()


def test_targets_are_drawn_from_files(command: Run, tmp_path: Path) -> None:
    (tmp_path / "target_high.json").write_text(json.dumps({"care": 1.0}))
    options = ("--attributes", attribute_file("mic"), "--output", "targets.png", "targets.csv")
    result = command("draw_targets", "--targets", "target_high.json", *options)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "targets.csv").read_text() == "set,target,attribute,level,weight\nhigh,target_high,care,1,1\n"


def test_nothing_is_drawn_without_scores_of_the_kind_or_to_an_unknown_format(command: Run, tmp_path: Path) -> None:
    table = scores({"a": ["regression"]})
    table[table["target"] == "target_high"].to_csv(tmp_path / "scores.csv", index=False)
    result = command("draw_accuracy_by_attributes", "--scores", "scores.csv", "--output", "figure.png")
    assert error_line(result) == "error: the scores hold no sampled target"
    result = command("draw_accuracy", "--scores", "scores.csv", "--output", "figure.png", "figure.svg")
    assert error_line(result) == "error: --output: figure.svg: expected a name that ends in .pdf, .png, .csv"
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_drawing_imports_neither_torch_nor_snakemake() -> None:
    commands = [*(path.stem for path in (ROOT / "scripts").glob("draw_*.py")), "make_tables", "show_scores"]
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import {', '.join(commands)}; "
        "print(*{'torch', 'transformers', 'snakemake'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
