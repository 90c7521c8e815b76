"""Figures: what they draw (the CSV beside them and the marks on the page), and that they come out the same twice."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from pluralism.datasets.attributes import Attribute, AttributeSet, attribute_file
from pluralism.datasets.items import Item
from pluralism.decisions.roles import Role
from pluralism.errors import UserError
from pluralism.predictions import prediction_table
from pluralism.reporting.drawing.layout import row_labels, wrapped
from pluralism.reporting.drawing.looks import adm_colours, adm_looks
from pluralism.reporting.figure import FORMS, Source
from pluralism.reporting.figures import accuracy, accuracy_by_attributes, label_distribution, predicted_levels, targets
from pluralism.statistics.table_columns import COLUMNS as STATISTICS
from pluralism.study.names import AdmName, ExperimentName, Names
from pluralism.targets.target import Target
from tests.conftest import ROOT, Run, error_line
from tests.statistics_cases import prediction, statistics_table

KINDNESS = AttributeSet((Attribute("kind", "", ("", "", "")), Attribute("calm", "", ("", "", ""))), (0.0, 0.5, 1.0))
ITEMS = [
    Item("p", ("a", "b"), ({"kind": 1.0, "calm": 0.0}, {"kind": 0.5, "calm": 0.0})),
    Item("q", ("c", "d"), ({"kind": 1.0, "calm": 0.0}, {"kind": 1.0, "calm": 0.5})),
]

NAMES = Names(
    experiments=(ExperimentName(name="a", label="Model A"),),
    adms=(
        AdmName(name="random", label="Random", role=Role.CHANCE),
        AdmName(name="proposed_spm", label="Comparative, few-shot (proposed)"),
        AdmName(name="regression", label="Regression"),
        AdmName(name="oracle", label="Oracle", role=Role.CEILING),
    ),
)


def accuracy_table(experiments: dict[str, list[str]]) -> pd.DataFrame:
    """Accuracies of ADMs at high, low and the sampled targets of one and two attributes: 10, 20, 30 and 50."""
    values = {"high": 10.0, "low": 20.0, "sampled_1": 30.0, "sampled_2": 50.0}
    rows = [
        {
            "experiment": experiment,
            "adm": adm,
            "target_set": target_set,
            "n_targets": 1 if target_set in ("high", "low") else 2,
            "accuracy": value,
            "accuracy_low": value - 4,
            "accuracy_high": value + 6,
            "random_accuracy": value + 5,
        }
        for experiment, adms in experiments.items()
        for adm in adms
        for target_set, value in values.items()
    ]
    return statistics_table("accuracy", rows)


def accuracies(experiments: dict[str, list[str]]) -> Source:
    return Source(NAMES, {"accuracy": accuracy_table(experiments)})


def test_the_label_distribution_counts_responses() -> None:
    source = Source(attributes=KINDNESS, items={"train": ITEMS[:1], "eval": ITEMS})
    data = label_distribution.label_distribution(source)
    counts = {
        (str(split), str(attribute)): part[["responses", "share"]].to_numpy().tolist()
        for (split, attribute), part in data.groupby(["split", "attribute"])
    }
    assert counts["train", "kind"] == [[0, 0], [1, 50], [1, 50]]
    assert counts["eval", "kind"] == [[0, 0], [1, 25], [3, 75]]
    assert counts["eval", "calm"] == [[3, 75], [1, 25], [0, 0]]
    bars = label_distribution.draw(data, source).axes[0].patches
    assert [bar.get_height() for bar in bars if isinstance(bar, Rectangle)] == [50, 50, 25, 75]


def test_references_are_drawn_in_the_panels_of_the_others() -> None:
    two = ["proposed_spm", "regression"]
    source = accuracies({"random": ["random", "oracle"], "b": two, "a": [*two, "random"]})
    data = accuracy_by_attributes.accuracy_by_attributes(source)
    drawn = {panel: set(part["adm"]) for panel, part in data.groupby("panel", sort=False)}
    assert drawn == {"b": {*two, "random", "oracle"}, "a": {*two, "random", "oracle"}}
    # The panel's own random, not the other experiment's.
    own = data[(data["panel"] == "a") & (data["adm"] == "random")]
    assert own["experiment"].unique().tolist() == ["a"]
    titles = [axes.get_title(loc="left") for axes in accuracy_by_attributes.draw(data, source).axes]
    assert sorted(titles) == ["Model A", "b"]


def test_experiments_of_a_single_adm_share_a_panel() -> None:
    found = accuracies({"many": ["proposed_spm", "regression"], "b": ["regression"], "c": ["regression"]})
    data = accuracy_by_attributes.accuracy_by_attributes(found)
    assert data.groupby("panel", sort=False)["experiment"].unique().map(list).to_dict() == {
        "many": ["many"],
        "one ADM each": ["b", "c"],
    }
    figure = accuracy_by_attributes.draw(data, found)
    # The same ADM twice: it keeps its colour, and its label says where it ran.
    labels = [text.get_text() for text in figure.subfigs[1].legends[0].get_texts()]
    assert labels == ["Comparative, few-shot (proposed)", "Regression", "Regression (b)", "Regression (c)"]
    assert len({line.get_color() for line in figure.axes[1].lines}) == 1


def test_the_only_experiment_of_a_single_adm_is_drawn_in_the_panels_of_the_others() -> None:
    found = accuracies({"many": ["proposed_spm", "regression"], "b": ["mine"]})
    data = accuracy_by_attributes.accuracy_by_attributes(found)
    assert data.groupby("panel")["adm"].unique().map(list).to_dict() == {"many": ["proposed_spm", "regression", "mine"]}
    alone = accuracy_by_attributes.accuracy_by_attributes(accuracies({"b": ["mine"]}))
    assert alone["panel"].unique().tolist() == ["b"]


def test_experiments_of_references_alone_keep_their_panel() -> None:
    data = accuracy_by_attributes.accuracy_by_attributes(accuracies({"random": ["random", "oracle"]}))
    assert data["panel"].unique().tolist() == ["random"]


def test_a_row_holds_an_adm_in_all_experiments_and_a_reference_once() -> None:
    source = accuracies({"b": ["random", "regression"], "a": ["proposed_spm", "regression", "random"]})
    data = accuracy.accuracy_by_adm(source)
    of_high = data[data["target_set"] == "high"]
    assert of_high[["experiment", "adm"]].to_numpy().tolist() == [
        ["b", "random"],
        ["b", "regression"],
        ["a", "proposed_spm"],
        ["a", "regression"],
    ]
    figure = accuracy.draw(data, source)
    high = figure.axes[0]
    assert [label.get_text() for label in high.get_yticklabels()] == [
        "Random",
        "Comparative, few-shot\n(proposed)",
        "Regression",
    ]
    dots = [found for found in high.collections if not isinstance(found, LineCollection)]
    rows = [y for found in dots for _, y in np.asarray(found.get_offsets()).round().tolist()]
    assert sorted(rows) == [0, 1, 2, 2]
    legend = [text.get_text() for text in figure.subfigs[1].legends[0].get_texts()]
    assert legend == ["Model A", "b", "random pick, expected"]


def test_a_long_label_keeps_its_ends_and_no_two_read_the_same() -> None:
    assert wrapped("Prompt-aligned, zero-shot", 14) == "Prompt-aligned,\nzero-shot"
    assert wrapped("from_an_article_named_so", 10, 2) == "from_an_a…\n_named_so"
    alike = [f"{'the same words, ' * 4}{number}{', and the same again' * 4}" for number in "12"]
    labels = row_labels(alike)
    assert len(set(labels.values())) == 2
    assert [labels[text].replace("\n", " ") for text in alike] == alike


def test_adms_stand_by_their_labels_in_the_order_of_the_config_and_unknown_ones_come_last() -> None:
    source = accuracies({"a": ["oracle", "mine", "proposed_spm", "random"]})
    panel = accuracy.draw(accuracy.accuracy_by_adm(source), source).axes[0]
    labels = [label.get_text() for label in panel.get_yticklabels()]
    assert labels == ["Random", "Comparative, few-shot\n(proposed)", "Oracle", "mine"]


def test_an_adm_looks_the_same_whichever_others_a_figure_shows() -> None:
    alone, among_others = adm_looks(NAMES, ["regression"]), adm_looks(NAMES, ["regression", "oracle", "proposed_spm"])
    assert alone["regression"] == among_others["regression"]
    assert list(among_others) == ["proposed_spm", "regression", "oracle"]


def test_twenty_adms_differ_in_marker_and_by_neighbours_in_line_and_colour_and_references_are_grey() -> None:
    adms = [AdmName(name=f"adm_{place}", label=f"ADM {place}") for place in range(20)]
    ceiling = AdmName(name="perfect", label="Perfect", role=Role.CEILING)
    names = Names(adms=(ceiling, *adms))
    looks = adm_looks(names, ["perfect", *(adm.name for adm in adms)])
    grey, *others = looks.values()
    assert adm_colours(names) == {adm: look.colour for adm, look in looks.items()}
    assert len({look.marker for look in others}) == len({(look.colour, look.line) for look in others}) == 20
    assert grey.colour not in {look.colour for look in others}
    assert all(one.line != other.line for one, other in pairwise(others))


SEEN_BY = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopes": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopes": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopes": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""What light of linear RGB is to them: Machado, Oliveira and Fernandes (2009), at full severity."""


def seen(colour: str, by: str) -> np.ndarray:
    """A colour in CIELAB, where a distance of 2.3 is just noticed."""
    share = np.array(to_rgb(colour))
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    white = np.sum(to_xyz, axis=1)
    x, y, z = np.cbrt(np.maximum(to_xyz @ np.clip(SEEN_BY[by] @ light, 0, 1) / white, 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("readers", SEEN_BY)
def test_readers_tell_the_colours_of_ten_adms_and_of_references_apart(readers: str) -> None:
    adms = (*(AdmName(name=f"adm_{place}", label=f"ADM {place}") for place in range(10)), NAMES.adms[0])
    colours = [seen(colour, readers) for colour in adm_colours(Names(adms=adms)).values()]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(colours, 2)) > 10


def test_dollars_in_labels_and_notes_are_drawn_as_written(command: Run, tmp_path: Path) -> None:
    accuracies({"a": ["regression", "ours"]}).tables["accuracy"].to_csv(tmp_path / "accuracy.csv", index=False)
    names = Names(
        experiments=(ExperimentName(name="a", label="costs $$"),),
        adms=(AdmName(name="regression", label="from $5 {b to $6"), AdmName(name="ours", label="$$")),
    )
    options = ("--statistics", ".", "--names", names.model_dump_json(), "--note", "a $$ note", "--output", ".")
    result = command("draw", "accuracy", "accuracy_by_attributes", *options)
    assert result.returncode == 0, result.stderr


def segments(panel: Axes) -> list[list[list[float]]]:
    """The lines of a panel that are no series: intervals, and marks at chance."""
    lines = [found for found in panel.collections if isinstance(found, LineCollection)]
    return [np.asarray(segment).tolist() for found in lines for segment in found.get_segments()]


def test_accuracies_are_drawn_with_their_intervals_and_what_a_random_pick_is_expected_to_reach() -> None:
    source = accuracies({"a": ["regression"]})
    high, low = accuracy.draw(accuracy.accuracy_by_adm(source), source).axes
    ends = [[[start[0], end[0]] for start, end in segments(panel)] for panel in (high, low)]
    assert ends == [[[6, 16], [15, 15]], [[16, 26], [25, 25]]]
    points = [found for panel in (high, low) for found in panel.collections if not isinstance(found, LineCollection)]
    assert [x for found in points for x, _ in np.asarray(found.get_offsets())] == [10, 20]


def test_accuracy_by_attributes_is_drawn_with_its_interval() -> None:
    source = accuracies({"a": ["regression"]})
    data = accuracy_by_attributes.accuracy_by_attributes(source)
    columns = ["attributes", "n_targets", "accuracy", "accuracy_low", "accuracy_high"]
    assert data[columns].to_numpy().tolist() == [[1, 2, 30, 26, 36], [2, 2, 50, 46, 56]]
    (panel,) = accuracy_by_attributes.draw(data, source).axes
    assert np.asarray(panel.lines[0].get_ydata()).tolist() == [30, 50]
    assert [[start[1], end[1]] for start, end in segments(panel)] == [[26, 36], [46, 56]]


def test_where_no_item_is_scored_there_is_no_accuracy_to_draw() -> None:
    rows = [
        {"experiment": "demo", "adm": "regression", "target_set": name, "n_targets": 2}
        for name in ("high", "sampled_1")
    ]
    source = Source(Names(), {"accuracy": statistics_table("accuracy", rows)})
    assert accuracy_by_attributes.accuracy_by_attributes(source).empty
    assert accuracy.accuracy_by_adm(source).empty


def test_an_attribute_that_a_target_does_not_name_is_not_drawn() -> None:
    wanted = [
        Target("target_high", {"kind": 1.0, "calm": 1.0}),
        Target("sampled/1attributes_target00", {"calm": 0.0}),
    ]
    source = Source(attributes=KINDNESS, targets=wanted)
    data = targets.target_levels(source)
    assert data["set"].tolist() == ["high", "high", "sampled_1"]
    assert data.iloc[-1].tolist() == ["sampled_1", "sampled/1attributes_target00", "calm", 0.0, 1.0]
    (page,) = targets.draw(data, source).axes
    markers = [line.get_marker() for line in page.lines if line.get_marker() != "None"]
    # Two attributes of the high target, two in the key, and of the sampled target only the one at level 0.
    assert markers == ["o", "s", "o", "s", "s"]


def test_a_weight_stands_beside_its_attribute() -> None:
    levels = {"kind": 1.0, "calm": 0.5}
    weighted, plain = (
        Source(attributes=KINDNESS, targets=[Target("custom/mine", levels, weights)]) for weights in ({"kind": 2.5}, {})
    )

    def texts(source: Source) -> list[str]:
        (page,) = targets.draw(targets.target_levels(source), source).axes
        return [text.get_text() for text in page.texts if "\N{MULTIPLICATION SIGN}" in text.get_text()]

    assert targets.target_levels(weighted)["weight"].tolist() == [2.5, 1.0]
    assert [text[-4:] for text in texts(weighted)] == ["ice.", "\N{MULTIPLICATION SIGN}2.5"]
    assert texts(plain) == []


def predictions(scores_by_response: dict[tuple[int, int], list[float]]) -> Source:
    """Predictions of `kind`, by item and response."""
    rows = [
        prediction(item, response, score, attribute="kind", sample=sample)
        for (item, response), values in scores_by_response.items()
        for sample, score in enumerate(values)
    ]
    return Source(attributes=KINDNESS, items={"eval": ITEMS}, predictions=prediction_table(rows))


def test_predicted_levels_are_summarised_by_true_level() -> None:
    source = predictions({(0, 0): [0.8, 1.0], (0, 1): [0.4, 0.4], (1, 0): [0.5, 0.7], (1, 1): [0.3, 0.3]})
    data = predicted_levels.predicted_levels(source)
    assert data["true_level"].tolist() == [0.5, 1.0]
    assert data["responses"].tolist() == [1, 3]
    # The means over samples at true level 1 are 0.9, 0.6 and 0.3.
    summary = data[["mean", "quartile_1", "median", "quartile_3"]].to_numpy().tolist()
    assert summary == [pytest.approx([0.4] * 4), pytest.approx([0.6, 0.45, 0.6, 0.75])]
    (panel,) = predicted_levels.draw(data, source).axes
    medians, means = (
        np.asarray(dots.get_offsets())[:, 1].tolist()
        for dots in panel.collections
        if not isinstance(dots, LineCollection)
    )
    assert medians == pytest.approx([0.4, 0.6])
    assert means == pytest.approx([0.4, 0.6])
    # The bars lie below them.
    lines, dots = (
        [found.zorder for found in panel.collections if isinstance(found, LineCollection) == is_line]
        for is_line in (True, False)
    )
    assert max(lines) < min(dots)


def test_predicted_levels_are_taken_together_as_the_adm_says() -> None:
    samples = {(item, response): [0.2, 0.3, 1.0] for item in (0, 1) for response in (0, 1)}
    source = predictions(samples)
    data = predicted_levels.predicted_levels(replace(source, aggregate="median"))
    assert data["mean"].tolist() == pytest.approx([0.3, 0.3])
    drawn = predicted_levels.draw(data, replace(source, aggregate="trimmed_mean"))
    assert drawn.subfigs[1].legends[0].get_title().get_text() == "Levels: trimmed mean over samples"


def test_predictions_that_cannot_be_drawn_are_named() -> None:
    levels = predictions({(0, 0): [1.0]})
    picks = replace(levels, predictions=levels.predictions.assign(attribute=None))
    with pytest.raises(UserError, match="this ADM picks a response outright"):
        predicted_levels.predicted_levels(picks)
    with pytest.raises(UserError, match="response 1 of item 7 is not among the eval items"):
        predicted_levels.predicted_levels(predictions({(7, 1): [1.0]}))
    with pytest.raises(UserError, match="predictions: a response of item 0 lacks a score"):
        predicted_levels.predicted_levels(levels)


def test_a_level_beyond_the_scale_is_drawn_too() -> None:
    source = predictions({(item, response): [2.5] for item in (0, 1) for response in (0, 1)})
    (panel,) = predicted_levels.draw(predicted_levels.predicted_levels(source), source).axes
    assert panel.get_ylim() == pytest.approx((-0.04, 2.54))


def test_the_same_input_gives_the_same_bytes_and_the_csv_holds_what_is_drawn(command: Run, tmp_path: Path) -> None:
    accuracy_table({"random": ["random"], "a": ["regression"]}).to_csv(tmp_path / "accuracy.csv", index=False)
    # Among others, too: a file does not depend on those written before it.
    for folder, figures in (("one", ["accuracy"]), ("two", ["accuracy_by_attributes", "accuracy"])):
        options = ("--statistics", ".", "--names", NAMES.model_dump_json(), "--note", "a toy", "--output", folder)
        result = command("draw", *figures, *options)
        assert result.returncode == 0, result.stderr
    for suffix in FORMS:
        one, two = (tmp_path / folder / f"accuracy.{suffix}" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    drawn = pd.read_csv(tmp_path / "one" / "accuracy.csv")
    assert drawn[["experiment", "adm", "target_set", "accuracy"]].to_numpy().tolist() == [
        ["random", "random", "high", 10],
        ["random", "random", "low", 20],
        ["a", "regression", "high", 10],
        ["a", "regression", "low", 20],
    ]
    assert b"/FontFile2" in (tmp_path / "one" / "accuracy.pdf").read_bytes()


def test_targets_are_drawn_from_files(command: Run, tmp_path: Path) -> None:
    (tmp_path / "target_high.json").write_text(json.dumps({"care": 1.0}))
    options = ("--attributes", attribute_file("mic"), "--output", ".")
    result = command("draw", "targets", "--targets", "target_high.json", *options)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "targets.csv").read_text() == "set,target,attribute,level,weight\nhigh,target_high,care,1,1\n"


def test_nothing_is_drawn_without_its_source_or_by_an_unknown_name(command: Run, tmp_path: Path) -> None:
    table = accuracy_table({"a": ["regression"]})
    table[table["target_set"] == "high"].to_csv(tmp_path / "accuracy.csv", index=False)

    def line(*arguments: str) -> str:
        return error_line(command("draw", *arguments, "--output", "figures"))

    assert line("accuracy_by_attributes", "--statistics", ".") == "error: the statistics hold no sampled target"
    assert line("accuracy") == "error: --statistics: missing; the figure is drawn from it"
    assert line("a/accuracy", "--statistics", ".") == "error: figure a/accuracy: expected accuracy"
    pd.DataFrame(columns=STATISTICS["calibration"]).to_csv(tmp_path / "calibration.csv", index=False)
    unknown = "error: experiment 'none' not found in .; found: a"
    assert line("none/calibration", "--statistics", ".") == unknown
    (tmp_path / "calibration.csv").unlink()
    assert line("pie", "--statistics", ".").startswith("error: figure pie: unknown figure 'pie'; allowed: accuracy, ")
    assert line("accuracy", "--names", "{").startswith("error: --names: not JSON: ")
    assert line("accuracy", "--names", '{"adm": 1}').startswith("error: --names: adm: unknown key 'adm'; allowed: ")
    assert [path.name for path in tmp_path.iterdir()] == ["accuracy.csv"]


OTHER_PACKAGE = """
from matplotlib.figure import Figure
from pluralism.reporting.figure import FigureKind

MINE = FigureKind(
    title="Mine",
    tables=("accuracy",),
    data=lambda source: source.tables["accuracy"][["adm", "accuracy"]],
    draw=lambda data, source: Figure(),
)
"""


def test_an_installed_package_adds_a_figure(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accuracy_table({"a": ["regression"]}).to_csv(tmp_path / "accuracy.csv", index=False)
    (tmp_path / "other.py").write_text(OTHER_PACKAGE)
    installed = tmp_path / "other-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pluralism.figures]\nmine = other:MINE\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    result = command("draw", "mine", "--statistics", ".", "--output", "figures")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "figures" / "mine.csv").read_text().startswith("adm,accuracy\nregression,10\n")


def test_drawing_imports_neither_torch_nor_snakemake() -> None:
    commands = ["draw", "make_tables", "pluralism.reporting.tables.scores"]
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import {', '.join(commands)}; "
        "print(*{'torch', 'transformers', 'snakemake'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
