"""People in a study: what ADMs foresee of their picks, what the config says of them, and a run from file to figure."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from pluralism.datasets.items import Item
from pluralism.decisions.selection import Indices
from pluralism.errors import UserError
from pluralism.statistics.benchmark import Benchmark, make_benchmark
from pluralism.statistics.people import make_curve, people_rows
from pluralism.statistics.reading import Cell, CellSource
from pluralism.statistics.samples import Samples
from pluralism.study.reading import read_config
from pluralism.study.study import Study
from pluralism.targets.people.choices import Person, Picked
from pluralism.targets.people.inference import infer_targets
from pluralism.targets.people.stored import People
from pluralism.targets.target import Target
from tests.conftest import run_module, snakemake
from tests.test_config import PAPER, changed
from tests.test_workflow import planned

NAMES = ("warm", "brief", "exact")
NUMBERS = (1, 4, 20)


def world(people: int, *, alike: bool = False) -> tuple[list[Item], People]:
    """Items, and people with 40 choices each, half of them for inference; `alike`: all want the same."""
    random = np.random.default_rng(11)
    levels = random.integers(5, size=(300, 3, len(NAMES))) / 4
    items = [
        Item(str(place), ("a", "b", "c"), tuple(dict(zip(NAMES, of, strict=True)) for of in labels.tolist()))
        for place, labels in enumerate(levels)
    ]
    pulls = random.exponential(6, size=(people, 2, len(NAMES)))
    if alike:
        pulls[:] = pulls[0]
    made = []
    for number, (up, down) in enumerate(pulls):
        places = random.permutation(len(items))[:40]
        utility = -((1 - levels[places]) ** 2 @ up + levels[places] ** 2 @ down)
        picks = (utility + random.gumbel(size=utility.shape)).argmax(axis=1)
        chosen = [Picked(int(place), int(pick)) for place, pick in zip(places, picks, strict=True)]
        made.append(Person(f"p{number}", tuple(chosen[:20]), tuple(chosen[20:])))
    return items, People(made, {number: infer_targets(made, items, NAMES, number, seed=3) for number in NUMBERS})


def benchmark_of(items: list[Item], found: People) -> Benchmark:
    fixed = [Target("target_high", dict.fromkeys(NAMES, 1.0)), Target("target_low", dict.fromkeys(NAMES, 0.0))]
    return make_benchmark(items, NAMES, [*fixed, *(entry.target() for entry in found.inferred[NUMBERS[-1]])])


def cell_of(benchmark: Benchmark, picks: Indices, *, predicts: bool) -> Cell:
    """An ADM that predicts the labels, or one that is asked for each target."""
    nothing = np.zeros((1, 1, 1), dtype=np.intp)
    target, names = (None, NAMES) if predicts else ("target_high", ())
    samples = Samples(target, names, benchmark.labels[None], nothing, nothing, "mean")
    return Cell(CellSource(Path("e/adm")), np.arange(len(benchmark.targets)), picks, [samples], pd.DataFrame())


def table(found: People, items: list[Item], *, predicts: bool = True) -> pd.DataFrame:
    """The rows of an ADM that knows the labels."""
    benchmark = benchmark_of(items, found)
    curve = make_curve(found, benchmark)
    assert curve is not None
    picks = np.nanargmin(benchmark.by_label.distances, axis=2)
    cell = cell_of(benchmark, picks, predicts=predicts)
    return pd.DataFrame(people_rows(curve, benchmark, cell)).set_index(["target_of", "choices"])


def value(rows: pd.DataFrame, target_of: str, choices: int, column: str = "accuracy") -> float:
    return float(rows[column].to_dict()[target_of, choices])


@pytest.fixture(scope="module")
def differing() -> tuple[list[Item], People]:
    return world(60)


def test_more_choices_foresee_more_and_a_persons_own_target_more_than_everyones_and_fixed_ones(
    differing: tuple[list[Item], People],
) -> None:
    items, found = differing
    rows = table(found, items)
    own = value(rows, "person", NUMBERS[0]), value(rows, "person", NUMBERS[1]), value(rows, "person", NUMBERS[2])
    assert own[0] + 5 < own[1] < own[2] - 5
    assert (rows["n_people"] == 60).all()
    assert (rows["n_choices"] == 60 * 20).all()
    assert rows["random_accuracy"].to_numpy() == pytest.approx(100 / 3)
    most = NUMBERS[-1]
    for other in ("everyone", "best_fixed"):
        assert value(rows, "person", most, "accuracy_low") > value(rows, other, most, "accuracy_high")
    assert value(rows, "person", most, "gain_low") > 0
    difference = value(rows, "person", most) - value(rows, "everyone", most)
    assert value(rows, "person", most, "gain") == pytest.approx(difference)
    assert np.isnan(value(rows, "everyone", most, "gain"))
    # An ADM that knows the labels is the oracle.
    assert rows["accuracy"].to_numpy() == pytest.approx(rows["oracle_accuracy"].to_numpy())


def test_where_people_want_the_same_everyones_target_is_at_least_as_good() -> None:
    items, found = world(30, alike=True)
    rows = table(found, items)
    assert value(rows, "everyone", 1) > value(rows, "person", 1) + 5
    assert value(rows, "person", 1, "gain_high") < 0


def test_an_adm_that_sees_the_target_has_own_targets_at_the_largest_number_only(
    differing: tuple[list[Item], People],
) -> None:
    items, found = differing
    free, bound = table(found, items), table(found, items, predicts=False)
    assert sorted(bound.index) == [
        *(("best_fixed", number) for number in NUMBERS),
        ("everyone", NUMBERS[-1]),
        ("person", NUMBERS[-1]),
    ]
    # What was decided for the stored targets is what the levels give.
    same = [
        name for name in bound if not str(name).startswith("gain")
    ]  # over everyone's target, which is not there for all
    pd.testing.assert_frame_equal(bound[same].sort_index(), free.loc[bound.index, same].sort_index())


def test_a_limit_leaves_out_choices_on_other_items_and_changes_no_target(differing: tuple[list[Item], People]) -> None:
    items, found = differing
    whole, cut = table(found, items), table(found, items[:100])
    inside = [sum(choice.item < 100 for choice in person.test) for person in found.people]
    assert cut["n_choices"].unique().tolist() == [sum(inside)]
    assert cut["n_people"].unique().tolist() == [sum(count > 0 for count in inside)]
    assert cut["n_choices"].max() < whole["n_choices"].max()
    untested = replace(found, people=[replace(person, test=()) for person in found.people])
    assert make_curve(untested, benchmark_of(items, found)) is None


def with_people(people: Any, **keys: Any) -> Any:
    return {**PAPER, "targets": {**PAPER["targets"], "people": people, **keys}}


def test_people_of_a_config_are_a_file_or_a_file_for_each_dataset(tmp_path: Path) -> None:
    path = tmp_path / "choices.csv"
    path.write_text("who,item,pick\nAda,0,A\nAda,1,A\nBo,0,A\nBo,1,B\n")
    config = read_config(with_people({"mic": {"file": str(path), "person": "who"}}))
    assert config.people("helpsteer2") is None
    study = Study(config)
    added = [target for target in study.targets("mic") if "people" in target]
    assert added == [f"alignment_targets/people_mic/{name}.json" for name in ("person0001", "person0002", "everyone")]
    assert not study.people_targets("helpsteer2")
    again = read_config(json.loads(config.model_dump_json()))
    assert again.targets.people == config.targets.people
    one = {**with_people(str(path)), "grid": {**PAPER["grid"], "datasets": ["mic"]}}
    assert read_config(one).people("mic") == read_config(with_people({"mic": str(path)})).people("mic")
    assert Study(read_config(PAPER)).targets("mic") == Study(
        read_config(changed("targets", "people", to=None))
    ).targets("mic")


@pytest.mark.parametrize(
    ("people", "keys", "fault"),
    [
        ("a.csv", {}, "targets.people: one file, and 2 datasets, expected whose it is: {mic: a.csv}"),
        ({"other": "a.csv"}, {}, "targets.people: unknown name 'other'; allowed: mic, helpsteer2"),
        (
            {"mic": {"file": "a.csv", "who": "x"}},
            {},
            "targets.people.mic.who: unknown key 'who'; allowed: file, person",
        ),
        ({"mic": {"person": "x"}}, {}, "targets.people.mic.file: this key is missing"),
        ({"mic": {"file": "a.csv", "responses": ["x"]}}, {}, "targets.people.mic.responses: "),
        ({"mic": 3}, {}, "targets.people.mic: "),
        ({"mic": "a.csv"}, {"choices": []}, "targets.choices: expected at least one entry"),
        ({"mic": "a.csv"}, {"choices": [0]}, "targets.choices.0: "),
        ({"mic": "a.csv"}, {"choices": [5, 5]}, "targets.choices: 5 is listed 2 times, expected once"),
    ],
)
def test_a_fault_in_the_people_of_a_config_is_one_line(people: Any, keys: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError) as found:
        read_config(with_people(people, **keys))
    assert str(found.value).startswith(f"config: {fault}")


STUDY: dict[str, Any] = {
    "targets": {"number": 1, "attribute_counts": [1], "people": "choices.csv", "choices": [1, 4]},
    "models": {"fast": {"id": "any", "engine": "scripted"}},
    "experiments": {
        "tiny": {"model": "fast", "decoding": "deterministic", "adms": ["prompt_aligned_spm", "regression"]}
    },
    "grid": {"datasets": ["helpsteer2"], "experiments": ["random", "tiny"]},
}
OVERLAYS = ("--configfile", "profiles/demo/demo.yaml", "people.yaml")


def test_a_study_goes_from_a_file_of_choices_to_a_figure_and_names_nobody_in_its_pages(clone: Path) -> None:
    (clone / "people.yaml").write_text(yaml.safe_dump(STUDY))
    rows = [(name, item, "AB"[item % 2]) for name in ("Ada Secret", "Bo Secret", "Cy Secret") for item in range(8)]
    pd.DataFrame(rows, columns=["person", "item", "pick"]).to_csv(clone / "choices.csv", index=False)
    snakemake(clone, *OVERLAYS, "--", "data/helpsteer2/eval.json")
    plan = run_module(clone, "pluralism", "plan", *OVERLAYS).stdout
    in_plan = {words[0]: words[1] for words in map(str.split, plan.splitlines()) if len(words) > 1}
    assert in_plan["prompt_aligned_spm"] == f"{75 * (3 + 4):,}"
    assert in_plan["regression"] == "750"
    assert "people: 3, own targets: 0" in run_module(clone, "pluralism", "check", *OVERLAYS).stdout
    goals = ["figures/helpsteer2/tiny/people.png", "results/helpsteer2/statistics/people.html"]
    snakemake(clone, *OVERLAYS, "--", *goals)
    found = pd.read_csv(clone / "results/helpsteer2/statistics/people.csv").query("adm != 'random'")
    assert set(found["choices"]) == {1, 4}
    assert (found["n_people"] == 3).all()
    assert (found["n_choices"] == 12).all()
    by_adm = found.query("target_of == 'person'").groupby("adm")["choices"].unique().map(list)
    assert by_adm.to_dict() == {"oracle": [1, 4], "prompt_aligned_spm": [4], "regression": [1, 4]}
    targets = pd.read_csv(clone / "results/helpsteer2/statistics/people_targets.csv", keep_default_na=False)
    assert set(targets["target"]) == {"person0001", "person0002", "person0003", "everyone"}
    accuracy = pd.read_csv(clone / "results/helpsteer2/statistics/accuracy.csv")
    assert set(accuracy["target_set"]) == {"high", "low", "sampled_1"}
    kept = {"choices.csv", "targets.csv"}  # of results/helpsteer2/people
    shown = [path for folder in ("figures", "results", "alignment_targets") for path in (clone / folder).rglob("*")]
    naming = [path for path in shown if path.is_file() and b"Secret" in path.read_bytes() and path.name not in kept]
    assert not naming
    assert "Nothing to be done" in snakemake(clone, "--dry-run", *OVERLAYS, "--", *goals)
    # Only what stands on people is made again for others.
    (clone / "choices.csv").write_text((clone / "choices.csv").read_text().replace("Cy Secret", "Di Secret"))
    again = planned(snakemake(clone, "--dry-run", *OVERLAYS, "--", "results/helpsteer2/tiny/regression/scores.csv"))
    assert again == {"infer_people_helpsteer2": 1, "decide_helpsteer2": 1}
