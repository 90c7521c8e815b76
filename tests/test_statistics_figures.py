"""Figures of the statistics: what they draw, on small tables worked by hand, and that all of it fits on the paper."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import Collection, LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from pluralism.datasets.attributes import attribute_file
from pluralism.decisions.roles import Role
from pluralism.files import replacing
from pluralism.reporting.drawing.output import save
from pluralism.reporting.drawing.style import styled
from pluralism.reporting.figure import FIGURES, FORMS, Per, Source, Stage, planned_figures
from pluralism.reporting.figures import (
    accuracy_by_tokens,
    calibration,
    decision_flips,
    dose_response,
    dose_slopes,
    noise_ceiling,
    order_bias,
    paired_differences,
    shots_sweep,
    skill,
    target_confusion,
)
from pluralism.statistics.table_columns import COLUMNS
from pluralism.study.config import Config
from pluralism.study.names import AdmName, ExperimentName, Names
from pluralism.study.reading import read_config
from pluralism.study.sweeps import Sweep
from tests.conftest import ROOT, Run, error_line
from tests.statistics_cases import statistics_table as table

SETS = ["high", "low", *(f"sampled_{count}" for count in range(1, 7))]
TARGETS = [f"sampled/{count}attributes_target0{index}" for count in (1, 2) for index in range(2)]
ADMS = ["unaligned_baseline", "fewshot_prompt_aligned_spm", "regression", "proposed_spm"]
SWEPT = tuple(
    AdmName(name=f"mine_{suffix}", label=f"mine_{suffix}", sweep=Sweep(adm="mine", shots=shots))
    for suffix, shots in (("0shots", 0), ("3shots", 3), ("10shots", 10), ("one_per_level", "one_per_level"))
)
SHOTS = [adm.name for adm in SWEPT]
NAMES = Names(
    adms=(
        AdmName(name="random", label="Random", role=Role.CHANCE),
        AdmName(name="unaligned_baseline", label="Unaligned", role=Role.UNALIGNED),
        AdmName(name="fewshot_prompt_aligned_spm", label="Prompt-aligned, few-shot"),
        AdmName(name="regression", label="Regression"),
        AdmName(name="proposed_spm", label="Comparative, few-shot (proposed)"),
        AdmName(name="oracle", label="Oracle", role=Role.CEILING),
        *SWEPT,
    ),
    compare_with="proposed_spm",
)


def source(**tables: pd.DataFrame) -> Source:
    return Source(NAMES, tables)


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


ATTRIBUTES = ["care", "fairness", "liberty", "loyalty", "authority", "sanctity"]


def study_tables(experiments: list[str], adms: list[str], named: list[str] = ATTRIBUTES) -> dict[str, pd.DataFrame]:
    """All tables that figures are drawn from, of some ADMs and a sweep per experiment; `named`: attributes."""
    cells = [{"experiment": experiment, "adm": adm} for experiment in experiments for adm in adms]
    pairs = [{"adm_a": a, "adm_b": b} for place, a in enumerate(adms) for b in adms[place + 1 :]]
    difference: dict[str, object] = {"difference": 5, "difference_low": 1, "difference_high": 8, "p_holm": 0.01}
    detectable: dict[str, object] = {"smallest_detectable_difference": 4}
    bins = [{"bin_low": low, "n": 5, "mean_predicted": low, **interval("mean_true", 0.5, 0.25)} for low in (0.2, 0.8)]
    shares = [
        {"n_responses": size, "position": place, "n": 60, **interval("picked", 1 / size, 0.1), "expected": 1 / size}
        for size in range(2, 6)
        for place in range(size)
    ]
    confused = [
        {
            **{"steered_to": a, "scored_on": b, "n_scored": 9, "alignment_score": 50},
            **interval("accuracy", 90.0 if a == b else 20.0, 5),
        }
        for targets in (TARGETS, ["target_high", "target_low"])
        for a in targets
        for b in targets
    ]
    attributes = ["all", *named]
    parts = {"target": 0.01, "item": 0.3, "item under target": 0.2, "order": 0.04, "sample": 0.4, "wording": 0.02}
    parts["model"] = 0.03
    measures = {**interval("accuracy", 70, 2), **interval("flipped", 0.2, 0.1), **interval("changed", 0.1, 0.05)}
    alike = [{"factor": "ADM", "experiments": name} for name in experiments]
    alike += [{"factor": factor, "adm": adm} for factor in ("wording", "model", "decoding") for adm in adms]
    rows: dict[str, list[dict[str, object]]] = {
        "variance": [
            {**cell, "target_set": "all", "source": name, **interval("share", share, 0.01)}
            for cell in cells
            for name, share in parts.items()
        ],
        "typical_differences": [
            {"adm": "", **group, "target_set": of_set, **interval("difference", 5, 2)}
            for group in alike
            for of_set in ["all", *SETS]
        ],
        "by_samples": [
            {**cell, "target_set": of_set, "samples": size, **measures}
            for cell in cells
            for of_set in ["all", *SETS]
            for size in range(1, 6)
        ],
        "skill": [
            {**cell, "target_set": name, **interval("skill", 0.4 - place / 8, 0.1), "n_targets": 1, "n_scored": 9}
            for cell in cells
            for place, name in enumerate(["high", "low", "sampled_1", "sampled_2", "sampled"])
        ],
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
        "cost": [
            {**cell, "prompt_tokens": 900 * 10 ** (place % 12), "output_tokens": 100}
            for place, cell in enumerate(cells)
        ],
    }
    at_doses = [
        {**cell, "attribute": name, "wanted": wanted, **interval("level", 0.3 + wanted / 2, 0.1)}
        | {"n_items": 9, "oracle_level": 0.2 + wanted / 2, "random_level": 0.5}
        for cell in cells
        for name in attributes
        for wanted in (0, 0.17, 0.33, 0.5, 0.67, 0.83, 1)
    ]
    slopes = [
        {**cell, "steered_attribute": a, "attribute": b, **interval("slope", -0.5 if a == b else 0.125, 0.1)}
        | {"n_items": 9, "oracle_slope": 0.75}
        for cell in cells
        for a in attributes[1:]
        for b in attributes[1:]
    ]
    foreseen = [
        {**cell, "choices": number, "target_of": whose, **interval("accuracy", 50 + number, 4)}
        | {**interval("gain", 4, 3), "n_people": 9, "n_choices": 90, "oracle_accuracy": 80, "random_accuracy": 40}
        for cell in cells
        for whose in ("person", "everyone", "best_fixed")
        for number in (1, 2, 5, 10, 20)
    ]
    rows |= {"dose_response": at_doses, "dose_slopes": slopes, "people": foreseen}
    ceiling = {**interval("ceiling", 80, 20), "lower_bound": 70, "upper_bound": 90}
    rows["noise_ceiling"] = [{"target_set": of_set, "n_items": 9, **ceiling} for of_set in SETS]
    tables = {name: table(name, entries) for name, entries in rows.items()}
    return {**tables, "accuracy": accuracies(experiments, [*adms, *SHOTS])}


def dots(panel: Axes) -> list[Collection]:
    return [found for found in panel.collections if not isinstance(found, LineCollection)]


def points(panel: Axes, axis: int = 0) -> list[float]:
    """Where the points of a panel stand, without lines and intervals."""
    return [point[axis] for found in dots(panel) for point in np.asarray(found.get_offsets()).tolist()]


def colours(panel: Axes) -> list[tuple[float, ...]]:
    """What the points of a panel are filled with: of a hollow one, nothing."""
    return [tuple(colour) for found in dots(panel) for colour in np.asarray(found.get_facecolors())]  # type: ignore[attr-defined]


def test_accuracies_stand_before_the_ceiling_of_their_target_set() -> None:
    tables = study_tables(["a"], ADMS[:2])
    tables["noise_ceiling"] = tables["noise_ceiling"][:2]
    drawn = noise_ceiling.accuracy_and_ceiling(source(**tables))
    # Of target sets without a ceiling, nothing is drawn.
    assert drawn["target_set"].unique().tolist() == ["high", "low"]
    (panel,) = noise_ceiling.draw(drawn, source()).axes
    boxes = [bar.get_bbox() for bar in panel.patches if isinstance(bar, Rectangle)]
    assert [((box.x0 + box.x1) / 2, box.y0, box.y1) for box in boxes] == [(0, 70, 90), (1, 70, 90)]
    nothing = {**tables, "noise_ceiling": table("noise_ceiling", [])}
    assert noise_ceiling.accuracy_and_ceiling(source(**nothing)).empty


def test_each_adm_is_compared_with_the_one_that_the_config_names_whichever_way_the_table_has_it() -> None:
    rows: list[dict[str, object]] = [
        {"adm_a": "regression", "adm_b": "proposed_spm", "difference": -4, "difference_low": -7, "difference_high": 2},
        {"adm_a": "regression", "adm_b": "mine", "difference": 9, "difference_low": 8, "difference_high": 10},
        {"adm_a": "proposed_spm", "adm_b": "mine", "difference": 13, "difference_low": 10, "difference_high": 17},
        {"adm_a": "proposed_spm", "adm_b": "oracle", "difference": -30, "difference_low": -31, "difference_high": -29},
    ]
    common = {"target_set": "high", "smallest_detectable_difference": 5}
    p_values = [0.2, 0.01, 0.01, 0.01]
    entries = [{**common, **row, "p_holm": p} for row, p in zip(rows, p_values, strict=True)]
    data = paired_differences.paired_differences(source(comparisons=table("comparisons", entries)))
    columns = ["adm", "difference", "difference_low", "difference_high"]
    assert data[columns].to_numpy().tolist() == [["regression", -4, -7, 2], ["mine", -13, -17, -10]]
    (panel,) = paired_differences.draw(data, source()).axes
    filled = {x: colour[3] > 0 for x, colour in zip(points(panel), colours(panel), strict=True)}
    # What has p < 0.05 is filled.
    assert filled == {-4: False, -13: True}


def test_where_that_adm_did_not_run_the_last_that_is_no_reference_takes_its_place() -> None:
    entries: list[dict[str, object]] = [{"adm_a": "regression", "adm_b": "mine", "target_set": "low", "difference": 1}]
    data = paired_differences.paired_differences(source(comparisons=table("comparisons", entries)))
    assert data[["adm", "compared_with"]].to_numpy().tolist() == [["regression", "mine"]]


def test_calibration_leaves_out_empty_bins_and_references_and_tells_the_share_of_a_bin() -> None:
    common = {"attribute": "care", "mean_predicted": 0.5, **interval("mean_true", 0.25, 0.125)}
    entries: list[dict[str, object]] = [
        {**common, "adm": "regression", "bin_low": 0.1, "n": 1},
        {**common, "adm": "regression", "bin_low": 0.2, "n": 3, "mean_predicted": 0.75},
        {**common, "adm": "regression", "bin_low": 0.3, "n": 0, "mean_predicted": np.nan},
        {**common, "adm": "oracle", "bin_low": 0.1, "n": 4},
    ]
    data = calibration.calibration(source(calibration=table("calibration", entries)))
    assert data[["adm", "n", "share"]].to_numpy().tolist() == [["regression", 1, 25], ["regression", 3, 75]]
    (panel,) = calibration.draw(data, source()).axes
    intervals, markers = panel.collections
    assert intervals.get_segments()[0].tolist() == [[0.5, 0.125], [0.5, 0.375]]  # type: ignore[attr-defined]
    assert np.asarray(markers.get_offsets()).tolist() == [[0.5, 0.25], [0.75, 0.25]]
    small, large = markers.get_sizes().tolist()  # type: ignore[attr-defined]
    assert small < large


def test_picks_by_position_are_drawn_in_percent_in_groups_of_the_same_number_of_responses() -> None:
    shares = {2: [0.75, 0.25], 3: [0.5, 0.25, 0.25]}
    entries: list[dict[str, object]] = [
        {"experiment": "a", "adm": "regression", "n_responses": size, "position": place, "n": 4, "picked": picked}
        for size, of_size in shares.items()
        for place, picked in enumerate(of_size)
    ]
    data = order_bias.order_bias(source(order_bias=table("order_bias", entries)))
    assert data[["position", "picked"]].to_numpy().tolist() == [[1, 75], [2, 25], [1, 50], [2, 25], [3, 25]]
    (panel,) = order_bias.draw(data, source()).axes
    assert [np.asarray(line.get_ydata()).tolist() for line in panel.lines] == [[75, 25], [50, 25, 25]]
    # Between the two groups there is a gap of one place.
    places = [np.asarray(line.get_xdata()).tolist() for line in panel.lines]
    assert places == [[0, 1], [3, 4, 5]]
    assert [text.get_text() for text in panel.get_xticklabels()] == ["1", "2", "1", "2", "3"]


def test_decisions_that_flip_are_drawn_in_percent_by_experiment() -> None:
    entries: list[dict[str, object]] = [
        {"experiment": experiment, "adm": "regression", "n": 8, "flipped": flipped}
        for experiment, flipped in (("a", 0.125), ("b", 0.5))
    ]
    data = decision_flips.decision_flips(source(flips=table("flips", entries)))
    (panel,) = decision_flips.draw(data, source()).axes
    assert points(panel) == [12.5, 50]


def test_a_confusion_matrix_has_the_target_steered_to_down_and_that_scored_on_across() -> None:
    names = ["target_high", "target_low", *TARGETS[:1]]
    entries: list[dict[str, object]] = [
        {"experiment": "a", "adm": "regression", "steered_to": steered, "scored_on": scored, "accuracy": 10 * i + j}
        for i, steered in enumerate(names)
        for j, scored in enumerate(names)
    ]
    confusion = source(confusion=table("confusion", entries))
    panel = target_confusion.draw(target_confusion.target_confusion(confusion, sampled=False), confusion).axes[0]
    assert np.asarray(panel.collections[0].get_array()).tolist() == [[0, 1], [10, 11]]
    assert [text.get_text() for text in panel.texts] == ["0", "1", "10", "11"]
    assert [text.get_text() for text in panel.get_yticklabels()] == ["high", "low"]
    assert target_confusion.target_confusion(confusion, sampled=True)["accuracy"].tolist() == [22]


def test_tokens_read_and_written_are_drawn_of_adms_that_asked_a_model() -> None:
    entries: list[dict[str, object]] = [
        {"experiment": "a", "adm": adm, "prompt_tokens": tokens, "output_tokens": tokens / 4}
        for adm, tokens in (("random", 0), ("regression", 800))
    ]
    data = accuracy_by_tokens.accuracy_by_tokens(
        source(accuracy=accuracies(["a"], ["random", "regression"]), cost=table("cost", entries))
    )
    columns = ["adm", "target_set", "tokens", "accuracy", "accuracy_low", "accuracy_high"]
    assert data[columns].to_numpy().tolist() == [
        ["regression", "high", 1000, 51, 49, 54],
        ["regression", "low", 1000, 51, 49, 54],
    ]
    (panel,) = accuracy_by_tokens.draw(data, source()).axes
    assert list(zip(points(panel), points(panel, 1), strict=True)) == [(1000, 51), (1000, 51)]


def test_skill_is_drawn_for_targets_like_these_where_there_are_several() -> None:
    sampled = {**interval("skill", 0.4, 0.1), "skill_like_these_low": 0.1, "skill_like_these_high": 0.7}
    sets = {"high": interval("skill", 0.5, 0.1), "sampled_1": sampled, "sampled_2": sampled, "sampled": sampled}
    rows = [{"experiment": "a", "adm": "regression", "target_set": name, **row} for name, row in sets.items()]
    rows.append({"experiment": "a", "adm": "oracle", "target_set": "high", **interval("skill", 1, 0)})
    data = skill.skill_by_adm(source(skill=table("skill", rows)))
    assert data[["adm", "target_set", "skill_low", "skill_high"]].to_numpy().tolist() == [
        ["regression", "high", 0.4, 0.6],
        ["regression", "sampled", 0.1, 0.7],
    ]


def test_a_sweep_is_a_line_by_number_of_shots_with_one_per_level_apart() -> None:
    data = shots_sweep.shots_sweep(source(accuracy=accuracies(["a"], ["proposed_spm", *SHOTS[::-1]])))
    high = data[data["target_set"] == "high"]
    assert high[["sweep", "shots", "accuracy"]].to_numpy().tolist() == [
        ["mine", "one_per_level", 51],
        ["mine", 10, 52],
        ["mine", 3, 53],
        ["mine", 0, 54],
    ]
    panel = shots_sweep.draw(data, source()).axes[0]
    line, apart = sorted(panel.lines, key=lambda found: np.size(found.get_xdata()), reverse=True)
    assert np.asarray(line.get_ydata()).tolist() == [54, 53, 52]
    assert np.asarray(apart.get_ydata()).tolist() == [51]
    assert min(np.asarray(apart.get_xdata()).tolist()) > max(np.asarray(line.get_xdata()).tolist()) + 0.5


def test_a_dose_response_leaves_out_references_which_are_lines_of_their_own() -> None:
    tables = study_tables(["e"], ["random", "regression", "oracle"])
    found = dose_response.dose_response(source(dose_response=tables["dose_response"]))
    assert set(found["adm"]) == {"regression"}
    assert list(found) == [name for name in COLUMNS["dose_response"] if name != "experiment"]
    figure = dose_response.draw(found, source())
    panel = figure.axes[0]
    assert [np.asarray(line.get_ydata())[0] for line in panel.get_lines()] == pytest.approx([0.3, 0.2, 0.5])
    legend = [text.get_text() for text in figure.subfigs[1].legends[0].get_texts()]
    assert legend == ["nearest by label (oracle)", "random pick, expected", "Regression"]
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["all attributes", "care"]


def test_slopes_have_the_wanted_attribute_down_and_the_followed_one_across_after_what_items_bring_along() -> None:
    table_of = study_tables(["e"], ["random", "regression"])["dose_slopes"]
    swapped = (table_of["steered_attribute"] == "care") & (table_of["attribute"] == "fairness")
    table_of.loc[swapped, "slope"] = 0.25
    found = dose_slopes.dose_slopes(source(dose_slopes=table_of))
    assert list(dict.fromkeys(found["adm"])) == ["", "regression"]
    assert found.groupby("adm")["slope"].count().tolist() == [36, 36]
    assert found[found["adm"] == ""]["slope"].unique().tolist() == [0.75]
    figure = dose_slopes.draw(found, source())
    assert [panel.get_title(loc="left") for panel in figure.axes[:2]] == ["nearest by label\n(oracle)", "Regression"]
    matrix = np.asarray(figure.axes[1].collections[0].get_array())
    assert [matrix[0, 1], matrix[1, 0], matrix[1, 1]] == [0.25, 0.125, -0.5]


DRAWN = [name for name in FIGURES.names() if FIGURES.get(name, "figure").stage == Stage.STATISTICS]
LONG = "with comparisons, few-shot, expected score, every order, and_a_name_that_has_no_space_at_all"


def many(count: int, words: str = "") -> Names:
    """So many ADMs, the last of them a reference, with short or long labels."""
    adms = [AdmName(name=f"adm_{place}", label=f"Regression {place} {words}".strip()) for place in range(count - 1)]
    experiments = [ExperimentName(name=name, label=f"{name} of 70 billion parameters") for name in ("x", "y", "z")]
    reference = AdmName(name="perfect", label="Best possible", role=Role.CEILING)
    return Names(adms=(*adms, reference, *SWEPT), experiments=tuple(experiments))


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


STUDIES = {
    "3 ADMs": (["one"], many(3), ATTRIBUTES),
    "2 attributes": (["one"], many(3), ATTRIBUTES[:2]),
    "several experiments": (["deterministic_llama", "sampling_mistral", "kaleido"], NAMES, ATTRIBUTES),
    "11 ADMs": (["x", "y"], many(11), ATTRIBUTES),
    "20 ADMs with long labels": (["x", "y", "z"], many(20, LONG), ATTRIBUTES),
}


def drawn(name: str, study: str) -> tuple[Figure, pd.DataFrame, str]:
    """A figure of a made-up study, its data and its words."""
    experiments, names, attributes = STUDIES[study]
    adms = ADMS if names is NAMES else [adm.name for adm in names.adms if adm.sweep is None]
    kind = FIGURES.get(name, "figure")
    of_one = kind.per == Per.EXPERIMENT
    tables = {
        name: rows[rows["experiment"] == experiments[0]] if of_one and "experiment" in rows else rows
        for name, rows in study_tables(experiments, adms, attributes).items()
        if name in kind.tables
    }
    shown = Source(names, tables)
    data = kind.data(shown)
    with styled():
        return kind.draw(data, shown), data, kind.words(data, shown)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_cut_off_or_lies_on_another_and_no_legend_on_data(
    name: str, study: str, boxes: dict[Text, Bbox], tmp_path: Path
) -> None:
    figure, data, words = drawn(name, study)
    assert 60 < len(words) < 2000
    save(figure, data, [tmp_path / "figure.png"], note="toy world: demo numbers say nothing of the paper")
    assert figure.get_figwidth() == 3.3
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
    legends = [legend.get_window_extent() for part in figure.subfigs for legend in part.legends]
    assert not any(legend.overlaps(panel.get_window_extent()) for legend in legends for panel in figure.axes)
    assert min(float(text.get_fontsize()) for text in boxes) >= 5


def write_statistics(folder: Path, experiments: list[str], adms: list[str]) -> None:
    """The tables that figures are drawn from."""
    for name, rows in study_tables(experiments, adms).items():
        with replacing(folder / f"{name}.csv") as (draft,):
            rows.to_csv(draft, index=False)


@pytest.fixture
def statistics(tmp_path: Path) -> Path:
    folder = tmp_path / "statistics"
    write_statistics(folder, ["a"], ADMS)
    return folder


def test_drawing_twice_gives_the_same_bytes_without_torch_and_the_csv_is_what_is_drawn(
    statistics: Path, tmp_path: Path
) -> None:
    names = [f"a/{name}" if FIGURES.get(name, "figure").per == Per.EXPERIMENT else name for name in DRAWN]
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import draw; draw.main(); "
        "print(*{'torch', 'transformers', 'snakemake'} & set(sys.modules))"
    )
    for folder in ("one", "two"):
        command = [sys.executable, "-c", program, ROOT / "scripts", "--statistics", statistics]
        command += ["--attributes", attribute_file("helpsteer2")]
        command += ["--names", NAMES.model_dump_json(), "--output", tmp_path / folder, "--", *names]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
        assert result.stdout.strip() == ""
    for name in names:
        for suffix in FORMS:
            path = f"{name}.{suffix}"
            assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
        assert b"/FontFile2" in (tmp_path / "one" / f"{name}.pdf").read_bytes()
        picture, words = ((tmp_path / "one" / f"{name}.{form}").read_text() for form in ("svg", "txt"))
        # Its text is text, in a font that it brings along; what it shows is inside and beside it.
        assert ">Regression</text>" in picture or name in ("a/paired_differences", "shots_sweep")
        assert "@font-face{font-family:'DejaVu Sans'" in picture
        assert f"<dc:description>{escape(words.strip())}</dc:description>" in picture
    drawn = pd.read_csv(tmp_path / "one" / "decision_flips.csv")
    assert drawn.to_numpy().tolist() == [["a", adm, 10, 25, 12.5, 37.5] for adm in ADMS]


def test_a_study_without_what_a_figure_shows_gets_a_page_that_says_so(
    command: Run, statistics: Path, tmp_path: Path
) -> None:
    table("flips", []).to_csv(statistics / "flips.csv", index=False)
    options = ("--statistics", statistics, "--output", tmp_path / "figures")
    assert command("draw", "decision_flips", *options).returncode == 0
    assert (
        tmp_path / "figures/decision_flips.csv"
    ).read_text() == "experiment,adm,n,flipped,flipped_low,flipped_high\n"
    assert (tmp_path / "figures/decision_flips.png").stat().st_size > 0
    result = command("draw", "calibration", *options)
    assert error_line(result) == "error: figure calibration: expected {experiment}/calibration"


def test_each_figure_has_what_it_is_drawn_from_and_its_caption() -> None:
    for name in FIGURES.names():
        kind = FIGURES.get(name, "figure")
        assert kind.tables or kind.files
        assert set(kind.tables) <= COLUMNS.keys()
        assert (ROOT / "rules" / "captions" / f"{name}.rst").is_file()


def config_of_a_study(adms: dict[str, object], experiments: dict[str, list[str]], **keys: object) -> Config:
    return read_config(
        {
            **keys,
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


def planned(config: Config) -> set[str]:
    return {entry.name for stage in planned_figures(config, "mic").values() for entry in stage}


def test_a_figure_is_planned_only_where_the_grid_has_what_it_compares() -> None:
    sweep = {"kind": "comparative_regression", "few_shot": {"select": "random", "shots": [0, 2]}}
    always = {"label_distribution", "targets", "accuracy", "accuracy_by_attributes", "noise_ceiling"}
    asked = always | {
        "order_bias",
        "decision_flips",
        "accuracy_by_tokens",
        "skill",
        "variance_shares",
        "typical_differences",
        "a/confusion_extremes",
        "a/confusion_sampled",
    }
    pick: dict[str, object] = {"mine": {"kind": "unaligned_baseline"}}
    assert planned(config_of_a_study(pick, {"a": ["mine"]})) == asked
    assert planned(config_of_a_study({"mine": sweep}, {"a": ["mine"]})) == asked | {
        *("shots_sweep", "a/paired_differences", "a/calibration"),
        *("a/mine_0shots/predicted_levels", "a/mine_2shots/predicted_levels"),
    }
    assert planned(config_of_a_study({}, {"a": ["random"]})) == always
    # An experiment has no figures of its own where there is nothing to compare in it.
    pair = {"mine": sweep, "other": {"kind": "regression"}}
    assert not any(
        name.startswith("b/confusion") for name in planned(config_of_a_study(pair, {"a": ["mine"], "b": ["other"]}))
    )
    dosed = config_of_a_study(pick, {"a": ["mine"]}, targets={"doses": True})
    assert planned(dosed) == asked | {"a/dose_response", "a/dose_slopes"}


def test_all_figures_of_a_dataset_are_drawn_by_four_jobs() -> None:
    config = config_of_a_study({"mine": {"kind": "regression"}}, {"a": ["mine"], "b": ["mine"]})
    assert list(planned_figures(config, "mic")) == [Stage.TARGETS, Stage.ITEMS, Stage.PREDICTIONS, Stage.STATISTICS]
